//! When a card expires: a month of a year, valid through its last moment.
//!
//! Nothing here reads a clock. A past date is a well-formed date; whether it is
//! acceptable is asked with [`Expiry::is_past`] by those who know the time.

use std::str::FromStr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

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
}

/// `str::parse` alone would take a sign.
fn digits(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}
