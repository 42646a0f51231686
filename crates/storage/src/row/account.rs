//! The row of an account.

use cardfile_domain::{
    account::Account,
    event::EventHash,
    id::{AccountId, AccountKey, AccountRef, EntityId, PaymentMethodId},
    ports::StoreError,
};

use super::Origin;

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
}

impl AccountRow<'_> {
    /// The account.
    pub(crate) fn read(&self) -> Result<Account, StoreError> {
        let origin = Origin { table: "account", row: &self.account_key };
        let number = self.number.map(str::parse).transpose();
        let head = self.event_head.try_into();
        Ok(Account {
            name: AccountRef {
                entity: EntityId::from_bytes(self.entity),
                key: AccountKey::from_stored(self.account_key.to_owned()),
            },
            id: AccountId::from_bytes(self.id),
            number: origin.check("number", number)?,
            default_card: self.default_card.map(PaymentMethodId::from_bytes),
            version: self.version,
            event_seq: self.event_seq,
            event_head: EventHash(origin.check("event_head", head)?),
            details: origin.json("details", self.details)?,
            created_at: origin.time("created_at", self.created_at)?,
            updated_at: origin.time("updated_at", self.updated_at)?,
        })
    }
}
