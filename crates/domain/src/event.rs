//! What happened. An event never changes; each holds the hash of the one before.
//!
//! A recorded event names the fields that changed, and gives old and new values only of those that
//! say nothing about a person. So scrubbing a card leaves nothing of it in the chain, and the chain
//! stays whole.

mod apply;
mod changes;
mod recorded;

use serde_json::{Map, Value, json};

pub use self::{changes::Changes, recorded::RecordedEvent};
use crate::{
    card::Card,
    expiry_warning::ExpiryWarning,
    id::PaymentMethodId,
    payment::{LogEntry, PaymentResult},
    refusal::Decline,
    snapshot::Snapshot,
};

/// The hash of an event; all zero before an account's first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventHash(pub [u8; 32]);

/// What one write did to one account.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The account was opened, perhaps with its first card.
    AccountOpened {
        /// What is kept beside it.
        details: Map<String, Value>,
        /// Its first card, which is its default.
        card: Option<Box<Card>>,
    },
    /// The account's default card or details changed.
    AccountUpdated {
        /// The new default card, if it changed.
        default_card: Option<PaymentMethodId>,
        /// The details after the change, if they changed.
        details: Option<Map<String, Value>>,
        /// Which of them changed.
        changes: Changes,
    },
    /// A card was put on file.
    CardCreated {
        /// The card.
        card: Box<Card>,
        /// It is the account's default now.
        made_default: bool,
        /// What the card that it replaces is now.
        replaced: Option<Box<Card>>,
    },
    /// A card was changed.
    CardUpdated {
        /// The card after the change.
        card: Box<Card>,
        /// What changed.
        changes: Changes,
        /// It became the account's default.
        made_default: bool,
    },
    /// A card came from its private account.
    CardAttached {
        /// The card as it is now.
        card: Box<Card>,
        /// What else changed.
        changes: Changes,
        /// It is the account's default now.
        made_default: bool,
        /// The details of the account, if it was opened for the card.
        details: Option<Map<String, Value>>,
    },
    /// A card left its private account.
    CardMoved {
        /// Which card.
        card: PaymentMethodId,
    },
    /// A card was forgotten.
    CardDeleted {
        /// Which card.
        card: PaymentMethodId,
    },
    /// The default card was forgotten.
    DefaultDeleted {
        /// Which card.
        card: PaymentMethodId,
        /// The account's default now.
        next: Option<PaymentMethodId>,
    },
    /// A card's sensitive data was erased.
    CardScrubbed {
        /// What is left of the card.
        card: Box<Card>,
        /// It was the default; the account has none now.
        was_default: bool,
    },
    /// The gateway approved a card.
    CardVerified {
        /// The card with the gateway's word noted.
        card: Box<Card>,
    },
    /// A card will expire soon, or just has.
    CardExpiring {
        /// The card with the warning noted.
        card: Box<Card>,
        /// Which warning it is.
        warning: ExpiryWarning,
    },
    /// A payment with a card succeeded or failed.
    PaymentNoted {
        /// The card after it.
        card: Box<Card>,
        /// What changed in its counters.
        changes: Changes,
        /// The payment.
        log: Box<LogEntry>,
        /// The card as it was charged, unless an earlier snapshot shows the same.
        snapshot: Option<Box<Snapshot>>,
    },
    /// The gateway declined what was wanted of a card, after it had not answered in time.
    CardDeclined {
        /// Which card.
        card: PaymentMethodId,
        /// Why.
        reason: Decline,
    },
}

