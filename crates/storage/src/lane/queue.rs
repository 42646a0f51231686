//! The bounded queues in front of the lanes.

use std::{
    convert::Infallible,
    sync::{PoisonError, RwLock},
};

use cardfile_domain::{
    command::Write,
    id::Bucket,
    limits::{LANE_BATCH_MAX, LANE_QUEUE_MAX},
    ports::{Answer, StoreError},
};
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
    senders: RwLock<Vec<mpsc::Sender<Job>>>,
    done: Mutex<mpsc::Receiver<Infallible>>,
}

/// The side of one lane that its worker holds.
#[derive(Debug)]
pub(crate) struct LaneEnd {
    index: usize,
    jobs: mpsc::Receiver<Job>,
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
        let channels: Vec<_> = (0..count.max(1)).map(|_| mpsc::channel(LANE_QUEUE_MAX)).collect();
        let (finished, done) = mpsc::channel(1);
        let (senders, receivers): (Vec<_>, Vec<_>) = channels.into_iter().unzip();
        let ends = receivers.into_iter().enumerate().map(|(index, jobs)| LaneEnd {
            index,
            jobs,
            peers: senders.iter().map(mpsc::Sender::downgrade).collect(),
            _done: finished.clone(),
        });
        let ends = ends.collect();
        let lanes = Self { senders: RwLock::new(senders), done: Mutex::new(done) };
        (lanes, ends)
    }

    /// Queues a write in the lane of its bucket and waits for the answer.
    pub(crate) async fn execute(&self, write: Write) -> Result<Answer, StoreError> {
        let (job, answer) = Job::new(write);
        self.submit(job)?;
        // A worker that ends without an answer was stopped in the middle of it.
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Sends a write that does nothing through every lane; an answer means that they work.
    ///
    /// A full queue is a sign of work, too.
    pub(crate) async fn probe(&self) -> Result<(), StoreError> {
        let lanes = self.senders.read().unwrap_or_else(PoisonError::into_inner).len();
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
        let senders = self.senders.read().unwrap_or_else(PoisonError::into_inner);
        let waiting = senders.iter().map(|lane| lane.max_capacity() - lane.capacity());
        waiting.sum()
    }

    /// Takes no more writes, and returns when all that wait are answered.
    pub(crate) async fn drain(&self) {
        self.senders.write().unwrap_or_else(PoisonError::into_inner).clear();
        while self.done.lock().await.recv().await.is_some() {}
    }

    fn submit(&self, job: Job) -> Result<(), StoreError> {
        let senders = self.senders.read().unwrap_or_else(PoisonError::into_inner);
        if senders.is_empty() {
            return Err(closed());
        }
        let lane = &senders[lane_of(job.bucket, senders.len())];
        lane.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Closed(_) => closed(),
        })
    }
}

impl LaneEnd {
    /// Waits for writes and takes all that there are, up to a batch; nothing when it is the end.
    pub(crate) async fn next_batch(&mut self) -> Option<Vec<Job>> {
        let mut batch = Vec::new();
        match self.jobs.recv_many(&mut batch, LANE_BATCH_MAX).await {
            0 => None,
            _ => Some(batch),
        }
    }

    /// The same for a worker that is a thread.
    pub(crate) fn next_batch_blocking(&mut self) -> Option<Vec<Job>> {
        let mut batch = Vec::new();
        match self.jobs.blocking_recv_many(&mut batch, LANE_BATCH_MAX) {
            0 => None,
            _ => Some(batch),
        }
    }

    /// Hands a job whose card was found in another bucket to the lane that owns it.
    ///
    /// Returns the job if this lane is the one, or if the other takes no more: the account's
    /// version keeps two lanes from writing over each other, so this is about order and speed.
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
