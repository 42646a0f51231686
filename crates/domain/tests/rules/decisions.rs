//! The rules, one by one.

use crate::support::{
    account_ref, account_with, context, expiry, id, new_card, private, record, run, unopened,
};
use cardfile_domain::{
    account::State,
    card::CardStatus,
    command::{
        AccountPatch, Attach, Brought, CardPatch, CodeUse, Command, HolderPatch, NewCard,
        OpenAccount, Patch, RetryPatch, Target,
    },
    custom_fields::CustomFields,
    decide::{decide, decide_attach},
    event::{Event, RecordedEvent},
    refusal::Refusal,
};
use serde_json::{Map, json};

const CODE_REQUIRED: CodeUse = CodeUse { required_on_change: true, approved: false };

fn update(patch: CardPatch) -> Command {
    Command::UpdateCard(Box::new(patch))
}

fn create(new: NewCard) -> Command {
    Command::CreateCard(Box::new(new))
}

#[test]
fn the_first_card_of_an_account_is_its_default() {
    let mut state = account_with(2);
    assert_eq!(state.account.default_card, Some(id(1)));
    run(&mut state, id(3), &create(NewCard { make_default: true, ..new_card(3) })).unwrap();
    assert_eq!(state.account.default_card, Some(id(3)));
}

#[test]
fn a_card_without_an_account_is_nobodys_default() {
    let mut state = private(id(1));
    run(&mut state, id(1), &create(NewCard { make_default: true, ..new_card(1) })).unwrap();
    assert_eq!(state.account.default_card, None);
}

#[test]
fn a_card_that_comes_closed_is_kept_and_never_the_default() {
    let mut state = unopened(account_ref("A-1"));
    let brought = Brought { closed: true, ..Brought::default() };
    let closed = |make_default| create(NewCard { brought, make_default, ..new_card(1) });
    assert_eq!(run(&mut state, id(1), &closed(true)), Err(Refusal::Closed));
    run(&mut state, id(1), &closed(false)).unwrap();
    assert_eq!(state.cards[&id(1)].status, CardStatus::Closed);
    assert_eq!(state.account.default_card, None);
    run(&mut state, id(2), &create(new_card(2))).unwrap();
    assert_eq!(state.account.default_card, Some(id(2)));
}

#[test]
fn a_card_that_comes_as_no_default_does_not_become_it_by_being_the_first() {
    let mut state = unopened(account_ref("A-1"));
    let brought = Brought { not_default: true, ..Brought::default() };
    run(&mut state, id(1), &create(NewCard { brought, ..new_card(1) })).unwrap();
    assert_eq!(state.account.default_card, None);
    run(&mut state, id(2), &create(new_card(2))).unwrap();
    assert_eq!(state.account.default_card, Some(id(2)));
}

#[test]
fn a_card_that_expired_elsewhere_is_taken_if_it_says_so() {
    let brought = Brought { may_be_expired: true, ..Brought::default() };
    let expired = NewCard { expiry: expiry(2025, 12), ..new_card(1) };
    let mut state = unopened(account_ref("A-1"));
    assert_eq!(run(&mut state, id(1), &create(expired.clone())), Err(Refusal::Expired));
    assert!(run(&mut state, id(1), &create(NewCard { brought, ..expired })).is_ok());
}

#[test]
fn a_card_is_valid_through_the_last_moment_of_its_month() {
    let in_month = NewCard { expiry: expiry(2026, 1), ..new_card(1) };
    let before = NewCard { expiry: expiry(2025, 12), ..new_card(1) };
    let mut state = unopened(account_ref("A-1"));
    assert_eq!(run(&mut state, id(1), &create(before)), Err(Refusal::Expired));
    assert!(run(&mut state, id(1), &create(in_month)).is_ok());
}

#[test]
fn an_expired_card_may_still_have_its_phone_changed() {
    let mut state = account_with(1);
    state.cards.get_mut(&id(1)).unwrap().expiry = expiry(2020, 1);
    let phone = HolderPatch { phone: Patch::Set("1".parse().unwrap()), ..HolderPatch::default() };
    let patch = CardPatch { holder: phone, ..CardPatch::default() };
    assert!(run(&mut state, id(1), &update(patch)).is_ok());
    let month = CardPatch { month: Some(2.try_into().unwrap()), ..CardPatch::default() };
    assert_eq!(run(&mut state, id(1), &update(month)), Err(Refusal::Expired));
}

