//! What holds after any history at all.

use crate::support::{account_ref, context, id, new_card, unopened};
use cardfile_domain::{
    account::State,
    card::CardStatus,
    command::{AccountPatch, CardPatch, Command, NewCard, Target},
    decide::decide,
    event::{EventHash, RecordedEvent},
    id::PaymentMethodId,
};
use proptest::prelude::*;

/// A command of a history, on one of six cards.
fn command() -> impl Strategy<Value = (u64, Command)> {
    let card = 1..7_u64;
    card.prop_flat_map(|card| {
        let create = (any::<bool>(), any::<bool>()).prop_map(move |(make_default, twin)| {
            let new = NewCard { make_default, check_duplicated: twin, ..new_card(card) };
            Command::CreateCard(Box::new(new))
        });
        let update =
            (any::<bool>(), 0..=100_i64, 0..4_u8).prop_map(|(make_default, count, status)| {
                let status = match status {
                    0 => Some(CardStatus::Closed),
                    1 => Some(CardStatus::Active),
                    _ => None,
                };
                let failures = count.try_into().ok();
                let patch = CardPatch { make_default, failures, status, ..CardPatch::default() };
                Command::UpdateCard(Box::new(patch))
            });
        let choose = Just(Command::UpdateAccount(AccountPatch {
            default_card: Some(id(card)),
            ..AccountPatch::default()
        }));
        let command = prop_oneof![
            3 => create,
            4 => update,
            2 => choose,
            2 => Just(Command::DeleteCard),
            1 => Just(Command::ScrubCard),
            1 => Just(Command::NoteVerified),
        ];
        command.prop_map(move |command| (card, command))
    })
}

fn target(state: &State, card: PaymentMethodId, command: &Command) -> Target {
    match command {
        Command::CreateCard(_) | Command::UpdateAccount(_) => {
            Target::Account(state.account.name.clone())
        }
        _ => Target::Card(state.account.name.entity, card),
    }
}

proptest! {
    #[test]
    fn the_default_is_a_card_that_may_be_charged_and_the_chain_is_whole(
        history in prop::collection::vec(command(), 0..60),
    ) {
        let mut state = unopened(account_ref("A-1"));
        let mut chain: Vec<RecordedEvent> = Vec::new();
        for (card, command) in history {
            let creates = matches!(command, Command::CreateCard(_));
            if creates && state.cards.contains_key(&id(card)) {
                continue;
            }
            let before = state.clone();
            let target = target(&state, id(card), &command);
            let Ok(event) = decide(&state, &target, &command, &context(1)) else {
                continue;
            };
            // Deciding again decides the same.
            prop_assert_eq!(decide(&before, &target, &command, &context(1)), Ok(event.clone()));
            state.account.version += 1;
            chain.push(state.record(event, &context(1)));

            if let Some(default) = state.account.default_card {
                let card = state.cards.get(&default);
                prop_assert!(card.is_some_and(|card| card.status != CardStatus::Scrubbed));
            }
            prop_assert!(state.cards.values().all(|card| card.failures.get() <= 100));
            // What was made the default was active at that moment.
            if state.account.default_card != before.account.default_card
                && let Some(card) = state.account.default_card
            {
                prop_assert!(state.cards[&card].is_active());
            }
        }
        let mut previous = EventHash::default();
        for (place, event) in chain.iter().enumerate() {
            prop_assert_eq!(event.previous, previous);
            prop_assert_eq!(event.seq, i64::try_from(place).unwrap() + 1);
            prop_assert_eq!(event.expected_hash(), event.hash);
            previous = event.hash;
        }
        prop_assert_eq!(state.account.event_head, previous);
    }
}
