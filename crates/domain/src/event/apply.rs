//! Letting events happen.

use std::borrow::Cow;

use serde_json::Value;

use super::{Event, EventHash, RecordedEvent};
use crate::{account::State, card::Card, command::Context, id::PaymentMethodId};

impl State {
    /// Lets an event happen to the account and links it to the chain.
    pub fn record(&mut self, event: Event, context: &Context) -> RecordedEvent {
        let (kind, card) = (event.kind(), event.card());
        let body = Value::Object(event.body()).to_string();
        self.apply(event);
        let account = &mut self.account;
        account.event_seq += 1;
        account.updated_at = context.at;
        let mut recorded = RecordedEvent {
            account: account.name.clone(),
            seq: account.event_seq,
            kind: Cow::Borrowed(kind),
            card,
            at: context.at,
            by: context.by,
            track: context.track.clone(),
            body,
            previous: account.event_head,
            hash: EventHash::default(),
        };
        recorded.hash = recorded.expected_hash();
        account.event_head = recorded.hash;
        recorded
    }

    /// Lets an event happen to the account.
    pub fn apply(&mut self, event: Event) {
        match event {
            Event::AccountOpened { details, card } => {
                self.account.details = details;
                if let Some(card) = card {
                    self.arrive(card.id);
                    self.put(*card, true);
                }
            }
            Event::AccountUpdated { default_card, details, .. } => {
                if default_card.is_some() {
                    self.account.default_card = default_card;
                }
                if let Some(details) = details {
                    self.account.details = details;
                }
            }
            Event::CardCreated { card, made_default, replaced } => {
                if let Some(replaced) = replaced {
                    self.put(*replaced, false);
                }
                self.arrive(card.id);
                self.put(*card, made_default);
            }
            Event::CardUpdated { card, made_default, .. } => self.put(*card, made_default),
            Event::CardAttached { card, made_default, details, .. } => {
                if let Some(details) = details {
                    self.account.details = details;
                }
                self.arrive(card.id);
                self.put(*card, made_default);
            }
            Event::CardMoved { card } | Event::CardDeleted { card } => self.leave(card),
            Event::DefaultDeleted { card, next } => {
                self.leave(card);
                self.account.default_card = next;
            }
            Event::CardScrubbed { card, was_default } => {
                if was_default {
                    self.account.default_card = None;
                }
                self.put(*card, false);
            }
            Event::CardVerified { card }
            | Event::CardExpiring { card, .. }
            | Event::PaymentNoted { card, .. } => {
                self.put(*card, false);
            }
            Event::CardDeclined { .. } => {}
        }
    }

    /// Notes that a card comes; before an account's first event there was none.
    fn arrive(&mut self, card: PaymentMethodId) {
        let is_first = self.account.event_seq == 0;
        self.account.lone_card = is_first.then_some(card);
    }

    fn leave(&mut self, card: PaymentMethodId) {
        self.cards.remove(&card);
        if self.account.lone_card == Some(card) {
            self.account.lone_card = None;
        }
    }

    fn put(&mut self, card: Card, make_default: bool) {
        if make_default {
            self.account.default_card = Some(card.id);
        }
        self.cards.insert(card.id, card);
    }
}
