//! How old the plans of a session may become.
//!
//! A plan is made once and kept ([`super::connect`]). One that was made while a table had a few rows may lead
//! through an index that fits as well then, and badly once there are many; until PostgreSQL counts them,
//! which takes it a minute, it would be kept.

use sqlx::{PgConnection, raw_sql};

use super::{connect::answered, fault::Fault};

/// Plans are forgotten before the batch with this number, and from there on whenever as many again were run.
const FIRST: u64 = 16;

/// Counts the batches of a session.
#[derive(Debug, Default)]
pub(super) struct Plans {
    batches: u64,
}

impl Plans {
    /// Has plans forgotten that are to be made again for the batch which comes now.
    pub(super) async fn renew(&mut self, connection: &mut PgConnection) -> Result<(), Fault> {
        self.batches += 1;
        if self.batches < FIRST || !self.batches.is_power_of_two() {
            return Ok(());
        }
        answered(raw_sql("DISCARD PLANS").execute(connection)).await.map(drop)
    }
}
