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
    code_names::Meaning,
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
    if pairs.any(|(name, value)| !value.is_empty() && Meaning::of(&name).makes_code_of(&value)) {
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
        deserializer.deserialize_map(Screen(Meaning::Other)).map(Self)
    }
}

/// Walks through a value, with what the names above it say; what comes of it is whether there is a
/// code in it.
#[derive(Clone, Copy)]
struct Screen(Meaning);

impl<'de> DeserializeSeed<'de> for Screen {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! by_text {
    ($($visit:ident: $kind:ty),+) => {
        $(fn $visit<E>(self, value: $kind) -> Result<bool, E> {
            Ok(self.0.makes_code_of(&value.to_string()))
        })+
    };
}

impl<'de> Visitor<'de> for Screen {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    // A fraction of nothing, such as 123.0, is written without it.
    by_text!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);

    fn visit_str<E>(self, text: &str) -> Result<bool, E> {
        Ok(self.0.makes_code_of(text))
    }

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
            let meaning = self.0.with_inner(&name);
            found |= if meaning == Meaning::Code {
                // A null says that there is none.
                fields.next_value::<Option<IgnoredAny>>()?.is_some()
            } else {
                fields.next_value_seed(Self(meaning))?
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
            r#"{"gatewayOptions":{"cardCvv":"123"}}"#,
            r#"{"gatewayOptions":{"cvvCode":123}}"#,
            r#"{"creditCardCvv":"1234"}"#,
            r#"{"cvc_code":["123"]}"#,
            r#"{"cvvData":{"value":123.0}}"#,
            r#"{"CVV__c":"x"}"#,
        ] {
            assert!(matches!(body(json.as_bytes()), Err(Failure::Invalid(_))), "{json}");
        }
        for text in ["securityCode=1", "a=b&CVV=111", "security%43ode=1", "cardCvv=123"] {
            assert!(matches!(query(text), Err(Failure::Invalid(_))), "{text}");
        }
    }

    #[test]
    fn what_holds_none_may_be_kept() {
        for json in [
            "{}",
            r#"{"securityCode":null}"#,
            r#"{"cvvResult":"M","cvvRequired":true,"cvvTries":2,"cvvAt":20260101}"#,
            r#"{"a":"securityCode","b":[1,-1,2.5,true,null,"cvv"],"c":{"code":"111"}}"#,
        ] {
            assert!(body(json.as_bytes()).is_ok(), "{json}");
        }
        for text in ["", "rejectUnknownFields=true", "cvv=", "cvvResult=M"] {
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
