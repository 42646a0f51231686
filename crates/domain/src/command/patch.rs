//! Changes: what is absent stays.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    card::{CardStatus, MandateInfo},
    country::Country,
    custom_fields::CustomFields,
    expiry::{ExpirationMonth, ExpirationYear},
    failures::ConsecutiveFailures,
    retry_rule::{MaxFailures, RetryWindow},
    text::{
        AddressLine, CardHolderName, City, CurrencyCode, DeviceSessionId, Email, GatewayName,
        GatewayNumber, IpAddress, Phone, StateName, ZipCode,
    },
};

/// What a change does with a field that may be empty: not naming it differs from emptying it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Patch<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Set it.
    Set(T),
}

impl<T: Clone + PartialEq> Patch<T> {
    /// Applies the change and tells whether it made a difference.
    pub fn apply(&self, field: &mut Option<T>) -> bool {
        let next = match self {
            Self::Keep => return false,
            Self::Clear => None,
            Self::Set(value) => Some(value.clone()),
        };
        let changed = *field != next;
        *field = next;
        changed
    }
}

/// Changes to a card; everything absent stays.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct CardPatch {
    /// Expiration month.
    pub month: Option<ExpirationMonth>,
    /// Expiration year.
    pub year: Option<ExpirationYear>,
    /// The name on the card.
    pub holder_name: Option<CardHolderName>,
    /// Address and contact.
    pub holder: HolderPatch,
    /// Address from which the holder entered the card.
    pub ip_address: Patch<IpAddress>,
    /// Session in which the holder entered the card.
    pub device_session_id: Patch<DeviceSessionId>,
    /// The gateway that verifies the card.
    pub auth_gateway: Patch<GatewayName>,
    /// That gateway's number.
    pub gateway_number: Patch<GatewayNumber>,
    /// Currency for which the card was verified.
    pub currency: Patch<CurrencyCode>,
    /// Mandate fields that are set; the others stay.
    pub mandate: Option<MandateInfo>,
    /// Custom fields to set; null keeps the name without a value.
    pub custom: CustomFields,
    /// Failed payments in a row.
    pub failures: Option<ConsecutiveFailures>,
    /// Active or closed.
    pub status: Option<CardStatus>,
    /// Retry rule.
    pub retry: RetryPatch,
    /// Make it the account's default.
    pub make_default: bool,
    /// Refuse the change if the card would then look like another.
    pub check_duplicated: bool,
    /// What the caller did about the security code.
    pub security_code: CodeUse,
    /// Leave no event where the card stays as it is.
    pub unless_same: bool,
    /// The moment of which the change is news of the gateway that keeps the card. It is passed over if
    /// there is later news.
    pub news_of: Option<Timestamp>,
}

impl CardPatch {
    /// The currency that comes with the change.
    pub fn currency_given(&self) -> Option<CurrencyCode> {
        match &self.currency {
            Patch::Set(currency) => Some(currency.clone()),
            Patch::Keep | Patch::Clear => None,
        }
    }
}

/// Changes to a card holder's address and contact.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct HolderPatch {
    /// First address line.
    pub address_line1: Patch<AddressLine>,
    /// Second address line.
    pub address_line2: Patch<AddressLine>,
    /// City.
    pub city: Patch<City>,
    /// Country.
    pub country: Patch<Country>,
    /// E-mail address.
    pub email: Patch<Email>,
    /// Phone number.
    pub phone: Patch<Phone>,
    /// State, as the caller wrote it: what it means depends on the country.
    pub state: Patch<StateName>,
    /// Postal code.
    pub zip_code: Patch<ZipCode>,
}

/// Changes to a card's retry rule.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct RetryPatch {
    /// Use the tenant's rule.
    pub use_default: Option<bool>,
    /// Hours between retries.
    pub window_hours: Patch<RetryWindow>,
    /// Failures after which retries stop.
    pub max_failures: Patch<MaxFailures>,
}

/// Whether a change came with a security code, and whether it has to.
///
/// The code itself never gets this far: the gateway consumed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUse {
    /// The dialect asks for one when month, year or holder name changes.
    pub required_on_change: bool,
    /// One was given, and the gateway approved the card with it.
    pub approved: bool,
}
