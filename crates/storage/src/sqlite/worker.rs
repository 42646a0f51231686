//! The thread of the lane: it writes for several callers at a time, and whatever else changes the file.

use std::sync::{Arc, mpsc};

use rusqlite::Connection;

use super::desk::Desk;
use crate::lane::{Job, LaneEnd, segments};

/// Something to be done on the writing connection that is no account's business.
pub(super) type Task = Box<dyn FnOnce(&Connection) + Send>;

/// Tasks that are run between two batches. Each is a commit of its own, and whoever writes waits for
/// them, so however many there are, writes keep a third of the commits.
const TASKS_PER_TURN: usize = 2;

/// What the thread works with.
pub(super) struct Worker {
    pub(super) desk: Arc<Desk>,
    pub(super) lane: LaneEnd,
    pub(super) tasks: mpsc::Receiver<Task>,
}

impl Worker {
    /// Works until nobody can send anything any more, and leaves the file in order.
    pub(super) fn run(mut self) {
        let mut more_tasks = false;
        while let Some(batch) = self.next_batch(more_tasks) {
            let mut desk = self.desk.take_seat();
            let Some(tools) = desk.as_mut() else { break };
            more_tasks = run_tasks(&self.tasks, &tools.connection);
            for segment in segments(batch) {
                tools.run_segment(segment);
            }
            tools.keep_log_short();
        }
        if let Some(tools) = self.desk.clear() {
            while run_tasks(&self.tasks, &tools.connection) {}
            tools.put_away();
        }
        // The lane's end goes last: it tells those who drain that all is done.
        drop(self.lane);
    }

    /// The writes that wait. Only where no task is left does the thread wait for writes itself: the
    /// probes that were to wake it may all have been in the batch before.
    fn next_batch(&mut self, more_tasks: bool) -> Option<Vec<Job>> {
        if more_tasks { self.lane.batch_at_hand() } else { self.lane.next_batch_blocking() }
    }
}

/// Runs a turn's worth of tasks, and tells whether more may wait.
fn run_tasks(tasks: &mpsc::Receiver<Task>, connection: &Connection) -> bool {
    let mut run = 0;
    for task in tasks.try_iter().take(TASKS_PER_TURN) {
        task(connection);
        run += 1;
    }
    run == TASKS_PER_TURN
}

#[cfg(test)]
mod tests {
    use std::{path::Path, time::Duration};

    use futures::FutureExt as _;
    use tempfile::TempDir;

    use super::*;
    use crate::{lane::Lanes, sqlite::migrate};

    const TASKS: usize = 5 * TASKS_PER_TURN;

    async fn worker() -> (TempDir, Arc<Lanes>, mpsc::SyncSender<Task>, Worker) {
        let directory = tempfile::tempdir().unwrap();
        let path: &Path = &directory.path().join("cards.db");
        migrate(path).await.unwrap();
        let (lanes, mut ends) = Lanes::new(1);
        let (sender, tasks) = mpsc::sync_channel(TASKS);
        let desk = Arc::new(Desk::open(path).unwrap());
        let worker = Worker { desk, lane: ends.pop().unwrap(), tasks };
        (directory, Arc::new(lanes), sender, worker)
    }

    #[tokio::test]
    async fn a_write_waits_for_a_turn_of_tasks_and_no_more() {
        let (_directory, lanes, tasks, worker) = worker().await;
        let writing = Arc::clone(&lanes);
        let mut write = Box::pin(async move { writing.probe().await });
        assert!(write.as_mut().now_or_never().is_none());
        let (seen, turns) = mpsc::channel();
        let write = Arc::new(std::sync::Mutex::new(write));
        let mut done = false;
        let look = move || {
            done = done || write.lock().unwrap().as_mut().now_or_never().is_some();
            seen.send(done).unwrap();
        };
        let look = Arc::new(std::sync::Mutex::new(look));
        for _ in 0..TASKS {
            let look = Arc::clone(&look);
            tasks.send(Box::new(move |_| look.lock().unwrap()())).unwrap();
        }
        drop(look);
        // Closes the queue, so that the worker comes to its end.
        assert!(lanes.drain().now_or_never().is_none());
        worker.run();
        let turns: Vec<_> = turns.iter().collect();
        let expected: Vec<_> = (0..TASKS).map(|task| task >= TASKS_PER_TURN).collect();
        assert_eq!(turns, expected);
    }

    #[tokio::test]
    async fn no_task_is_left_lying_while_nobody_writes() {
        let (_directory, lanes, tasks, worker) = worker().await;
        let (ran, count) = mpsc::channel();
        for _ in 0..TASKS {
            let ran = ran.clone();
            tasks.send(Box::new(move |_| ran.send(()).unwrap())).unwrap();
        }
        lanes.wake();
        let thread = std::thread::spawn(move || worker.run());
        for _ in 0..TASKS {
            count.recv_timeout(Duration::from_mins(1)).unwrap();
        }
        lanes.drain().await;
        thread.join().unwrap();
    }
}
