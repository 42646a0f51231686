//! The limit on a request's head.

use std::future::{Future, ready};

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use cardfile_domain::limits::HEADER_BYTES_MAX;
use futures::future::Either;

use crate::failure::Failure;

/// `: ` and the end of the line.
const PER_HEADER: usize = 4;
/// The spaces, the version and the end of the first line, and the empty line.
const FIRST_LINE: usize = 14;

/// Refuses a request whose head is too large.
///
/// hyper has a limit of its own, but nobody can choose its words; it is set higher, and ends what
/// is beyond all reason.
pub(super) fn limit_heads<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> impl Future<Output = Response> {
    if size(&request) > HEADER_BYTES_MAX {
        return Either::Left(ready(Failure::HeadTooLarge.into_response()));
    }
    Either::Right(next(request))
}

/// How many bytes the head had on the wire, give or take spaces that mean nothing.
fn size<B>(request: &axum::http::Request<B>) -> usize {
    let path = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    let fields = request.headers().iter();
    let fields: usize =
        fields.map(|(name, value)| name.as_str().len() + value.len() + PER_HEADER).sum();
    FIRST_LINE + request.method().as_str().len() + path + fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_as_large_as_it_was_sent() {
        let sent = "PUT /a?b=c HTTP/1.1\r\nhost: x\r\nzuora-track-id: t\r\n\r\n";
        let request = axum::http::Request::put("/a?b=c")
            .header("Host", "x")
            .header("Zuora-Track-Id", "t")
            .body(())
            .unwrap();
        assert_eq!(size(&request), sent.len());
    }
}
