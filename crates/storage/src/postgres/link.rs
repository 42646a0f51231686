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
    layout::Layout,
    load::{Known, load},
    outcome::find_out,
    plans::Plans,
    spot::Spots,
    write::{Scope, end, write, write_fresh, write_strays, write_within},
};
use crate::lane::{Committed, Decided, Loaded, Needs, Outcomes, Unit};

/// How long it is tried to find out what became of a write when the database went away.
const FIND_OUT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait between two tries.
const FIND_OUT_PAUSE: Duration = Duration::from_millis(100);

/// A connection that is made when it is needed, and made again when it broke.
pub(super) struct Link {
    options: PgConnectOptions,
    layout: Layout,
    fence: Fence,
    connection: Option<PgConnection>,
    was_new: bool,
    plans: Plans,
    known: Known,
}

impl Link {
    pub(super) fn new(options: PgConnectOptions, layout: Layout) -> Self {
        let (fence, plans, known) = (Fence::default(), Plans::default(), Known::default());
        Self { options, layout, fence, connection: None, was_new: false, plans, known }
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
        let layout = self.layout;
        let (mut plans, mut known) =
            (std::mem::take(&mut self.plans), std::mem::take(&mut self.known));
        let connection = self.connection().await?;
        let loaded = match plans.renew(connection).await {
            Ok(()) => load(connection, needs, layout, &mut known).await,
            Err(fault) => Err(fault),
        };
        (self.plans, self.known) = (plans, known);
        if matches!(loaded, Err(Fault::Lost(_))) {
            self.connection = None;
        }
        loaded
    }

    /// Writes what a batch came to, all of it in one bucket where tables are spread unless it is to
    /// be written together, and says for each part of it how that ended.
    pub(super) async fn commit(&mut self, decided: &Decided) -> Outcomes {
        if decided.is_empty() {
            return Outcomes::all(0, &Committed::Written);
        }
        let (layout, spots) = (self.layout, std::mem::take(&mut self.known.spots));
        let scope = scope(decided, layout, &spots);
        let ended = match self.connection().await {
            Err(fault) => {
                // Nothing was sent.
                let failed = Committed::Failed(fault.into_error());
                return Outcomes::all(decided.units.len(), &failed);
            }
            Ok(connection) if decided.together => write_together(connection, decided, scope).await,
            Ok(connection) => {
                let mut is_new = false;
                let ended = write_apart(connection, decided, scope, &mut is_new).await;
                self.was_new = is_new;
                ended
            }
        };
        match ended {
            Ok(outcomes) => outcomes,
            Err(lost) => {
                self.connection = None;
                self.find_out(decided, lost).await
            }
        }
    }

    /// Whether the last batch was many new accounts and nothing else.
    pub(super) fn expects_new(&self) -> bool {
        self.was_new
    }

