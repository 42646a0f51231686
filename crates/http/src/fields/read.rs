//! How each value of the domain is read from a scalar.

use std::{borrow::Cow, fmt, ops::RangeInclusive};

use cardfile_domain::{
    country::Country,
    custom_fields::CustomFieldError,
    expiry::{ExpirationMonth, ExpirationYear},
    failures::ConsecutiveFailures,
    payment::{AmountError, PaymentAmount},
    retry_rule::{MaxFailures, RetryWindow},
};
use jiff::{Timestamp, civil::Date};

use super::{Complaint, Read, Scalar};
use crate::zoql::moment;

const NOT_TEXT: Cow<'static, str> = Cow::Borrowed("must be a string");
const NOT_A_NUMBER: Cow<'static, str> = Cow::Borrowed("must be a whole number");

macro_rules! read_text {
    ($($name:ty),+ $(,)?) => {
        $(
            impl Read for $name {
                fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
                    match scalar {
                        Scalar::Text(text) => text.parse().map_err(|error| complain(&error)),
                        _ => Err(NOT_TEXT),
                    }
                }
            }
        )+
    };
}

fn complain(error: &impl fmt::Display) -> Complaint {
    Cow::Owned(error.to_string())
}

mod texts {
    use cardfile_domain::{
        brand::CardType,
        card_number::CardNumber,
        security_code::SecurityCode,
        text::{
            AccountNumber, AddressLine, CardHolderName, City, ConsentRef, Cryptogram, CurrencyCode,
            DeviceSessionId, Email, GatewayCode, GatewayName, GatewayNumber, IdentityNumber,
            IpAddress, MandateId, MandateReason, MandateStatus, NetworkTransactionId, PaymentId,
            PaymentMethodNumber, Phone, StateName, ZipCode,
        },
    };

    use super::{Complaint, NOT_TEXT, Read, Scalar, complain};

    read_text! {
        AccountNumber, AddressLine, CardHolderName, CardNumber, CardType, City, ConsentRef, Cryptogram,
        CurrencyCode, DeviceSessionId, Email, GatewayCode, GatewayName, GatewayNumber, IdentityNumber,
        IpAddress, MandateId, MandateReason, MandateStatus, NetworkTransactionId,
        PaymentId, PaymentMethodNumber, Phone, SecurityCode, StateName, ZipCode,
    }
}

macro_rules! read_word {
    ($($name:ty => $complaint:literal),+ $(,)?) => {
        $(
            impl Read for $name {
                fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
                    match scalar {
                        Scalar::Text(text) => {
                            text.parse().map_err(|_| Cow::Borrowed($complaint))
                        }
                        _ => Err(NOT_TEXT),
                    }
                }
            }
        )+
    };
}

read_word! {
    Country => "must be a country's name, or its code of two or three letters",
    cardfile_domain::id::AccountKey => "must be the id or the number of an account",
    cardfile_domain::id::PaymentMethodId => "must be the id of a payment method",
    cardfile_domain::card::MitProfileAction => "value should be one of: Activate, Persist",
    cardfile_domain::card::MitProfileType => "value should be one of: Recurring, Unscheduled",
    cardfile_domain::card::MitConsentAgreementSrc => "value should be one of: External",
}

impl Read for Date {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text(text) => {
                date(text).ok_or(Cow::Borrowed("must be a date such as 2026-01-31"))
            }
            _ => Err(NOT_TEXT),
        }
    }
}

/// `\d{4}-\d{1,2}-\d{1,2}`, as Zuora documents it: leading zeros may be missing.
fn date(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let mut number = |digits: RangeInclusive<usize>| {
        let part = parts.next()?;
        let fits = digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if fits { part.parse::<i16>().ok() } else { None }
    };
    let (year, month, day) = (number(4..=4)?, number(1..=2)?, number(1..=2)?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

impl Read for bool {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Flag(flag) => Ok(flag),
            // Forms and spreadsheets send booleans as text.
            Scalar::Text("true") => Ok(true),
            Scalar::Text("false") => Ok(false),
            _ => Err(Cow::Borrowed("must be true or false")),
        }
    }
}

/// Something that is not done here and may only be asked for with "false".
#[derive(Debug)]
pub(crate) struct Never;

impl Read for Never {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        if bool::read(scalar)? {
            Err(Cow::Borrowed("must be false: this is not done here"))
        } else {
            Ok(Self)
        }
    }
}

/// An amount of money that nobody looks at.
#[derive(Debug)]
pub(crate) struct Amount;

impl Read for Amount {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Number(_) | Scalar::Fraction(_) | Scalar::OutOfRange => Ok(Self),
            Scalar::Text(_) | Scalar::Flag(_) => Err(Cow::Borrowed("must be a number")),
        }
    }
}

impl Read for PaymentAmount {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text(text) => text.parse(),
            Scalar::Number(number) => number.to_string().parse(),
            // Nobody's money has more places, and what a binary fraction has more is none of it.
            Scalar::Fraction(number) => {
                format!("{number:.3}").trim_end_matches('0').trim_end_matches('.').parse()
            }
            Scalar::Flag(_) | Scalar::OutOfRange => Err(AmountError),
        }
        .map_err(|error| complain(&error))
    }
}

impl Read for Timestamp {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text(text) => moment::read(text)
                .ok_or(Cow::Borrowed("must be a moment such as 2026-01-31T23:59:59Z")),
            _ => Err(NOT_TEXT),
        }
    }
}

impl Read for String {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text(text) => Ok(text.to_owned()),
            _ => Err(NOT_TEXT),
        }
    }
}

/// Clients of three generations send months and years as integers and as texts of digits.
fn number(scalar: Scalar<'_>) -> Option<i64> {
    match scalar {
        Scalar::Number(number) => Some(number),
        Scalar::Text(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        Scalar::Text(_) | Scalar::Flag(_) | Scalar::Fraction(_) | Scalar::OutOfRange => None,
    }
}

macro_rules! read_number {
    ($($name:ty),+ $(,)?) => {
        $(
            impl Read for $name {
                fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
                    let number = number(scalar).ok_or(NOT_A_NUMBER)?;
                    Self::try_from(number).map_err(|error| complain(&error))
                }
            }
        )+
    };
}

read_number!(ConsecutiveFailures, MaxFailures, RetryWindow);

macro_rules! read_number_or_digits {
    ($($name:ty),+ $(,)?) => {
        $(
            impl Read for $name {
                fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
                    let parsed = match scalar {
                        // The type itself says how many digits its text may have.
                        Scalar::Text(text) => text.parse(),
                        other => Self::try_from(number(other).ok_or(NOT_A_NUMBER)?),
                    };
                    parsed.map_err(|error| complain(&error))
                }
            }
        )+
    };
}

read_number_or_digits!(ExpirationMonth, ExpirationYear);

/// What a custom field's error means to whoever sent it.
pub(crate) fn complain_custom(error: CustomFieldError) -> Complaint {
    complain(&error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_may_leave_out_leading_zeros() {
        for (text, expected) in [
            ("2026-05-04", Some((2026, 5, 4))),
            ("2026-5-4", Some((2026, 5, 4))),
            ("2028-2-29", Some((2028, 2, 29))),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-0-1", None),
            ("26-05-04", None),
            ("2026-005-04", None),
            ("2026-05", None),
            ("2026-05-04-1", None),
            ("2026-+5-04", None),
            ("20260504", None),
            ("", None),
        ] {
            let read = date(text).map(|date| (date.year(), date.month(), date.day()));
            assert_eq!(read, expected, "{text}");
        }
    }
}
