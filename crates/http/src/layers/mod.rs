//! What every request passes on its way in and out.
//!
//! A layer is a function of a request and of what comes after it. So all of them together are one
//! future, made once a request; axum's own layers would box and clone everything behind each. Most
//! are no async functions, which would keep a place for the request beside that of what has it now.

mod apart;
mod compress;
mod guard;
mod heads;
mod linger;
mod observe;
mod speak;
mod unpanicked;

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use tower::{Service, ServiceExt};

use self::{
    compress::compress, heads::limit_heads, linger::linger, observe::observe, speak::speak,
    unpanicked::unpanicked,
};
pub(crate) use self::{
    guard::{Door, Entered, Post, Rule, good_track, guard},
    linger::ReadsOn,
    speak::{PartMayPass, Spoken},
};
use crate::{AppState, failure::Failure};

/// Zuora's own limit for one request.
const REQUEST_TIME: Duration = Duration::from_mins(2);

/// The API as a service: the routes with all layers around them.
#[derive(Clone)]
pub struct Api {
    state: AppState,
    routes: Router,
}

impl Api {
    pub(crate) fn new(state: AppState, routes: Router) -> Self {
        Self { state, routes }
    }

    async fn answer(self, request: Request) -> Response {
        let Self { state, routes } = self;
        let routed = async |request| match routes.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let in_time = |request| in_time(request, |request| linger(request, routed));
        let headed = |request| limit_heads(request, in_time);
        let spoken = |request| speak(request, |request| unpanicked(request, headed));
        observe(&state, request, |request| compress(request, spoken)).await
    }
}

impl<B> Service<axum::http::Request<B>> for Api
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: axum::http::Request<B>) -> Self::Future {
        let api = self.clone();
        let request = request.map(Body::new);
        Box::pin(async move { Ok(api.answer(request).await) })
    }
}

/// Ends a request that takes too long.
fn in_time<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> impl Future<Output = Response> {
    let answer = tokio::time::timeout(REQUEST_TIME, next(request));
    answer.map(|answer| answer.unwrap_or_else(|_| Failure::TimedOut.into_response()))
}

pub(crate) async fn no_route() -> Failure {
    Failure::NoRoute
}

pub(crate) async fn no_method() -> Failure {
    Failure::NoMethod
}
