//! A clock, ids and a gateway that do as they are told.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use cardfile_domain::gateway::Trail;
use cardfile_domain::id::EntityId;
use cardfile_domain::ports::{
    Clock, ClockFault, Gateway, Goal, Ids, SettableClock, Verdict, Verification,
};
use cardfile_gateway::Sandbox;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::real_now;

/// Stands still until it is moved. It begins now, because other servers of the same database tidy up
/// what looks old to them.
pub struct ManualClock(Mutex<Timestamp>);

impl Default for ManualClock {
    fn default() -> Self {
        Self(Mutex::new(real_now()))
    }
}

impl ManualClock {
    /// Moves it.
    pub fn advance(&self, by: SignedDuration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }

    /// Sets it.
    pub fn set(&self, to: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

impl SettableClock for ManualClock {
    fn advance(&self, goal: Goal) -> Result<(), ClockFault> {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let moment = now.checked_add(goal.from(*now)?);
        *now = moment.map_err(|_| ClockFault::TooFar)?;
        Ok(())
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A number that looks like chance and never comes twice in this process.
pub(crate) fn counted() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    // SplitMix64: a bijection, so that different numbers stay different.
    let mut mixed = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

pub(super) struct CountedIds;

impl Ids for CountedIds {
    fn random(&self) -> u64 {
        counted()
    }
}

/// The sandbox, behind a door that can be closed.
pub struct TestGateway {
    door: Semaphore,
    arrivals: Semaphore,
    closed: Mutex<bool>,
    asked: AtomicUsize,
}

impl Default for TestGateway {
    fn default() -> Self {
        Self {
            door: Semaphore::new(0),
            arrivals: Semaphore::new(0),
            closed: Mutex::new(false),
            asked: AtomicUsize::new(0),
        }
    }
}

impl TestGateway {
    /// Lets nobody through any more.
    pub fn close(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Waits until somebody stands before the closed door.
    pub async fn somebody_waits(&self) {
        self.arrivals.acquire().await.expect("it is never closed for good").forget();
    }

    /// Lets one who waits through, and everybody from now on.
    pub fn open(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.door.add_permits(1);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Gateway for TestGateway {
    async fn verify(&self, verification: Verification<'_>) -> Verdict {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if *self.closed.lock().unwrap_or_else(PoisonError::into_inner) {
            self.arrivals.add_permits(1);
            self.door.acquire().await.expect("it is never closed for good").forget();
        }
        Sandbox.verify(verification).await
    }

    async fn trace(&self, entity: EntityId, trail: &Trail) -> Verdict {
        Sandbox.trace(entity, trail).await
    }

    fn heeds(&self, entity: EntityId, option: &str) -> bool {
        Sandbox.heeds(entity, option)
    }
}
