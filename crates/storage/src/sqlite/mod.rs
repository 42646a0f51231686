//! The database inside: one file, one writer.
//!
//! One thread runs whole batches on the writing connection, load, decide and commit, with prepared
//! statements row by row: every other way of driving SQLite measured slower, hopping between threads
//! for each statement above all. Only a caller who is alone writes by itself ([`desk`]). Reads by id
//! run on the caller's thread, because they take less time than handing them to another; lists and
//! queries run where blocking is allowed.

mod callers;
mod cells;
mod chain;
mod checkpoint;
mod columns;
mod commit;
mod connect;
mod desk;
mod directory;
mod errands;
mod load;
mod payments;
mod place;
mod query;
mod readers;
mod room;
mod sessions;
mod sql;
mod store;
#[cfg(test)]
mod tests;
mod worker;
mod write;

use std::{
    error::Error,
    fs,
    path::Path,
    sync::{
        Arc,
        mpsc::{self, TrySendError},
    },
};

use cardfile_domain::{
    command::Write,
    ports::{Answer, StoreError},
};
use rusqlite::Connection;
use sqlx::{
    Connection as _, SqliteConnection,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::{runtime::Handle, sync::oneshot, task::yield_now};

use self::{
    callers::Callers,
    desk::Desk,
    readers::Readers,
    worker::{Task, Worker},
};
use crate::{
    lane::{Job, Lanes, closed},
    open::{Notes, OpenError, Opened, Options},
};

/// How the tables came to be what they are.
pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/sqlite");

/// Of a new file; one that is there stays as it is. A change of a card goes to disk as a whole page, twice,
/// and more than twice the size of a card's row is of no use to it.
const PAGE_BYTES: u32 = 2048;

/// Tasks that may wait for the writing connection. Most are asynchronous requests to be filed, each of
/// which may be as long as a body.
const TASKS_MAX: usize = 256;

/// Why a database could not be started.
type StartError = Box<dyn Error + Send + Sync>;

/// The file, from the callers' side.
struct SqliteStore {
    lanes: Arc<Lanes>,
    desk: Arc<Desk>,
    callers: Callers,
    /// There are other threads than that of a caller who waits for the disk, for whoever comes next.
    may_wait: bool,
    tasks: mpsc::SyncSender<Task>,
    readers: Readers,
}

/// Opens the file, made and brought up to date if need be.
pub(crate) async fn open(path: &Path, options: &Options) -> Result<Opened, OpenError> {
    migrate(path).await?;
    start(path, options).map_err(OpenError::Unreachable)
}

/// Makes the file if there is none and brings its tables up to date.
pub(crate) async fn migrate(path: &Path) -> Result<(), OpenError> {
    make_private(path).map_err(|error| OpenError::Unreachable(Box::new(error)))?;
    let mut connection = SqliteConnection::connect_with(&migrating(path))
        .await
        .map_err(|error| OpenError::Unreachable(Box::new(error)))?;
    let migrated = MIGRATOR.run(&mut connection).await;
    let closed = connection.close().await;
    migrated?;
    closed.map_err(|error| OpenError::Unreachable(Box::new(error)))
}

/// How to connect for that. What a step takes away is overwritten: tables that are made anew leave behind
/// pages full of rows, in which a card that is scrubbed later would still be found.
fn migrating(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE_BYTES)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
}

/// Makes an empty file that only its owner may read; SQLite gives its log files the same mode.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

fn start(path: &Path, options: &Options) -> Result<Opened, StartError> {
    let store = Arc::new(SqliteStore::start(path, options)?);
    let notes = Notes {
        errands: Arc::new(errands::Notes::new(&store, &errands::ERRANDS)),
        questions: Arc::new(errands::Notes::new(&store, &errands::QUESTIONS)),
    };
    let lanes = Arc::clone(&store.lanes);
    Ok(Opened::new(store, notes, lanes))
}

impl SqliteStore {
    fn start(path: &Path, options: &Options) -> Result<Self, StartError> {
        let (lanes, mut ends) = Lanes::new(1);
        let lane = ends.pop().ok_or_else(closed)?;
        let (tasks, task_queue) = mpsc::sync_channel(TASKS_MAX);
        let desk = Arc::new(Desk::open(path)?);
        let worker = Worker { desk: Arc::clone(&desk), lane, tasks: task_queue };
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || worker.run())?;
        let workers = Handle::current().metrics().num_workers();
        let threads = options.runtimes().len();
        let kept = threads.max(options.connections.try_into()?);
        Ok(Self {
            lanes: Arc::new(lanes),
            desk,
            callers: Callers::default(),
            may_wait: if options.runtimes.is_empty() { workers > 1 } else { threads > 1 },
            tasks,
            readers: Readers::new(path, kept, options.long_reads()),
        })
    }

    /// Has a write done, by whoever takes the shortest way.
    async fn write(&self, write: Write) -> Result<Answer, StoreError> {
        let visit = self.callers.enter();
        let (job, answer) = Job::new(write);
        let on_the_spot = self.may_wait && visit.is_alone() && self.lanes.depth() == 0;
        let waits = if on_the_spot { self.desk.write_now(job) } else { Some(job) };
        if let Some(job) = waits {
            self.lanes.submit(job)?;
        } else {
            // Who came to this thread meanwhile is told that it is not alone.
            yield_now().await;
        }
        // A worker that ends without an answer was stopped in the middle of it.
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Reads at once, on the calling thread: for what takes microseconds.
    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let _visit = self.callers.enter();
        self.readers.read(read)
    }

    /// Has something done on the writing connection, between two batches.
    async fn on_writer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |connection| drop(reply.send(work(connection))));
        self.tasks.try_send(task).map_err(|refused| match refused {
            TrySendError::Full(_) => StoreError::Busy,
            TrySendError::Disconnected(_) => closed(),
        })?;
        self.lanes.wake();
        answer.await.map_err(|_| closed())?.map_err(unavailable)
    }
}

/// Wraps what SQLite said, which names tables and columns but never a value.
fn unavailable(error: rusqlite::Error) -> StoreError {
    StoreError::unavailable(error)
}