impl Event {
    /// The event's name in the feed.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AccountOpened { .. } => "account.opened",
            Self::AccountUpdated { .. } => "account.updated",
            Self::CardCreated { .. } => "card.created",
            Self::CardUpdated { .. } => "card.updated",
            Self::CardAttached { .. } => "card.attached",
            Self::CardMoved { .. } => "card.moved",
            Self::CardDeleted { .. } | Self::DefaultDeleted { .. } => "card.deleted",
            Self::CardScrubbed { .. } => "card.scrubbed",
            Self::CardVerified { .. } => "card.verified",
            Self::CardExpiring { .. } => "card.expiring",
            Self::PaymentNoted { log, .. } => match &log.outcome {
                Some(outcome) if outcome.result.is_success() => "payment.succeeded",
                _ => "payment.failed",
            },
            Self::CardDeclined { .. } => "card.declined",
        }
    }

    /// The card that the event is about.
    pub fn card(&self) -> Option<PaymentMethodId> {
        match self {
            Self::AccountOpened { card, .. } => card.as_ref().map(|card| card.id),
            Self::AccountUpdated { default_card, .. } => *default_card,
            Self::CardCreated { card, .. }
            | Self::CardUpdated { card, .. }
            | Self::CardAttached { card, .. }
            | Self::CardScrubbed { card, .. }
            | Self::CardVerified { card }
            | Self::PaymentNoted { card, .. }
            | Self::CardExpiring { card, .. } => Some(card.id),
            Self::CardMoved { card }
            | Self::CardDeleted { card }
            | Self::CardDeclined { card, .. }
            | Self::DefaultDeleted { card, .. } => Some(*card),
        }
    }

    /// The card after it, if nothing but that card's fields is another than before.
    pub fn changed_card(&self) -> Option<&Card> {
        match self {
            Self::CardUpdated { card, made_default: false, .. }
            | Self::CardVerified { card }
            | Self::PaymentNoted { card, .. }
            | Self::CardExpiring { card, .. } => Some(card),
            _ => None,
        }
    }

    fn body(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let default = match self {
            Self::AccountOpened { card, .. } => card.is_some(),
            Self::AccountUpdated { default_card, changes, .. } => {
                changes.write(&mut body);
                default_card.is_some()
            }
            Self::CardCreated { made_default, replaced, .. } => {
                if let Some(replaced) = replaced {
                    body.insert("replaces".to_owned(), json!(replaced.id));
                }
                *made_default
            }
            Self::CardUpdated { changes, made_default, .. }
            | Self::CardAttached { changes, made_default, .. } => {
                changes.write(&mut body);
                *made_default
            }
            Self::PaymentNoted { changes, log, .. } => {
                changes.write(&mut body);
                log.write(&mut body);
                false
            }
            Self::CardScrubbed { was_default, .. } => {
                if *was_default {
                    body.insert("default".to_owned(), Value::Bool(false));
                }
                false
            }
            Self::CardExpiring { card, warning } => {
                body.insert("daysLeft".to_owned(), warning.days_left().into());
                body.insert("due".to_owned(), warning.due(card.expiry).to_string().into());
                false
            }
            Self::CardDeclined { reason, .. } => {
                body.insert("reason".to_owned(), Value::from(reason.as_str()));
                false
            }
            Self::DefaultDeleted { next, .. } => {
                body.insert("default".to_owned(), Value::Bool(false));
                if let Some(next) = next {
                    body.insert("nextDefault".to_owned(), json!(next));
                }
                false
            }
            Self::CardMoved { .. } | Self::CardDeleted { .. } | Self::CardVerified { .. } => false,
        };
        if default {
            body.insert("default".to_owned(), Value::Bool(true));
        }
        body
    }
}

impl LogEntry {
    /// The words of a gateway may say something about a person, so they stay out of the chain.
    fn write(&self, body: &mut Map<String, Value>) {
        body.insert("transactionLog".to_owned(), json!(self.id));
        body.insert("snapshot".to_owned(), json!(self.snapshot));
        body.insert("at".to_owned(), json!(self.at));
        let Some(outcome) = &self.outcome else { return };
        body.insert("payment".to_owned(), json!(outcome.payment));
        if let PaymentResult::Failed { code: Some(code), .. } = &outcome.result {
            body.insert("code".to_owned(), json!(code));
        }
    }
}
