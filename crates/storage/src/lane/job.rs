//! A write on its way through a lane, and the order in which writes are taken.

use cardfile_domain::{
    command::{Command, Context, Mode, Target, Write},
    id::{Bucket, ClientId, EntityId, PaymentMethodId},
    limits::DECIDE_TRIES_MAX,
    ports::{Answer, Outcome, StoreError},
    refusal::Refusal,
};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::{Committed, Depends, Outcomes, Verdict, target_bucket};

/// A write that somebody waits for.
#[derive(Debug)]
pub(crate) struct Job {
    /// The write.
    pub(crate) write: Write,
    /// Where the answer goes. The caller may be gone; the write is done all the same.
    pub(crate) reply: oneshot::Sender<Result<Answer, StoreError>>,
    /// How often it was decided on what turned out to be outdated.
    pub(crate) tries: usize,
    /// Where its target is looked for first: another bucket than the target's own once its card
    /// was found to have moved.
    pub(crate) bucket: Bucket,
    /// Whether it is done or only tried.
    pub(crate) mode: Mode,
    /// Its caller waits for room rather than be turned away.
    pub(crate) patient: bool,
}

impl Job {
    /// A write, and where its answer will be.
    pub(crate) fn new(write: Write) -> (Self, oneshot::Receiver<Result<Answer, StoreError>>) {
        let (reply, answer) = oneshot::channel();
        let bucket = target_bucket(&write.target);
        let job = Self { write, reply, tries: 0, bucket, mode: Mode::Effect, patient: false };
        (job, answer)
    }

    /// A write of somebody who waits for room.
    pub(crate) fn patient(
        write: Write,
        mode: Mode,
    ) -> (Self, oneshot::Receiver<Result<Answer, StoreError>>) {
        let (job, answer) = Self::new(write);
        (Self { mode, patient: true, ..job }, answer)
    }

    /// A write that does nothing, for the lane with this number.
    pub(crate) fn probe(lane: usize) -> (Self, oneshot::Receiver<Result<Answer, StoreError>>) {
        let nobody = ClientId::from_bytes([0; 16]);
        let (mut job, answer) = Self::new(Write {
            target: Target::Card(
                EntityId::from_bytes([0; 16]),
                PaymentMethodId::from_bytes([0; 16]),
            ),
            command: Command::NoteRefusal(Refusal::CardNotFound),
            context: Context { by: nobody, track: None, at: Timestamp::UNIX_EPOCH, random: 0 },
            claim: None,
        });
        job.bucket = Bucket::new(lane.try_into().unwrap_or_default());
        (job, answer)
    }

    /// Answers the caller, if it still waits.
    pub(crate) fn answer(self, result: Result<Answer, StoreError>) {
        // An error here means that the caller has gone, which changes nothing.
        drop(self.reply.send(result));
    }

    /// Whether the answer is kept for the claim, if there is one. What an upload was refused is
    /// judged anew when it is sent again: it had no effect, and its sender may have mended it. And
    /// no refusal is kept for ever.
    pub(super) fn is_kept(&self, outcome: &Outcome) -> bool {
        let keeps_refusals = !self.patient && !self.write.command.is_lasting();
        self.mode == Mode::Effect && (outcome.is_ok() || keeps_refusals)
    }

    /// Whether the write touches two accounts, or gives names that must be free in all of the
    /// entity's, and so must be committed alone.
    fn is_alone(&self) -> bool {
        let attaches = matches!(
            (&self.write.command, &self.write.target),
            (Command::AttachCard(_), Target::Account(_))
        );
        attaches || !self.write.command.names().is_empty()
    }
}

/// Splits a batch, order kept, so that every write which must be committed alone is.
pub(crate) fn segments(jobs: Vec<Job>) -> Vec<Vec<Job>> {
    let mut segments: Vec<Vec<Job>> = Vec::new();
    let mut open = false;
    for job in jobs {
        let alone = job.is_alone();
        match segments.last_mut() {
            Some(segment) if open && !alone => segment.push(job),
            _ => segments.push(vec![job]),
        }
        open = !alone;
    }
    segments
}

/// Answers every job whose verdict has come true, and returns those to be decided again.
pub(crate) fn settle(jobs: Vec<Job>, verdicts: Vec<Verdict>, outcomes: &Outcomes) -> Vec<Job> {
    let mut again = Vec::new();
    for (mut job, verdict) in jobs.into_iter().zip(verdicts) {
        let ended = match verdict.depends {
            Depends::Nothing => &Committed::Written,
            Depends::Receipts => &outcomes.receipts,
            Depends::Unit(index) => &outcomes.units[index],
        };
        match ended {
            Committed::Written => job.answer(verdict.result),
            Committed::Failed(error) => job.answer(Err(error.clone())),
            Committed::Outdated if job.tries + 1 >= DECIDE_TRIES_MAX => {
                job.answer(Err(StoreError::Contended));
            }
            Committed::Outdated => {
                job.tries += 1;
                again.push(job);
            }
        }
    }
    again
}
