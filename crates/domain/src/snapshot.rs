//! A card as it was when a payment was made with it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    brand::CardType,
    card::{Card, CardStatus, HolderDetails},
    expiry::{ExpirationMonth, ExpirationYear},
    id::{EntityId, PaymentMethodId, SnapshotId},
    retry_rule::RetryRule,
    text::{CardHolderName, DeviceSessionId, IpAddress},
};

/// A card as it was once: it stays when the card is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its id, which says in which bucket it is.
    pub id: SnapshotId,
    /// The entity of the card.
    pub entity: EntityId,
    /// The card.
    pub card: PaymentMethodId,
    /// When it was taken.
    pub at: Timestamp,
    /// What there was to see; nothing once the card was scrubbed.
    pub face: Option<Face>,
}

/// What there is to see of a card that a payment does not change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Face {
    /// The brand.
    pub card_type: CardType,
    /// The number as it may be shown.
    pub number: Option<String>,
    /// The first digits of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bin: Option<String>,
    /// The month it expires in.
    pub month: ExpirationMonth,
    /// The year it expires in.
    pub year: ExpirationYear,
    /// The name on it.
    pub holder_name: Option<CardHolderName>,
    /// Address and contact.
    pub holder: HolderDetails,
    /// Address from which the holder entered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddress>,
    /// Session in which the holder entered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_session_id: Option<DeviceSessionId>,
    /// Whether it might be charged.
    pub status: CardStatus,
    /// When automatic retries stopped.
    pub retry_rule: RetryRule,
}

impl Face {
    /// What there is to see of a card now.
    pub fn of(card: &Card) -> Self {
        let number = card.number.as_ref();
        Self {
            card_type: card.card_type,
            number: number.map(|number| number.masked.to_string()),
            bin: number.and_then(|number| Some(number.bin.as_ref()?.as_str().to_owned())),
            month: card.expiry.month,
            year: card.expiry.year,
            holder_name: card.holder_name.clone(),
            holder: card.holder.clone(),
            ip_address: card.extras.ip_address.clone(),
            device_session_id: card.extras.device_session_id.clone(),
            status: card.status,
            retry_rule: card.retry_rule,
        }
    }

    /// By what two faces that are the same are known to be.
    fn digest(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut half = [0; 16];
        half.copy_from_slice(&Sha256::digest(text)[..16]);
        Uuid::from_bytes(half).simple().to_string()
    }
}

/// The latest snapshot of a card, and what it shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Its id.
    pub id: SnapshotId,
    /// The digest of the face.
    of: String,
}

impl Taken {
    /// Takes a snapshot of a card with this id, unless the latest shows the card as it is.
    pub(crate) fn of(card: &Card, id: SnapshotId, at: Timestamp) -> (Self, Option<Snapshot>) {
        let face = Face::of(card);
        let digest = face.digest();
        match &card.activity.snapshot {
            Some(latest) if latest.of == digest => (latest.clone(), None),
            _ => {
                let snapshot =
                    Snapshot { id, entity: card.entity, card: card.id, at, face: Some(face) };
                (Self { id, of: digest }, Some(snapshot))
            }
        }
    }
}
