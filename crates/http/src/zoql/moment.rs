//! Moments, as they are written in queries and in answers.

use jiff::{SignedDuration, Timestamp, civil::DateTime, tz::TimeZone};

/// How exactly a dialect writes moments. What it shows as equal it also compares as equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// CRUD and Actions.
    Millisecond,
    /// Object Query.
    Second,
}

impl Precision {
    /// The moments that are written alike: the first of them, and the first after them.
    pub(crate) fn slot(self, at: Timestamp) -> (Timestamp, Timestamp) {
        let unit = match self {
            Self::Millisecond => 1_000_000,
            Self::Second => 1_000_000_000,
        };
        let start = at.as_nanosecond().div_euclid(unit) * unit;
        let start = Timestamp::from_nanosecond(start).unwrap_or(Timestamp::MIN);
        let unit = SignedDuration::from_nanos_i128(unit);
        (start, start.checked_add(unit).unwrap_or(Timestamp::MAX))
    }

    /// Writes a moment: `2016-10-20T05:46:14.000+00:00` or `2016-10-20T05:46:14Z`.
    pub(crate) fn write(self, at: Timestamp) -> String {
        let format = match self {
            Self::Millisecond => "%Y-%m-%dT%H:%M:%S.%3f+00:00",
            Self::Second => "%Y-%m-%dT%H:%M:%SZ",
        };
        // Rounding would show some moments as later than they are.
        self.slot(at).0.to_zoned(TimeZone::UTC).strftime(format).to_string()
    }
}

/// Reads a date or a moment; without a zone it is in UTC, the only zone that is kept here.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    // `2008-09-12Z` is how Zuora's examples write midnight in Greenwich.
    let civil = text.strip_suffix('Z').unwrap_or(text);
    let at: DateTime = civil.parse().ok()?;
    at.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn dates_and_moments_are_read_in_utc_unless_they_say_otherwise() {
        for (text, expected) in [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31Z", "2026-01-31T00:00:00Z"),
            ("2026-01-31T10:00:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31 10:00:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00.250+02:00", "2026-01-31T08:00:00.25Z"),
            ("2026-01-31T10:00:00+0200", "2026-01-31T08:00:00Z"),
        ] {
            assert_eq!(read(text), Some(at(expected)), "{text}");
        }
        for text in ["", "Z", "2026", "2026-02-30", "31.01.2026", "tomorrow", "10:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_as_the_start_of_its_slot() {
        let moment = at("2026-01-31T10:00:00.123456Z");
        for (precision, text) in [
            (Precision::Millisecond, "2026-01-31T10:00:00.123+00:00"),
            (Precision::Second, "2026-01-31T10:00:00Z"),
        ] {
            assert_eq!(precision.write(moment), text);
            let (start, end) = precision.slot(moment);
            assert_eq!(read(text), Some(start));
            assert!(start <= moment && moment < end);
        }
    }
}
