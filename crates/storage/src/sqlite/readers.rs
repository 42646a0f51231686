//! The connections that only read.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cardfile_domain::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{connect, unavailable};
use crate::lane::closed;

/// Idle connections. There are as many in use as there are readers at a time.
#[derive(Clone)]
pub(super) struct Readers(Arc<Shared>);

struct Shared {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    kept: usize,
    long: Arc<Semaphore>,
}

impl Readers {
    /// Keeps so many connections when nobody reads, and lets so many reads take their time at once.
    pub(super) fn new(path: &Path, kept: usize, long: usize) -> Self {
        let shared = Shared {
            path: path.to_owned(),
            idle: Mutex::default(),
            kept: kept.max(1),
            long: Arc::new(Semaphore::new(long)),
        };
        Self(Arc::new(shared))
    }

    /// Reads at once, on the calling thread: for what takes microseconds.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect::reader(&self.0.path).map_err(unavailable)?,
        };
        let result = read(&connection).map_err(unavailable);
        let mut idle = self.idle();
        if idle.len() < self.0.kept {
            idle.push(connection);
        }
        result
    }

    /// Reads on a thread that may take its time, once few enough others do: there are a few hundred
    /// such threads, and as few processors as ever.
    pub(super) async fn read_long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.clone();
        let permit = Arc::clone(&self.0.long).acquire_owned().await.map_err(|_| closed())?;
        // The permit is the thread's: a caller that goes away does not end the read.
        let read = move || {
            let result = readers.read(read);
            drop(permit);
            result
        };
        let done = tokio::task::spawn_blocking(read).await;
        // It only ends without a result if it panicked or the runtime is shut down.
        done.unwrap_or_else(|_| Err(closed()))
    }

    /// Closes the idle connections, so that the last one out can put the file in order.
    pub(super) fn close(&self) {
        self.idle().clear();
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    use futures::future::join_all;

    use super::*;

    #[tokio::test]
    async fn few_reads_take_their_time_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cards.db");
        crate::sqlite::migrate(&path).await.unwrap();
        let readers = Readers::new(&path, 8, 2);
        // Each waits for another, so there are two at least.
        let shared = Arc::new((AtomicUsize::new(0), AtomicUsize::new(0), Barrier::new(2)));
        let read = |_| {
            let shared = Arc::clone(&shared);
            readers.read_long(move |connection| {
                let (running, peak, pair) = &*shared;
                peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                pair.wait();
                let read = connection.query_row("SELECT 1", (), |_| Ok(()));
                running.fetch_sub(1, Ordering::SeqCst);
                read
            })
        };
        for done in join_all((0..20).map(read)).await {
            done.unwrap();
        }
        assert_eq!(shared.1.load(Ordering::SeqCst), 2);
    }
}
