//! gzip for requests and replies.

use std::io;

use async_compression::tokio::bufread::{GzipDecoder, GzipEncoder};
use bytes::Bytes;
use futures::FutureExt as _;
use tokio::io::AsyncReadExt as _;

/// Compresses.
pub fn deflate(plain: &[u8]) -> Bytes {
    let mut packed = Vec::new();
    let mut encoder = GzipEncoder::new(plain);
    // Both ends are memory, so nothing is ever waited for.
    let done = encoder.read_to_end(&mut packed).now_or_never();
    done.expect("memory does not wait").expect("memory can be compressed");
    packed.into()
}

/// Inflates, or says what is wrong with the compressed bytes.
pub fn inflate(packed: &[u8]) -> io::Result<Bytes> {
    let mut plain = Vec::new();
    let mut decoder = GzipDecoder::new(packed);
    decoder.read_to_end(&mut plain).now_or_never().expect("memory does not wait")?;
    Ok(plain.into())
}