#[test]
fn a_security_code_is_asked_for_exactly_when_month_year_or_name_change() {
    let same = CardPatch {
        month: Some(1.try_into().unwrap()),
        year: Some(2030.try_into().unwrap()),
        holder_name: Some("Leo".parse().unwrap()),
        failures: Some(5.try_into().unwrap()),
        security_code: CODE_REQUIRED,
        ..CardPatch::default()
    };
    assert!(run(&mut account_with(1), id(1), &update(same.clone())).is_ok());
    let changes = [
        CardPatch { month: Some(2.try_into().unwrap()), ..same.clone() },
        CardPatch { year: Some(2031.try_into().unwrap()), ..same.clone() },
        CardPatch { holder_name: Some("Lea".parse().unwrap()), ..same.clone() },
    ];
    for change in changes {
        let mut state = account_with(1);
        let refused = run(&mut state, id(1), &update(change.clone()));
        assert_eq!(refused, Err(Refusal::SecurityCodeRequired));
        let approved = CodeUse { approved: true, ..CODE_REQUIRED };
        let with_code = CardPatch { security_code: approved, ..change.clone() };
        assert!(run(&mut state, id(1), &update(with_code)).is_ok());
        let optional = CardPatch { security_code: CodeUse::default(), ..change };
        assert!(run(&mut account_with(1), id(1), &update(optional)).is_ok());
    }
}

#[test]
fn a_duplicate_is_an_active_card_of_the_account_that_looks_the_same() {
    let checked = |number| NewCard { check_duplicated: true, ..new_card(number) };
    let mut state = unopened(account_ref("A-1"));
    run(&mut state, id(1), &create(checked(1))).unwrap();
    assert_eq!(run(&mut state, id(2), &create(checked(2))), Err(Refusal::Duplicate));
    assert!(run(&mut state, id(2), &create(new_card(2))).is_ok());
    let other_name = NewCard { holder_name: Some("Lea".parse().unwrap()), ..checked(3) };
    assert!(run(&mut state, id(3), &create(other_name)).is_ok());
    for card in state.cards.values_mut() {
        card.status = CardStatus::Closed;
    }
    assert!(run(&mut state, id(4), &create(checked(4))).is_ok());
}

#[test]
fn the_default_cannot_be_deleted_until_another_is() {
    let mut state = account_with(2);
    assert_eq!(run(&mut state, id(1), &Command::DeleteCard), Err(Refusal::IsDefault));
    let make_default = CardPatch { make_default: true, ..CardPatch::default() };
    run(&mut state, id(2), &update(make_default)).unwrap();
    assert!(run(&mut state, id(1), &Command::DeleteCard).is_ok());
    assert_eq!(run(&mut state, id(1), &Command::DeleteCard), Err(Refusal::CardNotFound));
}

#[test]
fn scrubbing_erases_for_good_and_leaves_no_default_behind() {
    let mut state = account_with(1);
    run(&mut state, id(1), &Command::ScrubCard).unwrap();
    let card = &state.cards[&id(1)];
    assert_eq!(card.status, CardStatus::Scrubbed);
    assert_eq!(card.number, None);
    assert_eq!(card.holder_name, None);
    assert_eq!((card.expiry.year.get(), card.expiry.month.get()), (2000, 12));
    assert_eq!(state.account.default_card, None);
    let commands = [
        Command::ScrubCard,
        update(CardPatch::default()),
        Command::NoteVerified,
        update(CardPatch { make_default: true, ..CardPatch::default() }),
    ];
    for command in commands {
        assert_eq!(run(&mut state, id(1), &command), Err(Refusal::Scrubbed));
    }
}

