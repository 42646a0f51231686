//! What is kept for reading only: payments, and cards as they were.

use serde_json::{Map, Value};

use super::error::{ObjectError, Word};
use crate::failure::{Failure, UnknownFields};

/// What stands in for what was erased.
pub(crate) const SCRUBBED: &str = "Record Scrubbed";

/// The fields of an object, by the names that they have here.
pub(crate) type Record = Vec<(&'static str, Value)>;

/// The fields that a caller asks for with `?fields=`, or all of them; those without a value are left
/// out.
pub(super) fn selected(
    record: Record,
    query: Option<&str>,
    object: &str,
) -> Result<Map<String, Value>, Failure> {
    let wanted = wanted(query.unwrap_or_default());
    let named = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    for name in &wanted {
        if !record.iter().any(|(field, _)| named(field, name)) {
            let name = UnknownFields::new(std::iter::once(name.as_str())).list();
            let message = format!("invalid field for query: {object}.{name}");
            return Err(ObjectError::new(Word::InvalidField, message).into());
        }
    }
    let is_wanted = |field: &str| wanted.is_empty() || wanted.iter().any(|name| named(field, name));
    let shown = record.into_iter().filter(|(field, value)| is_wanted(field) && !value.is_null());
    Ok(shown.map(|(field, value)| (field.to_owned(), value)).collect())
}

fn wanted(query: &str) -> Vec<String> {
    let mut wanted = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name.eq_ignore_ascii_case("fields") {
            let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
            wanted.extend(names.map(ToOwned::to_owned));
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Record {
        vec![("Id", json!("1")), ("Gateway", Value::Null), ("Type", json!("CreditCard"))]
    }

    #[test]
    fn fields_are_chosen_by_name_in_any_case_and_none_means_all() {
        let shown = |query| Value::Object(selected(record(), query, "X").unwrap());
        assert_eq!(shown(None), json!({"Id": "1", "Type": "CreditCard"}));
        assert_eq!(shown(Some("fields=type%2C%20gateway")), json!({"Type": "CreditCard"}));
        assert_eq!(shown(Some("fields=")), shown(None));
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(matches!(selected(record(), Some("fields=Id,No"), "X"), Err(Failure::Object(_))));
    }
}
