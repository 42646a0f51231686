//! Bodies in gzip, inflated while they come.
//!
//! A file may be of as many members as it likes: that is what one gets by putting compressed files
//! one behind the other. All of them are read; what is behind the last one and is none of them makes
//! the whole body wrong.

use std::io;

use async_compression::tokio::bufread::GzipDecoder;
use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
};
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use tokio_util::io::{ReaderStream, StreamReader};

use crate::failure::Failure;

/// How much is inflated at a time.
pub(crate) const PIECE_BYTES: usize = 16 * 1024;

/// The bytes of a body as they were sent.
pub(crate) type Sent = BoxStream<'static, io::Result<Bytes>>;
/// The bytes of a body as they were before they were compressed.
pub(crate) type Decoder = GzipDecoder<StreamReader<Sent, Bytes>>;

pub(crate) fn sent(body: Body) -> Sent {
    body.into_data_stream().map_err(io::Error::other).boxed()
}

pub(crate) fn decoder(body: Body) -> Decoder {
    let mut decoder = GzipDecoder::new(StreamReader::new(sent(body)));
    decoder.multiple_members(true);
    decoder
}

/// Encodings are named without regard to case, and gzip has an old second name.
pub(crate) fn name_encoding(headers: &mut HeaderMap) {
    if let Some(value) = headers.get(header::CONTENT_ENCODING) {
        let name = value.to_str().unwrap_or_default().trim();
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        } else if name.eq_ignore_ascii_case("identity") {
            headers.remove(header::CONTENT_ENCODING);
        }
    }
}

/// Puts the body as it was in place of a compressed one. How much comes of it is its reader's to
/// watch.
pub(crate) fn inflate(mut request: Request) -> Result<Request, Failure> {
    match request.headers().get(header::CONTENT_ENCODING) {
        None => return Ok(request),
        Some(coding) if coding == "gzip" => {}
        Some(_) => return Err(Failure::UnsupportedEncoding),
    }
    request.headers_mut().remove(header::CONTENT_ENCODING);
    request.headers_mut().remove(header::CONTENT_LENGTH);
    Ok(request
        .map(|body| Body::from_stream(ReaderStream::with_capacity(decoder(body), PIECE_BYTES))))
}
