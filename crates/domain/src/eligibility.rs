//! Whether a card may be charged at a moment, and every rule that had a say in it.

mod past;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    card::{Card, CardStatus},
    expiry::Expiry,
    failures::ConsecutiveFailures,
    policy::TenantRetry,
    retry_rule::{MaxFailures, RetryRule, RetryWindow},
};

pub use self::past::Past;

/// What the rules look at.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    status: CardStatus,
    expiry: Expiry,
    failures: ConsecutiveFailures,
    last_failure: Option<Timestamp>,
    retry_rule: RetryRule,
}

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The card has one of its own.
    Card,
    /// The entity's, for all of its cards.
    Entity,
    /// There is no bound.
    None,
}

/// What one rule said.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "rule", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Decision {
    /// Only an active card is charged.
    Status {
        /// Whether it allows a charge.
        passed: bool,
        /// The card's status.
        status: CardStatus,
    },
    /// A card is charged through the end of its month.
    Expiry {
        /// Whether it allows a charge.
        passed: bool,
        /// When the month is over.
        until: Timestamp,
    },
    /// So many failures in a row, and retries stop.
    MaximumFailures {
        /// Whether it allows a charge.
        passed: bool,
        /// The failures so far.
        failures: u8,
        /// How many there may be.
        maximum: Option<u8>,
        /// Who says so.
        source: Source,
    },
    /// After a failure a card is left alone for some hours.
    RetryWindow {
        /// Whether it allows a charge.
        passed: bool,
        /// The latest failure, if it counts.
        last_failure: Option<Timestamp>,
        /// How many hours.
        hours: Option<u16>,
        /// Who says so.
        source: Source,
        /// From when on it allows a charge.
        until: Option<Timestamp>,
    },
}

impl Decision {
    /// Whether the rule allows a charge.
    pub fn passed(&self) -> bool {
        match self {
            Self::Status { passed, .. }
            | Self::Expiry { passed, .. }
            | Self::MaximumFailures { passed, .. }
            | Self::RetryWindow { passed, .. } => *passed,
        }
    }
}

/// Whether a card may be charged, when, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// It may.
    pub eligible: bool,
    /// From when on, if waiting helps or there is nothing to wait for.
    pub from: Option<Timestamp>,
    /// Every rule, in the order in which they are asked.
    pub decisions: Vec<Decision>,
}

/// Asks every rule about a card at a moment.
pub fn judge(facts: &Facts, tenant: TenantRetry, at: Timestamp) -> Judgement {
    let (window, until) = window(facts, tenant, at);
    let decisions = vec![
        Decision::Status { passed: facts.status == CardStatus::Active, status: facts.status },
        Decision::Expiry { passed: !facts.expiry.is_past(at), until: facts.expiry.end() },
        maximum(facts, tenant),
        window,
    ];
    let eligible = decisions.iter().all(Decision::passed);
    let others_pass = decisions[..3].iter().all(Decision::passed);
    // Waiting helps if the card is still good by then.
    let waited = until.filter(|until| others_pass && !facts.expiry.is_past(*until));
    Judgement { eligible, from: if eligible { Some(at) } else { waited }, decisions }
}

fn maximum(facts: &Facts, tenant: TenantRetry) -> Decision {
    let rule = facts.retry_rule;
    let (maximum, source) = bound(rule.use_default, rule.max_failures, tenant.max_failures);
    let maximum = maximum.map(MaxFailures::get);
    let failures = facts.failures.get();
    let passed = maximum.is_none_or(|maximum| failures < maximum);
    Decision::MaximumFailures { passed, failures, maximum, source }
}

fn window(facts: &Facts, tenant: TenantRetry, at: Timestamp) -> (Decision, Option<Timestamp>) {
    let rule = facts.retry_rule;
    let (window, source) = bound(rule.use_default, rule.window_hours, tenant.window_hours);
    let hours = window.map(RetryWindow::get);
    // A success, or a counter that was set back, leaves no failure to wait after.
    let last_failure = facts.last_failure.filter(|_| facts.failures.get() > 0);
    let until = last_failure.zip(hours).map(|(failed, hours)| {
        let wait = SignedDuration::from_hours(hours.into());
        failed.checked_add(wait).unwrap_or(Timestamp::MAX)
    });
    let passed = until.is_none_or(|until| until <= at);
    (Decision::RetryWindow { passed, last_failure, hours, source, until }, until)
}

fn bound<T>(use_default: bool, own: Option<T>, tenants: Option<T>) -> (Option<T>, Source) {
    let (bound, source) = if use_default { (tenants, Source::Entity) } else { (own, Source::Card) };
    if bound.is_some() { (bound, source) } else { (None, Source::None) }
}

impl Facts {
    /// A card as it is.
    pub fn of(card: &Card) -> Self {
        Self {
            status: card.status,
            expiry: card.expiry,
            failures: card.failures,
            last_failure: card.activity.last_failed_payment_at,
            retry_rule: card.retry_rule,
        }
    }
}

#[cfg(test)]
mod tests;
