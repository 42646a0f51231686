//! What operators ask: is it alive, is it ready, how is it doing.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use serde_json::json;

use crate::{AppState, failure::Failure, reply};

/// The process answers.
pub(crate) async fn live() -> Response {
    reply::ok(&json!({"status": "live"}))
}

/// The database answers too.
pub(crate) async fn ready(State(state): State<AppState>) -> Result<Response, Failure> {
    match state.service.ready().await {
        Ok(()) => Ok(reply::ok(&json!({"status": "ready"}))),
        Err(error) => {
            tracing::warn!(cause = %error, "not ready");
            Err(Failure::NotReady)
        }
    }
}

/// Figures for Prometheus.
pub(crate) async fn metrics(State(state): State<AppState>) -> Response {
    let mut response = Response::new(Body::from((state.metrics)()));
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
