//! The ways in which the business says no.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A business no. It never holds anything of the input.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// There is no such card in this entity.
    #[error("the card does not exist")]
    CardNotFound,
    /// There is no such account in this entity.
    #[error("the account does not exist")]
    AccountNotFound,
    /// The account number is taken.
    #[error("the account number is in use")]
    AccountExists,
    /// Month, year or holder name change, and there was no security code.
    #[error("a security code is required to change expiry or holder name")]
    SecurityCodeRequired,
    /// The security code has the wrong number of digits for the brand.
    #[error("the security code has the wrong length for this card type")]
    SecurityCodeLength,
    /// The card would be past its expiration.
    #[error("the expiration date is in the past")]
    Expired,
    /// The number does not belong to the brand that was named.
    #[error("the card number does not belong to the card type")]
    BrandMismatch,
    /// The state is none of its country's.
    #[error("the state is not one of its country")]
    UnknownState,
    /// The account has an active card that looks the same.
    #[error("the account already has this card")]
    Duplicate,
    /// The account's default card cannot be deleted.
    #[error("the default card cannot be deleted")]
    IsDefault,
    /// The card was scrubbed before and stays so.
    #[error("the card was scrubbed")]
    Scrubbed,
    /// A gateway keeps the card's number, so nobody can be asked with it from here.
    #[error("the gateway keeps the card number")]
    NumberElsewhere,
    /// A closed card cannot become the default.
    #[error("a closed card cannot be the default")]
    Closed,
    /// The card belongs to an account already.
    #[error("the card belongs to an account already")]
    AlreadyAttached,
    /// There is no such card in the account, so nothing can replace it.
    #[error("the account has no such card to replace")]
    NothingToReplace,
    /// Another card replaced it before.
    #[error("the card was replaced before")]
    AlreadyReplaced,
    /// Another card of the entity goes by a name that was to be given.
    #[error("another card has the name")]
    NameTaken,
    /// The token was used before.
    #[error("the token was used before")]
    TokenUsed,
    /// The default card must be one of the account's own.
    #[error("the card does not belong to the account")]
    NotOfAccount,
    /// Window and maximum only mean something when the tenant's rule is off.
    #[error("the retry rule of the tenant is in use")]
    DefaultRetryRule,
    /// More custom fields than a card may have.
    #[error("too many custom fields")]
    TooManyCustomFields,
    /// What is kept beside an account has grown too large.
    #[error("the account's details are too large")]
    DetailsTooLarge,
    /// The number is for tests, and the server is for real cards.
    #[error("the card number is a published test number")]
    TestNumber,
    /// The number is not one for tests, and the server is a sandbox.
    #[error("the card number is not a published test number")]
    NotATestNumber,
    /// Nobody is there to verify the card.
    #[error("no gateway is configured for the entity")]
    NoGateway,
    /// The gateway declined the card.
    #[error("the gateway declined the card")]
    Declined(Decline),
    /// The gateway gave no answer in time; whether it acted is not known yet.
    #[error("the gateway did not answer")]
    GatewayUnknown,
    /// The gateway cannot be reached, so nobody was asked.
    #[error("the gateway cannot be reached")]
    GatewayAway,
    /// Something else was told of the same payment before.
    #[error("another outcome of the payment is known")]
    OtherOutcome,
    /// The idempotency key was used for another request.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
}

impl Refusal {
    /// Whether it is no answer: what was asked for may still be done when it is asked for again.
    pub fn may_pass(self) -> bool {
        matches!(self, Self::GatewayUnknown | Self::GatewayAway)
    }
}

/// Why a gateway declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decline {
    /// The issuer gives no reason.
    DoNotHonor,
    /// The security code is wrong.
    IncorrectSecurityCode,
    /// The issuer says the card has expired.
    ExpiredCard,
    /// The card was reported lost or stolen.
    LostOrStolen,
    /// There is not enough money.
    InsufficientFunds,
    /// The gateway could not process the request.
    ProcessingError,
}

impl Decline {
    /// The reason as gateways write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DoNotHonor => "do_not_honor",
            Self::IncorrectSecurityCode => "incorrect_cvc",
            Self::ExpiredCard => "expired_card",
            Self::LostOrStolen => "lost_or_stolen_card",
            Self::InsufficientFunds => "insufficient_funds",
            Self::ProcessingError => "processing_error",
        }
    }
}
