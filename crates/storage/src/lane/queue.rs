//! The bounded queues in front of the lanes: a prompt one for callers that wait for one write, and a
//! patient one for uploads.
//!
//! A batch is of one of them. Both take turns, and an upload's turn is short while others write, so that
//! a single write waits for a few lines and never for a batch full of them; the longer nobody writes,
//! the longer its turns become. Where a queue is full, the prompt one refuses and the patient one lets its caller wait.

use std::{
    convert::Infallible,
    future::poll_fn,
    sync::{PoisonError, RwLock},
    task::{Context, Poll, ready},
};

use cardfile_domain::{
    command::{Mode, Write},
    id::Bucket,
    limits::{LANE_BATCH_MAX, LANE_PATIENT_BESIDE, LANE_PATIENT_MAX, LANE_QUEUE_MAX},
    ports::{Answer, Answers, StoreError},
};
use futures::FutureExt;
use thiserror::Error;
use tokio::sync::{
    Mutex,
    mpsc::{self, error::TrySendError},
};

use super::Job;

/// The side of the lanes that callers see.
#[derive(Debug)]
pub(crate) struct Lanes {
    /// Empty once the lanes are drained.
    entries: RwLock<Vec<Entry>>,
    done: Mutex<mpsc::Receiver<Infallible>>,
}

/// The two ways into one lane.
#[derive(Debug)]
struct Entry {
    prompt: mpsc::Sender<Job>,
    patient: mpsc::Sender<Job>,
}

/// The side of one lane that its worker holds.
#[derive(Debug)]
pub(crate) struct LaneEnd {
    index: usize,
    prompt: mpsc::Receiver<Job>,
    patient: mpsc::Receiver<Job>,
    /// The last batch was of prompt writes.
    was_prompt: bool,
    /// How many patient writes the next batch may have: few after prompt ones, because whoever waited for
    /// those may be about to send the next.
    patient_max: usize,
    /// All lanes; weak, or no lane would ever see that its callers are gone.
    peers: Vec<mpsc::WeakSender<Job>>,
    /// Dropped when the worker ends, which is what [`Lanes::drain`] waits for.
    _done: mpsc::Sender<Infallible>,
}

/// The lane's worker is gone, or the process is on its way out.
#[derive(Debug, Error)]
#[error("the store takes no more writes")]
struct Closed;

impl Lanes {
    /// So many lanes, at least one, and the workers' ends of them.
    pub(crate) fn new(count: usize) -> (Self, Vec<LaneEnd>) {
        let queues = (0..count.max(1)).map(|_| {
            let (prompt, prompt_end) = mpsc::channel(LANE_QUEUE_MAX);
            let (patient, patient_end) = mpsc::channel(LANE_PATIENT_MAX);
            (Entry { prompt, patient }, (prompt_end, patient_end))
        });
        let (finished, done) = mpsc::channel(1);
        let (entries, receivers): (Vec<_>, Vec<_>) = queues.unzip();
        let ends = receivers.into_iter().enumerate().map(|(index, (prompt, patient))| LaneEnd {
            index,
            prompt,
            patient,
            was_prompt: false,
            patient_max: LANE_BATCH_MAX,
            peers: entries.iter().map(|entry| entry.prompt.downgrade()).collect(),
            _done: finished.clone(),
        });
        let ends = ends.collect();
        let lanes = Self { entries: RwLock::new(entries), done: Mutex::new(done) };
        (lanes, ends)
    }

    /// Queues a write in the lane of its bucket and waits for the answer.
    pub(crate) async fn execute(&self, write: Write) -> Result<Answer, StoreError> {
        let (job, answer) = Job::new(write);
        self.submit(job)?;
        // A worker that ends without an answer was stopped in the middle of it.
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Queues writes in the patient queues of their lanes, one after the other.
    pub(crate) async fn queue(&self, writes: Vec<Write>, mode: Mode) -> Answers {
        let mut waiting = Vec::with_capacity(writes.len());
        for write in writes {
            let (job, answer) = Job::patient(write, mode);
            if let Some(patient) = self.patient(job.bucket) {
                // A job that nobody takes any more is dropped, which is what its caller hears of.
                drop(patient.send(job).await);
            }
            waiting.push(answer);
        }
        Box::pin(async {
            let mut answers = Vec::with_capacity(waiting.len());
            for answer in waiting {
                answers.push(answer.await.unwrap_or_else(|_| Err(closed())));
            }
            answers
        })
    }

    /// Sends a write that does nothing through every lane; an answer means that they work.
    ///
    /// A full queue is a sign of work, too.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        let lanes = self.entries.read().unwrap_or_else(PoisonError::into_inner).len();
        for lane in 0..lanes.max(1) {
            let (job, answer) = Job::probe(lane);
            match self.submit(job) {
                Ok(()) => answer.await.unwrap_or_else(|_| Err(closed())).map(|_| ())?,
                Err(StoreError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes sure that the worker of a single lane looks up, whether or not anybody writes.
    pub(crate) fn wake(&self) {
        let (job, _) = Job::probe(0);
        // A full queue wakes the worker as well, and after the last batch it looks once more.
        drop(self.submit(job));
    }

    /// How many writes wait, in all lanes.
    pub(crate) fn depth(&self) -> usize {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let queues = entries.iter().flat_map(|entry| [&entry.prompt, &entry.patient]);
        queues.map(|queue| queue.max_capacity() - queue.capacity()).sum()
    }

    /// Takes no more writes, and returns when all that wait are answered.
    pub(crate) async fn drain(&self) {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).clear();
        while self.done.lock().await.recv().await.is_some() {}
    }

    /// Queues a write in the lane of its bucket.
    pub(crate) fn submit(&self, job: Job) -> Result<(), StoreError> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        if entries.is_empty() {
            return Err(closed());
        }
        let entry = &entries[lane_of(job.bucket, entries.len())];
        entry.prompt.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Closed(_) => closed(),
        })
    }

