//! Actions: up to fifty payment methods in one call, each with a result of its own, and queries.
//!
//! What is wrong with the call as a whole is a fault and nothing was done; what is wrong with one
//! object is that object's result. An object is written as in CRUD.

mod batch;
mod create;
mod delete;
mod locator;
mod query;
mod update;

use axum::{http::StatusCode, response::Response};
use serde_json::json;

pub(crate) use self::{
    create::handler as create,
    delete::handler as delete,
    query::{more as query_more, query},
    update::handler as update,
};
use crate::{
    crud::{error::errors_of, plain_status, shared_failure},
    failure::Failure,
    reply,
    respond::Reason,
};

/// A failure of the whole call: `{"FaultCode": …, "FaultMessage": …}`.
pub(crate) fn respond_failure(
    failure: &Failure,
    reasons: &[Reason],
    status: StatusCode,
) -> Response {
    shared_failure(failure, reasons, status).unwrap_or_else(|| {
        let fault = errors_of(failure).into_iter().next();
        let (code, message) = fault.map(|fault| (fault.code, fault.message)).unzip();
        let body = json!({"FaultCode": code, "FaultMessage": message});
        reply::json(plain_status(failure, status), &body)
    })
}
