//! How many payments failed in a row, counted so that the order in which they are told is no matter.
//!
//! Webhooks come late, twice and in any order. So what is kept is not only a number but the times of
//! the failures behind it: a success takes away the failures before it, whenever it is told, and a
//! failure that was before a success does not count.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failures::ConsecutiveFailures;

/// The failures in a row of a card, one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Tally {
    /// What the counter was when counting began.
    #[serde(skip_serializing_if = "is_zero")]
    base: ConsecutiveFailures,
    /// When somebody set it to that. What was before is in the number and counts no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    set_at: Option<Timestamp>,
    /// The latest success.
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<Timestamp>,
    /// Failures after all of that, the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failed_at: Vec<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_zero(count: &ConsecutiveFailures) -> bool {
    count.get() == 0
}

impl Tally {
    /// Begins with a count that somebody set.
    pub fn set(count: ConsecutiveFailures, at: Timestamp) -> Self {
        Self { set_at: Some(at), ..Self::with(count) }
    }

    /// Begins with a count of which nobody knows since when it was so.
    pub fn with(count: ConsecutiveFailures) -> Self {
        Self { base: count, ..Self::default() }
    }

    /// Notes that a payment succeeded. At the same moment it takes precedence over a failure, because
    /// whoever tries again does so after a failure and not after a success.
    pub fn succeed(&mut self, at: Timestamp) {
        if Some(at) < self.set_at || Some(at) <= self.succeeded_at {
            return;
        }
        self.succeeded_at = Some(at);
        self.failed_at.retain(|failed| *failed > at);
    }

    /// Notes that a payment failed.
    pub fn fail(&mut self, at: Timestamp) {
        if Some(at) <= self.set_at || Some(at) <= self.succeeded_at {
            return;
        }
        let place = self.failed_at.partition_point(|failed| *failed <= at);
        self.failed_at.insert(place, at);
        // Whatever else may be told, the earliest of so many makes no difference any more.
        if self.failed_at.len() > usize::from(ConsecutiveFailures::MAX) {
            self.failed_at.remove(0);
        }
    }

    /// The count.
    pub fn count(&self) -> ConsecutiveFailures {
        let base = if self.succeeded_at.is_some() { self.base.reset() } else { self.base };
        self.failed_at.iter().fold(base, |count, _| count.record())
    }
}
