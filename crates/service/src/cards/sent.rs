//! What callers send in about cards.

use cardfile_domain::{
    brand::CardType,
    card::{Extras, HolderDetails},
    card_number::CardNumber,
    command::{Brought, CardPatch},
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::AccountKey,
    retry_rule::RetryRule,
    security_code::SecurityCode,
    text::{CardHolderName, CurrencyCode},
};
use serde_json::{Map, Value};

/// A card as a caller sends it in.
pub struct CardEntry {
    /// The number; it is sealed before it goes any further.
    pub number: CardNumber,
    /// The brand as the caller names it.
    pub card_type: CardType,
    /// When it expires.
    pub expiry: Expiry,
    /// The name on the card, if it was given.
    pub holder_name: Option<CardHolderName>,
    /// Address and contact.
    pub holder: HolderDetails,
    /// What gateways want kept.
    pub extras: Extras,
    /// The tenant's own fields.
    pub custom: CustomFields,
    /// Failed payments so far.
    pub failures: ConsecutiveFailures,
    /// When automatic retries stop.
    pub retry_rule: RetryRule,
    /// What it brings along from where it was on file before.
    pub brought: Brought,
    /// Make it the account's default.
    pub make_default: bool,
    /// Refuse it if the account has one that looks the same.
    pub check_duplicated: bool,
    /// The code; it is spent on the gateway.
    pub security_code: Option<SecurityCode>,
    /// Do not ask the gateway.
    pub skip_validation: bool,
    /// Options for the gateway.
    pub gateway_options: Map<String, Value>,
}

/// When a change of a card must come with a security code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePolicy {
    /// When month, year or holder name change.
    WhenIdentityChanges,
    /// Never; but one that is given is verified.
    Optional,
}

/// A change as a caller sends it in.
pub struct CardChange {
    /// What to change.
    pub patch: Box<CardPatch>,
    /// The account to give the card to.
    pub account: Option<AccountKey>,
    /// The code; it is spent on the gateway.
    pub security_code: Option<SecurityCode>,
    /// When there has to be one.
    pub policy: CodePolicy,
    /// Options for the gateway.
    pub gateway_options: Map<String, Value>,
}

/// A wish to have a card verified.
pub struct VerifyRequest {
    /// The code; it is spent on the gateway.
    pub security_code: Option<SecurityCode>,
    /// Currency of the zero-amount authorisation.
    pub currency: Option<CurrencyCode>,
    /// Options for the gateway.
    pub gateway_options: Map<String, Value>,
}
