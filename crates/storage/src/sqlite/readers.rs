//! The connections that only read.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use cardfile_domain::ports::StoreError;
use rusqlite::Connection;

use super::{connect, unavailable};
use crate::lane::closed;

/// Idle connections. There are as many in use as there are readers at a time.
#[derive(Clone)]
pub(super) struct Readers(Arc<Shared>);

struct Shared {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    kept: usize,
}

impl Readers {
    /// Keeps so many connections when nobody reads.
    pub(super) fn new(path: &Path, kept: usize) -> Self {
        let shared = Shared { path: path.to_owned(), idle: Mutex::default(), kept: kept.max(1) };
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

    /// Reads on a thread that may take its time.
    pub(super) async fn read_long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.clone();
        let done = tokio::task::spawn_blocking(move || readers.read(read)).await;
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
