//! Connections to the file, and what each is told.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags};

/// How long to wait for another process that has the file locked, such as a backup.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// More than there are statements, so that each is prepared once.
const STATEMENTS_KEPT: usize = 64;

/// `synchronous = FULL`: what is acknowledged is on disk. Once writes share a commit it is free.
/// `wal_autocheckpoint = 0`: the writer must not stop for a checkpoint; see [`super::checkpoint`].
/// `cache_size`: 16 MiB. SQLite walks its whole cache after a commit that split a page, so a larger
/// one costs more than it saves; the rest of the file is in the system's cache anyway.
const SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";

/// A connection that may write. `secure_delete`: what is taken away is overwritten, or a card that was
/// scrubbed would lie in freed space until something else is put there.
pub(super) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA secure_delete = ON;")?;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // A read-only connection could not recover the log after a crash; this one may, and no more.
    connection.execute_batch("PRAGMA query_only = TRUE; PRAGMA cache_size = -4096;")?;
    Ok(connection)
}

/// Waits for other processes.
pub(super) fn be_patient(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_WAIT)
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection is used by one thread at a time, so SQLite need not lock it.
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    be_patient(&connection)?;
    connection.execute_batch(SETUP)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}
