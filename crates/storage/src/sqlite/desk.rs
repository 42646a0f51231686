//! Where writing is done, by one at a time: the lane's thread, or a caller who is alone.
//!
//! To hand a write to the thread and its answer back wakes somebody twice, which takes longer than the
//! write. So a caller who finds nobody else about writes on the spot. It waits for the disk, and whatever its
//! thread was to do next waits as well: that is why it has to have been alone for a while.

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

use super::{StartError, checkpoint::Checkpointer, commit, connect, load::load, unavailable};
use crate::lane::{Decided, Head, Job, Needs, Outcomes, Unit, decide_batch, settle};

/// The one place at which the file is written. Empty once all is done.
pub(super) struct Desk(Mutex<Option<Tools>>);

/// What writes, and what it has changed.
pub(super) struct Tools {
    pub(super) connection: Connection,
    checkpointer: Checkpointer,
}

impl Desk {
    /// With a connection of its own.
    pub(super) fn open(path: &Path) -> Result<Self, StartError> {
        let connection = connect::writer(path)?;
        let checkpointer = Checkpointer::start(path)?;
        Ok(Self(Mutex::new(Some(Tools { connection, checkpointer }))))
    }

    /// Waits until nobody else writes.
    pub(super) fn take_seat(&self) -> MutexGuard<'_, Option<Tools>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes everything away: from here on nobody writes.
    pub(super) fn clear(&self) -> Option<Tools> {
        self.take_seat().take()
    }

    /// Does a write at once; gives it back if somebody else writes, here or in another process, or if it
    /// has to be decided again.
    pub(super) fn write_now(&self, job: Job) -> Option<Job> {
        let Ok(mut desk) = self.0.try_lock() else { return Some(job) };
        match desk.as_mut() {
            Some(tools) if !tools.checkpointer.asks_for_writer() => tools.write_now(job),
            _ => Some(job),
        }
    }
}

impl Tools {
    fn write_now(&mut self, job: Job) -> Option<Job> {
        if commit::begin_unless_busy(&self.connection).is_err() {
            return Some(job);
        }
        // If the log is to be begun anew, the lane's thread does that at the next write: here others would wait.
        self.finish(vec![job]).pop()
    }

    /// Takes writes to their end.
    pub(super) fn run_segment(&mut self, mut jobs: Vec<Job>) {
        while !jobs.is_empty() {
            jobs = match commit::begin(&self.connection) {
                Ok(()) => self.finish(jobs),
                Err(error) => self.give_up(jobs, error),
            };
        }
    }

    /// Ends a transaction that was begun, and returns the writes that are to be decided again.
    fn finish(&mut self, jobs: Vec<Job>) -> Vec<Job> {
        match self.decide_and_commit(&jobs) {
            Ok((decided, outcomes)) => {
                self.checkpointer.count(decided.units.iter().map(own_pages).sum());
                settle(jobs, decided.verdicts, &outcomes)
            }
            Err(error) => self.give_up(jobs, error),
        }
    }

    fn decide_and_commit(&self, jobs: &[Job]) -> rusqlite::Result<(Decided, Outcomes)> {
        let decided = decide_batch(load(&self.connection, &Needs::of(jobs))?, jobs);
        let outcomes = commit::commit(&self.connection, &decided);
        Ok((decided, outcomes))
    }

    fn give_up(&self, jobs: Vec<Job>, error: rusqlite::Error) -> Vec<Job> {
        commit::roll_back(&self.connection);
        let error = unavailable(error);
        for job in jobs {
            job.answer(Err(error.clone()));
        }
        Vec::new()
    }

    /// Begins the log anew where the thread that copies it could not keep up.
    pub(super) fn keep_log_short(&self) {
        self.checkpointer.begin_anew_if_asked(&self.connection);
    }

    /// Leaves the file in order.
    pub(super) fn put_away(self) {
        self.checkpointer.stop();
        drop(self.connection);
    }
}

/// The pages that a unit changes and shares with no other: that of its card, or those of the rows and
/// indexes of an account that comes or changes.
fn own_pages(unit: &Unit) -> usize {
    match unit.head {
        Head::InCard => 1,
        Head::InAccount => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::migrate;

    async fn file() -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cards.db");
        migrate(&path).await.unwrap();
        (directory, path)
    }

    #[tokio::test]
    async fn a_write_is_done_at_once_unless_somebody_else_writes() {
        let (_directory, path) = file().await;
        let desk = Desk::open(&path).unwrap();
        let (job, mut answer) = Job::probe(0);
        assert!(desk.write_now(job).is_none());
        assert!(answer.try_recv().unwrap().is_ok());
        // By the lane's thread.
        let (job, _answer) = Job::probe(0);
        let seat = desk.take_seat();
        let job = desk.write_now(job).unwrap();
        drop(seat);
        // By another process, for which a caller does not wait here.
        let other = connect::writer(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let job = desk.write_now(job).unwrap();
        other.execute_batch("COMMIT").unwrap();
        assert!(desk.write_now(job).is_none());
        // By nobody any more.
        desk.clear().unwrap().put_away();
        assert!(desk.write_now(Job::probe(0).0).is_some());
    }

    #[tokio::test]
    async fn a_transaction_that_a_panic_left_open_is_undone() {
        let (_directory, path) = file().await;
        let desk = Desk::open(&path).unwrap();
        let left = desk.take_seat().as_ref().map(|tools| commit::begin(&tools.connection));
        left.unwrap().unwrap();
        let (job, mut answer) = Job::probe(0);
        assert!(desk.write_now(job).is_none());
        assert!(answer.try_recv().unwrap().is_ok());
    }
}
