//! A lane's own connection: loading and committing over it, and what to do when it breaks.

use std::time::Duration;

use cardfile_domain::ports::StoreError;
use sqlx::{Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::{
    connect::{answered, connect},
    fault::Fault,
    fence::Fence,
    load::load,
    outcome::find_out,
    write::write,
};
use crate::lane::{Committed, Decided, Loaded, Needs, Outcomes, Unit};

/// How long it is tried to find out what became of a write when the database went away.
const FIND_OUT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait between two tries.
const FIND_OUT_PAUSE: Duration = Duration::from_millis(100);

/// A connection that is made when it is needed, and made again when it broke.
pub(super) struct Link {
    options: PgConnectOptions,
    fence: Fence,
    connection: Option<PgConnection>,
}

impl Link {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options, fence: Fence::default(), connection: None }
    }

    /// Loads what a batch needs. Nothing is changed by that, so it is tried once more if the
    /// connection turns out to be broken, which it may have been for hours.
    pub(super) async fn load(&mut self, needs: &Needs) -> Result<Loaded, StoreError> {
        let was_new = self.connection.is_none();
        match self.try_load(needs).await {
            Err(Fault::Lost(_)) if !was_new => self.try_load(needs).await,
            ended => ended,
        }
        .map_err(Fault::into_error)
    }

    async fn try_load(&mut self, needs: &Needs) -> Result<Loaded, Fault> {
        let loaded = load(self.connection().await?, needs).await;
        if matches!(loaded, Err(Fault::Lost(_))) {
            self.connection = None;
        }
        loaded
    }

    /// Writes what a batch came to, and says for each part of it how that ended.
    pub(super) async fn commit(&mut self, decided: &Decided) -> Outcomes {
        if decided.is_empty() {
            return Outcomes::all(0, &Committed::Written);
        }
        let ended = match self.connection().await {
            Err(fault) => {
                // Nothing was sent.
                let failed = Committed::Failed(fault.into_error());
                return Outcomes::all(decided.units.len(), &failed);
            }
            Ok(connection) if decided.together => write_together(connection, decided).await,
            Ok(connection) => write_apart(connection, decided).await,
        };
        match ended {
            Ok(outcomes) => outcomes,
            Err(lost) => {
                self.connection = None;
                self.find_out(decided, lost).await
            }
        }
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        if let Some(connection) = self.connection {
            // It makes no difference any more whether the server hears it.
            drop(connection.close().await);
        }
    }

    async fn connection(&mut self) -> Result<&mut PgConnection, Fault> {
        let connection = if let Some(connection) = self.connection.take() {
            connection
        } else {
            let mut connection = connect(&self.options).await?;
            self.fence.take(&mut connection).await?;
            connection
        };
        Ok(self.connection.insert(connection))
    }

    /// Looks up what became of a batch whose connection broke.
    ///
    /// A caller is told "done" only if that is what is found, and nothing is decided again unless
    /// it was found not to be done and can no longer become so (see [`Fence`]). If the database
    /// stays away, callers are told that it is away, which leaves open whether it was done.
    async fn find_out(&mut self, decided: &Decided, lost: StoreError) -> Outcomes {
        warn!(units = decided.units.len(), "lost the connection to PostgreSQL during a commit");
        let searched = timeout(FIND_OUT_TIMEOUT, async {
            loop {
                if let Ok(connection) = self.connection().await {
                    match find_out(connection, decided).await {
                        Ok(outcomes) => return outcomes,
                        Err(_) => self.connection = None,
                    }
                }
                sleep(FIND_OUT_PAUSE).await;
            }
        });
        let found = searched.await;
        if found.is_err() {
            // It may have been in the middle of something.
            self.connection = None;
        }
        found.unwrap_or_else(|_| Outcomes::all(decided.units.len(), &Committed::Failed(lost)))
    }
}

/// Writes all units or none of them.
async fn write_together(
    connection: &mut PgConnection,
    decided: &Decided,
) -> Result<Outcomes, StoreError> {
    let units = in_order_of_keys(decided);
    let units: Vec<_> = units.iter().map(|(_, unit)| *unit).collect();
    let written = async {
        let mut transaction = answered(connection.begin()).await?;
        let written = write(&mut transaction, &units, &decided.receipts).await?;
        let all = written.iter().all(|written| *written);
        if all {
            answered(transaction.commit()).await?;
        } else {
            answered(transaction.rollback()).await?;
        }
        Ok(all)
    };
    let ended = ended(written.await)?;
    Ok(Outcomes::all(units.len(), &ended))
}

/// Writes all units at once, or if one of them is in the way of the others, one by one.
async fn write_apart(
    connection: &mut PgConnection,
    decided: &Decided,
) -> Result<Outcomes, StoreError> {
    let units = in_order_of_keys(decided);
    let mut outcomes = Outcomes::all(units.len(), &Committed::Written);
    let refs: Vec<_> = units.iter().map(|(_, unit)| *unit).collect();
    match write(connection, &refs, &decided.receipts).await {
        Ok(written) => {
            for ((place, _), written) in units.iter().zip(written) {
                if !written {
                    outcomes.units[*place] = Committed::Outdated;
                }
            }
            return Ok(outcomes);
        }
        Err(Fault::Lost(error)) => return Err(error),
        Err(_) => {}
    }
    for (place, unit) in units {
        let written = write(connection, &[unit], &[]).await;
        outcomes.units[place] = ended(written.map(|written| written == [true]))?;
    }
    if !decided.receipts.is_empty() {
        let kept = write(connection, &[], &decided.receipts).await;
        outcomes.receipts = ended(kept.map(|_| true))?;
    }
    Ok(outcomes)
}

/// Units with their places, sorted so that two processes lock the same accounts in one order.
fn in_order_of_keys(decided: &Decided) -> Vec<(usize, &Unit)> {
    let mut units: Vec<_> = decided.units.iter().enumerate().collect();
    units.sort_unstable_by_key(|(_, unit)| (unit.bucket, &unit.account.name));
    units
}

/// What a try to write a part means for it. An error if nobody knows.
fn ended(written: Result<bool, Fault>) -> Result<Committed, StoreError> {
    match written {
        Ok(true) => Ok(Committed::Written),
        Ok(false) | Err(Fault::Conflict) => Ok(Committed::Outdated),
        Err(Fault::Refused(error)) => Ok(Committed::Failed(error)),
        Err(Fault::Lost(error)) => Err(error),
    }
}
