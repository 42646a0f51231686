//! Reading a request's body: as a stream, within bounds, after authentication.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use cardfile_domain::limits::{
    BODY_BYTES_MAX, INFLATE_RATIO_FREE_BYTES, INFLATE_RATIO_MAX, JSON_VALUES_MAX,
};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::{
    AppState,
    failure::Failure,
    idempotency::{IdempotencyKey, RequestDigest},
};

/// How long the next piece of a body may take to come.
const PIECE_WAIT: Duration = Duration::from_secs(30);

/// Counts the bytes of a body as they were sent, before inflating.
#[derive(Clone, Debug, Default)]
pub(crate) struct SentBytes(Arc<AtomicU64>);

impl SentBytes {
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A JSON body, and what makes the request what it is to an idempotency key.
pub(crate) struct Json<T> {
    /// The body.
    pub(crate) value: T,
    /// The key, if the caller sent one.
    pub(crate) key: Option<IdempotencyKey>,
}

impl<T: DeserializeOwned> FromRequest<AppState> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        require_json(&parts.headers)?;
        let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
        let bytes = collect(body, &sent).await?;
        let value = parse(&bytes)?;
        let digest = RequestDigest::of(&parts, &bytes);
        let key = IdempotencyKey::of(&parts.headers, digest)?;
        Ok(Self { value, key })
    }
}

/// What gzip begins with.
pub(crate) const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
/// What is wrong with a body that begins so.
pub(crate) const COMPRESSED: &str =
    "The request body is compressed. Send the header Content-Encoding: gzip with it.";

/// Refuses a body that is said to be anything but JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), Failure> {
    let Some(kind) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let kind = kind.to_str().unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Failure::UnsupportedMedia)
    }
}

/// Parses JSON; the message of a failure is ours, because serde's quotes the input.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    if bytes.starts_with(GZIP_MAGIC) {
        return Err(Failure::Malformed(COMPRESSED));
    }
    if has_too_many_values(bytes) {
        return Err(Failure::TooLarge);
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Failure::Malformed(match error.classify() {
            serde_json::error::Category::Data => {
                "The request body must be one JSON object that names each field once."
            }
            serde_json::error::Category::Eof => "The request body is not complete JSON.",
            _ => "The request body is not valid JSON.",
        })
    })
}

/// Whether there is more in a body than anybody needs.
///
/// Two bytes of JSON may become a hundred times as many in memory, so the number of bytes alone does
/// not bound what reading them takes.
fn has_too_many_values(bytes: &[u8]) -> bool {
    // Each value has a byte of its own, and all but one have a sign before them.
    if bytes.len() <= 2 * JSON_VALUES_MAX {
        return false;
    }
    let mut values = 1;
    let (mut is_text, mut is_escaped) = (false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => values += 1,
            _ => {}
        }
    }
    values > JSON_VALUES_MAX
}

/// Collects a body that may be inflating while it comes.
pub(crate) async fn collect(body: Body, sent: &SentBytes) -> Result<Bytes, Failure> {
    collect_up_to(BODY_BYTES_MAX, body, sent).await
}

/// The same with a bound of its own.
pub(crate) async fn collect_up_to(
    bytes_max: usize,
    mut body: Body,
    sent: &SentBytes,
) -> Result<Bytes, Failure> {
    let mut gathered = Gathered::default();
    let mut total = 0;
    loop {
        let frame = tokio::time::timeout(PIECE_WAIT, body.frame())
            .await
            .map_err(|_| Failure::BodyTimeout)?;
        let Some(frame) = frame else { return Ok(gathered.whole()) };
        let frame = frame.map_err(|_| Failure::CorruptEncoding)?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total > bytes_max || is_bomb(total as u64, sent.get()) {
            return Err(Failure::TooLarge);
        }
        gathered.add(data);
    }
}

/// The pieces of a body.
///
/// Most bodies come in one, which is not copied. Others fill blocks: a buffer that grows would need
/// twice its size, and pieces of a byte kept as they are much more.
#[derive(Default)]
struct Gathered {
    only: Bytes,
    blocks: Vec<Vec<u8>>,
}

