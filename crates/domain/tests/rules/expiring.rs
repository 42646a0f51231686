//! Warnings that a card expires, over whole journeys through time.

use cardfile_domain::{
    account::State,
    card::CardStatus,
    command::{CardPatch, Command, Context, Target},
    decide::{decide, is_left_out},
    event::Event,
    expiry_warning::ExpiryWarning,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::support::{account_ref, context, expiry, id, new_card, private, run, unopened};

/// Gives a warning if one is due at a moment.
fn warn(state: &mut State, at: Timestamp) -> Option<ExpiryWarning> {
    let context = Context { at, ..context(0) };
    let target = Target::Card(state.account.name.entity, id(1));
    let event = decide(state, &target, &Command::WarnOfExpiry, &context).unwrap();
    if is_left_out(&Command::WarnOfExpiry, &event) {
        return None;
    }
    state.record(event.clone(), &context);
    match event {
        Event::CardExpiring { warning, .. } => Some(warning),
        other => panic!("{other:?}"),
    }
}

/// An account with a card that expires in August 2030.
fn with_card() -> State {
    let mut state = unopened(account_ref("A-1"));
    run(&mut state, id(1), &Command::CreateCard(Box::new(new_card(1)))).unwrap();
    state
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn change(state: &mut State, patch: CardPatch) {
    run(state, id(1), &Command::UpdateCard(Box::new(patch))).unwrap();
}

#[test]
fn a_warning_is_given_once() {
    let mut state = with_card();
    assert_eq!(warn(&mut state, at("2030-07-02T23:59:59Z")), None);
    assert_eq!(warn(&mut state, at("2030-07-03T00:00:00Z")), Some(ExpiryWarning::SixtyDays));
    assert_eq!(warn(&mut state, at("2030-07-03T00:00:00Z")), None);
}

#[test]
fn a_card_with_a_new_expiry_is_warned_of_anew_but_not_of_what_was_due_before() {
    let mut state = with_card();
    for _ in ExpiryWarning::ALL {
        warn(&mut state, at("2030-09-01T00:00:00Z")).unwrap();
    }
    // The clock of `run` shows January 2026: thirty days before the end of January are past.
    let (month, year) = (Some(1.try_into().unwrap()), Some(2026.try_into().unwrap()));
    change(&mut state, CardPatch { month, year, ..CardPatch::default() });
    assert_eq!(state.cards[&id(1)].expiry, expiry(2026, 1));
    assert_eq!(warn(&mut state, at("2026-01-24T23:59:59Z")), None);
    assert_eq!(warn(&mut state, at("2026-01-25T00:00:00Z")), Some(ExpiryWarning::SevenDays));
    let month = Some(12.try_into().unwrap());
    change(&mut state, CardPatch { month, ..CardPatch::default() });
    assert_eq!(warn(&mut state, at("2026-11-02T00:00:00Z")), Some(ExpiryWarning::SixtyDays));
}

#[test]
fn a_change_that_leaves_the_expiry_leaves_the_warnings() {
    let mut state = with_card();
    warn(&mut state, at("2030-07-03T00:00:00Z")).unwrap();
    let (month, year) = (Some(8.try_into().unwrap()), Some(2030.try_into().unwrap()));
    change(&mut state, CardPatch { month, year, ..CardPatch::default() });
    assert_eq!(warn(&mut state, at("2030-07-03T00:00:00Z")), None);
}

#[test]
fn nobody_is_warned_of_a_card_that_is_not_charged() {
    let late = at("2031-01-01T00:00:00Z");
    let mut closed = with_card();
    change(&mut closed, CardPatch { status: Some(CardStatus::Closed), ..CardPatch::default() });
    assert_eq!(warn(&mut closed, late), None);
    let mut scrubbed = with_card();
    run(&mut scrubbed, id(1), &Command::ScrubCard).unwrap();
    assert_eq!(warn(&mut scrubbed, late), None);
    let mut orphan = private(id(1));
    run(&mut orphan, id(1), &Command::CreateCard(Box::new(new_card(1)))).unwrap();
    assert_eq!(warn(&mut orphan, late), None);
}

#[test]
fn a_warning_says_how_many_days_are_left_and_is_no_change_of_the_card() {
    let mut state = with_card();
    let before = state.cards[&id(1)].updated;
    let context = Context { at: at("2030-08-03T05:00:00Z"), ..context(0) };
    let target = Target::Card(state.account.name.entity, id(1));
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let event = decide(&state, &target, &Command::WarnOfExpiry, &context).unwrap();
        let recorded = state.record(event, &context);
        assert_eq!((&*recorded.kind, recorded.card), ("card.expiring", Some(id(1))));
        bodies.push(recorded.body);
    }
    assert_eq!(
        bodies,
        [
            r#"{"daysLeft":60,"due":"2030-07-03T00:00:00Z"}"#,
            r#"{"daysLeft":30,"due":"2030-08-02T00:00:00Z"}"#,
        ]
    );
    assert_eq!(state.cards[&id(1)].updated, before);
}

proptest! {
    #[test]
    fn whenever_somebody_looks_every_warning_comes_once_and_in_order(
        mut days in proptest::collection::vec(0..2500_i64, 0..60),
    ) {
        days.push(2500);
        days.sort_unstable();
        let (mut state, mut given) = (with_card(), Vec::new());
        for day in days {
            let now = context(day * 24 * 3600).at;
            // Once more than there are warnings.
            for _ in 0..=ExpiryWarning::ALL.len() {
                given.extend(warn(&mut state, now));
            }
            let due = ExpiryWarning::ALL.into_iter().filter(|w| w.due(expiry(2030, 8)) <= now);
            prop_assert_eq!(&given, &due.collect::<Vec<_>>());
        }
        prop_assert_eq!(given, ExpiryWarning::ALL);
    }
}
