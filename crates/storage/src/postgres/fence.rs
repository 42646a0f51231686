//! Knowing that a lost connection can do no more harm.
//!
//! When a connection breaks while a statement is on its way, three things may be true: it was done,
//! it was undone, or the server is still at it and will have done it in a moment. The first two can
//! be told apart by looking; the third cannot, and a write that is decided again meanwhile would
//! happen twice. So every lane holds a lock of its own for as long as its session lives. The
//! server lets go of it only when the session has ended, whatever it was doing. A new session that
//! has got the lock therefore knows that the statement of the old one is done or undone for good.

use sqlx::{PgConnection, query, query_scalar};

use super::{connect::answered, fault::Fault};

/// The server gives the number, so that no two lanes of any process have the same.
const NEW_KEY: &str = "SELECT hashtextextended(CAST(gen_random_uuid() AS TEXT), 0)";

/// A session that nobody listens to any more may sit there for hours.
const END_OLD_SESSION: &str = "SELECT pg_terminate_backend(pid) FROM pg_locks \
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND pid <> pg_backend_pid() \
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND (CAST(CAST(classid AS BIGINT) << 32 AS BIGINT) | CAST(objid AS BIGINT)) = $1";

const LOCK: &str = "SELECT pg_advisory_lock($1)";

/// The lock that a lane holds while its session lives.
#[derive(Default)]
pub(super) struct Fence {
    key: Option<i64>,
}

impl Fence {
    /// Takes the lock for a new session; after that the one before is no more.
    pub(super) async fn take(&mut self, connection: &mut PgConnection) -> Result<(), Fault> {
        let key = match self.key {
            Some(key) => {
                let end = query(END_OLD_SESSION).bind(key);
                answered(end.execute(&mut *connection)).await?;
                key
            }
            None => answered(query_scalar(NEW_KEY).fetch_one(&mut *connection)).await?,
        };
        self.key = Some(key);
        answered(query(LOCK).bind(key).execute(connection)).await?;
        Ok(())
    }
}
