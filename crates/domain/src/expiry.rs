//! When a card expires: a month of a year, valid through its last moment.
//!
//! Nothing here reads a clock. A past date is a well-formed date; whether it is
//! acceptable is asked with [`Expiry::is_past`] by those who know the time.

use std::str::FromStr;

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

/// Why a part of an expiry was refused. Never holds the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpiryError {
    /// There is no such month.
    #[error("must be a month from 1 to 12")]
    Month,
    /// The year is not written with four digits.
    #[error("must be a year of four digits")]
    Year,
}

/// `expirationMonth`: 1 to 12, in one digit or two.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "i64")]
pub struct ExpirationMonth(u8);

impl ExpirationMonth {
    /// The number of the month, January being 1.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for ExpirationMonth {
    type Error = ExpiryError;

    fn try_from(month: i64) -> Result<Self, ExpiryError> {
        match u8::try_from(month) {
            Ok(month @ 1..=12) => Ok(Self(month)),
            _ => Err(ExpiryError::Month),
        }
    }
}

impl FromStr for ExpirationMonth {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, ExpiryError> {
        match text.len() {
            1 | 2 => digits(text).ok_or(ExpiryError::Month)?.try_into(),
            _ => Err(ExpiryError::Month),
        }
    }
}

/// `expirationYear`: four digits, so 1000 to 9999.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "i64")]
pub struct ExpirationYear(u16);

impl ExpirationYear {
    /// The year of the Gregorian calendar.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<i64> for ExpirationYear {
    type Error = ExpiryError;

    fn try_from(year: i64) -> Result<Self, ExpiryError> {
        match u16::try_from(year) {
            Ok(year @ 1000..=9999) => Ok(Self(year)),
            _ => Err(ExpiryError::Year),
        }
    }
}

impl FromStr for ExpirationYear {
    type Err = ExpiryError;

    fn from_str(text: &str) -> Result<Self, ExpiryError> {
        match text.len() {
            4 => digits(text).ok_or(ExpiryError::Year)?.try_into(),
            _ => Err(ExpiryError::Year),
        }
    }
}

/// The month a card expires in. Earlier expiries order first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Expiry {
    /// The year, first because the order of the fields is the order of expiries.
    pub year: ExpirationYear,
    /// The month; the card is good through its end.
    pub month: ExpirationMonth,
}

impl Expiry {
    /// Whether the month is over, in UTC.
    pub fn is_past(self, now: Timestamp) -> bool {
        let today = TimeZone::UTC.to_datetime(now);
        let expires = (i32::from(self.year.get()), i32::from(self.month.get()));
        expires < (i32::from(today.year()), i32::from(today.month()))
    }

    /// The month that a moment lies in, in UTC.
    pub fn of_moment(at: Timestamp) -> Option<Self> {
        let day = TimeZone::UTC.to_datetime(at);
        let year = i64::from(day.year()).try_into().ok()?;
        Some(Self { year, month: i64::from(day.month()).try_into().ok()? })
    }

    /// The first moment after the month, in UTC.
    pub fn end(self) -> Timestamp {
        let year = i16::try_from(self.year.get()).ok();
        let month = i8::try_from(self.month.get()).ok();
        let first = year.zip(month).and_then(|(year, month)| Date::new(year, month, 1).ok());
        let next = first.and_then(|first| first.last_of_month().tomorrow().ok());
        let moment =
            next.and_then(|day| TimeZone::UTC.to_timestamp(day.to_datetime(Time::midnight())).ok());
        // After the last month that there is, there is nothing.
        moment.unwrap_or(Timestamp::MAX)
    }
}

