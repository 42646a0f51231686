//! What others call cards.

use cardfile_domain::{
    command::{Command, Mode, NewCard, Target},
    id::{AccountRef, Bucket, PaymentMethodId},
    refusal::Refusal,
    text::CardName,
};
use futures::future::join_all;
use serde_json::json;

use super::{
    bench::Bench,
    world::{World, create, failures, open_account, plain_card, set_default},
};

fn name(text: &str) -> CardName {
    text.parse().unwrap()
}

/// A card with names that others gave it.
fn named(id: PaymentMethodId, names: &[&str]) -> NewCard {
    NewCard { names: names.iter().copied().map(name).collect(), ..plain_card(id) }
}

async fn found(world: &World, text: &str) -> Option<PaymentMethodId> {
    world.store.find_named(world.entity, &name(text)).await.unwrap()
}

/// Puts a card on file that is not its account's default.
async fn create_second(world: &World, account: &AccountRef, names: &[&str]) -> PaymentMethodId {
    world.create_plain(account).await;
    world.create(account, named(world.card_id(account), names)).await
}

pub(crate) async fn a_card_goes_by_each_of_its_names(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let account = world.account("A-1");
    let names = ["tok_1Abc", "card_1Abc", "tok_1Abc", "漢 'x'"];
    let id = world.create(&account, named(world.card_id(&account), &names)).await;
    for text in names {
        assert_eq!(found(&world, text).await, Some(id), "{text}");
        assert_eq!(found(&stranger, text).await, None, "{text}");
    }
    assert_eq!(found(&world, "card_1abc").await, None);
    let kept = world.card(id).await.unwrap().card.extras.names;
    assert_eq!(kept, [name("card_1Abc"), name("tok_1Abc"), name("漢 'x'")]);
    // An account that is opened with its first card names that as well.
    let account = world.account("A-2");
    let first = named(world.card_id(&account), &["card_2"]);
    let open = Command::OpenAccount(Box::new(open_account("A-2", json!({}), Some(first))));
    let done = world.done(Target::Account(account), open).await;
    assert_eq!(found(&world, "card_2").await, done.card);
}

pub(crate) async fn a_taken_name_is_refused(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    let id = world.create(&account, named(world.card_id(&account), &["card_1", "tok_1"])).await;
    for account in [&account, &other] {
        let new = named(world.card_id(account), &["card_2", "tok_1"]);
        let refusal = world.refused(Target::Account(account.clone()), create(new)).await;
        assert_eq!(refusal, Refusal::NameTaken);
    }
    assert_eq!((found(&world, "card_2").await, found(&world, "tok_1").await), (None, Some(id)));
    assert_eq!(world.find_account("A-2").await, None);
    // A rehearsal is told the same.
    let new = named(world.card_id(&other), &["tok_1"]);
    let tried = world.write(Target::Account(other), create(new));
    let answers = world.store.queue(vec![tried], Mode::Rehearsal).await.await;
    assert_eq!(answers[0].as_ref().unwrap().outcome, Err(Refusal::NameTaken));
    // Another entity has names of its own.
    let account = stranger.account("A-1");
    let theirs = stranger.create(&account, named(stranger.card_id(&account), &["tok_1"])).await;
    assert_eq!(found(&stranger, "tok_1").await, Some(theirs));
}

pub(crate) async fn of_cards_with_one_name_made_at_once_one_is_kept(bench: &Bench) {
    let (here, again) = (World::new(bench), bench.open_again().await);
    let there = World::with(again.store(), 1);
    let worlds = [&here, &there];
    let writes = (0..12_u16).map(|n| {
        let world = worlds[usize::from(n % 2)];
        // Each side counts its ticks from the same number.
        let id = PaymentMethodId::new(Bucket::new(n), 1, u64::from(n));
        let target = Target::Account(world.orphanage(id));
        world.execute(target, create(named(id, &["card_1"])))
    });
    let answers = join_all(writes).await;
    let made: Vec<_> = answers.iter().filter_map(|answer| answer.outcome.as_ref().ok()).collect();
    assert_eq!(made.len(), 1);
    let refused = answers.iter().filter_map(|answer| answer.outcome.as_ref().err());
    assert!(refused.into_iter().all(|refusal| *refusal == Refusal::NameTaken));
    assert_eq!(found(&here, "card_1").await, made[0].card);
    again.store().drain().await;
}

pub(crate) async fn a_card_that_goes_leaves_its_names_to_others(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    for command in [Command::DeleteCard, Command::ScrubCard] {
        let id = create_second(&world, &account, &["card_1", "tok_1"]).await;
        // All of them wait in the queue together, in this order.
        let held = bench.hold().await;
        let next = world.card_id(&account);
        let target = Target::Account(account.clone());
        let writes = join_all([
            world.execute(world.on(id), command),
            world.execute(target, create(named(next, &["tok_1"]))),
        ]);
        let (answers, ()) = tokio::join!(writes, held.let_go());
        assert!(answers.iter().all(|answer| answer.outcome.is_ok()));
        assert_eq!(found(&world, "card_1").await, None);
        assert_eq!(found(&world, "tok_1").await, Some(next));
        world.done(world.on(next), Command::DeleteCard).await;
        assert_eq!(found(&world, "tok_1").await, None);
    }
}

pub(crate) async fn a_card_keeps_its_names_wherever_it_goes(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    for bucket in [account.bucket().get(), account.bucket().get() + 1] {
        let id = world.card_id_in(Bucket::new(bucket));
        world.create(&world.orphanage(id), named(id, &["card_1"])).await;
        world.attach(&account, id).await;
        assert_eq!(found(&world, "card_1").await, Some(id));
        world.update(id, failures(2)).await;
        world.done(Target::Account(account.clone()), set_default(first)).await;
        assert_eq!(found(&world, "card_1").await, Some(id));
        world.done(world.on(id), Command::DeleteCard).await;
        assert_eq!(found(&world, "card_1").await, None);
    }
}

pub(crate) async fn a_name_of_a_card_names_no_account(bench: &Bench) {
    let world = World::new(bench);
    let key = world.account("card_1").key;
    // The card's private account would be beside the name.
    let id = world.card_id_in(key.bucket(world.entity));
    world.create(&world.orphanage(id), named(id, &["card_1", "A-9"])).await;
    assert_eq!(world.store.find_account(world.entity, &key).await.unwrap(), None);
    // And an account may have the name of a card.
    let account = world.account("card_1");
    let other = world.create_plain(&account).await;
    assert_eq!(world.cards(&account).await[0].card.id, other);
    assert_eq!(found(&world, "card_1").await, Some(id));
}
