//! `GET /v1/object/payment-method/{id}?fields=Id,CreditCardType`.

use axum::{extract::RawQuery, response::Response};
use cardfile_domain::refusal::Refusal;

use super::error::{ObjectError, Word};
use crate::{
    UseCases,
    failure::{Failure, UnknownFields},
    layers::Entered,
    reply,
    rest::path::CardPath,
    zoql::{
        field::Field,
        record::{self, Form},
    },
};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let fields = fields(query.as_deref().unwrap_or_default())?;
    let filed = service
        .must_find(&caller, path.key)
        .await
        .map_err(|failure| path.explain(failure, Refusal::CardNotFound))?;
    Ok(reply::ok(&match fields {
        Some(fields) => record::of_fields(&filed, &fields, Form::Pascal),
        None => record::whole(&filed, Form::Pascal),
    }))
}

/// The fields that are asked for, if some are.
fn fields(query: &str) -> Result<Option<Vec<Field>>, Failure> {
    let mut fields = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !name.eq_ignore_ascii_case("fields") {
            continue;
        }
        for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let field = Field::named(name).ok_or_else(|| {
                let name = UnknownFields::new(std::iter::once(name)).list();
                let message = format!("invalid field for query: PaymentMethod.{name}");
                ObjectError::new(Word::InvalidField, message)
            })?;
            fields.push(field);
        }
    }
    Ok((!fields.is_empty()).then_some(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_a_list_of_names_and_none_means_all() {
        let names = |query: &str| {
            let fields = fields(query).unwrap();
            fields.map(|list| list.iter().map(|field| field.pascal().to_owned()).collect())
        };
        let some = |names: &[&str]| -> Option<Vec<String>> {
            Some(names.iter().map(|&name| name.to_owned()).collect())
        };
        assert_eq!(names("fields=Id,creditcardtype"), some(&["Id", "CreditCardType"]));
        assert_eq!(names("fields=Id%2C%20Color__c"), some(&["Id", "Color__c"]));
        assert_eq!(names(""), None);
        assert_eq!(names("fields="), None);
        assert_eq!(names("other=Id"), None);
    }

    #[test]
    fn an_unknown_field_is_refused() {
        assert!(matches!(
            fields("fields=Id,Nonsense"),
            Err(Failure::Object(ObjectError { code: Word::InvalidField, .. }))
        ));
    }
}
