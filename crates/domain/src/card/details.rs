//! What is kept beside a card: its holder's address, and what gateways and schemes want.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    country::Country,
    id::PaymentMethodId,
    text::{
        AddressLine, CardName, City, ConsentRef, CurrencyCode, DeviceSessionId, Email, GatewayName,
        GatewayNumber, IdentityNumber, IpAddress, MandateId, MandateReason, MandateStatus,
        NetworkTransactionId, PaymentMethodNumber, Phone, StateName, ZipCode,
    },
};

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
    /// It was made as a single-use token, and nobody has used the token yet.
    #[serde(skip_serializing_if = "is_false")]
    pub is_token: bool,
    /// Where a gateway keeps the card, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upstream: Option<Upstream>,
    /// The card that this one replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<PaymentMethodId>,
    /// The card that replaced this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<PaymentMethodId>,
    /// What others call the card; no two cards of an entity share a name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<CardName>,
}

/// Where a gateway keeps a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upstream {
    /// The gateway's id of the customer whose card it is.
    pub customer: String,
    /// The gateway's id of the card.
    pub card: String,
    /// The moment of the latest news of it: older news that comes later is passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub as_of: Option<Timestamp>,
    /// The moment of the latest news that made it the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_as_of: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_false(flag: &bool) -> bool {
    !flag
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
