//! `GET /v1/async/{request-id}`: whether a request was carried out, and what was answered.

use axum::response::Response;
use cardfile_domain::{id::ErrandId, ports::StoreError};
use cardfile_service::ErrandState;
use serde_json::{Value, json};

use super::note::{Order, Report, Told};
use crate::{UseCases, failure::Failure, layers::Entered, reply, rest::path::Keyed};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: Keyed<ErrandId>,
) -> Result<Response, Failure> {
    let Some(state) = service.find_errand(&caller, path.key).await? else {
        return Err(path.not_found());
    };
    match view(path.key, &state) {
        Some(view) => Ok(reply::ok(&view)),
        None => Err(cardfile_service::Failure::from(StoreError::Inconsistent {
            table: "errand",
            column: "note",
            row: path.key.to_string(),
        })
        .into()),
    }
}

/// The errand in the words of Zuora's callouts about asynchronous requests. Nothing if its answer was
/// not noted by a program of ours.
fn view(id: ErrandId, state: &ErrandState) -> Option<Value> {
    let is_finished = state.finished.is_some();
    let (told, outcome, response) = match &state.note {
        Some(note) if is_finished => {
            let report: Report = serde_json::from_slice(note).ok()?;
            let outcome = if report.succeeded { "succeeded" } else { "failed" };
            (report.told, outcome, json!({"status": report.status, "body": report.body}))
        }
        None if is_finished => (Told::nothing(), "failed", Value::Null),
        note => {
            let order = note.as_ref().and_then(|note| serde_json::from_slice::<Order>(note).ok());
            (order.map_or_else(Told::nothing, |order| order.told), "pending", Value::Null)
        }
    };
    let Told { method, url, track } = told;
    Some(json!({
        "success": true,
        "state": outcome,
        "createTime": state.at,
        "completeTime": state.finished,
        "request": {"id": id, "method": method, "url": url, "trackId": track},
        "response": response,
    }))
}