impl Gathered {
    const BLOCK_BYTES: usize = 16 * 1024;

    fn add(&mut self, piece: Bytes) {
        if self.blocks.is_empty() && self.only.is_empty() {
            self.only = piece;
            return;
        }
        let only = std::mem::take(&mut self.only);
        self.fill(&only);
        self.fill(&piece);
    }

    fn fill(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let full = self.blocks.last().is_none_or(|block| block.len() == Self::BLOCK_BYTES);
            if full {
                self.blocks.push(Vec::with_capacity(Self::BLOCK_BYTES));
            }
            let Some(block) = self.blocks.last_mut() else { return };
            let room = Self::BLOCK_BYTES - block.len();
            let (now, later) = piece.split_at(room.min(piece.len()));
            block.extend_from_slice(now);
            piece = later;
        }
    }

    fn whole(self) -> Bytes {
        if self.blocks.is_empty() { self.only } else { self.blocks.concat().into() }
    }
}

fn is_bomb(inflated: u64, sent: u64) -> bool {
    inflated > INFLATE_RATIO_FREE_BYTES && inflated > sent.saturating_mul(INFLATE_RATIO_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_bodies_may_inflate_as_they_like_and_large_ones_a_hundredfold() {
        assert!(!is_bomb(INFLATE_RATIO_FREE_BYTES, 1));
        assert!(is_bomb(INFLATE_RATIO_FREE_BYTES + 1, 1));
        assert!(!is_bomb(1_000_000, 10_000));
        assert!(is_bomb(1_000_001, 10_000));
    }

    #[tokio::test]
    async fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
        let sent = SentBytes::default();
        sent.add(BODY_BYTES_MAX);
        let whole = Body::from(vec![b' '; BODY_BYTES_MAX]);
        assert_eq!(collect(whole, &sent).await.unwrap().len(), BODY_BYTES_MAX);
        let more = Body::from(vec![b' '; BODY_BYTES_MAX + 1]);
        assert!(matches!(collect(more, &sent).await, Err(Failure::TooLarge)));
    }

    #[tokio::test]
    async fn a_body_in_pieces_is_the_same_as_in_one() {
        let bytes: Vec<_> = (0..=250).cycle().take(2 * Gathered::BLOCK_BYTES + 5).collect();
        for piece in [1, 2, 1000, Gathered::BLOCK_BYTES, 20_000, bytes.len()] {
            let pieces: Vec<_> = bytes.chunks(piece).map(<[u8]>::to_vec).collect();
            let pieces = pieces.into_iter().map(Ok::<_, axum::Error>);
            let body = Body::from_stream(futures::stream::iter(pieces));
            assert_eq!(collect(body, &SentBytes::default()).await.unwrap(), bytes, "{piece}");
        }
        assert!(collect(Body::empty(), &SentBytes::default()).await.unwrap().is_empty());
    }

    #[test]
    fn a_body_has_a_limit_for_how_much_is_in_it() {
        let items = |count: usize| format!("[{}1]", "1,".repeat(count - 2)).into_bytes();
        assert!(!has_too_many_values(&items(JSON_VALUES_MAX)));
        assert!(has_too_many_values(&items(JSON_VALUES_MAX + 1)));
        let nested = "{\"a\":[".repeat(JSON_VALUES_MAX);
        assert!(has_too_many_values(nested.as_bytes()));
        assert!(matches!(parse::<Vec<u8>>(&items(JSON_VALUES_MAX + 1)), Err(Failure::TooLarge)));
        // Nothing in a text is a value, whatever it looks like.
        let text = format!(r#"["\\\"{}","{}"]"#, ",[{".repeat(100_000), r#"\","#.repeat(100_000));
        assert!(!has_too_many_values(text.as_bytes()));
        assert!(parse::<Vec<String>>(text.as_bytes()).is_ok());
    }

    #[test]
    fn nothing_of_a_malformed_body_is_in_its_failure() {
        let failure = parse::<u8>(br#"{"cardNumber": "4111111111111111"}"#).unwrap_err();
        assert!(!format!("{failure:?}").contains("4111"));
    }
}
