//! Names each request, echoes the caller's name for it, counts it and logs it.

use std::{cell::RefCell, collections::HashMap, future::Future, time::Instant};

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode},
    response::Response,
};
use cardfile_domain::track_id::TrackId;
use metrics::{Counter, Histogram, counter, histogram};

use super::speak::{Spoken, render_bare};
use crate::{AppState, context::RequestContext, headers};

pub(super) async fn observe<F: Future<Output = Response>>(
    state: &AppState,
    mut request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    #[expect(clippy::disallowed_methods, reason = "a duration for metrics, not a time of day")]
    let started = Instant::now();
    let service = &state.service;
    let random = [service.random(), service.random(), service.random()];
    let context = RequestContext::new(request.uri().path(), request.headers(), random);
    let method = known(request.method());
    request.extensions_mut().insert(context.clone());

    let mut response = next(request).await;
    if is_mute(&response) {
        // A layer outside `speak` refused, and does not know our dialects.
        response = render_bare(&response, &context);
    }
    name(&mut response, &context);

    let route = context.route.pattern().unwrap_or("none");
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    count(&Kind { route, method, status }, elapsed.as_secs_f64());
    tracing::debug!(
        request_id = %context.request_id,
        track_id = context.track.as_ref().map(TrackId::as_str),
        route,
        method,
        status,
        micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
        "answered",
    );
    response
}

/// What is counted apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    route: &'static str,
    method: &'static str,
    status: u16,
}

thread_local! {
    /// The meters that this thread has used. To look one up by its labels costs as much as to parse
    /// the request.
    static METERS: RefCell<HashMap<Kind, (Counter, Histogram)>> = RefCell::default();
}

fn count(kind: &Kind, seconds: f64) {
    METERS.with_borrow_mut(|meters| {
        let (counter, histogram) = meters.entry(*kind).or_insert_with(|| meters_of(kind));
        counter.increment(1);
        histogram.record(seconds);
    });
}

fn meters_of(kind: &Kind) -> (Counter, Histogram) {
    let Kind { route, method, status } = *kind;
    let counter = counter!(
        "cardfile_http_requests_total",
        "route" => route, "method" => method, "status" => status.to_string()
    );
    (counter, histogram!("cardfile_http_request_seconds", "route" => route, "method" => method))
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
    // A request that is carried out later has a name of its own, which it keeps when it is repeated.
    if !headers.contains_key(headers::REQUEST_ID)
        && let Ok(id) = HeaderValue::try_from(context.request_id.to_string())
    {
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
