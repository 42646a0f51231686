//! What makes a line what it is: its fields in the order of their names, without its security code.
//!
//! A line is known by it when it is sent again, so the order of fields and the space between them make
//! no difference, and nothing that is derived from the code may be kept.

use serde_json::Value;

use super::{
    names::ENTITY_ID,
    source::{Named, Text},
};
use crate::{code_names::Meaning, idempotency::canonical_under};

/// The content of a line whose fields are sorted by name. The entity is left out: what is known of a
/// line is filed under its entity anyway, which the request may have named for it.
pub(super) fn content(fields: &[Named<'_>]) -> Vec<u8> {
    let mut content = Vec::new();
    for (name, text) in fields {
        let meaning = Meaning::of(name);
        if name == ENTITY_ID || meaning == Meaning::Code {
            continue;
        }
        push(&mut content, name);
        match text {
            Text::Json(raw) if raw.starts_with(['{', '[']) || meaning != Meaning::Other => {
                let value: Value = serde_json::from_str(raw).unwrap_or_default();
                push(&mut content, &canonical_under(meaning, value).to_string());
            }
            Text::Cell(text) if meaning.makes_code_of(text) => {}
            Text::Json(text) | Text::Cell(text) => push(&mut content, text),
        }
    }
    content
}

/// Adds a text with its length, so that no two contents are one string of bytes.
fn push(content: &mut Vec<u8>, text: &str) {
    content.extend_from_slice(&(text.len() as u64).to_be_bytes());
    content.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::source::Source;

    fn of(json: &str) -> Vec<u8> {
        content(&Source::Json(json.as_bytes()).fields().unwrap())
    }

    #[test]
    fn in_a_table_a_code_is_told_by_the_end_of_its_name() {
        let of = |name: &'static str, cell| content(&[(name.into(), Text::Cell(cell))]);
        assert!(of("gatewayOptions.cvv2", "111").is_empty());
        assert!(of("csc", "111").is_empty());
        assert_eq!(of("gatewayOptions.cardCvv", "111"), of("gatewayOptions.cardCvv", "999"));
        assert_ne!(of("gatewayOptions.x", "111"), of("gatewayOptions.x", "999"));
    }

    #[test]
    fn neither_order_nor_space_nor_the_security_code_makes_another_line() {
        let one =
            of(r#"{"id":"1","city":"Ulm","securityCode":"111","cardHolderInfo":{"a":1,"b":2}}"#);
        let other =
            of(r#" {"cardHolderInfo": {"b":2, "a":1, "cvv":"9"}, "id" :"1", "city": "Ulm"}"#);
        assert_eq!(one, other);
        assert_eq!(
            one,
            of(r#"{"entityId":"x","id":"1","city":"Ulm","cardHolderInfo":{"a":1,"b":2}}"#)
        );
        let perhaps =
            |code| of(&format!(r#"{{"id":"1","cardCvv":{code},"x":{{"cvcCode":{code}}}}}"#));
        assert_eq!(perhaps("111"), perhaps(r#""9\u00399""#));
        assert_ne!(perhaps(r#""M""#), perhaps(r#""N""#));
        assert_ne!(one, of(r#"{"id":"1","city":"Bonn","cardHolderInfo":{"a":1,"b":2}}"#));
        assert_ne!(of(r#"{"a":"1","b":"2"}"#), of(r#"{"a":"1b2"}"#));
    }
}
