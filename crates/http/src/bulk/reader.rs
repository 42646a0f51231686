//! Reads an upload a few lines at a time.

use cardfile_domain::{id::PaymentMethodId, limits::BULK_LINE_BYTES_MAX};
use cardfile_service::{Line, Service};

use super::{
    UploadFault,
    incoming::Incoming,
    line::{Parsed, Scope},
    lines::Split,
    source::{Format, Source},
};
use crate::{
    body::{COMPRESSED, GZIP_MAGIC},
    code::ObjectCode,
    failure::Failure,
};

/// Lines that are parsed, sealed and handed on together. Few, because whoever works on them does
/// nothing else meanwhile.
pub(super) const CHUNK_LINES: usize = 16;
/// Bytes of lines after which no more are added. With as many chunks under way as there may be, these and the
/// line that came last of each are 4 MiB.
const CHUNK_BYTES: usize = BULK_LINE_BYTES_MAX;
/// Pieces that hold no end of a line, read without a pause.
const PIECES_AT_ONCE: usize = 16;

/// A line's number, the operation whose codes its failures have, and the card that it names.
pub(super) type Place = (u64, ObjectCode, Option<PaymentMethodId>);

/// Lines in the order of the upload, and the end if it came.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) lines: Vec<(Place, Result<Line, Failure>)>,
    bytes: usize,
    pub(super) end: Option<End>,
}

/// How an upload ends.
pub(super) enum End {
    /// There is no more.
    Complete,
    /// Nothing can be read any more, from this line on.
    Cut(u64, Failure),
}

/// An upload that is being read.
pub(super) struct Reader {
    incoming: Incoming,
    format: Format,
    scope: Scope,
    began: bool,
    ended: bool,
}

impl Reader {
    pub(super) fn new(incoming: Incoming, format: Format, scope: Scope) -> Self {
        Self { incoming, format, scope, began: false, ended: false }
    }

    /// Reads what there is: at least one line or the end.
    pub(super) async fn next(&mut self, service: &Service) -> Chunk {
        let mut chunk = Chunk::default();
        let mut pieces = 0;
        loop {
            // Whoever sends is looked up again when something has come: that may take long.
            if chunk.lines.is_empty() {
                match service.renew(&self.scope.identity).await {
                    Ok(identity) => self.scope.identity = identity,
                    Err(failure) => return self.cut(chunk, failure.into()),
                }
            }
            match self.split(&mut chunk) {
                Err(failure) => return self.cut(chunk, failure),
                Ok(()) if chunk.is_full() => return chunk,
                Ok(()) if self.ended => {
                    chunk.end = Some(End::Complete);
                    return chunk;
                }
                Ok(()) => {}
            }
            let came = if chunk.lines.is_empty() {
                self.incoming.next().await
            } else if let Some(came) = self.incoming.next_now() {
                came
            } else {
                return chunk;
            };
            match came {
                Ok(Some(piece)) => {
                    if let Err(failure) = self.begin(&piece) {
                        return self.cut(chunk, failure);
                    }
                    self.format.push(&piece);
                }
                Ok(None) => {
                    self.ended = true;
                    self.format.finish();
                }
                Err(failure) => return self.cut(chunk, failure),
            }
            // Others have a turn, too, while somebody sends much that is no line.
            pieces += 1;
            if pieces % PIECES_AT_ONCE == 0 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Says that nothing more will be read.
    pub(super) fn give_up(&self, failure: Failure) -> Chunk {
        self.cut(Chunk::default(), failure)
    }

    /// Reads on a little if the sender is not done.
    pub(super) async fn discard(&mut self) {
        if !self.ended {
            self.incoming.discard().await;
        }
    }

    /// Adds lines to the chunk until it is full or nothing is left.
    fn split(&mut self, chunk: &mut Chunk) -> Result<(), Failure> {
        while !chunk.is_full() {
            match self.format.next()? {
                Split::Line(number, source) => {
                    chunk.bytes += source.bytes();
                    let Parsed { object, card, line } = self.scope.parse(&source);
                    chunk.lines.push(((number, object, card), line));
                }
                Split::More => return Ok(()),
                Split::TooLong => return Err(Failure::Upload(UploadFault::LineTooLong)),
            }
        }
        Ok(())
    }

    /// A compressed body that is not said to be one would be one very long line.
    fn begin(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let first = !std::mem::replace(&mut self.began, true);
        if first && piece.starts_with(GZIP_MAGIC) {
            return Err(Failure::Malformed(COMPRESSED));
        }
        Ok(())
    }

    fn cut(&self, chunk: Chunk, failure: Failure) -> Chunk {
        Chunk { end: Some(End::Cut(self.format.number(), failure)), ..chunk }
    }
}

impl Chunk {
    fn is_full(&self) -> bool {
        self.lines.len() >= CHUNK_LINES || self.bytes >= CHUNK_BYTES
    }
}

impl Source<'_> {
    fn bytes(&self) -> usize {
        match self {
            Self::Json(bytes) => bytes.len(),
            Self::Csv(row) => row.bytes(),
        }
    }
}
