//! What an entity decides for all of its cards.

use serde::{Deserialize, Serialize};

use crate::{
    id::{EntityId, PaymentMethodId},
    retry_rule::{MaxFailures, RetryWindow},
};

/// What follows a card when another replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The count of failures in a row: a card that was renewed is as doubtful as it was before.
    pub keeps_counter: bool,
    /// The retry rule.
    pub keeps_retry_rule: bool,
    /// Being what the account is charged with.
    pub keeps_default: bool,
    /// The retry rule of cards that have none of their own.
    pub retry: TenantRetry,
}

/// When failed payments are tried again; without a bound, always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRetry {
    /// Failures after which they are not.
    pub max_failures: Option<MaxFailures>,
    /// Hours between two tries.
    pub window_hours: Option<RetryWindow>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            keeps_counter: true,
            keeps_retry_rule: true,
            keeps_default: true,
            retry: TenantRetry::default(),
        }
    }
}

/// Tells what entities decided.
pub trait Policies: Send + Sync + 'static {
    /// The policy of an entity.
    fn policy(&self, entity: EntityId) -> Policy;
}

/// The same for all of them.
impl Policies for Policy {
    fn policy(&self, _: EntityId) -> Policy {
        *self
    }
}

/// The card that a new one replaces, and what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// The card that is replaced.
    pub card: PaymentMethodId,
    /// What follows.
    pub policy: Policy,
}
