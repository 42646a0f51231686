//! `POST /v1/action/query` and `POST /v1/action/queryMore`.

use std::borrow::Cow;

use axum::response::Response;
use cardfile_domain::{limits::QUERY_BATCH_MAX, query::CardQuery};
use cardfile_service::{Caller, Service};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{batch::missing, locator::Locator};
use crate::{
    UseCases,
    body::Json,
    crud::{
        error::{ObjectError, Word},
        strict::Strict,
    },
    failure::Failure,
    fields::{Complaint, Field, Object, Read, Scalar},
    layers::Entered,
    reply,
    rest::rest_fields::UnknownNames,
    zoql::{
        self, Select,
        record::{self, Form},
    },
};

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    query_string: Field<String>,
    conf: Object<Conf>,
    #[serde(flatten)]
    unknown: UnknownNames,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MoreRequest {
    query_locator: Field<String>,
    conf: Object<Conf>,
    #[serde(flatten)]
    unknown: UnknownNames,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Conf {
    batch_size: Field<BatchSize>,
    #[serde(flatten)]
    unknown: UnknownNames,
}

/// "The range is 1 - 2000 (inclusive). If a value higher than 2000 is submitted, only 2000 results
/// are returned."
#[derive(Clone, Copy, Debug)]
struct BatchSize(usize);

impl Read for BatchSize {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        let number = match scalar {
            Scalar::Number(number) => usize::try_from(number).ok(),
            Scalar::Text(_) | Scalar::Flag(_) | Scalar::Fraction(_) | Scalar::OutOfRange => None,
        };
        match number {
            Some(number) if number > 0 => Ok(Self(number.min(QUERY_BATCH_MAX))),
            _ => Err(Cow::Borrowed("must be a whole number from 1 to 2000")),
        }
    }
}

impl Object<Conf> {
    fn is_strange(&self) -> bool {
        matches!(&self.0, Field::Value(conf) if !conf.unknown.0.is_empty())
    }

    fn batch_size(self) -> Result<usize, Failure> {
        let size = match self.0 {
            Field::Value(conf) => value_of(conf.batch_size, "conf.batchSize")?,
            Field::Wrong(complaint) => return Err(wrong("conf", &complaint)),
            Field::Absent | Field::Null => None,
        };
        Ok(size.map_or(QUERY_BATCH_MAX, |size: BatchSize| size.0))
    }
}

/// The value of a field, if it is there and right.
fn value_of<T>(field: Field<T>, name: &str) -> Result<Option<T>, Failure> {
    match field {
        Field::Wrong(complaint) => Err(wrong(name, &complaint)),
        other => Ok(other.into_option()),
    }
}

fn wrong(name: &str, complaint: &Complaint) -> Failure {
    ObjectError::new(Word::InvalidValue, format!("'{name}' {complaint}")).into()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    size: usize,
    records: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_locator: Option<String>,
    done: bool,
}

pub(crate) async fn query(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Strict(strict): Strict,
    Json { value, .. }: Json<Request>,
) -> Result<Response, Failure> {
    strict.refuse(!value.unknown.0.is_empty() || value.conf.is_strange())?;
    let text = value_of(value.query_string, "queryString")?;
    let text = text.ok_or_else(|| missing("queryString"))?;
    let size = value.conf.batch_size()?;
    let select = zoql::parse(&text, caller.entity)?;
    Ok(reply::ok(&run(&service, &caller, text, select, size).await?))
}

pub(crate) async fn more(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Strict(strict): Strict,
    Json { value, .. }: Json<MoreRequest>,
) -> Result<Response, Failure> {
    strict.refuse(!value.unknown.0.is_empty() || value.conf.is_strange())?;
    let text = value_of(value.query_locator, "queryLocator")?;
    let text = text.ok_or_else(|| missing("queryLocator"))?;
    let size = value.conf.batch_size()?;
    let locator = Locator::read(&text).ok_or_else(|| {
        ObjectError::new(Word::InvalidValue, "'queryLocator' is none that a query gave out")
    })?;
    let mut select = zoql::parse(&locator.query, caller.entity)?;
    select.condition = Some(locator.narrow(select.condition));
    Ok(reply::ok(&run(&service, &caller, locator.query, select, size).await?))
}

/// Finds the next records. They come in the order of their ids, so that none is given out twice
/// or left out, whatever is made or deleted between two calls.
async fn run(
    service: &Service,
    caller: &Caller,
    text: String,
    select: Select,
    size: usize,
) -> Result<Found, Failure> {
    let query = CardQuery {
        condition: select.condition,
        order: Vec::new(),
        offset: 0,
        // One more than is shown tells whether there are more.
        limit: size + 1,
    };
    let mut found = service.query_cards(caller, &query).await?;
    let done = found.len() <= size;
    found.truncate(size);
    let last = found.last().filter(|_| !done);
    let query_locator = last.map(|last| Locator { query: text, after: last.card.id }.write());
    let records: Vec<_> =
        found.iter().map(|filed| record::of_fields(filed, &select.fields, Form::Pascal)).collect();
    Ok(Found { size: records.len(), records, query_locator, done })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(json: &str) -> Result<usize, String> {
        let request: Request = serde_json::from_str(json).unwrap();
        request.conf.batch_size().map_err(|failure| match failure {
            Failure::Object(error) => error.message.into_owned(),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn a_batch_has_two_thousand_records_unless_fewer_are_asked_for() {
        for (json, expected) in [
            ("{}", 2000),
            (r#"{"conf": null}"#, 2000),
            (r#"{"conf": {}}"#, 2000),
            (r#"{"conf": {"batchSize": 1}}"#, 1),
            (r#"{"conf": {"batchSize": 2000}}"#, 2000),
            (r#"{"conf": {"batchSize": 2001}}"#, 2000),
        ] {
            assert_eq!(size(json), Ok(expected), "{json}");
        }
    }

    #[test]
    fn a_batch_of_nothing_is_refused() {
        for json in [
            r#"{"conf": {"batchSize": 0}}"#,
            r#"{"conf": {"batchSize": -1}}"#,
            r#"{"conf": {"batchSize": 1.5}}"#,
            r#"{"conf": {"batchSize": "20"}}"#,
            r#"{"conf": 7}"#,
        ] {
            assert!(size(json).unwrap_err().starts_with("'conf"), "{json}");
        }
    }
}
