//! What the core needs from the world, and nothing about how the world does it.

use std::pin::Pin;

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    account::Account,
    card::Card,
    client::{Client, Entity},
    command::{Claim, Mode, Write},
    event::RecordedEvent,
    id::{
        AccountId, AccountKey, AccountRef, ClientId, EntityId, LogId, PaymentMethodId, SnapshotId,
    },
    payment::LogEntry,
    query::CardQuery,
    refusal::Refusal,
    snapshot::Snapshot,
    text::{AccountNumber, CardName},
};

pub use crate::{
    clock::{Clock, ClockFault, Goal, SettableClock},
    gateway::{Gateway, Keeper, Verdict, Verification},
    store_error::StoreError,
};

/// Gives what must not be guessed or repeated.
pub trait Ids: Send + Sync + 'static {
    /// 64 bits that nobody can foresee.
    fn random(&self) -> u64;
}

/// A card together with what its account says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FiledCard {
    /// The card.
    pub card: Card,
    /// The id of its account.
    pub account_id: AccountId,
    /// It is the account's default.
    pub is_default: bool,
}

/// What a write came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The card that was made or changed.
    pub card: Option<PaymentMethodId>,
    /// The account that was written.
    pub account_id: AccountId,
    /// Its number, if it has one.
    pub account_number: Option<AccountNumber>,
    /// It would have made no difference, and was left out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unchanged: bool,
    /// The payment that was noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<NotedPayment>,
}

/// Where a payment was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotedPayment {
    /// Its place in the transaction log.
    pub log: LogId,
    /// The card as it was charged.
    pub snapshot: SnapshotId,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a write came to, or why it did not; this is what a receipt keeps.
pub type Outcome = Result<Done, Refusal>;

/// What a lane says to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it came to.
    pub outcome: Outcome,
    /// An earlier write under the same claim gave this answer.
    pub replayed: bool,
}

/// The answers to writes that wait in their lanes, in the order of the writes.
pub type Answers = Pin<Box<dyn Future<Output = Vec<Result<Answer, StoreError>>> + Send>>;

/// The kept answer to a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Key and request that the answer belongs to.
    pub claim: Claim,
    /// The answer.
    pub outcome: Outcome,
    /// When it was given.
    pub at: Timestamp,
}

/// Which cards of an account to list.
#[derive(Clone, Debug, Default)]
pub struct CardPage {
    /// Only those that may be charged.
    pub active_only: bool,
    /// How many to skip.
    pub offset: usize,
    /// How many at the most.
    pub limit: usize,
}

/// Which snapshots to list.
#[derive(Clone, Debug, Default)]
pub struct SnapshotPage {
    /// Only those of this card.
    pub card: Option<PaymentMethodId>,
    /// Only those after this one.
    pub after: Option<SnapshotId>,
    /// How many at the most.
    pub limit: usize,
}

/// Where accounts, cards, events and receipts are kept.
///
/// Every method names an entity; nothing can be found without one.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Has a write decided and committed by the lane that owns its account.
    async fn execute(&self, write: Write) -> Result<Answer, StoreError>;

    /// Hands writes to their lanes in this order, behind those of everybody who waits for one.
    ///
    /// It waits for room rather than refuse, and returns when all writes are in a queue. For their
    /// claims effects are kept and refusals are not: those are judged anew.
    async fn queue(&self, writes: Vec<Write>, mode: Mode) -> Answers;

    /// Finds a card, wherever it lives now.
    async fn find_card(
        &self,
        entity: EntityId,
        id: PaymentMethodId,
    ) -> Result<Option<FiledCard>, StoreError>;

    /// Finds the card that others call by this name.
    async fn find_named(
        &self,
        entity: EntityId,
        name: &CardName,
    ) -> Result<Option<PaymentMethodId>, StoreError>;

    /// Finds a payment in the transaction log.
    async fn find_log_entry(
        &self,
        entity: EntityId,
        id: LogId,
    ) -> Result<Option<LogEntry>, StoreError>;

    /// Finds a snapshot of a card.
    async fn find_snapshot(
        &self,
        entity: EntityId,
        id: SnapshotId,
    ) -> Result<Option<Snapshot>, StoreError>;

    /// Lists an entity's snapshots in the order of their ids, or those of one card.
    async fn list_snapshots(
        &self,
        entity: EntityId,
        page: &SnapshotPage,
    ) -> Result<Vec<Snapshot>, StoreError>;

    /// Finds an account by its key or its id.
    async fn find_account(
        &self,
        entity: EntityId,
        key: &AccountKey,
    ) -> Result<Option<Account>, StoreError>;

    /// Lists the cards of an account, the latest changed first.
    async fn list_cards(
        &self,
        account: &AccountRef,
        page: &CardPage,
    ) -> Result<Vec<FiledCard>, StoreError>;

    /// Finds the cards of an entity that a query asks for.
    async fn query_cards(
        &self,
        entity: EntityId,
        query: &CardQuery,
    ) -> Result<Vec<FiledCard>, StoreError>;

    /// Finds the kept answer to a claim, unless it was given before `since`.
    async fn find_receipt(
        &self,
        entity: EntityId,
        key: &[u8; 32],
        since: Timestamp,
    ) -> Result<Option<Receipt>, StoreError>;

    /// Finds the kept answers to many claims; those without one are left out.
    async fn find_receipts(
        &self,
        entity: EntityId,
        keys: &[[u8; 32]],
        since: Timestamp,
    ) -> Result<Vec<Receipt>, StoreError> {
        let mut found = Vec::new();
        for key in keys {
            found.extend(self.find_receipt(entity, key, since).await?);
        }
        Ok(found)
    }

    /// Lists an account's events after a number.
    async fn list_events(
        &self,
        account: &AccountRef,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError>;

    /// Forgets receipts given before a moment and tells how many.
    async fn forget_receipts(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Cards without an account that were made before a moment.
    async fn list_orphans(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError>;

    /// Cards that were made as tokens before a moment, and that nobody has used.
    async fn list_tokens(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError>;

    /// Lists the accounts of an entity that a caller can name, the latest opened first, down from
    /// the one before which the list is to go on.
    async fn list_accounts(
        &self,
        entity: EntityId,
        before: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError>;

    /// Answers if reads and writes can be done now.
    async fn ready(&self) -> Result<(), StoreError>;

    /// Lets everything that waits be answered, and takes no more.
    async fn drain(&self);
}

/// Where entities and clients are kept.
#[async_trait]
pub trait Directory: Send + Sync + 'static {
    /// All entities, oldest first.
    async fn list_entities(&self) -> Result<Vec<Entity>, StoreError>;

    /// Adds an entity; false if the id or the name is taken.
    async fn add_entity(&self, entity: &Entity) -> Result<bool, StoreError>;

    /// All clients, oldest first.
    async fn list_clients(&self) -> Result<Vec<Client>, StoreError>;

    /// Finds a client.
    async fn find_client(&self, id: ClientId) -> Result<Option<Client>, StoreError>;

    /// Adds a client; false if the id is taken.
    async fn add_client(&self, client: &Client) -> Result<bool, StoreError>;

    /// Disables a client; false if there is none.
    async fn disable_client(&self, id: ClientId, at: Timestamp) -> Result<bool, StoreError>;
}
