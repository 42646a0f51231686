//! Object Query: lists of payment methods that are filtered, sorted and paged by parameters.
//!
//! Names are in camel case and written in any. A list goes on where its last page ended, by value
//! and not by number, so that what is made or deleted meanwhile moves nothing out of sight.

mod cursor;
mod expand;
mod filter;
mod params;
pub(crate) mod snapshots;
mod sort;
#[cfg(test)]
mod tests;

use axum::{extract::RawQuery, response::Response};
use cardfile_domain::{
    query::{CardQuery, Condition},
    refusal::Refusal,
};
use serde::Serialize;
use serde_json::{Map, Value};

use self::{cursor::Cursor, params::Params};
use crate::{UseCases, failure::Failure, layers::Entered, reply, rest::path::CardPath};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page: Option<String>,
    data: Vec<Map<String, Value>>,
}

/// `GET /object-query/payment-methods`.
pub(crate) async fn list(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let params = Params::read(query.as_deref().unwrap_or_default(), caller.entity)?;
    let mut conditions = params.conditions.clone();
    if let Some(cursor) = &params.cursor {
        conditions.push(params.sort.after(cursor)?);
    }
    let query = CardQuery {
        condition: Some(Condition::All(conditions)),
        order: params.sort.order(),
        offset: 0,
        // One more than is shown tells whether there are more.
        limit: params.page_size + 1,
    };
    let mut found = service.query_cards(&caller, &query).await?;
    let is_last = found.len() <= params.page_size;
    found.truncate(params.page_size);
    let last = found.last().filter(|_| !is_last);
    let next_page = last.map(|last| Cursor::at(last, &params.sort).write());
    let data = params.view.records(&service, &caller, &found).await?;
    Ok(reply::ok(&Page { next_page, data }))
}

/// `GET /object-query/payment-methods/{key}`.
pub(crate) async fn get(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let params = Params::read(query.as_deref().unwrap_or_default(), caller.entity)?;
    let filed = service
        .must_find(&caller, path.key)
        .await
        .map_err(|failure| path.explain(failure, Refusal::CardNotFound))?;
    let records = params.view.records(&service, &caller, &[filed]).await?;
    records.first().map(reply::ok).ok_or_else(|| path.not_found())
}
