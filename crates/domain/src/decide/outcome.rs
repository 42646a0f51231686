//! What a payment does to the card that was to be charged.

use jiff::Timestamp;

use super::stamp;
use crate::{
    card::{Activity, Card, CardStatus, TransactionStatus},
    command::Context,
    event::{Changes, Event},
    id::{LogId, SnapshotId},
    payment::{LogEntry, PaymentOutcome},
    refusal::Refusal,
    snapshot::Taken,
    tally::Tally,
};

pub(super) fn note_outcome(
    before: &Card,
    outcome: &PaymentOutcome,
    context: &Context,
) -> Result<Event, Refusal> {
    if before.status == CardStatus::Scrubbed {
        return Err(Refusal::Scrubbed);
    }
    let at = known_at(outcome.at, context.at);
    let outcome = PaymentOutcome { at, ..outcome.clone() };
    let mut card = before.clone();
    let (taken, snapshot) = Taken::of(before, snapshot_id(before, context), context.at);
    let log = LogEntry {
        id: log_id(before, context),
        entity: card.entity,
        card: card.id,
        snapshot: taken.id,
        at,
        outcome: Some(outcome.clone()),
    };
    card.activity.snapshot = Some(taken);
    count(&mut card, outcome.result.is_success(), at);
    card.updated = stamp(context);
    let mut changes = Changes::default();
    changes.note_value("numConsecutiveFailures", before.failures.get(), card.failures.get());
    Ok(Event::PaymentNoted {
        card: Box::new(card),
        changes,
        log: Box::new(log),
        snapshot: snapshot.map(Box::new),
    })
}

/// When an outcome was known, as far as that can be: nothing is known before it has happened, and a
/// success that claims to come from the future would keep later failures from being counted.
fn known_at(told: Timestamp, now: Timestamp) -> Timestamp {
    let at = told.min(now);
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

fn count(card: &mut Card, is_success: bool, at: Timestamp) {
    let activity = &mut card.activity;
    let tally = activity.tally.get_or_insert_with(|| Tally::with(card.failures));
    if is_success {
        tally.succeed(at);
        activity.processed_payments = activity.processed_payments.saturating_add(1);
    } else {
        tally.fail(at);
        activity.failed_payments = activity.failed_payments.saturating_add(1);
        activity.last_failed_payment_at = activity.last_failed_payment_at.max(Some(at));
    }
    card.failures = tally.count();
    note_last(activity, is_success, at);
}

/// Notes the latest word of a gateway. Of two at the same moment a success counts as the later one.
fn note_last(activity: &mut Activity, is_success: bool, at: Timestamp) {
    let is_later = match activity.last_transaction_at {
        Some(last) => at > last || (at == last && is_success),
        None => true,
    };
    if is_later {
        let status =
            if is_success { TransactionStatus::Approved } else { TransactionStatus::Declined };
        activity.last_transaction_at = Some(at);
        activity.last_transaction_status = Some(status);
    }
}

fn log_id(card: &Card, context: &Context) -> LogId {
    LogId::new(card.bucket(), millis(context), context.random)
}

/// Another id than that of the log, which is made at the same moment.
fn snapshot_id(card: &Card, context: &Context) -> SnapshotId {
    SnapshotId::new(card.bucket(), millis(context), !context.random)
}

fn millis(context: &Context) -> u64 {
    context.at.as_millisecond().try_into().unwrap_or_default()
}
