//! The database outside: PostgreSQL 15 or later, shared by as many processes as there are.
//!
//! Each lane is a task with a connection of its own, and so is each reader of cards by id: a batch
//! that gathered while the last one was on its way costs one statement to load and one to commit,
//! however many callers it answers. Lists and queries go to a pool.
//!
//! Other processes may write the same accounts. What was loaded is therefore only believed if the
//! account still has the same version at the moment of the commit ([`write`]), and a commit that
//! nobody answered is looked up rather than repeated ([`fence`], [`outcome`]).

mod chain;
mod connect;
mod directory;
mod errands;
mod fault;
mod fence;
mod layout;
mod link;
mod load;
mod names;
mod outcome;
mod payments;
mod place;
mod plans;
mod pool;
mod question;
mod reader;
mod rows;
mod schema;
mod sessions;
mod split;
mod spot;
mod spread_accounts;
mod statement;
mod store;
mod telling;
mod unowned;
mod worker;
mod write;

use std::sync::Arc;

use cardfile_domain::{id::Bucket, ports::StoreError};
use jiff::Timestamp;
use sqlx::{Connection as _, PgConnection, query};

use self::{
    fault::{Cause, Fault},
    layout::Layout,
    place::bucket_column,
    pool::Pool,
    reader::{Place, Readers},
    schema::SchemaState,
    split::Links,
};
use crate::{
    lane::Lanes,
    open::{Notes, OpenError, Opened, Options},
};

/// Rows forgotten at a time.
const FORGOTTEN_AT_ONCE: u32 = 5_000;

/// The database, from the callers' side.
struct PostgresStore {
    lanes: Arc<Lanes>,
    readers: Readers,
    pool: Pool,
    layout: Layout,
}

/// Opens a database whose tables are those that this program knows.
pub(crate) async fn open(url: &str, options: &Options) -> Result<Opened, OpenError> {
    let settings = connect::options(url).map_err(|_| OpenError::Url)?;
    let connected = connect::connect(&settings, Layout::Whole).await;
    let mut connection = connected.map_err(unreachable)?;
    let state = schema::state(&mut connection).await?;
    let found = Layout::of(&mut connection).await.map_err(|error| unreachable(Fault::of(error)))?;
    drop(connection.close().await);
    match state {
        SchemaState::Current => {}
        SchemaState::Empty | SchemaState::Older => return Err(OpenError::OlderSchema),
        SchemaState::Newer => return Err(OpenError::NewerSchema),
        SchemaState::Other(migration) => return Err(OpenError::OtherSchema(migration)),
    }
    let layout = match found {
        _ if options.by_bucket => Layout::Spread,
        Some(layout) => layout,
        None => return Err(OpenError::HalfSpread),
    };
    let runtimes = options.runtimes();
    let (lanes, ends) = Lanes::new(options.lanes);
    for (lane, runtime) in ends.into_iter().zip(runtimes.iter().cycle()) {
        runtime.spawn(worker::work(lane, Links::new(&settings, layout)));
    }
    let lanes = Arc::new(lanes);
    let store = PostgresStore {
        lanes: Arc::clone(&lanes),
        readers: Readers::start(
            &runtimes,
            options.lanes,
            &Place { options: settings.clone(), layout },
        ),
        pool: Pool::new(settings, options.connections),
        layout,
    };
    let store = Arc::new(store);
    let notes = Notes {
        errands: Arc::new(errands::Notes::new(&store, &errands::ERRANDS)),
        questions: Arc::new(errands::Notes::new(&store, &errands::QUESTIONS)),
    };
    Ok(Opened::new(store, notes, lanes))
}

/// Brings the tables up to date.
pub(crate) async fn migrate(url: &str) -> Result<(), OpenError> {
    let mut connection = PgConnection::connect(url).await.map_err(|error| match error {
        sqlx::Error::Configuration(_) => OpenError::Url,
        error => OpenError::Unreachable(Box::new(Cause::from(error))),
    })?;
    let migrated = async {
        schema::migrate(&mut connection).await?;
        let spread = layout::spread(&mut connection).await;
        spread.map_err(|error| OpenError::Spreading(Box::new(Cause::from(error))))
    };
    let migrated = migrated.await;
    drop(connection.close().await);
    migrated
}

fn unreachable(fault: Fault) -> OpenError {
    OpenError::Unreachable(Box::new(fault.into_error()))
}

impl PostgresStore {
    /// Deletes what is older than a moment, and tells how much that was: so many rows at a time, or
    /// where tables are spread a bucket at a time, so that no statement runs long.
    async fn forget(
        &self,
        some: &'static str,
        of_bucket: &'static str,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let before = before.as_microsecond();
        let mut forgotten = 0;
        if self.layout == Layout::Spread {
            for bucket in (0..Bucket::COUNT).map(Bucket::new) {
                let delete = query(of_bucket).bind(before).bind(bucket_column(bucket));
                forgotten += self.pool.execute_once(delete).await?;
            }
            return Ok(forgotten);
        }
        loop {
            let delete = query(some).bind(before).bind(i64::from(FORGOTTEN_AT_ONCE));
            let deleted = self.pool.execute_once(delete).await?;
            forgotten += deleted;
            if deleted < FORGOTTEN_AT_ONCE.into() {
                return Ok(forgotten);
            }
        }
    }
}
