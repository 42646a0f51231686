//! Cards that look the same.

use cardfile_domain::{
    card::CardStatus,
    command::{CardPatch, NewCard, Target},
    refusal::Refusal,
};
use futures::future::join_all;

use super::{
    bench::Bench,
    world::{World, create, expiry_in, number, plain_card, update},
};

fn checked(new: NewCard) -> NewCard {
    NewCard { check_duplicated: true, ..new }
}

pub(crate) async fn a_lookalike_is_refused_if_asked(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let target = || Target::Account(account.clone());
    let new = || checked(plain_card(world.card_id(&account)));
    assert_eq!(world.refused(target(), create(new())).await, Refusal::Duplicate);
    // By any name of the account.
    let id = world.find_account("A-1").await.unwrap().id.to_string();
    let by_id = Target::Account(world.account(&id));
    assert_eq!(world.refused(by_id, create(new())).await, Refusal::Duplicate);
    // Another name, another end of the number, another expiry, another account: another card.
    world.create(&account, NewCard { holder_name: Some("Grace".parse().unwrap()), ..new() }).await;
    world.create(&account, NewCard { number: number("1112"), ..new() }).await;
    world.create(&account, NewCard { expiry: expiry_in(4), ..new() }).await;
    let other = world.account("A-2");
    world.create(&other, checked(plain_card(world.card_id(&other)))).await;
    // A closed card is nobody's double.
    let closed = CardPatch { status: Some(CardStatus::Closed), ..CardPatch::default() };
    world.update(first, closed).await;
    world.create(&account, new()).await;
    // And who does not ask is not told.
    world.create(&account, plain_card(world.card_id(&account))).await;
}

pub(crate) async fn a_change_into_a_lookalike_is_refused_if_asked(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let new = plain_card(world.card_id(&account));
    let second = world.create(&account, NewCard { expiry: expiry_in(4), ..new }).await;
    let patch = |check_duplicated| CardPatch {
        year: Some(expiry_in(3).year),
        check_duplicated,
        ..CardPatch::default()
    };
    let refusal = world.refused(world.on(second), update(patch(true))).await;
    assert_eq!(refusal, Refusal::Duplicate);
    assert_eq!(world.card(second).await.unwrap().card.expiry, expiry_in(4));
    // A card is no double of itself.
    world.update(first, patch(true)).await;
    world.update(second, patch(false)).await;
    assert_eq!(world.card(second).await.unwrap().card.expiry, expiry_in(3));
}

pub(crate) async fn of_lookalikes_made_at_once_one_is_kept(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let creates = (0..20).map(|_| {
        let new = checked(plain_card(world.card_id(&account)));
        world.execute(Target::Account(account.clone()), create(new))
    });
    let answers = join_all(creates).await;
    assert_eq!(answers.iter().filter(|answer| answer.outcome.is_ok()).count(), 1);
    let refusals = answers.iter().filter_map(|answer| answer.outcome.as_ref().err());
    assert!(refusals.into_iter().all(|refusal| *refusal == Refusal::Duplicate));
    assert_eq!(world.cards(&account).await.len(), 1);
}
