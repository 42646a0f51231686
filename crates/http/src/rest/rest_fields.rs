//! Fields whose names the caller chose: custom fields, and those that nobody knows.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use cardfile_domain::{
    custom_fields::{CustomFieldName, CustomFields},
    limits::REASONS_MAX,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error, IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::{
    code_names::Meaning,
    failure::{Failure, UnknownFields, Violation},
    fields::complain_custom,
};

/// The names inside an object that nobody knows; their values are not even read.
#[derive(Debug, Default)]
pub(crate) struct UnknownNames(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for UnknownNames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = BTreeMap::<String, IgnoredAny>::deserialize(deserializer)?;
        Ok(Self(names.into_keys().collect()))
    }
}

/// Reads what the request's type did not name, each name once: of two values nobody could tell which
/// was meant.
pub(crate) fn each_once<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Map<String, Value>, D::Error> {
    struct EachOnce;

    impl<'de> Visitor<'de> for EachOnce {
        type Value = Map<String, Value>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object that names each field once")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
            let mut read = Map::new();
            while let Some((name, value)) = fields.next_entry()? {
                if read.insert(name, value).is_some() {
                    return Err(A::Error::custom("a field is named twice"));
                }
            }
            Ok(read)
        }
    }

    deserializer.deserialize_map(EachOnce)
}

/// Sorts what the request's type did not name: custom fields, mistakes in them, and the unknown.
pub(crate) fn custom_fields(
    rest: Map<String, Value>,
    inner: &[&UnknownNames],
) -> Result<(CustomFields, Vec<Violation>), Failure> {
    let outer = rest.keys().filter(|name| !name.ends_with("__c"));
    let inner = inner.iter().flat_map(|names| &names.0);
    let mut unknown = outer.chain(inner).map(String::as_str).peekable();
    if unknown.peek().is_some() {
        return Err(Failure::UnknownFields(UnknownFields::new(unknown)));
    }
    let mut custom = CustomFields::default();
    let mut violations = Vec::new();
    for (name, value) in rest {
        // A caller may make up as many wrong names as fit into a body; so many reasons tell it all.
        if violations.len() == REASONS_MAX {
            break;
        }
        let result = if holds_code(&name, &value) {
            Err(Cow::Borrowed(CODE_INSIDE))
        } else {
            let parsed = name.parse::<CustomFieldName>();
            parsed.and_then(|parsed| custom.set(parsed, value)).map_err(complain_custom)
        };
        if let Err(message) = result {
            let echoed = UnknownFields::new(std::iter::once(name.as_str()));
            violations.push(Violation { field: echoed.list(), message, missing: false });
        }
    }
    Ok((custom, violations))
}

const CODE_INSIDE: &str = "must not hold a security code, because it would be kept; send the code in \
                           its own field, and give this one another name";

/// Whether a security code would be kept in a custom field. A null says that there is none.
fn holds_code(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => Meaning::of(name).makes_code_of(text),
        other => Meaning::of(name).makes_code_of(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rest(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_field_that_is_named_twice_is_refused() {
        #[derive(Debug, Deserialize)]
        struct Request {
            #[serde(flatten, deserialize_with = "each_once")]
            rest: Map<String, Value>,
        }
        let read = |json: &str| serde_json::from_str::<Request>(json);
        assert_eq!(read(r#"{"a__c": 1, "b__c": 1}"#).unwrap().rest.len(), 2);
        assert!(read(r#"{"a__c": 1, "a__c": 1}"#).unwrap_err().is_data());
    }

    #[test]
    fn unknown_plain_fields_are_refused_all_at_once() {
        let failure = custom_fields(rest(&json!({"b": 1, "a__c": 1, "a": 2})), &[]).unwrap_err();
        assert!(matches!(failure, Failure::UnknownFields(names) if names.list() == "a,b"));
    }

    #[test]
    fn custom_fields_are_kept_with_their_values() {
        let (custom, violations) =
            custom_fields(rest(&json!({"Color__c": "red", "n__c": null})), &[]).unwrap();
        assert!(violations.is_empty());
        assert_eq!(custom.get("Color__c"), Some(&json!("red")));
        assert_eq!(custom.get("n__c"), Some(&Value::Null));
    }

    #[test]
    fn a_security_code_is_no_custom_field() {
        for bad in [
            json!({"SecurityCode__c": "123"}),
            json!({"CVV__c": 123}),
            json!({"cvv_2__c": "M"}),
            json!({"CardCvv__c": "0123"}),
            json!({"CardCvv__c": 123}),
        ] {
            let (custom, violations) = custom_fields(rest(&bad), &[]).unwrap();
            assert!(custom.is_empty(), "{bad}");
            assert_eq!(violations.len(), 1, "{bad}");
        }
        let good = json!({"CVV__c": null, "CvvResult__c": "M", "Code__c": "123"});
        let (custom, violations) = custom_fields(rest(&good), &[]).unwrap();
        assert_eq!((custom.len(), violations.len()), (3, 0));
    }

    #[test]
    fn no_more_mistakes_are_told_than_anybody_would_read() {
        let many = (0..500).map(|number| (format!("{number}__c"), json!(1)));
        let (_, violations) = custom_fields(many.collect(), &[]).unwrap();
        assert_eq!(violations.len(), REASONS_MAX);
    }

    #[test]
    fn a_custom_field_that_holds_an_object_is_named() {
        let (_, violations) = custom_fields(rest(&json!({"x__c": {}})), &[]).unwrap();
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].field, "x__c");
    }
}
