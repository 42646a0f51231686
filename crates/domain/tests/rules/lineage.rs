//! What follows a card when another replaces it.

use cardfile_domain::{
    account::State,
    card::Card,
    command::{CardPatch, Command, Context, NewCard, Target},
    decide::decide,
    event::Event,
    payment::{PaymentOutcome, PaymentResult},
    policy::{Policy, Replacement},
    refusal::Refusal,
    retry_rule::RetryRule,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::support::{account_with, context, id, new_card, record, run};

fn heir(number: u64, of: u64, policy: Policy) -> NewCard {
    let card = id(of);
    NewCard { replaces: Some(Replacement { card, policy }), ..new_card(number) }
}

fn create(state: &mut State, new: NewCard) -> Result<Event, Refusal> {
    run(state, new.id, &Command::CreateCard(Box::new(new)))
}

fn card(state: &State, number: u64) -> &Card {
    &state.cards[&id(number)]
}

fn own_rule() -> RetryRule {
    RetryRule { use_default: false, max_failures: Some(3.try_into().unwrap()), window_hours: None }
}

/// An account that is charged with card 1, which failed twice and has a rule of its own.
fn doubtful() -> State {
    let mut state = account_with(2);
    let first = state.cards.get_mut(&id(1)).unwrap();
    first.failures = 2.try_into().unwrap();
    first.retry_rule = own_rule();
    state
}

#[test]
fn counter_rule_and_default_follow_the_card() {
    let mut state = doubtful();
    let event = create(&mut state, heir(3, 1, Policy::default())).unwrap();
    assert_eq!(state.account.default_card, Some(id(3)));
    let (old, new) = (card(&state, 1), card(&state, 3));
    assert_eq!((new.failures.get(), new.retry_rule), (2, own_rule()));
    assert_eq!((new.extras.replaces, new.extras.replaced_by), (Some(id(1)), None));
    assert_eq!((old.extras.replaces, old.extras.replaced_by), (None, Some(id(3))));
    assert!(old.is_active());
    let recorded = state.clone().record(event, &context(1));
    assert!(recorded.body.contains(&format!("\"replaces\":\"{}\"", id(1))), "{}", recorded.body);
    // Only the account's default has that to leave.
    create(&mut state, heir(4, 2, Policy::default())).unwrap();
    assert_eq!(state.account.default_card, Some(id(3)));
}

#[test]
fn an_entity_may_decide_what_follows() {
    let nothing = Policy {
        keeps_counter: false,
        keeps_retry_rule: false,
        keeps_default: false,
        ..Policy::default()
    };
    for policy in [
        Policy { keeps_counter: true, ..nothing },
        Policy { keeps_retry_rule: true, ..nothing },
        Policy { keeps_default: true, ..nothing },
        nothing,
    ] {
        let mut state = doubtful();
        create(&mut state, heir(3, 1, policy)).unwrap();
        let new = card(&state, 3);
        assert_eq!(new.failures.get() == 2, policy.keeps_counter);
        assert_eq!(new.retry_rule == own_rule(), policy.keeps_retry_rule);
        assert_eq!(state.account.default_card == Some(id(3)), policy.keeps_default);
        // The chain is there whatever follows.
        assert_eq!(card(&state, 1).extras.replaced_by, Some(id(3)));
    }
}

#[test]
fn what_a_caller_gives_counts_more() {
    let mut state = doubtful();
    let rule = RetryRule { max_failures: Some(9.try_into().unwrap()), ..own_rule() };
    let failures = 1.try_into().unwrap();
    let new = NewCard { failures, retry_rule: rule, ..heir(3, 1, Policy::default()) };
    create(&mut state, new).unwrap();
    assert_eq!((card(&state, 3).failures.get(), card(&state, 3).retry_rule), (1, rule));
}

#[test]
fn a_card_is_replaced_once_and_by_one_of_its_account() {
    let mut state = doubtful();
    let missing = create(&mut state, heir(3, 9, Policy::default()));
    assert_eq!(missing, Err(Refusal::NothingToReplace));
    create(&mut state, heir(3, 1, Policy::default())).unwrap();
    let again = create(&mut state, heir(4, 1, Policy::default()));
    assert_eq!(again, Err(Refusal::AlreadyReplaced));
    create(&mut state, heir(4, 3, Policy::default())).unwrap();
    assert_eq!(card(&state, 4).failures.get(), 2);
}

#[test]
fn the_chain_stays_when_a_card_is_scrubbed() {
    let mut state = doubtful();
    create(&mut state, heir(3, 1, Policy::default())).unwrap();
    run(&mut state, id(1), &Command::ScrubCard).unwrap();
    assert_eq!(card(&state, 1).extras.replaced_by, Some(id(3)));
    run(&mut state, id(3), &Command::ScrubCard).unwrap();
    assert_eq!(card(&state, 3).extras.replaces, Some(id(1)));
}

/// What happens to the latest card of a line.
#[derive(Clone, Debug)]
enum Step {
    Fail(i64),
    Succeed(i64),
    Set(i64),
    Replace,
    Verify,
}

fn step() -> impl Strategy<Value = Step> {
    // Payments are told of up to twenty seconds late.
    prop_oneof![
        4 => (0..20_i64).prop_map(Step::Fail),
        1 => (0..20_i64).prop_map(Step::Succeed),
        1 => (0..=100_i64).prop_map(Step::Set),
        3 => Just(Step::Replace),
        1 => Just(Step::Verify),
    ]
}

fn outcome(result: PaymentResult, at: Timestamp) -> Command {
    let payment = "ch_1".parse().unwrap();
    let outcome =
        PaymentOutcome { payment, result, at, amount: None, currency: None, gateway: None };
    Command::NoteOutcome(Box::new(outcome))
}

proptest! {
    #[test]
    fn the_counter_of_a_line_drops_only_by_a_success_or_by_being_set(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let mut state = account_with(1);
        let mut latest = 1;
        for (now, step) in (1_i64..).zip(steps) {
            let context = Context { random: now.unsigned_abs(), ..context(now) };
            let before = card(&state, latest).failures;
            let at = |late: i64| context.at - SignedDuration::from_secs(late);
            let failed = PaymentResult::Failed { code: None, message: None };
            let command = match &step {
                Step::Fail(late) => outcome(failed, at(*late)),
                Step::Succeed(late) => outcome(PaymentResult::Succeeded, at(*late)),
                Step::Set(count) => Command::UpdateCard(Box::new(CardPatch {
                    failures: Some((*count).try_into().unwrap()),
                    ..CardPatch::default()
                })),
                Step::Replace => {
                    Command::CreateCard(Box::new(heir(latest + 1, latest, Policy::default())))
                }
                Step::Verify => Command::NoteVerified,
            };
            let target = match &step {
                Step::Replace => Target::Account(state.account.name.clone()),
                _ => Target::Card(state.account.name.entity, id(latest)),
            };
            let event = decide(&state, &target, &command, &context).unwrap();
            record(&mut state, &event);
            latest += u64::from(matches!(step, Step::Replace));
            let after = card(&state, latest).failures;
            match step {
                Step::Fail(_) => prop_assert!(after >= before),
                Step::Succeed(_) => prop_assert!(after <= before),
                Step::Set(count) => prop_assert_eq!(i64::from(after.get()), count),
                Step::Replace | Step::Verify => prop_assert_eq!(after, before),
            }
            prop_assert_eq!(state.account.default_card, Some(id(latest)));
        }
        // The line can be read from its end to its beginning and back.
        for number in 1..latest {
            prop_assert_eq!(card(&state, number).extras.replaced_by, Some(id(number + 1)));
            prop_assert_eq!(card(&state, number + 1).extras.replaces, Some(id(number)));
        }
    }
}
