//! Names each request, echoes the caller's name for it, counts it and logs it.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};

use super::speak::{Spoken, render_bare};
use crate::{AppState, context::RequestContext, headers};

pub(crate) async fn observe(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    #[expect(clippy::disallowed_methods, reason = "a duration for metrics, not a time of day")]
    let started = Instant::now();
    let service = &state.service;
    let random = [service.random(), service.random(), service.random()];
    let context = RequestContext::new(request.uri().path(), request.headers(), random);
    let method = known(request.method());
    // The pattern rather than the path: ids in labels would make a metric for every card.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    request.extensions_mut().insert(context.clone());

    let mut response = next.run(request).await;
    if is_mute(&response) {
        // A layer outside `speak` refused, and does not know our dialects.
        response = render_bare(&response, &context);
    }
    name(&mut response, &context);

    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    let labels = [("route", route), ("method", method.to_owned()), ("status", status.to_string())];
    metrics::counter!("cardfile_http_requests_total", &labels).increment(1);
    metrics::histogram!("cardfile_http_request_seconds", &labels[..2])
        .record(elapsed.as_secs_f64());
    tracing::debug!(
        request_id = %context.request_id,
        track_id = context.track.as_ref().map(cardfile_domain::track_id::TrackId::as_str),
        route = labels[0].1,
        method = labels[1].1,
        status,
        micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        "answered",
    );
    response
}

/// The method's name, if it is one of HTTP's own: a caller can make up others without end, and each
/// would be a metric for good.
fn known(method: &Method) -> &'static str {
    const KNOWN: [&str; 9] =
        ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
    KNOWN.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

fn is_mute(response: &Response) -> bool {
    let failed = response.status().is_client_error() || response.status().is_server_error();
    failed
        && response.extensions().get::<Spoken>().is_none()
        && response.status() != StatusCode::SERVICE_UNAVAILABLE
}

fn name(response: &mut Response, context: &RequestContext) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(context.request_id.to_string()) {
        headers.insert(headers::REQUEST_ID, id);
    }
    if let Some(track) = &context.track
        && let Ok(track) = HeaderValue::try_from(track.as_str())
    {
        headers.insert(headers::TRACK_ID, track);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_that_a_caller_made_up_is_no_metric() {
        for (method, name) in [("GET", "GET"), ("get", "other"), ("P4111111111111111", "other")] {
            assert_eq!(known(&method.parse().unwrap()), name);
        }
    }
}
