//! Gives every failure its words: those that handlers carry, and those of layers that know no
//! dialect.

use std::{future::Future, sync::Arc};

use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::Response,
};
use futures::FutureExt;

use crate::{
    code::ObjectCode,
    context::RequestContext,
    failure::{Carried, Failure},
    respond,
};

/// Marks a response whose body is in the caller's dialect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spoken {
    /// The same request may go well another time.
    pub(crate) may_pass: bool,
}

/// Marks a response that tells of many objects, for some of which the same request may go well
/// another time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartMayPass;

pub(super) fn speak<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> impl Future<Output = Response> {
    let context = request.extensions().get::<RequestContext>().cloned();
    next(request).map(|response| match context {
        Some(context) => in_words(response, &context),
        None => response,
    })
}

/// The response as it is if it has words of its caller's dialect, and with such words otherwise.
fn in_words(response: Response, context: &RequestContext) -> Response {
    match response.extensions().get::<Carried>().cloned() {
        Some(carried) => spoken(&response, &carried, context),
        None if response.status().is_client_error() || response.status().is_server_error() => {
            if response.extensions().get::<Spoken>().is_some() {
                return response;
            }
            render_bare(&response, context)
        }
        None => response,
    }
}

/// Replaces the answer of a layer or of axum by one in the caller's dialect.
pub(crate) fn render_bare(response: &Response, context: &RequestContext) -> Response {
    let failure = match response.status() {
        StatusCode::NOT_FOUND => Failure::NoRoute,
        StatusCode::METHOD_NOT_ALLOWED => Failure::NoMethod,
        StatusCode::NOT_ACCEPTABLE => Failure::NotAcceptable,
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLarge,
        StatusCode::REQUEST_TIMEOUT => Failure::BodyTimeout,
        status if status.is_server_error() => Failure::Panicked,
        _ => Failure::Malformed("The request could not be read."),
    };
    let carried = Carried { failure: Arc::new(failure), object: ObjectCode::NONE };
    spoken(response, &carried, context)
}

/// A failure in the caller's dialect, with the methods that the mute response says there are.
fn spoken(mute: &Response, carried: &Carried, context: &RequestContext) -> Response {
    let mut answer = respond::respond(&carried.failure, carried.object, context);
    if let Some(value) = mute.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, value.clone());
    }
    answer.extensions_mut().insert(Spoken { may_pass: carried.failure.may_pass() });
    answer
}
