//! `/v1/tokens`: a page hands in a card with a publishable key and gets a token that can be used once.
//!
//! It speaks as Stripe's own endpoint, so that what was written for that one works here.

mod create;
mod form;
mod get;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

pub(crate) use self::{create::handler as create, get::handler as get};
use crate::{failure::Failure, reply, respond::Reason, stripe::fault::said};

/// Where a path of this dialect is.
pub(crate) const PATH: &str = "/v1/tokens";

/// `OPTIONS /v1/tokens`: a browser asks whether a page from elsewhere may call.
pub(crate) async fn preflight() -> Response {
    let mut response = Response::new(axum::body::Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, stripe-version, stripe-account, zuora-track-id",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for_any_page(response)
}

/// Lets a page from anywhere read the answer: the key that it was asked for with is no secret.
fn for_any_page(mut response: Response) -> Response {
    let any = HeaderValue::from_static("*");
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
    response
}

/// A failure as Stripe writes it.
pub(crate) fn respond_failure(
    failure: &Failure,
    reasons: &[Reason],
    status: StatusCode,
) -> Response {
    let said = said(failure, reasons, status);
    let mut error = json!({"type": said.kind, "message": said.message});
    let parts = [("code", said.code), ("decline_code", said.decline_code), ("param", said.param)];
    for (name, value) in parts {
        if let Some(value) = value {
            error[name] = value.into();
        }
    }
    for_any_page(reply::json(said.status, &json!({"error": error})))
}

/// The publishable key in the head of a request: as a bearer's, or as a user without a password.
fn key_of(headers: &HeaderMap) -> Option<String> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().to_owned());
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
    Some(pair.split(':').next().unwrap_or_default().to_owned())
}