#[test]
fn a_closed_card_does_not_become_the_default() {
    let mut state = account_with(2);
    let close = CardPatch { status: Some(CardStatus::Closed), ..CardPatch::default() };
    run(&mut state, id(2), &update(close)).unwrap();
    let default = CardPatch { make_default: true, ..CardPatch::default() };
    assert_eq!(run(&mut state, id(2), &update(default)), Err(Refusal::Closed));
    let reopen =
        CardPatch { status: Some(CardStatus::Active), make_default: true, ..CardPatch::default() };
    assert!(run(&mut state, id(2), &update(reopen)).is_ok());
    assert_eq!(state.account.default_card, Some(id(2)));
}

#[test]
fn the_default_must_be_one_of_the_accounts_own_cards() {
    let state = account_with(1);
    let target = Target::Account(state.account.name.clone());
    let choose = |number| {
        Command::UpdateAccount(AccountPatch {
            default_card: Some(id(number)),
            ..AccountPatch::default()
        })
    };
    let event = decide(&state, &target, &choose(9), &context(1));
    assert_eq!(event, Err(Refusal::NotOfAccount));
    assert!(decide(&state, &target, &choose(1), &context(1)).is_ok());
    let nobody = unopened(account_ref("A-2"));
    let event = decide(&nobody, &target, &choose(1), &context(1));
    assert_eq!(event, Err(Refusal::AccountNotFound));
}

#[test]
fn a_states_code_is_read_by_the_country_as_it_will_be() {
    let mut state = account_with(1);
    let set = |country: Option<&str>, code: &str| {
        let country = country.map_or(Patch::Keep, |name| Patch::Set(name.parse().unwrap()));
        let holder = HolderPatch {
            country,
            state: Patch::Set(code.parse().unwrap()),
            ..HolderPatch::default()
        };
        update(CardPatch { holder, ..CardPatch::default() })
    };
    run(&mut state, id(1), &set(Some("US"), "ca")).unwrap();
    assert_eq!(state.cards[&id(1)].holder.state.as_ref().unwrap().as_str(), "California");
    // The stored country decides where none is sent.
    assert_eq!(run(&mut state, id(1), &set(None, "NB")), Err(Refusal::UnknownState));
    run(&mut state, id(1), &set(Some("CAN"), "NB")).unwrap();
    assert_eq!(state.cards[&id(1)].holder.state.as_ref().unwrap().as_str(), "New Brunswick");
    run(&mut state, id(1), &set(Some("Germany"), "anything")).unwrap();
}

#[test]
fn window_and_maximum_need_the_tenants_rule_to_be_off() {
    let mut state = account_with(1);
    let window =
        RetryPatch { window_hours: Patch::Set(24.try_into().unwrap()), ..RetryPatch::default() };
    let patch = CardPatch { retry: window.clone(), ..CardPatch::default() };
    assert_eq!(run(&mut state, id(1), &update(patch)), Err(Refusal::DefaultRetryRule));
    let off = RetryPatch { use_default: Some(false), ..window };
    assert!(
        run(&mut state, id(1), &update(CardPatch { retry: off, ..CardPatch::default() })).is_ok()
    );
}

#[test]
fn custom_fields_are_merged_and_bounded() {
    let mut state = account_with(1);
    let with = |names: std::ops::Range<usize>| {
        let mut custom = CustomFields::default();
        for number in names {
            custom.set(format!("f{number}__c").parse().unwrap(), json!(number)).unwrap();
        }
        update(CardPatch { custom, ..CardPatch::default() })
    };
    run(&mut state, id(1), &with(0..30)).unwrap();
    assert_eq!(run(&mut state, id(1), &with(30..51)), Err(Refusal::TooManyCustomFields));
    run(&mut state, id(1), &with(30..50)).unwrap();
    assert_eq!(state.cards[&id(1)].custom.len(), 50);
}

fn orphan() -> State {
    let mut state = private(id(1));
    run(&mut state, id(1), &create(new_card(1))).unwrap();
    state
}

fn attach() -> Attach {
    Attach { card: id(1), open: None, patch: CardPatch::default(), may_be_token: false }
}

