//! One field of a request: absent, null, a value of the domain, or wrong.
//!
//! Reading a field never fails, so that one answer can name everything that is wrong. What is read
//! is parsed at once: text that is no `City` exists nowhere but in the body's buffer.

mod bounded;
mod object;
mod read;

use std::{borrow::Cow, fmt, marker::PhantomData};

use cardfile_domain::command::Patch;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use validator::{Validate, ValidationError, ValidationErrors};

pub(crate) use self::{
    bounded::UpTo,
    object::{FreeObject, Object},
    read::{Amount, Never, complain_custom},
};

/// A JSON value that is not an array or an object.
#[derive(Clone, Copy)]
pub(crate) enum Scalar<'a> {
    Text(&'a str),
    Number(i64),
    Flag(bool),
    /// A number that is not whole.
    Fraction(f64),
    /// An integer that no field is large enough for.
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

    pub(crate) fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
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

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Self::read(whole(number).map_or(Scalar::Fraction(number), Scalar::Number)))
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

/// `8.0` is an integer to JSON Schema, and all that some programs can write.
fn whole(number: f64) -> Option<i64> {
    // Written out, because a cast would make something of a number that is too large.
    if number.fract() == 0.0 { number.to_string().parse().ok() } else { None }
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

#[cfg(test)]
mod tests {
    use cardfile_domain::failures::ConsecutiveFailures;

    use super::*;

    #[test]
    fn a_number_without_a_fraction_is_whole_however_it_is_written() {
        for (json, expected) in [
            ("8", Some("8")),
            ("8.0", Some("8")),
            ("0.8e1", Some("8")),
            ("-0.0", Some("0")),
            ("8.5", None),
            ("-8.0", None),
            ("1e300", None),
        ] {
            let field: Field<ConsecutiveFailures> = serde_json::from_str(json).unwrap();
            let read = field.into_option().map(|failures| failures.get().to_string());
            assert_eq!(read.as_deref(), expected, "{json}");
        }
    }
}