    /// Adds many new accounts that nobody has looked for. If it is not that, or if anything of it is there
    /// after all, nothing is done.
    pub(super) async fn add_new(&mut self, decided: &Decided) -> Option<Outcomes> {
        self.was_new = false;
        if !decided.writes_all() {
            return None;
        }
        let units = units_in_order(decided);
        let connection = self.connection().await.ok()?;
        match write_fresh(connection, &units).await {
            Ok(true) => {
                self.was_new = true;
                Some(Outcomes::all(units.len(), &Committed::Written))
            }
            Ok(false) | Err(Fault::Conflict | Fault::Refused(_)) => None,
            Err(Fault::Lost(lost)) => {
                self.connection = None;
                Some(self.find_out(decided, lost).await)
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
            let mut connection = connect(&self.options, self.layout).await?;
            self.fence.take(&mut connection).await?;
            connection
        };
        Ok(self.connection.insert(connection))
    }

    /// Looks up what became of a batch whose connection broke, or whose commit had no clear end.
    ///
    /// A caller is told "done" only if that is what is found, and nothing is decided again unless
    /// it was found not to be done and can no longer become so (see [`Fence`]). If the database
    /// stays away, callers are told that it is away, which leaves open whether it was done.
    async fn find_out(&mut self, decided: &Decided, lost: StoreError) -> Outcomes {
        let layout = self.layout;
        warn!(
            units = decided.units.len(),
            "nobody knows yet what became of a commit to PostgreSQL"
        );
        let searched = timeout(FIND_OUT_TIMEOUT, async {
            loop {
                if let Ok(connection) = self.connection().await {
                    match find_out(connection, decided, layout).await {
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
    scope: Scope<'_>,
) -> Result<Outcomes, StoreError> {
    let written = async {
        let mut transaction = answered(connection.begin()).await?;
        let all = match scope {
            Scope::Everything(_) => {
                let units = units_in_order(decided);
                let written = write(&mut transaction, &units, &decided.receipts, scope).await?;
                is_all(&written)
            }
            Scope::One(_) => write_by_bucket(&mut transaction, decided).await?,
        };
        if all {
            end(transaction).await?;
        } else {
            answered(transaction.rollback()).await?;
        }
        Ok(all)
    };
    let ended = ended(written.await)?;
    Ok(Outcomes::all(decided.units.len(), &ended))
}

/// Writes each bucket that a batch touches, in the order of their numbers so that no two processes
/// wait for each other, and tells whether all units were written.
async fn write_by_bucket(connection: &mut PgConnection, decided: &Decided) -> Result<bool, Fault> {
    let units = units_in_order(decided);
    for bucket in decided.buckets() {
        let own: Vec<_> = units.iter().copied().filter(|unit| unit.bucket == bucket).collect();
        let loose: Vec<_> = decided.receipts.iter().filter(|it| it.bucket == bucket).collect();
        if !is_all(&write_within(connection, &own, &loose, bucket).await?) {
            return Ok(false);
        }
        write_strays(connection, &decided.units, bucket).await?;
    }
    Ok(true)
}

/// What is written of a batch at once.
fn scope<'s>(decided: &Decided, layout: Layout, spots: &'s Spots) -> Scope<'s> {
    match (layout, decided.buckets().first()) {
        (Layout::Spread, Some(bucket)) => Scope::One(*bucket),
        (Layout::Whole, _) | (_, None) => Scope::Everything(spots),
    }
}

/// Writes all units at once, or if one of them is in the way of the others, one by one.
async fn write_apart(
    connection: &mut PgConnection,
    decided: &Decided,
    scope: Scope<'_>,
    is_new: &mut bool,
) -> Result<Outcomes, StoreError> {
    let units = in_order_of_keys(decided);
    let mut outcomes = Outcomes::all(units.len(), &Committed::Written);
    let refs: Vec<_> = units.iter().map(|(_, unit)| *unit).collect();
    if matches!(scope, Scope::Everything(_)) && decided.receipts.is_empty() {
        match write_fresh(connection, &refs).await {
            Ok(true) => {
                *is_new = true;
                return Ok(outcomes);
            }
            Err(Fault::Lost(error)) => return Err(error),
            // If something of it is there after all, the careful statement tells what.
            Ok(false) | Err(_) => {}
        }
    }
    match write(connection, &refs, &decided.receipts, scope).await {
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
        let written = write(connection, &[unit], &[], scope).await;
        outcomes.units[place] = ended(written.map(|written| written == [true]))?;
    }
    if !decided.receipts.is_empty() {
        let kept = write(connection, &[], &decided.receipts, scope).await;
        outcomes.receipts = ended(kept.map(|_| true))?;
    }
    Ok(outcomes)
}

fn units_in_order(decided: &Decided) -> Vec<&Unit> {
    in_order_of_keys(decided).into_iter().map(|(_, unit)| unit).collect()
}

fn is_all(written: &[bool]) -> bool {
    written.iter().all(|written| *written)
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