#[test]
fn a_card_is_attached_once() {
    let (mut source, mut target) = (orphan(), unopened(account_ref("A-1")));
    let [left, came] = decide_attach(&source, &target, &attach(), &context(1)).unwrap();
    record(&mut source, &left);
    record(&mut target, &came);
    assert!(source.cards.is_empty());
    assert_eq!(target.cards[&id(1)].account.as_str(), "A-1");
    assert_eq!(target.account.default_card, Some(id(1)));
    let again = decide_attach(&source, &target, &attach(), &context(1));
    assert_eq!(again, Err(Refusal::CardNotFound));
    let other = unopened(account_ref("A-2"));
    let moved_on = decide_attach(&target, &other, &attach(), &context(1));
    assert_eq!(moved_on, Err(Refusal::AlreadyAttached));
}

#[test]
fn an_account_is_opened_once_and_keeps_what_is_not_about_cards() {
    let open = OpenAccount {
        number: "A-1".parse().unwrap(),
        details: Map::from_iter([("name".to_owned(), json!("N")), ("x".to_owned(), json!(null))]),
        card: Some(new_card(1)),
    };
    let command = Command::OpenAccount(Box::new(open));
    let mut state = unopened(account_ref("A-1"));
    let target = Target::Account(state.account.name.clone());
    let event = decide(&state, &target, &command, &context(1)).unwrap();
    record(&mut state, &event);
    assert_eq!(state.account.default_card, Some(id(1)));
    assert_eq!(serde_json::Value::Object(state.account.details.clone()), json!({"name": "N"}));
    let again = decide(&state, &target, &command, &context(1));
    assert_eq!(again, Err(Refusal::AccountExists));
}

#[test]
fn details_are_bounded() {
    let long = "x".repeat(70_000);
    let patch = AccountPatch {
        details: Map::from_iter([("notes".to_owned(), json!(long))]),
        ..AccountPatch::default()
    };
    let state = account_with(1);
    let target = Target::Account(state.account.name.clone());
    let event = decide(&state, &target, &Command::UpdateAccount(patch), &context(1));
    assert_eq!(event, Err(Refusal::DetailsTooLarge));
}

#[test]
fn an_event_says_what_changed_and_nothing_about_a_person() {
    let mut state = account_with(1);
    let mut custom = CustomFields::default();
    custom.set("color__c".parse().unwrap(), json!("secret red")).unwrap();
    let patch = CardPatch {
        holder_name: Some("Secret Name".parse().unwrap()),
        year: Some(2031.try_into().unwrap()),
        failures: Some(5.try_into().unwrap()),
        custom,
        ..CardPatch::default()
    };
    let target = Target::Card(state.account.name.entity, id(1));
    let event = decide(&state, &target, &update(patch), &context(1)).unwrap();
    assert!(matches!(event, Event::CardUpdated { .. }));
    let recorded = record(&mut state, &event);
    assert_eq!(
        recorded.body,
        r#"{"fields":["expirationYear","cardHolderName","color__c","numConsecutiveFailures"],"values":{"expirationYear":[2030,2031],"numConsecutiveFailures":[0,5]}}"#
    );
}

#[test]
fn every_event_holds_the_hash_of_the_one_before() {
    let mut state = account_with(1);
    let head = state.account.event_head;
    let target = Target::Card(state.account.name.entity, id(1));
    let event = decide(&state, &target, &Command::NoteVerified, &context(1)).unwrap();
    let recorded = record(&mut state, &event);
    assert_eq!(recorded.previous, head);
    assert_eq!(recorded.seq, 2);
    assert_eq!(recorded.hash, recorded.expected_hash());
    assert_eq!(state.account.event_head, recorded.hash);
    let tampered = [
        RecordedEvent { body: r#"{"default":true}"#.to_owned(), ..recorded.clone() },
        RecordedEvent { seq: 3, ..recorded.clone() },
        RecordedEvent { track: None, ..recorded.clone() },
        RecordedEvent { card: None, ..recorded.clone() },
        RecordedEvent { kind: "card.deleted".into(), ..recorded.clone() },
    ];
    for event in tampered {
        assert_ne!(event.expected_hash(), recorded.hash, "{event:?}");
    }
}
