//! What payments do to a card, in whatever order they are told.

use cardfile_domain::{
    account::State,
    card::{Activity, Card, TransactionStatus},
    command::{CardPatch, Command, NewCard, Target},
    decide::decide,
    event::Event,
    payment::{GatewayMessage, PaymentOutcome, PaymentResult},
    refusal::Refusal,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::support::{
    NOW, account_ref, account_with, context, id, new_card, record, run, unopened,
};

/// A payment at so many seconds before now.
fn payment(number: usize, succeeded: bool, before: i64) -> PaymentOutcome {
    let code = Some("card_declined".parse().unwrap());
    let message = GatewayMessage::of("Your card was declined.");
    PaymentOutcome {
        payment: format!("ch_{number}").parse().unwrap(),
        result: if succeeded {
            PaymentResult::Succeeded
        } else {
            PaymentResult::Failed { code, message }
        },
        at: Timestamp::from_second(NOW - before).unwrap(),
        amount: Some("19.99".parse().unwrap()),
        currency: Some("EUR".parse().unwrap()),
        gateway: None,
    }
}

fn note(state: &mut State, outcome: PaymentOutcome) -> Result<Event, Refusal> {
    run(state, id(1), &Command::NoteOutcome(Box::new(outcome)))
}

fn failed(state: &mut State, before: i64) {
    note(state, payment(1, false, before)).unwrap();
}

fn succeeded(state: &mut State, before: i64) {
    note(state, payment(1, true, before)).unwrap();
}

fn card(state: &State) -> &Card {
    &state.cards[&id(1)]
}

fn count(state: &State) -> u8 {
    card(state).failures.get()
}

fn set(state: &mut State, count: i64) {
    let patch = CardPatch { failures: Some(count.try_into().unwrap()), ..CardPatch::default() };
    run(state, id(1), &Command::UpdateCard(Box::new(patch))).unwrap();
}

#[test]
fn a_failure_adds_one_and_a_success_takes_all_away() {
    let mut state = account_with(1);
    for (n, before) in (1..).zip([90, 80, 70]) {
        failed(&mut state, before);
        assert_eq!(count(&state), n);
    }
    succeeded(&mut state, 60);
    assert_eq!(count(&state), 0);
    let activity = &card(&state).activity;
    assert_eq!((activity.failed_payments, activity.processed_payments), (3, 1));
    assert_eq!(activity.last_transaction_status, Some(TransactionStatus::Approved));
    assert_eq!(activity.last_failed_payment_at, Some(payment(1, false, 70).at));
}

#[test]
fn the_count_stops_at_a_hundred() {
    let mut state = account_with(1);
    for before in 0..130 {
        failed(&mut state, before);
    }
    assert_eq!(count(&state), 100);
    assert_eq!(card(&state).activity.failed_payments, 130);
    // The earliest thirty of them are forgotten, and a success before the others leaves those.
    succeeded(&mut state, 99);
    assert_eq!(count(&state), 99);
    succeeded(&mut state, 9);
    assert_eq!(count(&state), 9);
}

#[test]
fn a_late_success_takes_away_only_the_failures_before_it() {
    let mut state = account_with(1);
    for before in [90, 70, 50] {
        failed(&mut state, before);
    }
    succeeded(&mut state, 60);
    assert_eq!(count(&state), 1);
    assert_eq!(card(&state).activity.last_transaction_status, Some(TransactionStatus::Declined));
    failed(&mut state, 65);
    assert_eq!(count(&state), 1);
    // At the same moment it succeeded in the end.
    succeeded(&mut state, 50);
    assert_eq!(count(&state), 0);
    failed(&mut state, 50);
    assert_eq!(count(&state), 0);
}

#[test]
fn setting_the_count_begins_anew_from_there() {
    let mut state = account_with(1);
    failed(&mut state, 10);
    set(&mut state, 40);
    assert_eq!(count(&state), 40);
    // What was before is in the number.
    failed(&mut state, 5);
    succeeded(&mut state, 5);
    assert_eq!(count(&state), 40);
    let after = PaymentOutcome { at: context(2).at, ..payment(1, false, 0) };
    let note_at = |state: &mut State, outcome: PaymentOutcome, seconds| {
        let target = Target::Card(state.account.name.entity, id(1));
        let command = Command::NoteOutcome(Box::new(outcome));
        let event = decide(state, &target, &command, &context(seconds)).unwrap();
        record(state, &event);
    };
    note_at(&mut state, after.clone(), 9);
    assert_eq!(count(&state), 41);
    note_at(&mut state, PaymentOutcome { result: PaymentResult::Succeeded, ..after }, 9);
    assert_eq!(count(&state), 0);
}

#[test]
fn a_count_that_a_card_brings_along_is_counted_from_there() {
    let mut state = unopened(account_ref("A-1"));
    let new = NewCard { failures: 3.try_into().unwrap(), ..new_card(1) };
    run(&mut state, id(1), &Command::CreateCard(Box::new(new))).unwrap();
    succeeded(&mut state, 100);
    assert_eq!(count(&state), 3);
    // One that was on file before payments were noted has no beginning.
    state.cards.get_mut(&id(1)).unwrap().activity = Activity::default();
    failed(&mut state, 200);
    assert_eq!(count(&state), 4);
    succeeded(&mut state, 100);
    assert_eq!(count(&state), 0);
}

#[test]
fn an_outcome_from_the_future_is_one_of_now() {
    let mut state = account_with(1);
    succeeded(&mut state, -1_000_000);
    failed(&mut state, -1);
    let last = card(&state).activity.last_transaction_at;
    assert_eq!(last, Some(context(1).at));
    assert_eq!(count(&state), 0);
}

#[test]
fn what_was_paid_is_logged_with_the_card_as_it_was() {
    let mut state = account_with(1);
    let taken = |event: Event| match event {
        Event::PaymentNoted { log, snapshot, .. } => (*log, snapshot),
        other => panic!("{}", other.kind()),
    };
    let (log, snapshot) = taken(note(&mut state, payment(1, false, 9)).unwrap());
    let snapshot = snapshot.unwrap();
    assert_eq!((log.snapshot, log.card, snapshot.card), (snapshot.id, id(1), id(1)));
    assert_eq!(log.outcome, Some(payment(1, false, 9)));
    assert_eq!(log.id.bucket(), state.account.name.bucket());
    assert_eq!(snapshot.face.unwrap().holder_name, Some("Leo".parse().unwrap()));
    // The counters are no part of it.
    let (log, none) = taken(note(&mut state, payment(2, false, 8)).unwrap());
    assert_eq!((log.snapshot, none), (snapshot.id, None));
    let patch = CardPatch { holder_name: Some("Lea".parse().unwrap()), ..CardPatch::default() };
    run(&mut state, id(1), &Command::UpdateCard(Box::new(patch))).unwrap();
    let (_, changed) = taken(note(&mut state, payment(3, true, 7)).unwrap());
    assert_eq!(changed.unwrap().face.unwrap().holder_name, Some("Lea".parse().unwrap()));
}

#[test]
fn the_chain_names_the_payment_and_keeps_no_words_of_the_gateway() {
    let mut state = account_with(1);
    for (succeeded, kind) in [(false, "payment.failed"), (true, "payment.succeeded")] {
        let event = note(&mut state, payment(1, succeeded, 9)).unwrap();
        assert_eq!(event.kind(), kind);
        let recorded = state.clone().record(event, &context(1));
        assert!(recorded.body.contains("ch_1"));
        assert_eq!(recorded.body.contains("card_declined"), !succeeded);
        assert!(!recorded.body.contains("Your card"), "{}", recorded.body);
    }
}

#[test]
fn a_scrubbed_card_is_not_paid_with() {
    let mut state = account_with(1);
    run(&mut state, id(1), &Command::ScrubCard).unwrap();
    assert_eq!(note(&mut state, payment(1, true, 9)), Err(Refusal::Scrubbed));
}

/// What is left of a set of payments that were told in some order.
fn told(order: &[(usize, bool, i64)], set_to: Option<i64>) -> (u8, Activity) {
    let mut state = account_with(1);
    if let Some(count) = set_to {
        state.cards.get_mut(&id(1)).unwrap().failures = count.try_into().unwrap();
    }
    for (number, succeeded, before) in order {
        note(&mut state, payment(*number, *succeeded, *before)).unwrap();
    }
    let mut activity = card(&state).activity.clone();
    // Which payment was told first decides whose snapshot it is.
    activity.snapshot = None;
    (count(&state), activity)
}

proptest! {
    #[test]
    fn any_order_of_telling_ends_as_the_order_of_their_times(
        payments in prop::collection::vec((prop::bool::weighted(0.2), 0..40_i64), 0..130),
        set_to in prop::option::of(0..=100_i64),
        shuffle in any::<u64>(),
    ) {
        let mut order: Vec<_> =
            (0..).zip(payments).map(|(n, (succeeded, before))| (n, succeeded, before)).collect();
        // Those of one moment too are told in some order: that of failure and success.
        order.sort_by_key(|(_, succeeded, before)| (-before, *succeeded));
        let expected = told(&order, set_to);
        let failures_at_the_end =
            order.iter().rev().take_while(|(_, succeeded, _)| !succeeded).count();
        let base = if order.iter().any(|(_, succeeded, _)| *succeeded) { 0 } else { set_to.unwrap_or(0) };
        let failures = i64::try_from(failures_at_the_end).unwrap();
        prop_assert_eq!(i64::from(expected.0), (base + failures).min(100));
        order.sort_by_key(|(n, ..)| (*n as u64 + 1).wrapping_mul(shuffle | 1).rotate_left(29));
        prop_assert_eq!(told(&order, set_to), expected);
    }
}
