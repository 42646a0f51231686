//! Warnings that a card expires: which there are, and when each of them is due.

use jiff::{SignedDuration, Timestamp};

use crate::expiry::Expiry;

/// A moment at which those who charge a card want to hear that it expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExpiryWarning {
    /// There is time to ask the holder in the next invoice.
    SixtyDays,
    /// There is one more payment, for most.
    ThirtyDays,
    /// It is urgent.
    SevenDays,
    /// The month is over.
    EndOfMonth,
}

impl ExpiryWarning {
    /// Every warning, in the order in which they become due.
    pub const ALL: [Self; 4] =
        [Self::SixtyDays, Self::ThirtyDays, Self::SevenDays, Self::EndOfMonth];

    /// The days that a card is still good for when the warning is due.
    pub fn days_left(self) -> u8 {
        match self {
            Self::SixtyDays => 60,
            Self::ThirtyDays => 30,
            Self::SevenDays => 7,
            Self::EndOfMonth => 0,
        }
    }

    /// When the warning is due for cards that expire in a month.
    pub fn due(self, expiry: Expiry) -> Timestamp {
        let days = SignedDuration::from_hours(24 * i64::from(self.days_left()));
        expiry.end().checked_sub(days).unwrap_or(Timestamp::MIN)
    }
}

/// How many of its warnings were due by a moment.
pub fn passed(expiry: Expiry, at: Timestamp) -> u8 {
    ExpiryWarning::ALL.iter().map(|warning| u8::from(warning.due(expiry) <= at)).sum()
}

/// The warnings that become due after one moment and by another, the earliest first.
///
/// `warned` of them were given before, or are too late to be given.
pub fn due(expiry: Expiry, warned: u8, by: Timestamp) -> impl Iterator<Item = ExpiryWarning> {
    let rest = ExpiryWarning::ALL.into_iter().skip(warned.into());
    rest.take_while(move |warning| warning.due(expiry) <= by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn august() -> Expiry {
        Expiry { year: 2030.try_into().unwrap(), month: 8.try_into().unwrap() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn warnings_are_due_60_30_and_7_days_before_the_month_is_over_and_then() {
        let due = ExpiryWarning::ALL.map(|warning| warning.due(august()).to_string());
        assert_eq!(
            due,
            [
                "2030-07-03T00:00:00Z",
                "2030-08-02T00:00:00Z",
                "2030-08-25T00:00:00Z",
                "2030-09-01T00:00:00Z",
            ]
        );
    }

    #[test]
    fn a_warning_has_passed_from_its_moment_on() {
        for (moment, count) in [
            ("2030-07-02T23:59:59.999999Z", 0),
            ("2030-07-03T00:00:00Z", 1),
            ("2030-08-24T00:00:00Z", 2),
            ("2030-08-25T00:00:00Z", 3),
            ("2030-09-01T00:00:00Z", 4),
            ("2099-01-01T00:00:00Z", 4),
        ] {
            assert_eq!(passed(august(), at(moment)), count, "{moment}");
            assert_eq!(due(august(), 0, at(moment)).count(), usize::from(count), "{moment}");
        }
    }

    #[test]
    fn what_was_given_is_not_due_again() {
        let by = at("2030-08-25T00:00:00Z");
        let left: Vec<_> = due(august(), 1, by).collect();
        assert_eq!(left, [ExpiryWarning::ThirtyDays, ExpiryWarning::SevenDays]);
        assert_eq!(due(august(), 3, by).count(), 0);
        assert_eq!(due(august(), 9, by).count(), 0);
    }
}
