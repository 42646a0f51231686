//! Gateways: the outside systems that verify cards, and some of which keep them.
//!
//! A gateway may fall silent while it is asked. Then nobody knows whether the issuer was asked, so
//! the question must not be put again: the gateway leaves a [`Trail`], by which it can find out later
//! what became of it.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    brand::CardType,
    card::HolderDetails,
    card_number::{CardNumber, Last4},
    expiry::{ExpirationMonth, ExpirationYear, Expiry},
    id::EntityId,
    refusal::Decline,
    security_code::SecurityCode,
    text::{CardHolderName, CurrencyCode},
};

/// What a gateway is asked to verify.
pub struct Verification<'a> {
    /// Whose card it is; each entity has the gateway of its configuration.
    pub entity: EntityId,
    /// What the question is known by: the same for two that are one, and no other's.
    pub reference: u128,
    /// The number, opened for this call only.
    pub number: &'a CardNumber,
    /// When the card expires.
    pub expiry: Expiry,
    /// The name on the card.
    pub holder_name: Option<&'a CardHolderName>,
    /// The code, given away: nobody has it afterwards.
    pub security_code: Option<SecurityCode>,
    /// Currency of the zero-amount authorisation.
    pub currency: Option<&'a CurrencyCode>,
    /// The caller's options; a gateway ignores those it does not know.
    pub options: &'a Map<String, Value>,
}

/// What a gateway says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The card is good.
    Approved,
    /// The card is not.
    Declined(Decline),
    /// There was no answer in time; nobody knows whether the issuer was asked.
    Unknown(Trail),
    /// The issuer was not asked, and will not be: the question may be put again.
    Unasked,
    /// No gateway is configured for the entity.
    Nobody,
}

/// What a gateway needs to find out what became of a question. It holds neither a number nor a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail(String);

impl Trail {
    /// A trail in a gateway's own words.
    pub fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }

    /// The gateway's own words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Trail {
    /// Where it leads is a matter between the gateway and us.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trail(..)")
    }
}

/// The outside system that can verify a card.
#[async_trait]
pub trait Gateway: Send + Sync + 'static {
    /// Verifies a card without taking money.
    async fn verify(&self, verification: Verification<'_>) -> Verdict;

    /// Finds out what became of a question that was left without an answer. The issuer is never asked
    /// a second time for it.
    async fn trace(&self, _entity: EntityId, trail: &Trail) -> Verdict {
        Verdict::Unknown(trail.clone())
    }

    /// Removes what is left at the gateway, once what became of the question is known for good.
    async fn let_go(&self, _entity: EntityId, _trail: &Trail) {}

    /// Whether the gateway of an entity does something with an option; those that it ignores are told
    /// to callers who only try.
    fn heeds(&self, _entity: EntityId, _option: &str) -> bool {
        false
    }
}

/// A card that a gateway keeps, as the gateway tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptCard {
    /// The gateway's id of the customer whose card it is.
    pub customer: String,
    /// The gateway's id of the card.
    pub card: String,
    /// The brand.
    pub brand: CardType,
    /// The last four digits.
    pub last4: Last4,
    /// When it expires.
    pub expiry: Expiry,
    /// The name on it.
    pub holder_name: Option<CardHolderName>,
    /// Where its holder lives.
    pub holder: HolderDetails,
}

/// What is to be changed of a card that a gateway keeps; everything absent stays, and an empty text
/// removes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptChange {
    /// Expiration month.
    pub month: Option<ExpirationMonth>,
    /// Expiration year.
    pub year: Option<ExpirationYear>,
    /// The name on the card.
    pub name: Option<String>,
    /// First address line.
    pub line1: Option<String>,
    /// Second address line.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// Country.
    pub country: Option<String>,
}

/// Why a gateway did not do with a card that it keeps what it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeeperFault {
    /// There is no such customer.
    #[error("the gateway knows no such customer")]
    NoCustomer,
    /// There is no such card, or no such token.
    #[error("the gateway knows no such card or token")]
    NoCard,
    /// The token was used before.
    #[error("the token was used before")]
    TokenUsed,
    /// The issuer says no.
    #[error("the card was declined")]
    Declined(Decline),
    /// The gateway does not take what it was sent.
    #[error("the gateway refused the request")]
    Refused,
    /// Nothing was done, because the gateway cannot be reached or keeps no cards.
    #[error("the gateway cannot be reached")]
    Unreachable,
    /// There was no answer that can be understood; nobody knows whether it was done.
    #[error("the gateway did not answer")]
    Silent,
}

/// A card to add to what a gateway keeps.
#[derive(Clone, Copy, Debug)]
pub struct Addition<'a> {
    /// The customer whose card it is to be; one is made if there is none yet.
    pub customer: Option<&'a str>,
    /// The single-use token that stands for the card.
    pub token: &'a str,
    /// What the request is known by: repeated under the same, it has one effect.
    pub reference: u128,
}

/// The outside system that keeps cards whose numbers never pass through here.
#[async_trait]
pub trait Keeper: Send + Sync + 'static {
    /// Whether it keeps the cards of an entity.
    fn keeps(&self, entity: EntityId) -> bool;

    /// Adds the card that a token stands for. It becomes the customer's default only if there is no other.
    async fn add(&self, entity: EntityId, addition: Addition<'_>) -> Result<KeptCard, KeeperFault>;

    /// Makes a card its customer's default.
    async fn set_default(
        &self,
        entity: EntityId,
        customer: &str,
        card: &str,
    ) -> Result<(), KeeperFault>;

    /// Changes what is known of a card.
    async fn update(
        &self,
        entity: EntityId,
        customer: &str,
        card: &str,
        change: &KeptChange,
    ) -> Result<KeptCard, KeeperFault>;

    /// Removes a card; one that is gone already is removed, too.
    async fn remove(&self, entity: EntityId, customer: &str, card: &str)
    -> Result<(), KeeperFault>;
}

/// The keeper of those who keep all cards themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeeper;

#[async_trait]
impl Keeper for NoKeeper {
    fn keeps(&self, _: EntityId) -> bool {
        false
    }

    async fn add(&self, _: EntityId, _: Addition<'_>) -> Result<KeptCard, KeeperFault> {
        Err(KeeperFault::Unreachable)
    }

    async fn set_default(&self, _: EntityId, _: &str, _: &str) -> Result<(), KeeperFault> {
        Err(KeeperFault::Unreachable)
    }

    async fn update(
        &self,
        _: EntityId,
        _: &str,
        _: &str,
        _: &KeptChange,
    ) -> Result<KeptCard, KeeperFault> {
        Err(KeeperFault::Unreachable)
    }

    async fn remove(&self, _: EntityId, _: &str, _: &str) -> Result<(), KeeperFault> {
        Err(KeeperFault::Unreachable)
    }
}
