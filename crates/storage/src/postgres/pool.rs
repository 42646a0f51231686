//! Connections for whatever is not coalesced, each lent for one statement at a time.

use std::sync::atomic::{AtomicUsize, Ordering};

use cardfile_domain::ports::StoreError;
use sqlx::{
    PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
    query::Query,
};

use super::{
    connect::{CONNECT_TIMEOUT, answered},
    fault::Fault,
};

/// The connections.
pub(super) struct Pool {
    connections: PgPool,
    lent: AtomicUsize,
}

/// A connection for as long as a statement needs it.
struct Lent<'p> {
    connection: PoolConnection<Postgres>,
    pool: &'p Pool,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.pool.lent.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Pool {
    /// At most so many connections, none of which is made yet.
    pub(super) fn new(options: PgConnectOptions, connections: u32) -> Self {
        let connections = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(CONNECT_TIMEOUT)
            // Whoever waits that long is refused and hears so; waiting less is nothing to warn of.
            .acquire_slow_threshold(CONNECT_TIMEOUT)
            // A ping before every statement costs more than the rare statement on a connection
            // that has gone stale, which is tried again.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Self { connections, lent: AtomicUsize::new(0) }
    }

    /// Runs a statement that changes nothing. Connections are not tested before use, so after the
    /// server went away each of them may turn out to be broken.
    pub(super) async fn fetch<'q>(
        &self,
        make: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, StoreError> {
        let tries = async {
            for _ in 0..self.connections.size() {
                match self.fetch_once(make()).await {
                    Err(Fault::Lost(_)) => {}
                    ended => return ended,
                }
            }
            self.fetch_once(make()).await
        };
        answered(tries).await.map_err(Fault::into_error)
    }

    /// Runs a statement that changes something, and tells how many rows it changed.
    pub(super) async fn execute_once(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<u64, StoreError> {
        let done = async {
            let mut lent = self.lend().await?;
            query.execute(&mut *lent.connection).await.map_err(Fault::of)
        };
        Ok(answered(done).await.map_err(Fault::into_error)?.rows_affected())
    }

    /// Ends once no connection is lent any more.
    pub(super) async fn close(&self) {
        self.connections.close().await;
    }

    async fn fetch_once(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, Fault> {
        let mut lent = self.lend().await?;
        query.fetch_all(&mut *lent.connection).await.map_err(Fault::of)
    }

    /// A connection, unless none becomes free in time.
    ///
    /// That none did says that there is too much to do if others have some. If nobody has, there was
    /// none to be had: the server lets nobody in, or is not there.
    async fn lend(&self) -> Result<Lent<'_>, Fault> {
        let connection = self.connections.acquire().await.map_err(|error| match error {
            sqlx::Error::PoolTimedOut if self.lent.load(Ordering::Relaxed) > 0 => {
                Fault::Refused(StoreError::Busy)
            }
            error => Fault::of(error),
        })?;
        self.lent.fetch_add(1, Ordering::Relaxed);
        Ok(Lent { connection, pool: self })
    }
}
