//! What a caller wants done, after its words were parsed and its card number sealed.

mod kind;
mod patch;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::patch::{CardPatch, CodeUse, HolderPatch, Patch, RetryPatch};
use crate::{
    brand::CardType,
    card::{Activity, Extras, HolderDetails, StoredNumber},
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountRef, ClientId, EntityId, PaymentMethodId},
    payment::PaymentOutcome,
    policy::Replacement,
    retry_rule::RetryRule,
    text::{AccountNumber, CardHolderName, CardName},
    track_id::TrackId,
};

/// One write on its way to a lane.
#[derive(Clone, Debug)]
pub struct Write {
    /// What the command is about.
    pub target: Target,
    /// What is to happen.
    pub command: Command,
    /// Who asks, when, and under which trace id.
    pub context: Context,
    /// The caller's idempotency key, if it sent one.
    pub claim: Option<Claim>,
}

/// Whether a write is done or only tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// It is done.
    #[default]
    Effect,
    /// It is decided on what is stored, and leaves nothing behind.
    Rehearsal,
}

/// What a command is about; its bucket decides the lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An account, by its key or by its id.
    Account(AccountRef),
    /// A card, wherever it lives now.
    Card(EntityId, PaymentMethodId),
}

/// Who asks, and what the pure core must be told because it may not look it up.
#[derive(Clone, Debug)]
pub struct Context {
    /// The calling client.
    pub by: ClientId,
    /// The caller's trace id.
    pub track: Option<TrackId>,
    /// The time of the request.
    pub at: Timestamp,
    /// Randomness for the id of an account that this write may open.
    pub random: u64,
}

/// A caller's promise that requests with this key are one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// A hash of the key.
    pub key: [u8; 32],
    /// A keyed hash of the request without its security code.
    pub request: [u8; 32],
}

/// What is to happen.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open an account, with a card or without.
    OpenAccount(Box<OpenAccount>),
    /// Change an account's default card or what is kept beside it.
    UpdateAccount(AccountPatch),
    /// Put a card on file.
    CreateCard(Box<NewCard>),
    /// Change a card.
    UpdateCard(Box<CardPatch>),
    /// Give a card that was made without an account to one, and change it in the same breath.
    AttachCard(Box<Attach>),
    /// Forget a card.
    DeleteCard,
    /// Forget a card although it may be the default, with another default in its place.
    DropCard(DropCard),
    /// Forget a card that nobody gave to an account in time.
    ForgetOrphan,
    /// Erase a card's sensitive data for good.
    ScrubCard,
    /// Note that the gateway approved the card.
    NoteVerified,
    /// Give the next warning that a card expires, if it is due.
    WarnOfExpiry,
    /// Note what became of a payment with the card.
    NoteOutcome(Box<PaymentOutcome>),
    /// Note that the gateway declined the card, after it had not answered in time.
    NoteDeclined(crate::refusal::Decline),
    /// Keep a refusal as the answer to a claim; nothing else changes.
    NoteRefusal(crate::refusal::Refusal),
}

/// An account to open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenAccount {
    /// The number it is opened under.
    pub number: AccountNumber,
    /// What is not about cards, kept as given.
    pub details: Map<String, Value>,
    /// Its first card.
    pub card: Option<NewCard>,
}

/// What a new card brings along from where it was on file before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// It was closed there, and may not be charged.
    pub closed: bool,
    /// It may have expired there.
    pub may_be_expired: bool,
    /// It was not what its account was charged with, and does not become that for want of another.
    pub not_default: bool,
}

/// A card to put on file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewCard {
    /// The id it gets.
    pub id: PaymentMethodId,
    /// The brand as the caller named it.
    pub card_type: CardType,
    /// What is kept of its number.
    pub number: StoredNumber,
    /// When it expires.
    pub expiry: Expiry,
    /// The name on the card, if it is known.
    pub holder_name: Option<CardHolderName>,
    /// Address and contact; a state still as the caller wrote it.
    pub holder: HolderDetails,
    /// What gateways want kept.
    pub extras: Extras,
    /// The tenant's own fields.
    pub custom: CustomFields,
    /// Failed payments so far.
    pub failures: ConsecutiveFailures,
    /// When automatic retries stop.
    pub retry_rule: RetryRule,
    /// The card of the same account that it replaces.
    pub replaces: Option<Replacement>,
    /// What others call it.
    pub names: Vec<CardName>,
    /// What the gateway said on the way in.
    pub activity: Activity,
    /// What it brings along from where it was on file before.
    pub brought: Brought,
    /// Make it the account's default.
    pub make_default: bool,
    /// Refuse it if the account has an active card that looks the same.
    pub check_duplicated: bool,
}

/// A card to give to an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Attach {
    /// The card, which now lives in its private account.
    pub card: PaymentMethodId,
    /// The account, opened by this write where it is given as one to open.
    pub open: Option<OpenAccount>,
    /// Changes made to the card on the way.
    pub patch: CardPatch,
    /// It was named as a token, and may be one.
    pub may_be_token: bool,
}

/// A card to forget, whether it is its account's default or not.
#[derive(Clone, Copy, Debug)]
pub struct DropCard {
    /// The card.
    pub card: PaymentMethodId,
    /// What the account is charged with from then on, if the card was its default.
    pub next: Option<PaymentMethodId>,
}

/// Changes to an account.
#[derive(Clone, Debug, Default)]
pub struct AccountPatch {
    /// The card to charge from now on.
    pub default_card: Option<PaymentMethodId>,
    /// Details to set; nulls remove.
    pub details: Map<String, Value>,
}
