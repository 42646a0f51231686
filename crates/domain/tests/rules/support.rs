//! Cards, accounts and commands to decide on.

use cardfile_domain::{
    account::{Account, State},
    card::{
        Activity, Extras, Fingerprint, HolderDetails, SealedNumber, StoredNumber, VaultedNumber,
    },
    card_number::CardNumber,
    command::{Brought, Command, Context, NewCard, Target},
    custom_fields::CustomFields,
    decide::decide,
    event::{Event, RecordedEvent},
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountId, AccountKey, AccountRef, Bucket, ClientId, EntityId, PaymentMethodId},
    refusal::Refusal,
    retry_rule::RetryRule,
};
use jiff::Timestamp;

/// A fixed now: 2026-01-15T00:00:00Z.
pub(crate) const NOW: i64 = 1_768_435_200;

pub(crate) fn context(seconds: i64) -> Context {
    Context {
        by: ClientId::from_bytes([1; 16]),
        track: Some("t-1".parse().unwrap()),
        at: Timestamp::from_second(NOW + seconds).unwrap(),
        random: 1,
    }
}

pub(crate) fn account_ref(key: &str) -> AccountRef {
    AccountRef { entity: EntityId::from_bytes([9; 16]), key: key.parse().unwrap() }
}

/// An account that nobody has written yet.
pub(crate) fn unopened(name: AccountRef) -> State {
    let id = AccountId::new(name.bucket(), 0, 1);
    State::of(Account::unopened(name, id, context(0).at))
}

pub(crate) fn id(number: u64) -> PaymentMethodId {
    PaymentMethodId::new(Bucket::new(5), 1, number)
}

/// An orphan's private account.
pub(crate) fn private(card: PaymentMethodId) -> State {
    unopened(AccountRef { entity: EntityId::from_bytes([9; 16]), key: AccountKey::orphan(card) })
}

pub(crate) fn expiry(year: i64, month: i64) -> Expiry {
    Expiry { year: year.try_into().unwrap(), month: month.try_into().unwrap() }
}

pub(crate) fn new_card(number: u64) -> NewCard {
    let pan: CardNumber = "4111111111111111".parse().unwrap();
    NewCard {
        id: id(number),
        card_type: "Visa".parse().unwrap(),
        number: StoredNumber {
            bin: Some(pan.bin()),
            masked: pan.masked(),
            vaulted: Some(VaultedNumber {
                sealed: SealedNumber { bytes: vec![0; 44], key_version: 1 },
                fingerprint: Fingerprint([0; 32]),
            }),
        },
        expiry: expiry(2030, 8),
        holder_name: Some("Leo".parse().unwrap()),
        holder: HolderDetails::default(),
        extras: Extras::default(),
        custom: CustomFields::default(),
        failures: ConsecutiveFailures::default(),
        retry_rule: RetryRule::default(),
        replaces: None,
        names: Vec::new(),
        activity: Activity::default(),
        brought: Brought::default(),
        make_default: false,
        check_duplicated: false,
    }
}

/// Decides about a card and lets what came of it happen.
pub(crate) fn run(
    state: &mut State,
    card: PaymentMethodId,
    command: &Command,
) -> Result<Event, Refusal> {
    let target = Target::Card(state.account.name.entity, card);
    let event = decide(state, &target, command, &context(1))?;
    record(state, &event);
    Ok(event)
}

pub(crate) fn record(state: &mut State, event: &Event) -> RecordedEvent {
    state.account.version += 1;
    state.record(event.clone(), &context(1))
}

/// An account with cards 1..=n; card 1 is the default.
pub(crate) fn account_with(cards: u64) -> State {
    let mut state = unopened(account_ref("A-1"));
    for number in 1..=cards {
        let new =
            NewCard { expiry: expiry(2030, number.min(12).cast_signed()), ..new_card(number) };
        run(&mut state, id(number), &Command::CreateCard(Box::new(new))).unwrap();
    }
    state
}
