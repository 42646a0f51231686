//! One field of a request: absent, null, a value of the domain, or wrong.
//!
//! Reading a field never fails, so that one answer can name everything that is wrong. What is read
//! is parsed at once: text that is no `City` exists nowhere but in the body's buffer.

use std::{borrow::Cow, fmt, marker::PhantomData};

use cardfile_domain::{
    command::Patch,
    country::Country,
    custom_fields::CustomFieldError,
    expiry::{ExpirationMonth, ExpirationYear},
    failures::ConsecutiveFailures,
    retry_rule::{MaxFailures, RetryWindow},
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::{Map, Value};
use validator::{Validate, ValidationError, ValidationErrors};

/// A JSON value that is not an array or an object.
#[derive(Clone, Copy)]
pub(crate) enum Scalar<'a> {
    Text(&'a str),
    Number(i64),
    Flag(bool),
    /// A fraction, or an integer that no field is large enough for.
    OutOfRange,
}

/// What is wrong with a value; it holds nothing of it.
pub(crate) type Complaint = Cow<'static, str>;

/// A domain value that can be read from a scalar.
pub(crate) trait Read: Sized {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint>;
}

/// One field.
#[derive(Debug, Default)]
pub(crate) enum Field<T> {
    /// It is not there.
    #[default]
    Absent,
    /// It is null.
    Null,
    /// It has a value.
    Value(T),
    /// It is wrong.
    Wrong(Complaint),
}

impl<T> Field<T> {
    /// The value; absent and null are the same. Wrong values were reported before.
    pub(crate) fn into_option(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null | Self::Wrong(_) => None,
        }
    }

    /// A change: null clears.
    pub(crate) fn into_patch(self) -> Patch<T> {
        match self {
            Self::Value(value) => Patch::Set(value),
            Self::Null => Patch::Clear,
            Self::Absent | Self::Wrong(_) => Patch::Keep,
        }
    }

    pub(crate) fn has_value(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// Makes absence and null wrong.
    pub(crate) fn require(&mut self) {
        if matches!(self, Self::Absent | Self::Null) {
            *self = Self::Wrong(Cow::Borrowed(MISSING));
        }
    }

    /// Makes null wrong: the field may be left out but not taken away.
    pub(crate) fn refuse_null(&mut self) {
        if matches!(self, Self::Null) {
            *self = Self::Wrong(Cow::Borrowed("must not be null"));
        }
    }
}

/// The complaint of a field that has to be there.
pub(crate) const MISSING: &str = "is required";

impl<'de, T: Read> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor(PhantomData))
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Read> ScalarVisitor<T> {
    fn read(scalar: Scalar<'_>) -> Field<T> {
        match T::read(scalar) {
            Ok(value) => Field::Value(value),
            Err(complaint) => Field::Wrong(complaint),
        }
    }
}

impl<'de, T: Read> Visitor<'de> for ScalarVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Self::read(Scalar::Text(text)))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Self::read(Scalar::Flag(flag)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Self::read(Scalar::Number(number)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Self::read(i64::try_from(number).map_or(Scalar::OutOfRange, Scalar::Number)))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Self::read(Scalar::OutOfRange))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong(Cow::Borrowed("must not be an array")))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong(Cow::Borrowed("must not be an object")))
    }
}

impl<T> Validate for Field<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        match self {
            Self::Wrong(complaint) => Err(one_error(complaint)),
            Self::Absent | Self::Null | Self::Value(_) => Ok(()),
        }
    }
}

/// The name under which a field reports itself; [`crate::violations`] takes it away.
pub(crate) const ITSELF: &str = "__itself__";

fn one_error(complaint: &Complaint) -> ValidationErrors {
    let mut errors = ValidationErrors::new();
    errors.add(ITSELF, ValidationError::new("wrong").with_message(complaint.clone()));
    errors
}

/// A field that holds an object.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub(crate) Field<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

const NOT_AN_OBJECT: Cow<'static, str> = Cow::Borrowed("must be an object");

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(entries)).map(Field::Value)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Field::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong(NOT_AN_OBJECT))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Field::Wrong(NOT_AN_OBJECT))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Field::Wrong(NOT_AN_OBJECT))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Field::Wrong(NOT_AN_OBJECT))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Field::Wrong(NOT_AN_OBJECT))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Field::Wrong(NOT_AN_OBJECT))
    }
}

impl<T: Validate> Validate for Object<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        match &self.0 {
            Field::Value(value) => value.validate(),
            other => other.validate(),
        }
    }
}

/// An object of the caller's own making, such as gateway options.
#[derive(Debug, Default)]
pub(crate) struct FreeObject(pub(crate) Map<String, Value>);

impl<'de> Deserialize<'de> for FreeObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self)
    }
}

impl Validate for FreeObject {
    fn validate(&self) -> Result<(), ValidationErrors> {
        Ok(())
    }
}

/// Text that may be given as `""`, which takes it away.
#[derive(Debug)]
pub(crate) enum Erasable<T> {
    /// The empty text.
    Empty,
    /// A value.
    Value(T),
}

impl<T: Read> Read for Erasable<T> {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text("") => Ok(Self::Empty),
            other => T::read(other).map(Self::Value),
        }
    }
}

impl<T> Field<Erasable<T>> {
    /// A change: null and `""` clear.
    pub(crate) fn into_erasing_patch(self) -> Patch<T> {
        match self {
            Self::Value(Erasable::Value(value)) => Patch::Set(value),
            Self::Value(Erasable::Empty) | Self::Null => Patch::Clear,
            Self::Absent | Self::Wrong(_) => Patch::Keep,
        }
    }

    /// A value to begin with: null, `""` and absence are the same.
    pub(crate) fn into_value(self) -> Option<T> {
        match self {
            Self::Value(Erasable::Value(value)) => Some(value),
            Self::Value(Erasable::Empty) | Self::Null | Self::Absent | Self::Wrong(_) => None,
        }
    }
}

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
            DeviceSessionId, Email, GatewayName, GatewayNumber, IdentityNumber, IpAddress,
            MandateId, MandateReason, MandateStatus, NetworkTransactionId, PaymentMethodNumber,
            Phone, StateName, ZipCode,
        },
    };

    use super::{Complaint, NOT_TEXT, Read, Scalar, complain};

    read_text! {
        AccountNumber, AddressLine, CardHolderName, CardNumber, CardType, City, ConsentRef, Cryptogram,
        CurrencyCode, DeviceSessionId, Email, GatewayName, GatewayNumber, IdentityNumber,
        IpAddress, MandateId, MandateReason, MandateStatus, NetworkTransactionId,
        PaymentMethodNumber, Phone, SecurityCode, StateName, ZipCode,
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
    jiff::civil::Date => "must be a date such as 2026-01-31",
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
        Scalar::Text(_) | Scalar::Flag(_) | Scalar::OutOfRange => None,
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

read_number!(ConsecutiveFailures, ExpirationMonth, ExpirationYear, MaxFailures, RetryWindow);

/// What a custom field's error means to whoever sent it.
pub(crate) fn complain_custom(error: CustomFieldError) -> Complaint {
    complain(&error)
}
