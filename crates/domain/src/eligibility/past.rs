//! What an account's events tell of a moment that is past.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Facts;
use crate::{card::Card, event::RecordedEvent, id::PaymentMethodId};

/// What an account was at a moment, gathered from its events as they come, first to last.
///
/// However much happened, it holds no more than a few values for each card.
#[derive(Clone, Debug)]
pub struct Past {
    at: Timestamp,
    /// The moment has been passed; from now on it is told what was changed since.
    is_over: bool,
    default: Option<PaymentMethodId>,
    cards: BTreeMap<PaymentMethodId, Trace>,
}

/// What one card was.
#[derive(Clone, Debug, Default)]
struct Trace {
    came_later: bool,
    /// Of each value that changed since, what it was at the moment.
    was: Map<String, Value>,
    last_failure: Option<Timestamp>,
}

impl Past {
    /// An account of which nothing is known yet.
    pub fn new(at: Timestamp) -> Self {
        Self { at, is_over: false, default: None, cards: BTreeMap::new() }
    }

    /// Takes note of the next event.
    pub fn note(&mut self, event: &RecordedEvent) {
        self.is_over |= event.at > self.at;
        let body: Value = serde_json::from_str(&event.body).unwrap_or_default();
        if !self.is_over {
            match body["default"].as_bool() {
                Some(true) => self.default = event.card,
                Some(false) => self.default = None,
                None => {}
            }
        }
        if let Some(card) = event.card {
            self.cards.entry(card).or_default().note(event, &body, self.is_over);
        }
    }

    /// The card that the account was charged with.
    pub fn default(&self) -> Option<PaymentMethodId> {
        self.default
    }

    /// What a card was, found by undoing what happened to it since; nothing if it was not on file in
    /// the account then.
    ///
    /// What was erased since is not known any more: an erased card stays erased in the past, too.
    pub fn of(&self, card: &Card) -> Option<Facts> {
        let mut facts = Facts::of(card);
        facts.last_failure = None;
        let Some(trace) = self.cards.get(&card.id) else {
            return Some(facts);
        };
        if trace.came_later {
            return None;
        }
        facts.restore(&trace.was);
        facts.last_failure = trace.last_failure;
        Some(facts)
    }
}

impl Trace {
    fn note(&mut self, event: &RecordedEvent, body: &Value, is_over: bool) {
        match &*event.kind {
            "card.created" | "card.attached" | "account.opened" if is_over => {
                self.came_later = true;
            }
            "card.scrubbed" if is_over => {
                *self = Self { last_failure: self.last_failure, ..Self::default() };
                return;
            }
            "payment.failed" if !is_over => {
                self.last_failure = self.last_failure.max(told_at(body));
            }
            _ => {}
        }
        if !is_over {
            return;
        }
        for (field, pair) in body["values"].as_object().into_iter().flatten() {
            if !self.was.contains_key(field) {
                self.was.insert(field.clone(), pair[0].clone());
            }
        }
    }
}

/// When a payment failed, which may have been told later.
fn told_at(body: &Value) -> Option<Timestamp> {
    body["at"].as_str()?.parse().ok()
}

impl Facts {
    fn restore(&mut self, was: &Map<String, Value>) {
        let number = |field: &str| was.get(field).and_then(Value::as_i64);
        if let Some(status) = was.get("status").and_then(Value::as_str) {
            self.status = status.parse().unwrap_or(self.status);
        }
        if let Some(month) = number("expirationMonth").and_then(|month| month.try_into().ok()) {
            self.expiry.month = month;
        }
        if let Some(year) = number("expirationYear").and_then(|year| year.try_into().ok()) {
            self.expiry.year = year;
        }
        if let Some(count) = number("numConsecutiveFailures") {
            self.failures = count.try_into().unwrap_or(self.failures);
        }
        if let Some(flag) = was.get("useDefaultRetryRule").and_then(Value::as_bool) {
            self.retry_rule.use_default = flag;
        }
        if was.contains_key("paymentRetryWindow") {
            let hours = number("paymentRetryWindow").and_then(|hours| hours.try_into().ok());
            self.retry_rule.window_hours = hours;
        }
        if was.contains_key("maxConsecutivePaymentFailures") {
            let max = number("maxConsecutivePaymentFailures").and_then(|max| max.try_into().ok());
            self.retry_rule.max_failures = max;
        }
    }
}
