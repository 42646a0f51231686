//! `POST`, `PUT` and `DELETE` of `/v1/async/<path>`: accepts a request to be carried out later.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode},
    response::Response,
};
use cardfile_domain::id::ErrandId;
use cardfile_service::{Caller, Note, Service};
use serde_json::json;

use super::{note::Order, screen};
use crate::{
    body::{SentBytes, collect, require_json},
    context::RequestContext,
    failure::Failure,
    headers,
    idempotency::{IdempotencyKey, RequestDigest},
    reply,
};

/// Accepts a request. The body of one that needs none is not looked at, here or later.
pub(crate) async fn submit(
    service: Arc<Service>,
    caller: Caller,
    takes_body: bool,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let bytes = if takes_body {
        require_json(&parts.headers)?;
        let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
        let bytes = collect(body, &sent).await?;
        screen::body(&bytes)?;
        Some(bytes)
    } else {
        None
    };
    screen::query(parts.uri.query().unwrap_or_default())?;
    let digest = RequestDigest::of(&parts, bytes.as_deref().unwrap_or_default());
    let key = IdempotencyKey::of(&parts.headers, digest)?;
    let context = RequestContext::of(&parts);
    let (id, claim) = match key {
        None => (ErrandId::from_uuid(context.request_id), None),
        Some(key) => {
            let claim = key.claim(&service, &caller).await?;
            (service.claimed_errand(&caller, &claim)?, Some(claim))
        }
    };
    // What was read as JSON is text.
    let body = bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let order = Order::of(&parts, &context, body);
    let note = Note::new(serde_json::to_vec(&order).unwrap_or_default());
    service.file_errand(&caller, id, claim, &note).await?;
    let mut response = reply::json(StatusCode::ACCEPTED, &json!({"requestId": id}));
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        response.headers_mut().insert(headers::REQUEST_ID, id);
    }
    Ok(response)
}
