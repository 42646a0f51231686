//! A card on file: what is kept of it, and nothing else.
//!
//! The type has no place for a security code, and the number is here only as a sealed blob that
//! this crate can neither make nor open.

mod details;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::details::{
    Extras, HolderDetails, MandateInfo, MitConsentAgreementSrc, MitProfileAction, MitProfileType,
    Upstream,
};
use crate::{
    brand::CardType,
    card_number::{Bin, MaskedNumber},
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountKey, AccountRef, Bucket, ClientId, EntityId, PaymentMethodId},
    limits::CARD_TOKEN_HOURS,
    retry_rule::RetryRule,
    snapshot::Taken,
    tally::Tally,
    text::CardHolderName,
};

/// A credit-card payment method as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its name on the wire, for ever.
    pub id: PaymentMethodId,
    /// The entity that owns it.
    pub entity: EntityId,
    /// The account it belongs to; a private one for a card made without an account.
    pub account: AccountKey,
    /// The brand as the caller named it.
    pub card_type: CardType,
    /// What is kept of the number; `None` once scrubbed.
    pub number: Option<StoredNumber>,
    /// Month and year after which it is no longer valid.
    pub expiry: Expiry,
    /// The name on the card, if it was given; `None` once scrubbed.
    pub holder_name: Option<CardHolderName>,
    /// Where the holder lives and can be reached.
    pub holder: HolderDetails,
    /// Everything a gateway or a scheme wants to be reminded of.
    pub extras: Extras,
    /// The tenant's own fields.
    pub custom: CustomFields,
    /// Failed payments in a row.
    pub failures: ConsecutiveFailures,
    /// Whether it may be charged.
    pub status: CardStatus,
    /// When automatic retries stop.
    pub retry_rule: RetryRule,
    /// What the gateway last said of it.
    pub activity: Activity,
    /// When it was made, and by whom.
    pub created: Stamp,
    /// When it last changed, and by whom.
    pub updated: Stamp,
}

impl Card {
    /// The account that the card belongs to.
    pub fn account_ref(&self) -> AccountRef {
        AccountRef { entity: self.entity, key: self.account.clone() }
    }

    /// Where the card's row is filed: beside its account, wherever it was made.
    pub fn bucket(&self) -> Bucket {
        self.account.bucket(self.entity)
    }

    /// Whether it was made as a token that nobody has used and that is too old to be used.
    pub fn is_outdated_token(&self, now: Timestamp) -> bool {
        let age = now.duration_since(self.created.at);
        self.extras.is_token && age >= SignedDuration::from_hours(CARD_TOKEN_HOURS)
    }

    /// Whether the card may be charged and counts as a duplicate of another.
    pub fn is_active(&self) -> bool {
        self.status == CardStatus::Active
    }
}

/// What is kept of a card number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredNumber {
    /// The first six or eight digits, unless a gateway keeps the number and does not tell.
    pub bin: Option<Bin>,
    /// The last four digits and the length: all of the number that may be shown.
    pub masked: MaskedNumber,
    /// The number itself, unless a gateway keeps it.
    pub vaulted: Option<VaultedNumber>,
}

/// A card number that is kept here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultedNumber {
    /// The number, sealed by the vault.
    pub sealed: SealedNumber,
    /// A keyed hash by which equal numbers of one entity are recognised.
    pub fingerprint: Fingerprint,
}

/// A card number that only the vault can open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedNumber {
    /// Nonce, ciphertext and tag.
    #[serde(with = "crate::hex_bytes")]
    pub bytes: Vec<u8>,
    /// Which of the entity's keys sealed it.
    pub key_version: u16,
}

/// A keyed hash of a card number, good only within one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint(pub [u8; 32]);

/// Whether a card may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CardStatus {
    /// It may be charged.
    Active,
    /// The issuer or a caller closed it.
    Closed,
    /// Its sensitive data is gone for good.
    Scrubbed,
}

impl CardStatus {
    /// The status as it is written on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Closed => "Closed",
            Self::Scrubbed => "Scrubbed",
        }
    }
}

impl std::str::FromStr for CardStatus {
    type Err = crate::id::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "Active" => Ok(Self::Active),
            "Closed" => Ok(Self::Closed),
            "Scrubbed" => Ok(Self::Scrubbed),
            _ => Err(crate::id::IdError),
        }
    }
}

/// What gateways have said of a card so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Activity {
    /// When a gateway last approved or declined something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transaction_at: Option<Timestamp>,
    /// What it said then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transaction_status: Option<TransactionStatus>,
    /// How many warnings of its expiry were given, or were due before it had this expiry.
    #[serde(skip_serializing_if = "is_zero")]
    pub warned: u8,
    /// When a payment last failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failed_payment_at: Option<Timestamp>,
    /// How many payments succeeded.
    #[serde(skip_serializing_if = "is_zero")]
    pub processed_payments: u32,
    /// How many payments failed.
    #[serde(skip_serializing_if = "is_zero")]
    pub failed_payments: u32,
    /// How the count of failures in a row came about, if payments or a caller had a part in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tally: Option<Tally>,
    /// The latest snapshot of the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Taken>,
}

fn is_zero<T: Copy + Into<u32>>(count: &T) -> bool {
    let count: u32 = (*count).into();
    count == 0
}

/// What a gateway said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionStatus {
    /// The gateway approved.
    Approved,
    /// The gateway declined.
    Declined,
}

impl TransactionStatus {
    /// The status as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
            Self::Declined => "Declined",
        }
    }
}

/// Who did something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The moment, to the microsecond.
    pub at: Timestamp,
    /// The client that asked for it.
    pub by: ClientId,
}
