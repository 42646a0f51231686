//! Questions about many cards, checked against a plain reading of what they mean.

use std::cmp::Ordering;

use cardfile_domain::{
    card::{Card, CardStatus},
    command::{CardPatch, Command, NewCard, Target},
    id::{Bucket, PaymentMethodId},
    ports::FiledCard,
    query::{CardField, CardQuery, Comparison, Condition, FieldKind, Operand, Order},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{
    bench::Bench,
    world::{World, custom, expiry_in, failures, full_card, number, plain_card, set_default},
};

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

fn every_field() -> Vec<CardField> {
    let custom = ["Zone__c", "Amount__c", "Count__c", "Flag__c", "Empty__c", "Nobody__c"];
    let mut fields = vec![
        CardField::Id,
        CardField::CardType,
        CardField::MaskedNumber,
        CardField::BankIdentificationNumber,
        CardField::ExpirationMonth,
        CardField::ExpirationYear,
        CardField::HolderName,
        CardField::AddressLine1,
        CardField::AddressLine2,
        CardField::City,
        CardField::Country,
        CardField::State,
        CardField::ZipCode,
        CardField::Email,
        CardField::Phone,
        CardField::Status,
        CardField::Failures,
        CardField::FailedPayments,
        CardField::ProcessedPayments,
        CardField::UseDefaultRetryRule,
        CardField::RetryWindow,
        CardField::MaxFailures,
        CardField::IsDefault,
        CardField::CreatedAt,
        CardField::CreatedBy,
        CardField::UpdatedAt,
        CardField::UpdatedBy,
    ];
    fields.extend(custom.map(|name| CardField::Custom(name.to_owned())));
    fields
}

/// What a field of a card holds.
fn held(filed: &FiledCard, field: &CardField) -> Option<Operand> {
    let card = &filed.card;
    let text = |text: &str| Some(Operand::Text(text.to_owned()));
    let count = |count: i64| Some(Operand::Number(count));
    let rule = &card.retry_rule;
    match field {
        CardField::Id => text(&card.id.to_string()),
        CardField::CardType => text(card.card_type.as_str()),
        CardField::MaskedNumber => text(&card.number.as_ref()?.masked.to_string()),
        CardField::BankIdentificationNumber => text(card.number.as_ref()?.bin.as_ref()?.as_str()),
        CardField::ExpirationMonth => count(card.expiry.month.get().into()),
        CardField::ExpirationYear => count(card.expiry.year.get().into()),
        CardField::HolderName => text(card.holder_name.as_ref()?.as_str()),
        CardField::AddressLine1 => text(card.holder.address_line1.as_ref()?.as_str()),
        CardField::AddressLine2 => text(card.holder.address_line2.as_ref()?.as_str()),
        CardField::City => text(card.holder.city.as_ref()?.as_str()),
        CardField::Country => text(card.holder.country?.name()),
        CardField::State => text(card.holder.state.as_ref()?.as_str()),
        CardField::ZipCode => text(card.holder.zip_code.as_ref()?.as_str()),
        CardField::Email => text(card.holder.email.as_ref()?.as_str()),
        CardField::Phone => text(card.holder.phone.as_ref()?.as_str()),
        CardField::Status => text(card.status.as_str()),
        CardField::Failures => count(card.failures.get().into()),
        CardField::FailedPayments => count(card.activity.failed_payments.into()),
        CardField::ProcessedPayments => count(card.activity.processed_payments.into()),
        CardField::UseDefaultRetryRule => Some(Operand::Flag(rule.use_default)),
        CardField::RetryWindow => count(rule.window_hours?.get().into()),
        CardField::MaxFailures => count(rule.max_failures?.get().into()),
        CardField::IsDefault => Some(Operand::Flag(filed.is_default)),
        CardField::CreatedAt => Some(Operand::Time(card.created.at)),
        CardField::CreatedBy => text(&card.created.by.simple()),
        CardField::UpdatedAt => Some(Operand::Time(card.updated.at)),
        CardField::UpdatedBy => text(&card.updated.by.simple()),
        CardField::Custom(name) => match card.custom.get(name)? {
            Value::Null => None,
            Value::String(value) => text(value),
            other => text(&other.to_string()),
        },
    }
}

/// Text goes by its bytes, everything else as one expects.
fn order(left: &Operand, right: &Operand) -> Ordering {
    match (left, right) {
        (Operand::Text(left), Operand::Text(right)) => left.cmp(right),
        (Operand::Number(left), Operand::Number(right)) => left.cmp(right),
        (Operand::Time(left), Operand::Time(right)) => left.cmp(right),
        (Operand::Flag(left), Operand::Flag(right)) => left.cmp(right),
        _ => panic!("{left:?} and {right:?} are of different kinds"),
    }
}

fn holds(comparison: Comparison, ordering: Ordering) -> bool {
    match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    }
}

