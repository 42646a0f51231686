//! What every request passes on its way in and out.

mod guard;
mod heads;
mod linger;
mod observe;
mod speak;

use std::time::Duration;

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};

pub(crate) use self::{
    guard::{Entered, Rule, good_track, guard},
    heads::limit_heads,
    linger::linger,
    observe::observe,
    speak::speak,
};
use crate::failure::Failure;

/// Zuora's own limit for one request.
const REQUEST_TIME: Duration = Duration::from_mins(2);

/// Ends a request that takes too long.
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::TimedOut.into_response(),
    }
}

pub(crate) async fn no_route() -> Failure {
    Failure::NoRoute
}

pub(crate) async fn no_method() -> Failure {
    Failure::NoMethod
}

/// A panic's message may hold anything, so none of it goes out.
pub(crate) fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    Failure::Panicked.into_response()
}
