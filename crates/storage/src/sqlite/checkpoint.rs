//! Keeps the write-ahead log short without making the writer wait.
//!
//! A commit only appends to the log. Copying the log into the database takes as long as it takes,
//! so a thread of its own does it beside the writer. That alone would let the log grow for as long
//! as writes never pause, because the writer is always a little ahead. So past a size the writer
//! itself is asked, between two batches, to copy the little that is left and to begin the log anew.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError, SyncSender},
    },
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::Connection;

use super::connect;

/// Pages that the log may reach before it is begun anew: 64 MiB, or twice that in a file whose pages have the
/// 4 KiB of earlier versions.
const LOG_PAGES_MAX: i64 = 32_768;
/// The writer is not asked while more than this is left to copy, as it would notice.
const REST_PAGES_MAX: i64 = 512;
/// How often the rest is tried to be brought below that; then the writer is asked anyway.
const CATCH_UPS_MAX: usize = 4;
/// Pages that writes change after which copying begins, some 25 or 50 MiB of log. Whoever commits while the
/// files are synced waits for that, so it is to happen seldom; and of a page that is in the log several times
/// the latest alone is copied. With a quarter of this, 99 of 100 writes of 64 callers took less than 96 ms
/// instead of 21.
const PAGES_MIN: usize = 12_288;
/// An idle log is copied after this time, so that a quiet file is a whole database.
const IDLE: Duration = Duration::from_secs(1);
/// How long the writer waits for readers to leave the log before it carries on with it.
const READERS_WAIT: Duration = Duration::from_millis(2);

/// The checkpointing thread, as the writer sees it.
pub(super) struct Checkpointer {
    pages: usize,
    wake: SyncSender<()>,
    restart: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    /// Starts the thread on a connection of its own.
    pub(super) fn start(path: &Path) -> Result<Self, super::StartError> {
        Self::start_with(path, LOG_PAGES_MAX)
    }

    /// The same with another bound for the log.
    pub(super) fn start_with(path: &Path, pages_max: i64) -> Result<Self, super::StartError> {
        let connection = connect::writer(path)?;
        let restart = Arc::new(AtomicBool::new(false));
        let (wake, woken) = mpsc::sync_channel(1);
        let asks = Arc::clone(&restart);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || run(&connection, &woken, &asks, pages_max))?;
        Ok(Self { pages: 0, wake, restart, thread })
    }

    /// Tells that so many pages more are in the log.
    pub(super) fn count(&mut self, pages: usize) {
        self.pages += pages;
        if self.pages >= PAGES_MIN && self.wake.try_send(()).is_ok() {
            self.pages = 0;
        }
    }

    /// Begins the log anew if that was asked.
    pub(super) fn begin_anew_if_asked(&self, writer: &Connection) {
        if self.restart.load(Ordering::Relaxed) {
            begin_anew(writer);
            self.restart.store(false, Ordering::Relaxed);
        }
    }

    /// Whether the writer is about to be held up by the log.
    pub(super) fn asks_for_writer(&self) -> bool {
        self.restart.load(Ordering::Relaxed)
    }

    /// Ends the thread.
    pub(super) fn stop(self) {
        drop(self.wake);
        if self.thread.join().is_err() {
            tracing::error!("the checkpoint thread panicked");
        }
    }
}

fn run(connection: &Connection, woken: &mpsc::Receiver<()>, restart: &AtomicBool, pages_max: i64) {
    loop {
        match woken.recv_timeout(IDLE) {
            // The writer is about to do it, and can only while nobody else does.
            Ok(()) if restart.load(Ordering::Relaxed) => continue,
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let mut log = copy(connection);
        if log.pages < pages_max {
            continue;
        }
        for _ in 1..CATCH_UPS_MAX {
            if log.rest() <= REST_PAGES_MAX {
                break;
            }
            log = copy(connection);
        }
        restart.store(true, Ordering::Relaxed);
    }
}

/// The state of the log, in pages.
#[derive(Clone, Copy, Default)]
pub(super) struct Log {
    pages: i64,
    copied: i64,
}

impl Log {
    /// What is not copied yet.
    pub(super) fn rest(self) -> i64 {
        self.pages - self.copied
    }
}

/// Copies what can be copied without anybody waiting.
pub(super) fn copy(connection: &Connection) -> Log {
    let log = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
        Ok(Log { pages: row.get(1)?, copied: row.get(2)? })
    });
    log.unwrap_or_else(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "a checkpoint failed");
        Log::default()
    })
}

/// Copies the rest and lets the next commit write to the log's beginning.
pub(super) fn begin_anew(writer: &Connection) {
    let patient = writer.busy_timeout(READERS_WAIT);
    // A reader that stays is no failure: there will be another occasion.
    let done = writer.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
    let restored = connect::be_patient(writer);
    for result in [patient, done, restored] {
        if let Err(error) = result {
            tracing::error!(error = &error as &dyn std::error::Error, "a checkpoint failed");
        }
    }
}