/// Cards of every sort, in the order of their ids.
async fn population(world: &World) -> Vec<FiledCard> {
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    let id = || world.card_id(&account);
    let mut cards = vec![
        world.create(&account, full_card(id())).await,
        world.create(&account, plain_card(id())).await,
    ];
    let named =
        |name: &str| NewCard { holder_name: Some(name.parse().unwrap()), ..full_card(id()) };
    for (name, city, last4) in [
        ("ada", "Oslo", "0000"),
        ("\u{c4}da", "San Francisco", "9999"),
        ("O'Hara %_\\\"", "san francisco", "1112"),
    ] {
        let mut new = named(name);
        new.holder.city = Some(city.parse().unwrap());
        new.number = number(last4);
        new.custom = custom(&json!({ "Zone__c": name, "Amount__c": 100, "Flag__c": false }));
        cards.push(world.create(&account, new).await);
    }
    let new = NewCard { expiry: expiry_in(4), ..plain_card(world.card_id(&other)) };
    cards.push(world.create(&other, new).await);
    let closed = CardPatch { status: Some(CardStatus::Closed), ..failures(100) };
    world.update(cards[2], closed).await;
    world.done(world.on(cards[3]), Command::ScrubCard).await;
    let orphan = world.create_orphan(Bucket::new(account.bucket().get() + 1)).await;
    cards.push(orphan);
    let moved = world.create_orphan(Bucket::new(account.bucket().get() + 2)).await;
    world.attach(&account, moved).await;
    cards.push(moved);
    cards.sort_unstable();
    let mut filed = Vec::new();
    for id in cards {
        filed.push(world.card(id).await.unwrap());
    }
    filed
}

async fn ask(world: &World, condition: Condition) -> Vec<PaymentMethodId> {
    let query = CardQuery { condition: Some(condition), limit: 1000, ..CardQuery::default() };
    found(world, &query).await
}

async fn found(world: &World, query: &CardQuery) -> Vec<PaymentMethodId> {
    let found = world.store.query_cards(world.entity, query).await.unwrap();
    found.into_iter().map(|filed| filed.card.id).collect()
}

fn those(cards: &[FiledCard], keep: impl Fn(&FiledCard) -> bool) -> Vec<PaymentMethodId> {
    cards.iter().filter(|filed| keep(filed)).map(|filed| filed.card.id).collect()
}

/// Values to compare a field with: those that there are, and some beside them.
fn operands(cards: &[FiledCard], field: &CardField) -> Vec<Operand> {
    let mut operands: Vec<Operand> = Vec::new();
    let held = cards.iter().filter_map(|filed| held(filed, field));
    for operand in held.chain(match field.kind() {
        FieldKind::Text => vec![Operand::Text("M".to_owned()), Operand::Text(String::new())],
        FieldKind::Number => vec![Operand::Number(-1), Operand::Number(i64::MAX)],
        FieldKind::Flag => vec![Operand::Flag(true), Operand::Flag(false)],
        FieldKind::Time => {
            vec![Operand::Time(World::begin() + SignedDuration::from_micros(1))]
        }
    }) {
        if !operands.contains(&operand) {
            operands.push(operand);
        }
    }
    operands
}

