//! Opening a database, and what can be wrong with it.

use std::{error::Error, sync::Arc};

use cardfile_domain::{
    errand::Errands,
    ports::{Directory, Store},
    session::Sessions,
};
use sqlx::migrate::MigrateError;
use thiserror::Error;
use tokio::runtime::Handle;

use crate::lane::Lanes;

/// How to use a database.
#[derive(Clone, Debug)]
pub struct Options {
    /// Lanes that write at the same time. SQLite has one writer and so always one lane.
    pub lanes: usize,
    /// Connections for lists and queries, besides those of the lanes.
    pub connections: u32,
    /// Write to PostgreSQL bucket by bucket, although its tables are not spread over machines.
    pub by_bucket: bool,
    /// The runtimes that callers are on, if there are several. On PostgreSQL each lane is on one of them, and
    /// so is a reader of cards, which answers the callers beside it.
    pub runtimes: Vec<Handle>,
}

impl Options {
    /// Lists and queries at the same time. They may take long, so connections are left for what every
    /// request needs: to find out who is calling, and for what was answered before.
    pub(crate) fn long_reads(&self) -> usize {
        (self.connections.saturating_sub(CONNECTIONS_LEFT) as usize).max(1)
    }

    /// The runtimes that callers are on, of which there is at least one.
    pub(crate) fn runtimes(&self) -> Vec<Handle> {
        if self.runtimes.is_empty() { vec![Handle::current()] } else { self.runtimes.clone() }
    }
}

/// Connections that lists and queries leave free.
const CONNECTIONS_LEFT: u32 = 2;

impl Default for Options {
    /// While one lane waits for the database the other decides. On two cores that was a fifth more
    /// writes than with one lane; three and four had smaller batches and were slower again.
    fn default() -> Self {
        Self { lanes: 2, connections: 8, by_bucket: false, runtimes: Vec::new() }
    }
}

/// The tables of sealed notes.
pub(crate) struct Notes {
    pub(crate) errands: Arc<dyn Errands>,
    pub(crate) questions: Arc<dyn Errands>,
}

/// A database that is ready for use.
pub struct Opened {
    store: Arc<dyn Store>,
    directory: Arc<dyn Directory>,
    errands: Arc<dyn Errands>,
    questions: Arc<dyn Errands>,
    sessions: Arc<dyn Sessions>,
    lanes: Arc<Lanes>,
}

impl Opened {
    pub(crate) fn new<S: Store + Directory + Sessions>(
        store: Arc<S>,
        notes: Notes,
        lanes: Arc<Lanes>,
    ) -> Self {
        let Notes { errands, questions } = notes;
        let (directory, sessions) = (Arc::<S>::clone(&store), Arc::<S>::clone(&store));
        Self { store, directory, errands, questions, sessions, lanes }
    }

    /// Accounts, cards, events and receipts.
    pub fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// Entities and clients.
    pub fn directory(&self) -> Arc<dyn Directory> {
        Arc::clone(&self.directory)
    }

    /// Requests that were accepted to be carried out later.
    pub fn errands(&self) -> Arc<dyn Errands> {
        Arc::clone(&self.errands)
    }

    /// Writes that wait for a gateway's word.
    pub fn questions(&self) -> Arc<dyn Errands> {
        Arc::clone(&self.questions)
    }

    /// Applications' keys and sessions.
    pub fn sessions(&self) -> Arc<dyn Sessions> {
        Arc::clone(&self.sessions)
    }

    /// How many writes wait for a lane.
    pub fn queue_depth(&self) -> usize {
        self.lanes.depth()
    }
}

/// Why a database cannot be used; each text says what to do about it.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The URL is for another kind of database, or for none.
    #[error("the database URL must start with sqlite: or postgres://")]
    Scheme,
    /// The rest of the URL makes no sense.
    #[error(
        "the database URL cannot be read; write sqlite:///path/to/file or postgres://user@host/name"
    )]
    Url,
    /// The database cannot be reached or opened.
    #[error("the database cannot be opened; check its URL, that it runs and that it lets us in")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// The tables are those of an earlier version.
    #[error("the database has the tables of an earlier version; run `cardfile migrate` first")]
    OlderSchema,
    /// The tables are those of a later version.
    #[error(
        "the database has the tables of a later version; run that version, or restore a backup"
    )]
    NewerSchema,
    /// Some tables are spread over machines and some are not.
    #[error(
        "only some of the tables are spread over the machines of Citus; run `cardfile migrate` first"
    )]
    HalfSpread,
    /// A migration that was run is not the one of the same number in this program.
    #[error(
        "the database was set up by a program that differs from this one at migration {0}; \
         run that program, or restore a backup"
    )]
    OtherSchema(i64),
    /// A migration failed; it was undone.
    #[error("the tables could not be brought up to date; nothing was changed")]
    Migration(#[source] Box<dyn Error + Send + Sync>),
    /// The tables are up to date, but not all of them are spread over the machines.
    #[error(
        "the tables could not be spread over the machines of Citus; run `cardfile migrate` again"
    )]
    Spreading(#[source] Box<dyn Error + Send + Sync>),
}

impl From<MigrateError> for OpenError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionNotPresent(_) => {
                Self::NewerSchema
            }
            MigrateError::VersionMismatch(version) => Self::OtherSchema(version),
            other => Self::Migration(Box::new(other)),
        }
    }
}
