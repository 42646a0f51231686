//! The bytes of an upload, as they come: a piece at a time, inflated if they are compressed.

use std::{io, time::Duration};

use axum::body::{Body, Bytes};
use bytes::BytesMut;
use cardfile_domain::limits::{BODY_BYTES_MAX, BULK_IDLE_SECONDS};
use futures::{FutureExt, StreamExt};
use tokio::io::AsyncReadExt;

use crate::{
    body::SentBytes,
    failure::Failure,
    gzip::{self, Decoder, PIECE_BYTES, Sent},
};

const IDLE: Duration = Duration::from_secs(BULK_IDLE_SECONDS);
/// How much is thrown away of an upload that ended before its sender did.
const LEFT_BYTES_MAX: usize = 8 * BODY_BYTES_MAX;
/// How long that may take.
const LEFT_WAIT: Duration = Duration::from_secs(2);

/// The body of an upload.
pub(super) struct Incoming {
    coded: Coded,
    sent: SentBytes,
}

enum Coded {
    Plain(Sent),
    Packed(Box<Decoder>),
}

impl Incoming {
    pub(super) fn plain(body: Body, sent: SentBytes) -> Self {
        Self { coded: Coded::Plain(gzip::sent(body)), sent }
    }

    pub(super) fn packed(body: Body, sent: SentBytes) -> Self {
        Self { coded: Coded::Packed(Box::new(gzip::decoder(body))), sent }
    }

    /// The next piece, or nothing at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Failure> {
        loop {
            // What was sent counts, not what came of it: a compressed byte may be a long time a part
            // of something.
            let before = self.sent.get();
            match tokio::time::timeout(IDLE, self.coded.read()).await {
                Ok(read) => return read.map_err(|_| Failure::CorruptEncoding),
                Err(_) if self.sent.get() > before => {}
                Err(_) => return Err(Failure::BodyTimeout),
            }
        }
    }

    /// The next piece, if it is there already.
    pub(super) fn next_now(&mut self) -> Option<Result<Option<Bytes>, Failure>> {
        let read = self.coded.read().now_or_never()?;
        Some(read.map_err(|_| Failure::CorruptEncoding))
    }

    /// Reads on for a while, so that the end of the answer arrives: a connection that is closed with
    /// bytes unread is reset.
    pub(super) async fn discard(&mut self) {
        let sent = match &mut self.coded {
            Coded::Plain(sent) => sent,
            Coded::Packed(decoder) => decoder.get_mut().get_mut(),
        };
        let discard = async {
            let mut left = LEFT_BYTES_MAX;
            while let Some(Ok(bytes)) = sent.next().await {
                match left.checked_sub(bytes.len()) {
                    Some(fewer) => left = fewer,
                    None => return,
                }
            }
        };
        let _ = tokio::time::timeout(LEFT_WAIT, discard).await;
    }
}

impl Coded {
    /// Reads a piece. Whoever stops waiting for it loses nothing.
    async fn read(&mut self) -> io::Result<Option<Bytes>> {
        match self {
            Self::Plain(sent) => sent.next().await.transpose(),
            Self::Packed(decoder) => {
                let mut piece = BytesMut::with_capacity(PIECE_BYTES);
                let read = decoder.read_buf(&mut piece).await?;
                Ok((read > 0).then(|| piece.freeze()))
            }
        }
    }
}
