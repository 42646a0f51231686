//! CRUD: one payment method at `/v1/object/payment-method`, in Zuora's oldest words.
//!
//! Names are in Pascal case, unknown ones are ignored unless the caller wants them refused, and null
//! fields are left out of answers. What an object says and how it is called wrong is shared with
//! Actions.

pub(crate) mod answer;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod error;
mod get;
mod kept;
pub(crate) mod object;
pub(crate) mod snapshot;
pub(crate) mod strict;
#[cfg(test)]
mod tests;
pub(crate) mod transaction_log;
pub(crate) mod update;

use axum::{http::StatusCode, response::Response};
use cardfile_domain::refusal::Refusal;
use serde_json::json;

use self::{answer::NotSaved, error::errors_of};
pub(crate) use self::{
    create::handler as create, delete::handler as delete, get::handler as get,
    update::handler as update,
};
use crate::{
    code::{Category, ObjectCode, eight_digits},
    failure::{EntityFault, Failure},
    reply,
    respond::Reason,
};

/// The words of `401` in CRUD and Actions.
const NOT_SIGNED_IN: &str = "Authentication error";
/// The words of `400` to a caller that wants unknown fields refused.
const UNKNOWN_FIELDS: &str = "Error - unrecognised fields";

/// A failure in the words of CRUD.
pub(crate) fn respond_failure(
    failure: &Failure,
    reasons: &[Reason],
    status: StatusCode,
) -> Response {
    if let Failure::NotFound(_) | Failure::NoRoute = failure {
        let nothing = json!({"records": [], "size": 0, "done": true});
        return reply::json(StatusCode::NOT_FOUND, &nothing);
    }
    shared_failure(failure, reasons, status).unwrap_or_else(|| {
        reply::json(plain_status(failure, status), &NotSaved::new(errors_of(failure)))
    })
}

/// A failure that CRUD and Actions write alike.
pub(crate) fn shared_failure(
    failure: &Failure,
    reasons: &[Reason],
    status: StatusCode,
) -> Option<Response> {
    match failure {
        Failure::NotSignedIn => Some(reply::json(status, &json!({"message": NOT_SIGNED_IN}))),
        Failure::UnknownFields(_) => {
            Some(reply::json(StatusCode::BAD_REQUEST, &json!({"message": UNKNOWN_FIELDS})))
        }
        Failure::Forbidden | Failure::Entity(EntityFault::Unnamed | EntityFault::Forbidden) => {
            let message = reasons.first().map(|reason| reason.message.as_str());
            let code = eight_digits(ObjectCode::NONE, "", Category::Permission);
            let body = json!({"code": code, "message": message});
            Some(reply::json(StatusCode::FORBIDDEN, &body))
        }
        _ => None,
    }
}

/// The status, which here never depends on the version that the caller speaks: what the transport
/// has no status for is a bad request.
pub(crate) fn plain_status(failure: &Failure, status: StatusCode) -> StatusCode {
    match failure {
        Failure::NoRoute
        | Failure::NoMethod
        | Failure::NotAcceptable
        | Failure::TooLarge
        | Failure::HeadTooLarge
        | Failure::UnsupportedMedia
        | Failure::UnsupportedEncoding
        | Failure::BodyTimeout
        | Failure::Busy
        | Failure::KeyInUse
        | Failure::Internal(_)
        | Failure::DirectoryDown(_)
        | Failure::Panicked
        | Failure::TimedOut
        | Failure::NotReady
        | Failure::Refused(Refusal::KeyReused) => status,
        Failure::Contended => StatusCode::CONFLICT,
        Failure::Refused(refusal) if refusal.may_pass() => StatusCode::INTERNAL_SERVER_ERROR,
        Failure::NotSignedIn
        | Failure::Entity(_)
        | Failure::Forbidden
        | Failure::BadHeader(_)
        | Failure::CorruptEncoding
        | Failure::Malformed(_)
        | Failure::Invalid(_)
        | Failure::UnknownFields(_)
        | Failure::UnsupportedType
        | Failure::Upload(_)
        | Failure::Stripe(_)
        | Failure::BadQuery(_)
        | Failure::NotFound(_)
        | Failure::Object(_)
        | Failure::Refused(_) => StatusCode::BAD_REQUEST,
    }
}
