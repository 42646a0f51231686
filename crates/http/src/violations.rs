//! From validator's errors to a sorted list of violations.

use std::borrow::Cow;

use cardfile_domain::limits::REASONS_MAX;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::{
    failure::{Failure, Violation},
    fields::{ITSELF, MISSING},
};

/// How a dialect writes field names.
#[derive(Clone, Copy)]
pub(crate) enum Naming {
    /// `cardHolderName`.
    Camel,
    /// `CardHolderName`.
    Pascal,
}

/// Collects everything that is wrong with a request.
pub(crate) fn check(request: &impl Validate, naming: Naming) -> Result<(), Failure> {
    check_with(request, naming, Vec::new())
}

/// Collects everything that is wrong with a request, with what was found elsewhere.
pub(crate) fn check_with(
    request: &impl Validate,
    naming: Naming,
    mut found: Vec<Violation>,
) -> Result<(), Failure> {
    if let Err(errors) = request.validate() {
        collect(&errors, naming, "", &mut found);
    }
    if found.is_empty() {
        return Ok(());
    }
    // validator keeps its errors in a hash map: only sorting makes two answers equal.
    found.sort_by(|one, other| one.field.cmp(&other.field));
    found.truncate(REASONS_MAX);
    Err(Failure::Invalid(found))
}

fn collect(errors: &ValidationErrors, naming: Naming, path: &str, found: &mut Vec<Violation>) {
    for (name, kind) in errors.errors() {
        match kind {
            ValidationErrorsKind::Struct(inner) => {
                let name = wire_name(name, naming);
                let path = if path.is_empty() { name } else { format!("{path}.{name}") };
                collect(inner, naming, &path, found);
            }
            ValidationErrorsKind::Field(errors) if name == ITSELF => {
                found.extend(errors.iter().map(|error| {
                    let message = error.message.clone().unwrap_or(Cow::Borrowed("is not valid"));
                    Violation { field: path.to_owned(), missing: message == MISSING, message }
                }));
            }
            // Requests use validator for nothing but nested fields.
            ValidationErrorsKind::Field(_) | ValidationErrorsKind::List(_) => {}
        }
    }
}

/// Rust's `card_holder_name` as the wire has it.
fn wire_name(name: &str, naming: Naming) -> String {
    let mut wire = String::with_capacity(name.len());
    let mut upper = matches!(naming, Naming::Pascal);
    for letter in name.trim_start_matches("r#").chars() {
        if letter == '_' {
            upper = true;
        } else if upper {
            wire.extend(letter.to_uppercase());
            upper = false;
        } else {
            wire.push(letter);
        }
    }
    wire
}

#[cfg(test)]
mod tests {
    use cardfile_domain::text::{CardHolderName, City};
    use serde::Deserialize;

    use super::*;
    use crate::fields::{Field, Object};

    #[derive(Deserialize, Validate)]
    #[serde(default, rename_all = "camelCase")]
    #[derive(Default)]
    struct Holder {
        #[validate(nested)]
        city: Field<City>,
        #[validate(nested)]
        card_holder_name: Field<CardHolderName>,
    }

    #[derive(Default, Deserialize, Validate)]
    #[serde(default, rename_all = "camelCase")]
    struct Request {
        #[validate(nested)]
        city: Field<City>,
        #[validate(nested)]
        card_holder_info: Object<Holder>,
    }

    fn violations(json: &str) -> Vec<(String, String)> {
        let request: Request = serde_json::from_str(json).unwrap();
        match check(&request, Naming::Camel) {
            Err(Failure::Invalid(found)) => {
                found.into_iter().map(|one| (one.field, one.message.into_owned())).collect()
            }
            Ok(()) => Vec::new(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_wrong_field_is_named_in_order_and_no_value_is_echoed() {
        let long = "x".repeat(51);
        let json =
            format!(r#"{{"city":[1],"cardHolderInfo":{{"cardHolderName":"{long}","city":7}}}}"#);
        let found = violations(&json);
        let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["cardHolderInfo.cardHolderName", "cardHolderInfo.city", "city"]);
        assert!(found.iter().all(|(_, message)| !message.contains("xx")));
    }

    #[test]
    fn good_and_absent_fields_are_not_named() {
        assert_eq!(violations(r#"{"city":"Berlin","cardHolderInfo":null}"#), []);
        assert_eq!(violations("{}"), []);
    }

    #[test]
    fn names_are_written_as_the_wire_has_them() {
        assert_eq!(wire_name("card_holder_name", Naming::Camel), "cardHolderName");
        assert_eq!(wire_name("address_line1", Naming::Camel), "addressLine1");
        assert_eq!(wire_name("card_holder_name", Naming::Pascal), "CardHolderName");
    }
}