    /// The patient queue of a bucket's lane; nothing once the lanes are drained.
    fn patient(&self, bucket: Bucket) -> Option<mpsc::Sender<Job>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        if entries.is_empty() {
            return None;
        }
        Some(entries[lane_of(bucket, entries.len())].patient.clone())
    }
}

impl LaneEnd {
    /// Waits for writes and takes all that there are, up to a batch; nothing when it is the end.
    pub(crate) async fn next_batch(&mut self) -> Option<Vec<Job>> {
        poll_fn(|context| self.poll_batch(context)).await
    }

    /// The same for a worker that is a thread.
    pub(crate) fn next_batch_blocking(&mut self) -> Option<Vec<Job>> {
        futures::executor::block_on(self.next_batch())
    }

    /// Takes what there is without waiting for it, which may be nothing; no batch when it is the end.
    pub(crate) fn batch_at_hand(&mut self) -> Option<Vec<Job>> {
        self.next_batch().now_or_never().unwrap_or_else(|| Some(Vec::new()))
    }

    fn poll_batch(&mut self, context: &mut Context<'_>) -> Poll<Option<Vec<Job>>> {
        if self.was_prompt
            && let Poll::Ready(Some(batch)) = self.poll_patient(context)
        {
            return Poll::Ready(Some(batch));
        }
        let mut batch = Vec::new();
        let prompt = self.prompt.poll_recv_many(context, &mut batch, LANE_BATCH_MAX);
        if batch.is_empty() {
            // It is the end only when it is the end of both.
            let patient = ready!(self.poll_patient(context));
            if patient.is_none() {
                ready!(prompt);
            }
            return Poll::Ready(patient);
        }
        self.was_prompt = true;
        self.patient_max = LANE_PATIENT_BESIDE;
        Poll::Ready(Some(batch))
    }

    /// An upload's turn.
    fn poll_patient(&mut self, context: &mut Context<'_>) -> Poll<Option<Vec<Job>>> {
        let mut batch = Vec::new();
        ready!(self.patient.poll_recv_many(context, &mut batch, self.patient_max));
        if batch.is_empty() {
            return Poll::Ready(None);
        }
        self.was_prompt = false;
        self.patient_max = LANE_BATCH_MAX.min(self.patient_max * 2);
        Poll::Ready(Some(batch))
    }

    /// Hands a job whose card was found in another bucket to the lane that owns it.
    ///
    /// Returns the job if this lane is the one, or if the other takes no more: the account's
    /// version keeps two lanes from writing over each other, so this is about order and speed.
    /// Nobody is told to come again who was let wait before.
    pub(crate) fn forward(&self, mut job: Job, bucket: Bucket) -> Option<Job> {
        job.bucket = bucket;
        let lane = lane_of(bucket, self.peers.len());
        if lane == self.index {
            return Some(job);
        }
        let Some(peer) = self.peers[lane].upgrade() else {
            return Some(job);
        };
        match peer.try_send(job) {
            Ok(()) => None,
            Err(TrySendError::Closed(job)) => Some(job),
            Err(TrySendError::Full(job)) if job.patient => Some(job),
            Err(TrySendError::Full(job)) => {
                job.answer(Err(StoreError::Busy));
                None
            }
        }
    }
}

fn lane_of(bucket: Bucket, lanes: usize) -> usize {
    usize::from(bucket.get()) % lanes
}

/// What a write is told that comes too late.
pub(crate) fn closed() -> StoreError {
    StoreError::unavailable(Closed)
}
