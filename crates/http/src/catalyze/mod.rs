//! Organizations and what they pay with, as the backend of 2014 spoke of them; under `/v2` and without.
//!
//! An organization is an account, its customer comes into being with its first card, and a user is one
//! of our clients who has signed in. Nothing is ever answered without a body: the clients of that time
//! read one before they look at the status.

mod auth;
mod bodies;
mod door;
mod org;
mod payment;
mod visit;

use axum::{http::StatusCode, response::Response};
use serde_json::{Value, json};

pub(crate) use self::{
    auth::{sign_in, sign_out, verify},
    door::{enter_application, enter_user},
    org::{create as create_org, get as get_org, update as update_org},
    payment::{
        add as add_payment, customer as get_customer, remove as remove_payment,
        set_default as set_default_payment, update as update_payment,
    },
};
use crate::{failure::Failure, reply, respond::Reason, stripe::fault::said};

/// `{}`, which is all that there is to say.
fn nothing() -> Response {
    reply::ok(&json!({}))
}

/// Whether a path is of this dialect.
pub(crate) fn is_path(path: &str) -> bool {
    let path = path.strip_prefix("/v2").unwrap_or(path);
    ["/org", "/auth"].iter().any(|part| {
        path.strip_prefix(part).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// A failure as the backend wrote it: each mistake with the status as its code.
pub(crate) fn respond_failure(
    failure: &Failure,
    reasons: &[Reason],
    status: StatusCode,
) -> Response {
    let said = said(failure, reasons, status);
    let status = match said.status {
        // A declined card is a bad request here: there is no other status for it.
        StatusCode::PAYMENT_REQUIRED | StatusCode::CONFLICT => StatusCode::BAD_REQUEST,
        status => status,
    };
    let error = |message: &str| json!({"message": message, "code": status.as_u16()});
    let errors: Vec<Value> = match failure {
        Failure::Forbidden | Failure::Entity(_) => {
            vec![error("Insufficient privileges to perform the requested action.")]
        }
        Failure::NotSignedIn => vec![error("The session token or the API key is not valid.")],
        Failure::Invalid(_) => reasons.iter().map(|reason| error(&reason.message)).collect(),
        _ => vec![error(&said.message)],
    };
    reply::json(status, &json!({"errors": errors}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_known_with_the_version_and_without() {
        for path in ["/v2/org", "/org/x/payment", "/v2/auth/signin", "/auth/verify"] {
            assert!(is_path(path), "{path}");
        }
        for path in ["/v2", "/organ", "/v1/org", "/v2/authority", "/"] {
            assert!(!is_path(path), "{path}");
        }
    }
}
