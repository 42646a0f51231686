//! From lines to receipts: what is read, what is under way, and what is said.

use std::{
    future::ready,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::body::Bytes;
use cardfile_domain::limits::BULK_IN_FLIGHT_MAX;
use cardfile_service::{LineAnswers, Upload};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use thiserror::Error;
use tokio::task::yield_now;

use super::{
    reader::{CHUNK_LINES, Chunk, End, Place, Reader},
    receipt::{Answered, Summary},
};
use crate::{code::ObjectCode, context::RequestContext, failure::Failure, respond};

/// Chunks that were read and not yet answered.
const CHUNKS: usize = BULK_IN_FLIGHT_MAX / CHUNK_LINES;

/// The receipts of an upload, as it is read.
pub(super) fn receipts(
    reader: Reader,
    upload: Upload,
    context: RequestContext,
) -> impl Stream<Item = Result<Bytes, Panicked>> {
    let hopeless = Arc::new(AtomicBool::new(false));
    let taking = Taking { reader, upload, hopeless: Arc::clone(&hopeless), over: false };
    let taken = stream::unfold(taking, |mut taking| async {
        let taken = taking.next().await?;
        // Whoever else is on this thread waits for a chunk, and not for all that there is room for.
        yield_now().await;
        Some((taken.answered(), taking))
    });
    let named = context.clone();
    let telling = Telling { summary: Summary::default(), context, hopeless };
    let told =
        taken.buffered(CHUNKS).scan(telling, |telling, told| ready(Some(telling.tell(told))));
    // No layer is around this any more that would turn a panic into an answer. It ends the answer,
    // and with it the connection: the caller sees that there is no summary.
    AssertUnwindSafe(told).catch_unwind().map_err(move |_| {
        respond::log(&Failure::Panicked, &named);
        Panicked
    })
}

/// The code panicked.
#[derive(Debug, Error)]
#[error("the upload ended unexpectedly")]
pub(super) struct Panicked;

/// The side that reads.
struct Taking {
    reader: Reader,
    upload: Upload,
    hopeless: Arc<AtomicBool>,
    over: bool,
}

/// Lines that are under way.
struct Taken {
    lines: Vec<(Place, Option<Failure>)>,
    answers: LineAnswers,
    end: Option<End>,
}

impl Taking {
    async fn next(&mut self) -> Option<Taken> {
        if self.over {
            self.reader.discard().await;
            return None;
        }
        let chunk = if self.hopeless.load(Ordering::Relaxed) {
            self.reader.give_up(Failure::NotReady)
        } else {
            self.reader.next(self.upload.service()).await
        };
        let Chunk { lines, end, .. } = chunk;
        self.over = end.is_some();
        let mut good = Vec::with_capacity(lines.len());
        let mut places = Vec::with_capacity(lines.len());
        for (place, line) in lines {
            match line {
                Ok(line) => {
                    good.push(line);
                    places.push((place, None));
                }
                Err(failure) => places.push((place, Some(failure))),
            }
        }
        let answers = self.upload.take(good).await;
        Some(Taken { lines: places, answers, end })
    }
}

impl Taken {
    /// Waits for the answers.
    async fn answered(self) -> (Vec<Answered>, Option<End>) {
        let mut answers = self.answers.await.into_iter();
        let answered = |(place, failure)| match failure {
            None => answers.next().map(|answer| Answered::new(place, answer)),
            Some(failure) => Some(Answered::refused(place, failure)),
        };
        (self.lines.into_iter().filter_map(answered).collect(), self.end)
    }
}

/// The side that answers.
struct Telling {
    summary: Summary,
    context: RequestContext,
    hopeless: Arc<AtomicBool>,
}

impl Telling {
    fn tell(&mut self, (lines, end): (Vec<Answered>, Option<End>)) -> Bytes {
        let mut out = Vec::new();
        if lines.iter().any(Answered::is_hopeless) {
            self.hopeless.store(true, Ordering::Relaxed);
        }
        for line in lines {
            self.summary.add(line, &self.context, &mut out);
        }
        match end {
            None => return out.into(),
            Some(End::Complete) => self.summary.complete = true,
            Some(End::Cut(number, failure)) => {
                let place = (number, ObjectCode::POST_PAYMENT_METHOD, None);
                self.summary.add(Answered::refused(place, failure), &self.context, &mut out);
            }
        }
        self.summary.end(&mut out);
        out.into()
    }
}
