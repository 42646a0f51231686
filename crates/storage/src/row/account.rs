//! The row of an account.

use cardfile_domain::{
    account::Account,
    event::EventHash,
    id::{AccountId, AccountKey, AccountRef, EntityId, PaymentMethodId},
    ports::StoreError,
};
use jiff::Timestamp;

use super::Origin;
use crate::lane::Chain;

/// The columns of `account`.
#[derive(Clone, Debug)]
pub(crate) struct AccountRow<'r> {
    pub(crate) entity: [u8; 16],
    pub(crate) account_key: &'r str,
    pub(crate) id: [u8; 16],
    pub(crate) number: Option<&'r str>,
    pub(crate) default_card: Option<[u8; 16]>,
    pub(crate) version: i64,
    pub(crate) event_seq: i64,
    pub(crate) event_head: &'r [u8],
    pub(crate) details: &'r str,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    pub(crate) lone_card: Option<[u8; 16]>,
    pub(crate) chain: Chain,
    pub(crate) noted: Option<NotedRow<'r>>,
}

/// What the row of an account's lone card knows of the account's chain: nothing, if its number is 0.
#[derive(Clone, Debug)]
pub(crate) struct NotedRow<'r> {
    pub(crate) event_seq: i64,
    pub(crate) event_head: Option<&'r [u8]>,
    pub(crate) updated_at: i64,
    pub(crate) chain: Chain,
}

impl<'r> AccountRow<'r> {
    /// The account.
    pub(crate) fn read(&self) -> Result<Account, StoreError> {
        let origin = Origin { table: "account", row: &self.account_key };
        let number = self.number.map(str::parse).transpose();
        let lone_card = self.lone_card.map(PaymentMethodId::from_bytes);
        let latest = match (self.noted_later(), &lone_card) {
            (Some(noted), Some(card)) => noted.read(Origin { table: "card", row: card })?,
            _ => Latest {
                seq: self.event_seq,
                head: EventHash(origin.check("event_head", self.event_head.try_into())?),
                at: origin.time("updated_at", self.updated_at)?,
            },
        };
        Ok(Account {
            name: AccountRef {
                entity: EntityId::from_bytes(self.entity),
                key: AccountKey::from_stored(self.account_key.to_owned()),
            },
            id: AccountId::from_bytes(self.id),
            number: origin.check("number", number)?,
            default_card: self.default_card.map(PaymentMethodId::from_bytes),
            lone_card,
            version: self.version,
            event_seq: latest.seq,
            event_head: latest.head,
            details: origin.json("details", self.details)?,
            created_at: origin.time("created_at", self.created_at)?,
            updated_at: latest.at,
        })
    }

    /// The error that the row of the account's lone card is not there.
    pub(crate) fn without_lone_card(&self) -> StoreError {
        StoreError::Inconsistent {
            table: "account",
            column: "lone_card",
            row: self.account_key.to_owned(),
        }
    }

    /// Where the account's events are.
    pub(crate) fn chain(&self) -> Chain {
        self.noted_later().map_or(self.chain, |noted| noted.chain)
    }

    /// What the account's lone card knows, if that is more than the account does.
    fn noted_later(&self) -> Option<&NotedRow<'r>> {
        let has_lone_card = self.lone_card.is_some();
        self.noted.as_ref().filter(|noted| has_lone_card && noted.event_seq > self.event_seq)
    }
}

/// What is known of an account's latest event.
struct Latest {
    seq: i64,
    head: EventHash,
    at: Timestamp,
}

impl NotedRow<'_> {
    /// The number and the hash of the latest event, as the card with this id knows it.
    pub(crate) fn head(&self, card: PaymentMethodId) -> Result<(i64, EventHash), StoreError> {
        let latest = self.read(Origin { table: "card", row: &card })?;
        Ok((latest.seq, latest.head))
    }

    fn read(&self, origin: Origin<'_>) -> Result<Latest, StoreError> {
        let head = self.event_head.unwrap_or_default().try_into();
        Ok(Latest {
            seq: self.event_seq,
            head: EventHash(origin.check("event_head", head)?),
            at: origin.time("updated_at", self.updated_at)?,
        })
    }
}
