//! How many asynchronous requests of each entity wait, so that none is accepted when they are too many.
//!
//! The database is asked once in a second. What this process accepts in between is added, and what is
//! finished in between is not taken off. So one process never accepts more than it may; of several,
//! each notices a second late what the others accepted.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use cardfile_domain::{id::EntityId, limits::ERRANDS_WAITING_MAX};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::OwnedMutexGuard;

/// How long a count is believed.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(1);

/// The queues of all entities.
#[derive(Default)]
pub(crate) struct Backlog(Mutex<HashMap<EntityId, Shared>>);

type Shared = (Arc<tokio::sync::Mutex<Known>>, Arc<AtomicU64>);

/// What is known of the errands of an entity.
#[derive(Default)]
pub(crate) struct Known {
    counted_at: Option<Timestamp>,
    counted: u64,
    /// How many had been filed, or given up, when the count began. It has those in it.
    settled_then: u64,
    entered: u64,
}

/// The queue of an entity, into which nobody else enters meanwhile.
pub(crate) struct Queue {
    known: OwnedMutexGuard<Known>,
    settled: Arc<AtomicU64>,
}

/// A place in a queue, held while an errand is being filed.
#[derive(Debug)]
pub(crate) struct Place(Arc<AtomicU64>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Backlog {
    /// The queue of an entity, once nobody else looks at it.
    pub(crate) async fn queue(&self, entity: EntityId) -> Queue {
        let (known, settled) = {
            let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            queues.entry(entity).or_default().clone()
        };
        Queue { known: known.lock_owned().await, settled }
    }
}

impl Queue {
    /// Whether the database has to be asked again.
    pub(crate) fn is_outdated(&self, now: Timestamp) -> bool {
        // A clock that was set back must not make a count last.
        self.known.counted_at.is_none_or(|at| now.duration_since(at).abs() >= BELIEVED_FOR)
    }

    /// How many are settled: ask for it before the database is asked.
    pub(crate) fn settled(&self) -> u64 {
        self.settled.load(Ordering::SeqCst)
    }

    /// Notes what the database said at a moment, before which so many were settled.
    pub(crate) fn note(&mut self, counted: u64, now: Timestamp, settled_then: u64) {
        let entered = self.known.entered;
        *self.known = Known { counted_at: Some(now), counted, settled_then, entered };
    }

    /// A place, if there is one.
    pub(crate) fn enter(&mut self) -> Option<Place> {
        let since = self.known.entered - self.known.settled_then;
        if self.known.counted + since >= ERRANDS_WAITING_MAX {
            return None;
        }
        self.known.entered += 1;
        Some(Place(Arc::clone(&self.settled)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(id: u8) -> EntityId {
        EntityId::from_bytes([id; 16])
    }

    #[tokio::test]
    async fn the_last_place_is_given_once_whoever_is_still_on_the_way() {
        let backlog = Backlog::default();
        let mut queue = backlog.queue(entity(1)).await;
        let on_the_way = queue.enter().unwrap();
        let settled = queue.settled();
        queue.note(ERRANDS_WAITING_MAX - 2, Timestamp::UNIX_EPOCH, settled);
        // The count may have missed the one on the way, and may have it.
        drop(on_the_way);
        assert!(queue.enter().is_some());
        assert!(queue.enter().is_none());
        let settled = queue.settled();
        queue.note(ERRANDS_WAITING_MAX - 1, Timestamp::UNIX_EPOCH, settled);
        assert!(queue.enter().is_some());
        assert!(queue.enter().is_none());
        assert!(backlog.queue(entity(2)).await.enter().is_some());
    }

    #[tokio::test]
    async fn a_count_is_believed_for_a_second_whichever_way_the_clock_goes() {
        let now = Timestamp::UNIX_EPOCH;
        let mut queue = Backlog::default().queue(entity(1)).await;
        assert!(queue.is_outdated(now));
        queue.note(0, now, 0);
        let almost = SignedDuration::from_millis(999);
        assert!(!queue.is_outdated(now + almost) && !queue.is_outdated(now - almost));
        assert!(queue.is_outdated(now + BELIEVED_FOR) && queue.is_outdated(now - BELIEVED_FOR));
    }
}
