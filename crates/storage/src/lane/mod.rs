//! The pure middle of a lane: what a batch of writes needs, and what comes of it.
//!
//! A lane owns some buckets for writing. It drains what waits in its queue, loads what the batch
//! needs ([`Needs`] → [`Loaded`]), has every write decided in arrival order in memory
//! ([`decide_batch`]), commits what came of it ([`Decided`]), and answers the callers ([`settle`]).
//! Loading and committing belong to a backend; everything else is here, once, for both.
//!
//! There is no timer: while a batch is in flight the next one gathers. So an idle lane answers at
//! once, and a busy one batches by itself.

mod batch;
mod chain;
mod claims;
mod decide;
mod draft;
mod job;
mod loaded;
mod needs;
mod queue;
#[cfg(test)]
mod tests;
mod told;

pub(crate) use batch::{
    AliasWrite, CardWrite, Committed, Decided, Depends, Erasure, Head, How, Outcomes, ReceiptWrite,
    Unit, Verdict,
};
pub(crate) use chain::{Chain, MARKED};
pub(crate) use decide::decide_batch;
pub(crate) use job::{Job, segments, settle};
pub(crate) use loaded::Loaded;
pub(crate) use needs::{Arrival, CardNeed, Needs, Twins};
pub(crate) use queue::{LaneEnd, Lanes, closed};
pub(crate) use told::Told;

use cardfile_domain::{
    command::Target,
    id::{AccountKey, Bucket, EntityId, PaymentMethodId},
    ports::StoreError,
    text::CardName,
};

/// What a receipt is kept under: the entity and the hash of the caller's key.
pub(crate) type ClaimKey = (EntityId, [u8; 32]);

/// Where the receipt of a claim is filed.
///
/// A claim must be found whatever card it is used on, so its own name decides.
pub(crate) fn receipt_bucket(entity: EntityId, key: &[u8; 32]) -> Bucket {
    Bucket::of_name(entity, &hex(key))
}

/// What the alias row of a card that was attached is filed under, in the bucket of the card's id.
///
/// It is the key of the card's former private account, which no caller can name: a bare id would
/// let a card's id pass for the id of its account.
pub(crate) fn card_alias(card: PaymentMethodId) -> AccountKey {
    AccountKey::orphan(card)
}

/// What the alias row of a card that others call by a name is filed under, in the bucket of the name.
///
/// No caller can name an account that begins with `~`, and no card's former account goes on with `=`.
pub(crate) fn name_alias(name: &CardName) -> AccountKey {
    AccountKey::from_stored(format!("~={}", name.as_str()))
}

/// The card that an alias of [`name_alias`] leads to.
pub(crate) fn named_card(account_key: AccountKey) -> Result<PaymentMethodId, StoreError> {
    account_key.as_orphan().ok_or_else(|| StoreError::Inconsistent {
        table: "alias",
        column: "account_key",
        row: account_key.into(),
    })
}

/// The bucket in which a target is looked for first.
pub(crate) fn target_bucket(target: &Target) -> Bucket {
    match target {
        Target::Account(account) => account.bucket(),
        Target::Card(_, id) => id.bucket(),
    }
}

/// The entity that a target names.
pub(crate) fn target_entity(target: &Target) -> EntityId {
    match target {
        Target::Account(account) => account.entity,
        Target::Card(entity, _) => *entity,
    }
}

/// Bytes as lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    let pairs = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    pairs.map(digit).collect()
}
