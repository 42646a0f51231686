//! Custom fields: names and values that only the tenant understands.
//!
//! They are stored and returned in plain, at the top level of the answer, so they
//! are bounded in number and size, and a card number among them is refused. Fields
//! are kept in the order of their names: both databases then give the same bytes
//! back, whatever order the request had.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::Value;

use crate::card_number::looks_like_card_number;

/// Why a custom field was refused. Never holds its name or value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomFieldError {
    /// The name is not a letter, then letters, digits and underscores, then `__c`.
    #[error("must be named with letters, digits and underscores and end in __c")]
    Name,
    /// The card has [`CustomFields::MAX_FIELDS`] fields already.
    #[error("must be one of {max} custom fields or fewer", max = CustomFields::MAX_FIELDS)]
    TooMany,
    /// The value is an array or an object.
    #[error("must be a string, a number, a boolean or null")]
    Kind,
    /// The value has more than [`CustomFields::MAX_VALUE_CHARS`] characters.
    #[error("must be {max} characters or fewer", max = CustomFields::MAX_VALUE_CHARS)]
    TooLong,
    /// The value has a control character other than tab and line break.
    #[error("must not contain control characters")]
    Control,
    /// A card number stands where it would be kept in plain text.
    #[error("must not contain a card number")]
    CardNumberInside,
}

/// The name of a custom field, such as `CostCentre__c`. Case matters.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String")]
pub struct CustomFieldName(String);

impl CustomFieldName {
    /// Zuora states no limit. This leaves room for any name a person would type, and
    /// keeps all fields of a card under 64 KiB: 50 × (100 + 4 × 255) bytes.
    pub const MAX_CHARS: usize = 100;

    /// The name as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CustomFieldName {
    type Err = CustomFieldError;

    fn from_str(text: &str) -> Result<Self, CustomFieldError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for CustomFieldName {
    type Error = CustomFieldError;

    fn try_from(text: String) -> Result<Self, CustomFieldError> {
        let stem = text.strip_suffix("__c").ok_or(CustomFieldError::Name)?;
        let valid = text.len() <= Self::MAX_CHARS
            && stem.starts_with(|first: char| first.is_ascii_alphabetic())
            && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !valid {
            return Err(CustomFieldError::Name);
        }
        if looks_like_card_number(&text) {
            return Err(CustomFieldError::CardNumberInside);
        }
        Ok(Self(text))
    }
}

impl AsRef<str> for CustomFieldName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for CustomFieldName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The custom fields of a card. A field that was set to null stays, as null.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct CustomFields(BTreeMap<CustomFieldName, Value>);

impl CustomFields {
    /// "50 custom fields per object".
    pub const MAX_FIELDS: usize = 50;
    /// The most characters (Unicode scalar values) of a string value.
    pub const MAX_VALUE_CHARS: usize = 255;

    /// Sets one field, or leaves everything as it is.
    pub fn set(&mut self, name: CustomFieldName, value: Value) -> Result<(), CustomFieldError> {
        check_value(&value)?;
        let full = self.0.len() >= Self::MAX_FIELDS;
        match self.0.entry(name) {
            Entry::Occupied(mut field) => {
                field.insert(value);
            }
            Entry::Vacant(_) if full => return Err(CustomFieldError::TooMany),
            Entry::Vacant(field) => {
                field.insert(value);
            }
        }
        Ok(())
    }

    /// The value of a field, if it was ever set.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The fields in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&CustomFieldName, &Value)> {
        self.0.iter()
    }

    /// How many fields there are, those set to null included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no field was ever set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets every field of `changes`, or leaves everything as it is.
    pub fn merge(&mut self, changes: &Self) -> Result<(), CustomFieldError> {
        let added = changes.0.keys().filter(|&name| !self.0.contains_key(name)).count();
        if self.0.len() + added > Self::MAX_FIELDS {
            return Err(CustomFieldError::TooMany);
        }
        for (name, value) in &changes.0 {
            self.0.insert(name.clone(), value.clone());
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for CustomFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

/// Reads field by field, so that the limits hold while reading and not only after.
struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = CustomFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of custom fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CustomFields, A::Error> {
        let mut fields = CustomFields::default();
        while let Some((name, value)) = map.next_entry()? {
            fields.set(name, value).map_err(A::Error::custom)?;
        }
        Ok(fields)
    }
}

fn check_value(value: &Value) -> Result<(), CustomFieldError> {
    match value {
        Value::Null | Value::Bool(_) => Ok(()),
        Value::Number(number) => no_card_number(&number.to_string()),
        Value::String(text) => check_text(text),
        Value::Array(_) | Value::Object(_) => Err(CustomFieldError::Kind),
    }
}

fn check_text(text: &str) -> Result<(), CustomFieldError> {
    let max = CustomFields::MAX_VALUE_CHARS;
    if text.len() > max && text.chars().count() > max {
        return Err(CustomFieldError::TooLong);
    }
    // Text areas have tabs and line breaks; PostgreSQL cannot store NUL.
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')) {
        return Err(CustomFieldError::Control);
    }
    no_card_number(text)
}

fn no_card_number(text: &str) -> Result<(), CustomFieldError> {
    if looks_like_card_number(text) { Err(CustomFieldError::CardNumberInside) } else { Ok(()) }
}
