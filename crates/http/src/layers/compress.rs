//! Replies of more than a thousand bytes are packed for callers that want it.

use std::{convert::Infallible, future::Future};

use axum::{body::Body, extract::Request, response::Response};
use cardfile_domain::limits::REPLY_BYTES_UNCOMPRESSED_MAX;
use futures::FutureExt;
use tower::{ServiceExt, service_fn};
use tower_http::{
    CompressionLevel,
    compression::{
        Compression,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};

pub(super) async fn compress<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F + Clone,
) -> Response {
    // Not an async block, which would hold the answer twice: before it is awaited and while it is.
    let next = service_fn(move |request| next.clone()(request).map(Ok::<_, Infallible>));
    // "Over 1000 bytes", and the predicate's bound is inclusive.
    let above = SizeAbove::new(REPLY_BYTES_UNCOMPRESSED_MAX + 1);
    let packed = Compression::new(next)
        .gzip(true)
        .quality(CompressionLevel::Fastest)
        .compress_when(above.and(NotForContentType::SSE))
        .oneshot(request);
    match packed.await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}
