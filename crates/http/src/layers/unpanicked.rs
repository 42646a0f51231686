//! A panic is a failure like any other, of one request and of no other.

use std::{future::Future, panic::AssertUnwindSafe};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use futures::FutureExt;

use crate::failure::Failure;

/// Answers a panic. Its message may hold anything, so none of it goes out.
pub(super) fn unpanicked<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> impl Future<Output = Response> {
    // What a panic may leave half done belongs to the request, which is over.
    let answer = AssertUnwindSafe(next(request)).catch_unwind();
    answer.map(|answer| answer.unwrap_or_else(|_| Failure::Panicked.into_response()))
}
