//! The thread that owns the writing connection.

use std::sync::mpsc;

use cardfile_domain::ports::StoreError;
use rusqlite::Connection;

use super::{checkpoint::Checkpointer, commit, load::load, unavailable};
use crate::lane::{Job, LaneEnd, Needs, Outcomes, Verdict, decide_batch, segments, settle};

/// Something to be done on the writing connection that is no account's business.
pub(super) type Task = Box<dyn FnOnce(&Connection) + Send>;

/// What the thread works with.
pub(super) struct Worker {
    pub(super) connection: Connection,
    pub(super) lane: LaneEnd,
    pub(super) tasks: mpsc::Receiver<Task>,
    pub(super) checkpointer: Checkpointer,
}

impl Worker {
    /// Works until nobody can send anything any more, and leaves the file in order.
    pub(super) fn run(mut self) {
        while let Some(batch) = self.lane.next_batch_blocking() {
            self.run_tasks();
            let writes = batch.len();
            for segment in segments(batch) {
                self.run_segment(segment);
            }
            self.checkpointer.committed(writes, &self.connection);
        }
        self.run_tasks();
        self.checkpointer.stop();
        drop(self.connection);
        // The lane's end goes last: it tells those who drain that all is done.
        drop(self.lane);
    }

    fn run_tasks(&self) {
        for task in self.tasks.try_iter() {
            task(&self.connection);
        }
    }

    fn run_segment(&self, mut jobs: Vec<Job>) {
        while !jobs.is_empty() {
            jobs = match self.decide_and_commit(&jobs) {
                Ok((verdicts, outcomes)) => settle(jobs, verdicts, &outcomes),
                Err(error) => {
                    commit::roll_back(&self.connection);
                    let error = unavailable(error);
                    for job in jobs {
                        job.answer(Err(StoreError::clone(&error)));
                    }
                    return;
                }
            };
        }
    }

    fn decide_and_commit(&self, jobs: &[Job]) -> rusqlite::Result<(Vec<Verdict>, Outcomes)> {
        commit::begin(&self.connection)?;
        let loaded = load(&self.connection, &Needs::of(jobs))?;
        let decided = decide_batch(loaded, jobs);
        let outcomes = commit::commit(&self.connection, &decided);
        Ok((decided.verdicts, outcomes))
    }
}
