//! Looks for a security code in a request that would have to be kept.
//!
//! The bytes are looked at as they came: a name that comes twice, or that nobody knows, may hide a
//! code as well as any other.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::{
    body::parse,
    code_names::is_security_code,
    failure::{Failure, Violation},
};

/// Refuses a body that is not a JSON object, and one that holds a security code wherever.
pub(super) fn body(bytes: &[u8]) -> Result<(), Failure> {
    let Body(has_code) = parse(bytes)?;
    if has_code { Err(refusal()) } else { Ok(()) }
}

/// Refuses a query that holds a security code.
pub(super) fn query(query: &str) -> Result<(), Failure> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    if pairs.any(|(name, value)| is_security_code(&name) && !value.is_empty()) {
        return Err(refusal());
    }
    Ok(())
}

fn refusal() -> Failure {
    Failure::Invalid(vec![Violation {
        field: "securityCode".to_owned(),
        message: "cannot be sent in an asynchronous request, because it would have to be kept; \
                  leave it out, or send the request to the path without /async"
            .into(),
        missing: false,
    }])
}

/// Whether an object has a security code in it.
struct Body(bool);

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Screen).map(Self)
    }
}

/// Walks through a value; what comes of it is whether there is a code in it.
#[derive(Clone, Copy)]
struct Screen;

impl<'de> DeserializeSeed<'de> for Screen {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! no_code {
    ($($visit:ident: $kind:ty),+) => {
        $(fn $visit<E>(self, _: $kind) -> Result<bool, E> {
            Ok(false)
        })+
    };
}

impl<'de> Visitor<'de> for Screen {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    no_code!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(has_code) = items.next_element_seed(self)? {
            found |= has_code;
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(name) = fields.next_key::<String>()? {
            found |= if is_security_code(&name) {
                // A null says that there is none.
                fields.next_value::<Option<IgnoredAny>>()?.is_some()
            } else {
                fields.next_value_seed(self)?
            };
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_wherever_it_hides() {
        for json in [
            r#"{"securityCode":"111"}"#,
            r#"{"securityCode":111}"#,
            r#"{"securityCode":""}"#,
            r#"{"securityCode":{"a":1}}"#,
            r#"{"securityCode":"111","securityCode":null}"#,
            r#"{"securityCode":null,"securityCode":"111"}"#,
            r#"{"CreditCardSecurityCode":"111"}"#,
            r#"{"creditCard":{"security_code":"111"}}"#,
            r#"{"objects":[{},{"CVV2":"111"}]}"#,
            r#"{"gatewayOptions":{"a":[[{"c.v.c":"111"}]]}}"#,
            r#"{"a":{"cvn":1},"b":2}"#,
        ] {
            assert!(matches!(body(json.as_bytes()), Err(Failure::Invalid(_))), "{json}");
        }
        for text in ["securityCode=1", "a=b&CVV=111", "security%43ode=1"] {
            assert!(matches!(query(text), Err(Failure::Invalid(_))), "{text}");
        }
    }

    #[test]
    fn what_holds_none_may_be_kept() {
        for json in [
            "{}",
            r#"{"securityCode":null}"#,
            r#"{"a":"securityCode","b":[1,-1,2.5,true,null,"cvv"],"c":{"code":"111"}}"#,
        ] {
            assert!(body(json.as_bytes()).is_ok(), "{json}");
        }
        for text in ["", "rejectUnknownFields=true", "cvv="] {
            assert!(query(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for json in ["", "{", "[]", "7", "null", "\"x\"", "{} {}", r#"{"a":1,}"#] {
            assert!(matches!(body(json.as_bytes()), Err(Failure::Malformed(_))), "{json}");
        }
    }
}