pub(crate) async fn every_field_compares(bench: &Bench) {
    let world = World::new(bench);
    let cards = population(&world).await;
    for field in every_field() {
        for operand in operands(&cards, &field) {
            for comparison in COMPARISONS {
                let condition = Condition::Compare(field.clone(), comparison, operand.clone());
                let expected = those(&cards, |filed| {
                    held(filed, &field)
                        .is_some_and(|held| holds(comparison, order(&held, &operand)))
                });
                assert_eq!(
                    ask(&world, condition).await,
                    expected,
                    "{field:?} {comparison:?} {operand:?}"
                );
            }
        }
        let empty = those(&cards, |filed| held(filed, &field).is_none());
        assert_eq!(ask(&world, Condition::IsNull(field.clone())).await, empty, "{field:?}");
        let full = those(&cards, |filed| held(filed, &field).is_some());
        assert_eq!(ask(&world, Condition::IsNotNull(field.clone())).await, full, "{field:?}");
    }
}

pub(crate) async fn nothing_is_compared_with_another_kind(bench: &Bench) {
    let world = World::new(bench);
    let cards = population(&world).await;
    for (field, operand) in [
        (CardField::Failures, Operand::Text("many".to_owned())),
        (CardField::CreatedAt, Operand::Number(5)),
        (CardField::IsDefault, Operand::Number(1)),
    ] {
        for comparison in COMPARISONS {
            let condition = Condition::Compare(field.clone(), comparison, operand.clone());
            let expected = those(&cards, |_| comparison == Comparison::NotEqual);
            assert_eq!(ask(&world, condition).await, expected, "{field:?} {comparison:?}");
        }
    }
}

pub(crate) async fn conditions_combine(bench: &Bench) {
    let world = World::new(bench);
    let cards = population(&world).await;
    let open = Condition::Compare(
        CardField::Status,
        Comparison::Equal,
        Operand::Text("Active".to_owned()),
    );
    let failed = Condition::Compare(CardField::Failures, Comparison::Greater, Operand::Number(0));
    let is_open = |filed: &FiledCard| filed.card.is_active();
    let has_failed = |filed: &FiledCard| filed.card.failures.get() > 0;
    let both = Condition::All(vec![open.clone(), failed.clone()]);
    assert_eq!(ask(&world, both).await, those(&cards, |card| is_open(card) && has_failed(card)));
    let either = Condition::Any(vec![open.clone(), failed.clone()]);
    let expected = those(&cards, |card| is_open(card) || has_failed(card));
    assert_eq!(ask(&world, either.clone()).await, expected);
    let nested = Condition::All(vec![either, Condition::IsNotNull(CardField::City)]);
    let expected = those(&cards, |card| {
        (is_open(card) || has_failed(card)) && card.card.holder.city.is_some()
    });
    assert_eq!(ask(&world, nested).await, expected);
    assert_eq!(ask(&world, Condition::All(vec![])).await, those(&cards, |_| true));
    for nothing in
        [Condition::Never, Condition::Any(vec![]), Condition::All(vec![open, Condition::Never])]
    {
        assert_eq!(ask(&world, nothing).await, []);
    }
}

pub(crate) async fn a_query_names_a_card_or_an_account_by_any_name(bench: &Bench) {
    let world = World::new(bench);
    let cards = population(&world).await;
    for filed in &cards {
        let id = filed.card.id;
        assert_eq!(ask(&world, Condition::IsCard(id)).await, [id]);
        let nested = Condition::Any(vec![Condition::Never, Condition::IsCard(id)]);
        assert_eq!(ask(&world, nested).await, [id]);
    }
    let account = world.account("A-1");
    let id = world.find_account("A-1").await.unwrap().id.to_string();
    let of = |card: &FiledCard| card.card.account == account.key;
    for name in [account.clone(), world.account(&id)] {
        let condition = Condition::OfAccount(name);
        assert_eq!(ask(&world, condition.clone()).await, those(&cards, of));
        let closed = Condition::Compare(
            CardField::Status,
            Comparison::NotEqual,
            Operand::Text("Active".to_owned()),
        );
        let expected = those(&cards, |card| of(card) && !card.card.is_active());
        assert_eq!(ask(&world, Condition::All(vec![condition, closed])).await, expected);
    }
    assert_eq!(ask(&world, Condition::IsCard(world.card_id(&account))).await, []);
    assert_eq!(ask(&world, Condition::OfAccount(world.account("A-9"))).await, []);
    for has in [true, false] {
        let expected = those(&cards, |card| card.card.account.is_orphan() != has);
        assert!(!expected.is_empty());
        assert_eq!(ask(&world, Condition::HasAccount(has)).await, expected);
    }
}