/// `str::parse` alone would take a sign.
fn digits(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn expiry(year: i64, month: i64) -> Expiry {
        Expiry { year: year.try_into().unwrap(), month: month.try_into().unwrap() }
    }

    #[test]
    fn a_month_is_1_to_12() {
        for (number, valid) in
            [(i64::MIN, false), (-1, false), (0, false), (1, true), (12, true), (13, false)]
        {
            let month = ExpirationMonth::try_from(number);
            assert_eq!(month.is_ok(), valid, "{number}");
        }
        // 257 is 1 in its lowest eight bits.
        for number in [256 + 1, i64::MAX] {
            assert_eq!(ExpirationMonth::try_from(number), Err(ExpiryError::Month));
        }
    }

    #[test]
    fn a_month_is_written_with_one_digit_or_two() {
        for (text, number) in [("8", 8), ("08", 8), ("1", 1), ("01", 1), ("12", 12)] {
            assert_eq!(text.parse::<ExpirationMonth>().unwrap().get(), number);
        }
        for text in ["", "0", "00", "13", "008", "+8", "-8", " 8", "8 ", "8.", "a", "é", "８"] {
            assert_eq!(text.parse::<ExpirationMonth>(), Err(ExpiryError::Month), "{text}");
        }
    }

    #[test]
    fn a_year_has_four_digits() {
        for number in [1000, 2028, 9999] {
            let year = ExpirationYear::try_from(number).unwrap();
            assert_eq!(i64::from(year.get()), number);
            assert_eq!(number.to_string().parse::<ExpirationYear>(), Ok(year));
        }
        for number in [i64::MIN, -2028, 0, 28, 999, 10_000, 65_536 + 2028, i64::MAX] {
            assert_eq!(ExpirationYear::try_from(number), Err(ExpiryError::Year), "{number}");
        }
        for text in ["", "28", "028", "0999", "02028", "+202", "2 28", "20é", "２０２８"] {
            assert_eq!(text.parse::<ExpirationYear>(), Err(ExpiryError::Year), "{text}");
        }
    }

    #[test]
    fn a_card_is_good_through_the_end_of_its_month_in_utc() {
        let cases = [
            ("2028-02-29T23:59:59.999999999Z", (2028, 2), false),
            ("2028-03-01T00:00:00Z", (2028, 2), true),
            ("2028-02-01T00:00:00Z", (2028, 2), false),
            ("2028-12-31T23:59:59Z", (2028, 12), false),
            ("2029-01-01T00:00:00Z", (2028, 12), true),
            ("2028-12-31T23:59:59Z", (2029, 1), false),
            ("2028-03-01T00:30:00+01:00", (2028, 2), false),
            ("2028-02-29T23:30:00-01:00", (2028, 2), true),
            ("2028-06-15T00:00:00Z", (1000, 1), true),
            ("2028-06-15T00:00:00Z", (9999, 12), false),
        ];
        for (now, (year, month), past) in cases {
            let now: Timestamp = now.parse().unwrap();
            assert_eq!(expiry(year, month).is_past(now), past, "{now} {year}-{month}");
        }
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        for ((year, month), end) in [
            ((2028, 2), "2028-03-01T00:00:00Z"),
            ((2028, 12), "2029-01-01T00:00:00Z"),
            ((1000, 1), "1000-02-01T00:00:00Z"),
        ] {
            let end: Timestamp = end.parse().unwrap();
            assert_eq!(expiry(year, month).end(), end);
            assert!(expiry(year, month).is_past(end));
            let before = end - SignedDuration::from_nanos(1);
            assert!(!expiry(year, month).is_past(before));
            assert_eq!(Expiry::of_moment(before), Some(expiry(year, month)));
        }
        assert_eq!(expiry(9999, 12).end(), Timestamp::MAX);
    }

    #[test]
    fn the_earlier_expiry_orders_first() {
        assert!(expiry(2028, 12) < expiry(2029, 1));
        assert!(expiry(2028, 1) < expiry(2028, 2));
    }

    #[test]
    fn json_is_made_of_integers_and_is_checked() {
        let json = serde_json::to_string(&expiry(2028, 8)).unwrap();
        assert_eq!(json, r#"{"year":2028,"month":8}"#);
        assert_eq!(serde_json::from_str::<Expiry>(&json).unwrap(), expiry(2028, 8));
        assert!(serde_json::from_str::<ExpirationMonth>("13").is_err());
        assert!(serde_json::from_str::<ExpirationYear>("28").is_err());
    }

    proptest! {
        #[test]
        fn an_expiry_is_past_from_the_next_month_on(
            year in 1000..9998_i64, month in 1..=12_i64, later in 0..24_i64,
        ) {
            let months = year * 12 + (month - 1) + later;
            let now: Timestamp =
                format!("{:04}-{:02}-15T12:00:00Z", months / 12, months % 12 + 1).parse().unwrap();
            prop_assert_eq!(expiry(year, month).is_past(now), later > 0);
        }
    }
}
