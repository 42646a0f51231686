//! What has had its time and is forgotten without anybody asking.

use cardfile_domain::{
    client::Rights,
    command::{Command, Target},
    id::{ClientId, EntityId, PaymentMethodId},
    limits::{CARD_TOKEN_HOURS, ORPHAN_DAYS, RECEIPT_HOURS},
    ports::StoreError,
};
use jiff::SignedDuration;

use crate::{Caller, Failure, Service};

/// The client that the audit trail names for what the server did by itself; nobody can sign in as
/// it, because ids of clients are random.
pub(crate) const CARDFILE_ITSELF: ClientId = ClientId::from_bytes([0; 16]);

/// Orphans that are looked up together; a batch keeps callers waiting for a moment only.
const ORPHANS_AT_ONCE: usize = 64;

/// What was done because time has gone by.
#[derive(Clone, Copy, Debug)]
pub struct CaughtUp {
    /// Warnings that cards expire.
    pub warnings: u64,
    /// Receipts, answers to asynchronous requests, and cards without an account.
    pub forgotten: u64,
}

impl Service {
    /// Does at once whatever became due, which else is done within an hour.
    pub async fn catch_up(&self) -> Result<CaughtUp, Failure> {
        let warnings = self.warn_of_expiry().await?;
        let forgotten = self.forget_receipts().await?
            + self.forget_errands().await?
            + self.forget_orphans().await?;
        Ok(CaughtUp { warnings, forgotten })
    }

    /// Forgets the answers to claims that are no longer replayed, and tells how many.
    pub async fn forget_receipts(&self) -> Result<u64, Failure> {
        let before = self.clock.now() - SignedDuration::from_hours(RECEIPT_HOURS);
        Ok(self.store.forget_receipts(before).await?)
    }

    /// Forgets cards that nobody gave to an account in time, and tells how many.
    pub async fn forget_orphans(&self) -> Result<u64, Failure> {
        let before = self.clock.now() - SignedDuration::from_hours(24 * ORPHAN_DAYS);
        self.forget_all(|| self.store.list_orphans(before, ORPHANS_AT_ONCE)).await
    }

    /// Forgets tokens that nobody used in time, and tells how many.
    pub async fn forget_tokens(&self) -> Result<u64, Failure> {
        let before = self.clock.now() - SignedDuration::from_hours(CARD_TOKEN_HOURS);
        self.forget_all(|| self.store.list_tokens(before, ORPHANS_AT_ONCE)).await
    }

    /// Forgets what is listed until nothing is.
    ///
    /// Each is an ordinary write: it queues in its lane and leaves an event.
    async fn forget_all<F>(&self, list: impl Fn() -> F) -> Result<u64, Failure>
    where
        F: Future<Output = Result<Vec<(EntityId, PaymentMethodId)>, StoreError>>,
    {
        let mut forgotten = 0;
        loop {
            let orphans = list().await?;
            let listed = orphans.len();
            let mut gone = 0;
            for (entity, card) in orphans {
                let caller = Caller {
                    client: CARDFILE_ITSELF,
                    entity,
                    rights: Rights::default(),
                    track: None,
                };
                let target = Target::Card(entity, card);
                match self.execute(&caller, target, Command::ForgetOrphan, None).await {
                    Ok(_) => gone += 1,
                    // It was attached or deleted since it was listed.
                    Err(Failure::Refused(_)) => {}
                    Err(failure) => return Err(failure),
                }
            }
            forgotten += gone;
            // A list without progress would come back for ever.
            if listed < ORPHANS_AT_ONCE || gone == 0 {
                return Ok(forgotten);
            }
        }
    }
}
