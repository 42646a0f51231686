//! `POST /webhooks/stripe`: what Stripe tells without being asked.
//!
//! Stripe signs the bytes of the body, so they are checked before they are parsed. Whatever is signed is
//! accepted, known or not: Stripe sends again what is answered with a failure, and would send it for
//! days. Only a failure of ours is one.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use cardfile_service::{SignatureFault, StripeEvent};
use serde_json::{Value, json};

use crate::{
    AppState,
    body::{SentBytes, collect},
    failure::Failure,
    layers::Spoken,
    reply,
    respond::Reason,
};

/// The answers in the manner of this route's neighbours.
struct Manner {
    received: fn(&str) -> Value,
    refused: fn(&str) -> Value,
    /// The status where no secret is configured.
    without_secret: (StatusCode, &'static str),
}

const OURS: Manner = Manner {
    received: |kind| json!({"received": true, "type": kind}),
    refused: error,
    without_secret: (StatusCode::BAD_REQUEST, "No webhook secret is configured."),
};

const STRIPE_BACK: Manner = Manner {
    received: |kind| {
        json!({
            "status": true,
            "message": "Webhook recibido correctamente",
            "data": {"received": true, "type": kind},
        })
    },
    refused: |message| json!({"status": false, "message": message}),
    without_secret: (
        StatusCode::INTERNAL_SERVER_ERROR,
        "Missing STRIPE_WEBHOOK_SECRET in environment variables",
    ),
};

fn error(message: &str) -> Value {
    json!({"error": {"type": "invalid_request_error", "message": message}})
}

/// Answers a failure that has nothing to do with what is signed.
pub(crate) fn respond_failure(reasons: &[Reason], status: StatusCode) -> Response {
    let message = reasons.first().map_or("", |reason| reason.message.as_str());
    reply::json(status, &error(message))
}

pub(crate) async fn stripe(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Failure> {
    receive(&state, request, &OURS).await
}

/// The same under the path of the `Stripe_Back` dialect, in its words.
pub(crate) async fn stripe_back(
    State(state): State<AppState>,
    request: Request,
) -> Result<Response, Failure> {
    receive(&state, request, &STRIPE_BACK).await
}

async fn receive(state: &AppState, request: Request, manner: &Manner) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let refused = |status, message: &str| {
        let mut answer = reply::json(status, &(manner.refused)(message));
        // These words are the dialect's own already.
        answer.extensions_mut().insert(Spoken { may_pass: false });
        Ok(answer)
    };
    if !state.service.knows_webhooks() {
        return refused(manner.without_secret.0, manner.without_secret.1);
    }
    let Some(header) = signature(&parts.headers) else {
        return refused(StatusCode::BAD_REQUEST, "Missing stripe-signature header");
    };
    let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
    let bytes = collect(body, &sent).await?;
    let entities = match state.service.entities_of_webhook(header, &bytes) {
        Ok(entities) => entities,
        Err(fault) => return refused(StatusCode::BAD_REQUEST, &words(fault)),
    };
    let Some(event) = StripeEvent::read(&bytes) else {
        return refused(StatusCode::BAD_REQUEST, "The body is not an event.");
    };
    state.service.take_event(&entities, &event).await?;
    Ok(reply::ok(&(manner.received)(event.kind())))
}

fn signature(headers: &HeaderMap) -> Option<&str> {
    headers.get("stripe-signature").and_then(|value| value.to_str().ok())
}

fn words(fault: SignatureFault) -> String {
    let fault = fault.to_string();
    let mut letters = fault.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let fault: String = first.into_iter().chain(letters).collect();
    format!("Webhook signature verification failed: {fault}.")
}
