//! The row of an event.

use std::borrow::Cow;

use cardfile_domain::{
    event::{EventHash, RecordedEvent},
    id::{AccountKey, AccountRef, ClientId, EntityId, PaymentMethodId},
    ports::StoreError,
};

use super::Origin;

/// The columns of `event`.
#[derive(Clone, Debug)]
pub(crate) struct EventRow<'r> {
    pub(crate) entity: [u8; 16],
    pub(crate) account_key: &'r str,
    pub(crate) seq: i64,
    pub(crate) kind: &'r str,
    pub(crate) card_id: Option<[u8; 16]>,
    pub(crate) at: i64,
    pub(crate) client: [u8; 16],
    pub(crate) track: Option<&'r str>,
    pub(crate) body: &'r str,
    pub(crate) previous: &'r [u8],
    pub(crate) hash: &'r [u8],
}

impl EventRow<'_> {
    /// The event. Whether its hash is right is for the reader of the chain to find out.
    pub(crate) fn read(&self) -> Result<RecordedEvent, StoreError> {
        let row = format!("{}/{}", self.account_key, self.seq);
        let origin = Origin { table: "event", row: &row };
        let track = self.track.map(str::parse).transpose();
        Ok(RecordedEvent {
            account: AccountRef {
                entity: EntityId::from_bytes(self.entity),
                key: AccountKey::from_stored(self.account_key.to_owned()),
            },
            seq: self.seq,
            kind: Cow::Owned(self.kind.to_owned()),
            card: self.card_id.map(PaymentMethodId::from_bytes),
            at: origin.time("at", self.at)?,
            by: ClientId::from_bytes(self.client),
            track: origin.check("track", track)?,
            body: self.body.to_owned(),
            previous: EventHash(origin.check("previous", self.previous.try_into())?),
            hash: EventHash(origin.check("hash", self.hash.try_into())?),
        })
    }
}
