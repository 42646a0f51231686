//! Replies of more than a thousand bytes are packed for callers that want it.

use std::{
    convert::Infallible,
    future::{Future, ready},
};

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap,
        header::{ACCEPT_ENCODING, VARY},
    },
    response::Response,
};
use cardfile_domain::limits::REPLY_BYTES_UNCOMPRESSED_MAX;
use tower::{ServiceExt, service_fn};
use tower_http::{
    CompressionLevel,
    compression::{
        Compression,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
};

/// The packing is a service around one that has its answer already, made only where it may have something
/// to do: around the layers it would be another place for the request and the answer.
pub(super) async fn compress<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    // "Over 1000 bytes", and the predicate's bound is inclusive.
    let above = SizeAbove::new(REPLY_BYTES_UNCOMPRESSED_MAX + 1);
    let suitable = above.and(NotForContentType::SSE);
    let asked = accept_encoding(request.headers());
    let mut response = next(request).await;
    if asked.is_empty() {
        // Whoever keeps the answer for others must know that it could have been another.
        if suitable.should_compress(&response) {
            response.headers_mut().append(VARY, ACCEPT_ENCODING.into());
        }
        return response;
    }
    let mut asking = Request::new(());
    *asking.headers_mut() = asked;
    let mut answer = Some(response);
    let answered = service_fn(move |_: axum::http::Request<()>| {
        // It is asked once.
        ready(Ok::<_, Infallible>(answer.take().unwrap_or_default()))
    });
    let packed = Compression::new(answered)
        .gzip(true)
        .quality(CompressionLevel::Fastest)
        .compress_when(suitable)
        .oneshot(asking);
    match packed.await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

fn accept_encoding(headers: &HeaderMap) -> HeaderMap {
    headers.get_all(ACCEPT_ENCODING).iter().map(|value| (ACCEPT_ENCODING, value.clone())).collect()
}