pub(crate) async fn the_start_of_a_text_is_taken_literally(bench: &Bench) {
    let world = World::new(bench);
    let cards = population(&world).await;
    let name = |card: &Card| card.holder_name.as_ref().map(|name| name.as_str().to_owned());
    for prefix in ["", "Ada", "ada", "A", "O'Hara %_\\\"", "O%", "_da", "\u{c4}", "z", "*"] {
        for field in [CardField::HolderName, CardField::Custom("Zone__c".to_owned())] {
            let condition = Condition::StartsWith(field.clone(), prefix.to_owned());
            let expected = those(&cards, |filed| match held(filed, &field) {
                Some(Operand::Text(text)) => text.starts_with(prefix),
                _ => false,
            });
            assert_eq!(ask(&world, condition).await, expected, "{field:?} {prefix:?}");
        }
    }
    assert!(cards.iter().any(|filed| name(&filed.card).is_none()));
    let masked = Condition::StartsWith(CardField::MaskedNumber, "************".to_owned());
    let expected = those(&cards, |filed| filed.card.number.is_some());
    assert_eq!(ask(&world, masked).await, expected);
}

pub(crate) async fn a_query_is_ordered_and_paged(bench: &Bench) {
    let world = World::new(bench);
    let cards = population(&world).await;
    for field in every_field() {
        for descending in [false, true] {
            let mut sorted: Vec<_> = cards.iter().collect();
            sorted.sort_by(|left, right| {
                let ordering = match (held(left, &field), held(right, &field)) {
                    (Some(left), Some(right)) => order(&left, &right),
                    (left, right) => left.is_some().cmp(&right.is_some()),
                };
                if descending { ordering.reverse() } else { ordering }
            });
            let expected: Vec<_> = sorted.iter().map(|filed| filed.card.id).collect();
            let keys = vec![Order { field: field.clone(), descending }];
            for limit in [1, 3, 100] {
                let mut all = Vec::new();
                for offset in (0..cards.len()).step_by(limit) {
                    let query = CardQuery { condition: None, order: keys.clone(), offset, limit };
                    all.extend(found(&world, &query).await);
                }
                assert_eq!(all, expected, "{field:?}, descending: {descending}");
            }
        }
    }
    let query = CardQuery { limit: 0, ..CardQuery::default() };
    assert_eq!(found(&world, &query).await, []);
    let query = CardQuery { limit: usize::MAX, offset: cards.len(), ..CardQuery::default() };
    assert_eq!(found(&world, &query).await, []);
}

pub(crate) async fn a_query_stays_within_its_entity(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let account = world.account("A-1");
    let own = world.create_plain(&account).await;
    let foreign = stranger.create_plain(&stranger.account("A-1")).await;
    stranger.done(Target::Account(stranger.account("A-1")), set_default(foreign)).await;
    assert_eq!(ask(&world, Condition::All(vec![])).await, [own]);
    assert_eq!(ask(&world, Condition::IsCard(foreign)).await, []);
    assert_eq!(ask(&world, Condition::OfAccount(stranger.account("A-1"))).await, []);
    let any = Condition::Any(vec![Condition::IsCard(foreign), Condition::All(vec![])]);
    assert_eq!(ask(&world, any).await, [own]);
}
