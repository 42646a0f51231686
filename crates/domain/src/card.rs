//! A card on file: what is kept of it, and nothing else.
//!
//! The type has no place for a security code, and the number is here only as a sealed blob that
//! this crate can neither make nor open.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    brand::CardType,
    card_number::{Bin, MaskedNumber},
    country::Country,
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountKey, AccountRef, Bucket, ClientId, EntityId, PaymentMethodId},
    retry_rule::RetryRule,
    text::{
        AddressLine, CardHolderName, City, ConsentRef, CurrencyCode, DeviceSessionId, Email,
        GatewayName, GatewayNumber, IdentityNumber, IpAddress, MandateId, MandateReason,
        MandateStatus, NetworkTransactionId, PaymentMethodNumber, Phone, StateName, ZipCode,
    },
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
    /// The name on the card; `None` once scrubbed.
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

    /// Whether the card may be charged and counts as a duplicate of another.
    pub fn is_active(&self) -> bool {
        self.status == CardStatus::Active
    }
}

/// What is kept of a card number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNumber {
    /// The first six or eight digits.
    pub bin: Bin,
    /// The last four digits and the length: all of the number that may be shown.
    pub masked: MaskedNumber,
    /// The number itself, sealed by the vault.
    pub sealed: SealedNumber,
    /// A keyed hash by which equal numbers of one entity are recognised.
    pub fingerprint: Fingerprint,
}

/// A card number that only the vault can open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedNumber {
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
    /// Which of the entity's keys sealed it.
    pub key_version: u16,
}

/// A keyed hash of a card number, good only within one entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
}

/// What a gateway said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TransactionStatus {
    /// The gateway approved.
    Approved,
}

impl TransactionStatus {
    /// The status as it is written on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "Approved",
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

/// The card holder's address and contact, all of it optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HolderDetails {
    /// First address line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line1: Option<AddressLine>,
    /// Second address line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<AddressLine>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<City>,
    /// Country, by its English name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// State or province; for the United States and Canada by its full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateName>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip_code: Option<ZipCode>,
}

/// What gateways and card schemes want kept beside a card, all of it optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Extras {
    /// The gateway that verifies this card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_gateway: Option<GatewayName>,
    /// The gateway's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway_number: Option<GatewayNumber>,
    /// Currency for which the card was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<CurrencyCode>,
    /// Address from which the holder entered the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<IpAddress>,
    /// Identity number of the holder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity_number: Option<IdentityNumber>,
    /// Session in which the holder entered the card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_session_id: Option<DeviceSessionId>,
    /// The tenant's own number for the payment method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method_number: Option<PaymentMethodNumber>,
    /// The holder's mandate and stored-credential consent.
    #[serde(skip_serializing_if = "MandateInfo::is_empty")]
    pub mandate: MandateInfo,
}

/// The mandate and the consent under which a stored card may be charged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MandateInfo {
    /// Mandate id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate_id: Option<MandateId>,
    /// Mandate reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate_reason: Option<MandateReason>,
    /// Mandate status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mandate_status: Option<MandateStatus>,
    /// What to do with the stored-credential profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mit_profile_action: Option<MitProfileAction>,
    /// What kind of later charges the holder agreed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mit_profile_type: Option<MitProfileType>,
    /// Where the consent was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mit_consent_agreement_src: Option<MitConsentAgreementSrc>,
    /// A reference to the consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mit_consent_agreement_ref: Option<ConsentRef>,
    /// The scheme's id of the first transaction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mit_network_transaction_id: Option<NetworkTransactionId>,
    /// The day on which the holder agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mit_profile_agreed_on: Option<jiff::civil::Date>,
}

impl MandateInfo {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

macro_rules! wire_words {
    ($(#[$doc:meta])* $name:ident { $($word:ident),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $(
                #[doc = concat!("`", stringify!($word), "` on the wire.")]
                $word
            ),+
        }

        impl std::str::FromStr for $name {
            type Err = crate::id::IdError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $(stringify!($word) => Ok(Self::$word),)+
                    _ => Err(crate::id::IdError),
                }
            }
        }

        impl $name {
            /// The word as it is written on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$word => stringify!($word)),+
                }
            }
        }
    };
}

wire_words! {
    /// What a caller wants done with the stored-credential profile.
    MitProfileAction { Activate, Persist }
}
wire_words! {
    /// What kind of later charges the holder agreed to.
    MitProfileType { Recurring, Unscheduled }
}
wire_words! {
    /// Where the holder's consent was given.
    MitConsentAgreementSrc { External }
}
