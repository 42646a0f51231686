//! What a card tells of its account, and when it stops.

use cardfile_domain::{
    account::Account,
    command::{AccountPatch, Command, NewCard, Target},
    id::{AccountRef, PaymentMethodId},
    policy::{Policy, Replacement},
};
use serde_json::json;

use super::{
    bench::Bench,
    events::assert_unbroken,
    world::{World, attach, create, failures, full_card, open_account, plain_card, set_default},
};

/// Whether a card tells of its account.
async fn tells(bench: &Bench, card: PaymentMethodId) -> bool {
    let id = if bench.is_sqlite() { format!("x'{card}'") } else { format!("'{card}'") };
    let touch = "UPDATE card SET failures = failures WHERE account_id IS NOT NULL AND id =";
    bench.run(&format!("{touch} {id}")).await == 1
}

fn described() -> Command {
    let details = json!({ "name": "Ada" }).as_object().unwrap().clone();
    Command::UpdateAccount(AccountPatch { default_card: None, details })
}

/// Whether everybody says the same of an account and of its card.
async fn assert_agreed(world: &World, account: &AccountRef, card: PaymentMethodId) -> Account {
    let found = world.store.find_account(account.entity, &account.key).await.unwrap().unwrap();
    let filed = world.card(card).await.unwrap();
    assert_eq!((filed.account_id, filed.card.account.clone()), (found.id, account.key.clone()));
    assert_eq!(filed.is_default, found.default_card == Some(card));
    assert!(world.cards(account).await.contains(&filed));
    assert_unbroken(&world.events(account).await, &found);
    found
}

pub(crate) async fn the_card_that_comes_with_an_account_tells_all_of_it(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let card = world.create(&account, full_card(world.card_id(&account))).await;
    let by_id = world.account("01a20401-0a3a-70e8-aebf-db73f5e678a3");
    let of_id = world.create_plain(&by_id).await;
    let orphan = world.create_orphan(account.bucket()).await;
    let nobodys = world.orphanage(orphan);
    for (name, card) in [(&account, card), (&by_id, of_id), (&nobodys, orphan)] {
        assert!(tells(bench, card).await, "{name:?}");
        world.update(card, failures(3)).await;
        assert!(tells(bench, card).await, "{name:?}");
        assert_agreed(&world, name, card).await;
    }
    let described = world.account("A-2");
    let of_described = world.card_id(&described);
    let open = open_account("A-2", json!({ "name": "Ada" }), Some(plain_card(of_described)));
    world.done(Target::Account(described.clone()), Command::OpenAccount(Box::new(open))).await;
    assert!(!tells(bench, of_described).await);
    assert_agreed(&world, &described, of_described).await;
}

pub(crate) async fn the_account_of_a_card_that_tells_is_not_looked_for(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    let filed = world.card(card).await;
    // Whoever reads it says that it is damaged.
    bench.run("UPDATE account SET details = '[]'").await;
    world.update(card, failures(4)).await;
    bench.run("DELETE FROM account").await;
    assert_eq!(world.card(card).await.map(|it| it.account_id), filed.map(|it| it.account_id));
    world.update(card, failures(5)).await;
    assert_eq!(world.card(card).await.unwrap().card.failures.get(), 5);
    assert_eq!(bench.run("DELETE FROM event WHERE seq = 3").await, 1);
}

pub(crate) async fn a_card_stops_telling_when_its_account_is_written(bench: &Bench) {
    let world = World::new(bench);
    let target = |account: &AccountRef| Target::Account(account.clone());
    for (number, is_default) in [("A-1", true), ("A-2", true), ("A-3", false), ("A-4", true)] {
        let account = world.account(number);
        let card = world.create_plain(&account).await;
        world.update(card, failures(1)).await;
        assert!(tells(bench, card).await, "{number}");
        let second = world.card_id(&account);
        match number {
            "A-1" => world.done(target(&account), described()).await,
            "A-2" => world.done(target(&account), create(plain_card(second))).await,
            "A-3" => {
                let new = NewCard { make_default: true, ..plain_card(second) };
                world.done(target(&account), create(new)).await
            }
            _ => {
                let other = world.create_orphan(account.bucket()).await;
                world.attach(&account, other).await
            }
        };
        assert!(!tells(bench, card).await, "{number}");
        assert_agreed(&world, &account, card).await;
        world.update(card, failures(2)).await;
        assert_agreed(&world, &account, card).await;
        assert_eq!(world.card(card).await.unwrap().is_default, is_default, "{number}");
    }
}

pub(crate) async fn a_card_stops_telling_when_it_is_written_with_its_account(bench: &Bench) {
    let world = World::new(bench);
    let card = world.create_orphan(world.account("A-1").bucket()).await;
    let account = world.orphanage(card);
    // Nobody is charged by an account that nobody can name, so this one opens without a default.
    assert_eq!(assert_agreed(&world, &account, card).await.default_card, None);
    assert!(tells(bench, card).await);
    let named = world.account("A-1");
    let first = world.create_plain(&named).await;
    let second = world.create_plain(&named).await;
    world.done(Target::Account(named.clone()), set_default(second)).await;
    world.done(world.on(first), Command::ScrubCard).await;
    assert!(!tells(bench, first).await);
    assert_agreed(&world, &named, first).await;
    // What replaces a card is charged in its stead, and the card says by what it was replaced.
    let account = world.account("A-3");
    let old = world.create_plain(&account).await;
    let replaces = Some(Replacement { card: old, policy: Policy::default() });
    let new = NewCard { replaces, ..plain_card(world.card_id(&account)) };
    world.create(&account, new).await;
    assert!(!tells(bench, old).await);
    assert!(!world.card(old).await.unwrap().is_default);
    assert_agreed(&world, &account, old).await;
    let lone = world.account("A-2");
    let scrubbed = world.create_plain(&lone).await;
    world.done(world.on(scrubbed), Command::ScrubCard).await;
    assert!(!tells(bench, scrubbed).await);
    assert_agreed(&world, &lone, scrubbed).await;
}

pub(crate) async fn a_card_that_changes_hands_tells_nothing_of_either(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    // In the bucket of the account, where its row stays, and in another, which it leaves.
    let near = world.create_orphan(account.bucket()).await;
    let far = world.create_orphan(world.account("A-2").bucket()).await;
    for card in [near, far] {
        assert!(tells(bench, card).await);
        world.done(Target::Account(account.clone()), attach(card)).await;
        assert!(!tells(bench, card).await);
        assert_agreed(&world, &account, card).await;
        world.update(card, failures(7)).await;
        assert_agreed(&world, &account, card).await;
    }
}
