//! Reads what is left of a request that was refused, so that the refusal arrives.
//!
//! A connection that is closed with bytes unread is reset, and a reset can overtake the answer. So
//! some of what nobody wanted is read and thrown away: not more than a caller could send in good
//! faith, and not for long.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::Request,
    http::header,
    response::Response,
};
use cardfile_domain::limits::BODY_BYTES_MAX;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;

/// How much is thrown away.
const LEFT_BYTES_MAX: usize = 8 * BODY_BYTES_MAX;
/// How long that may take.
const LEFT_WAIT: Duration = Duration::from_secs(2);

/// Marks an answer that is written while the request's body is read, so nothing is left of it yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadsOn;

pub(super) async fn linger<F: Future<Output = Response>>(
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response {
    let (parts, body) = request.into_parts();
    // Who waits to be told to go on has sent nothing, and is told by the answer not to.
    if body.is_end_stream() || parts.headers.contains_key(header::EXPECT) {
        return next(Request::from_parts(parts, body)).await;
    }
    let mut lent = Lent(Arc::new(Mutex::new(body)));
    let request = Request::from_parts(parts, Body::new(lent.clone()));
    let response = next(request).await;
    if response.extensions().get::<ReadsOn>().is_some() {
        return response;
    }
    if !lent.is_end_stream() {
        let _ = tokio::time::timeout(LEFT_WAIT, lent.discard()).await;
    }
    response
}

/// A body that is still there when its reader has gone.
#[derive(Clone)]
struct Lent(Arc<Mutex<Body>>);

impl Lent {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn discard(&mut self) {
        let mut left = LEFT_BYTES_MAX;
        while let Some(Ok(frame)) = self.frame().await {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(bytes) {
                Some(fewer) => left = fewer,
                None => return,
            }
        }
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    /// Sends pieces to a route that reads none of them, and tells how many it was left with.
    async fn unread(pieces: usize, bytes: usize) -> usize {
        let left = Arc::new(Mutex::new(pieces));
        let counter = Arc::clone(&left);
        let pieces = stream::iter((0..pieces).map(move |_| {
            *counter.lock().unwrap() -= 1;
            Ok::<_, axum::Error>(Bytes::from(vec![0; bytes]))
        }));
        let request = Request::post("/").body(Body::from_stream(pieces)).unwrap();
        let response = linger(request, async |_| Response::default()).await;
        assert_eq!(response.status(), 200);
        left.lock().map(|left| *left).unwrap()
    }

    #[tokio::test]
    async fn what_nobody_read_is_thrown_away() {
        assert_eq!(unread(8, BODY_BYTES_MAX).await, 0);
    }

    #[tokio::test]
    async fn not_more_is_thrown_away_than_could_be_sent_in_good_faith() {
        assert_eq!(unread(100, BODY_BYTES_MAX).await, 91);
    }
}
