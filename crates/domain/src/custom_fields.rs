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
    #[error("exceeds the limit of {max} custom fields", max = CustomFields::MAX_FIELDS)]
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
        Value::Number(number) => check_number(&number.to_string()),
        Value::String(text) => check_text(text),
        Value::Array(_) | Value::Object(_) => Err(CustomFieldError::Kind),
    }
}

/// Long fractions are common and are no card numbers, so only whole digits count.
fn check_number(number: &str) -> Result<(), CustomFieldError> {
    no_card_number(number.split('.').next().unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn fields(count: usize) -> CustomFields {
        let mut fields = CustomFields::default();
        for number in 0..count {
            fields.set(name(&format!("Field{number:02}__c")), json!(number)).unwrap();
        }
        fields
    }

    fn name(text: &str) -> CustomFieldName {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_letters_digits_and_underscores_before_the_suffix() {
        for text in ["a__c", "CostCentre__c", "A1_b__c", "AA_PICKLIST__c", "a____c", "c__c__c"] {
            assert_eq!(name(text).as_str(), text);
        }
        for text in [
            "", "__c", "a", "a__C", "a_c", "_a__c", "1a__c", "a b__c", "é__c", "aé__c", "a__c\n",
            "a-b__c",
        ] {
            assert_eq!(text.parse::<CustomFieldName>(), Err(CustomFieldError::Name), "{text}");
        }
    }

    #[test]
    fn a_name_has_at_most_100_characters() {
        let of =
            |length: usize| format!("{}__c", "a".repeat(length - 3)).parse::<CustomFieldName>();
        assert!(of(100).is_ok());
        assert_eq!(of(101), Err(CustomFieldError::Name));
    }

    #[test]
    fn the_fifty_first_field_is_refused() {
        let mut fields = fields(50);
        let before = fields.clone();
        assert_eq!(fields.set(name("More__c"), json!(1)), Err(CustomFieldError::TooMany));
        assert_eq!(fields, before);
        fields.set(name("Field00__c"), json!("changed")).unwrap();
        assert_eq!(fields.get("Field00__c"), Some(&json!("changed")));
        assert_eq!(fields.len(), 50);
    }

    #[test]
    fn values_are_plain() {
        let mut fields = CustomFields::default();
        for value in [json!(null), json!(true), json!(-1.5), json!(7), json!(""), json!("a\tb\r\n")]
        {
            fields.set(name("a__c"), value.clone()).unwrap();
            assert_eq!(fields.get("a__c"), Some(&value));
        }
        for value in [json!([]), json!({}), json!(["a"])] {
            assert_eq!(fields.set(name("a__c"), value), Err(CustomFieldError::Kind));
        }
        for text in ["a\0", "\u{1b}[2J", "a\u{7f}"] {
            assert_eq!(fields.set(name("a__c"), json!(text)), Err(CustomFieldError::Control));
        }
    }

    #[test]
    fn a_string_has_at_most_255_characters() {
        for letter in ["a", "é", "🂡"] {
            let mut fields = CustomFields::default();
            assert_eq!(fields.set(name("a__c"), json!(letter.repeat(255))), Ok(()));
            let error = fields.set(name("a__c"), json!(letter.repeat(256)));
            assert_eq!(error, Err(CustomFieldError::TooLong), "{letter}");
        }
    }

    #[test]
    fn a_card_number_is_refused_wherever_it_hides() {
        let mut fields = CustomFields::default();
        for value in [
            json!("4111111111111111"),
            json!("card 4111 1111 1111 1111, see file"),
            json!(4_111_111_111_111_111_i64),
            json!(-4_111_111_111_111_111_i64),
            json!(4_111_111_111_111_111.0),
        ] {
            let error = fields.set(name("a__c"), value.clone());
            assert_eq!(error, Err(CustomFieldError::CardNumberInside), "{value}");
        }
        let error = "x4111111111111111__c".parse::<CustomFieldName>();
        assert_eq!(error, Err(CustomFieldError::CardNumberInside));
        assert!(fields.is_empty());
    }

    #[test]
    fn ordinary_numbers_are_no_card_numbers() {
        let mut fields = CustomFields::default();
        for value in [json!(1_700_000_000_004_i64), json!(0.411_111_111_111_111_1), json!(1e300)] {
            assert_eq!(fields.set(name("a__c"), value.clone()), Ok(()), "{value}");
        }
    }

    #[test]
    fn null_keeps_the_field() {
        let mut fields = fields(1);
        fields.set(name("Field00__c"), Value::Null).unwrap();
        assert_eq!(serde_json::to_string(&fields).unwrap(), r#"{"Field00__c":null}"#);
    }

    #[test]
    fn merging_overwrites_and_keeps_the_rest() {
        let mut fields = fields(2);
        let changes: CustomFields =
            serde_json::from_value(json!({"Field01__c": "new", "A__c": null})).unwrap();
        fields.merge(&changes).unwrap();
        let json = serde_json::to_string(&fields).unwrap();
        assert_eq!(json, r#"{"A__c":null,"Field00__c":0,"Field01__c":"new"}"#);
    }

    #[test]
    fn merging_too_many_changes_nothing() {
        let mut fields = fields(49);
        let before = fields.clone();
        let one: CustomFields = serde_json::from_value(json!({"A__c": 1})).unwrap();
        let two: CustomFields =
            serde_json::from_value(json!({"Field00__c": 9, "A__c": 1, "B__c": 2})).unwrap();
        assert_eq!(fields.merge(&two), Err(CustomFieldError::TooMany));
        assert_eq!(fields, before);
        assert_eq!(fields.merge(&one), Ok(()));
        assert_eq!(fields.len(), 50);
        // A full card still takes changes to the fields it has.
        assert_eq!(fields.merge(&one), Ok(()));
    }

    #[test]
    fn json_is_an_object_and_is_checked() {
        let fields: CustomFields = serde_json::from_str(r#"{"b__c":1,"a__c":"x"}"#).unwrap();
        let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a__c", "b__c"]);
        let many: serde_json::Map<_, _> =
            (0..51).map(|number| (format!("f{number}__c"), json!(1))).collect();
        for json in [
            json!({"a": 1}),
            json!({"a__c": [1]}),
            json!({"a__c": "4111111111111111"}),
            json!([]),
            Value::Object(many),
        ] {
            assert!(serde_json::from_value::<CustomFields>(json.clone()).is_err(), "{json}");
        }
    }

    #[test]
    fn errors_hold_no_input() {
        let error = serde_json::from_str::<CustomFields>(r#"{"a__c":"4111111111111111"}"#);
        let text = error.unwrap_err().to_string();
        assert!(text.starts_with("must not contain a card number"), "{text}");
    }

    proptest! {
        #[test]
        fn what_is_read_reads_again(text in "[A-Za-z][A-Za-z0-9_]{0,97}(__c)?") {
            if let Ok(name) = text.parse::<CustomFieldName>() {
                prop_assert_eq!(name.as_str(), text);
            }
        }

        #[test]
        fn json_round_trips(values in prop::collection::btree_map("[a-z]{1,9}", "\\PC{0,40}", 0..9)) {
            let mut fields = CustomFields::default();
            for (stem, value) in values {
                let _ = fields.set(name(&format!("{stem}__c")), json!(value));
            }
            let json = serde_json::to_string(&fields).unwrap();
            prop_assert_eq!(serde_json::from_str::<CustomFields>(&json).unwrap(), fields);
        }
    }
}
