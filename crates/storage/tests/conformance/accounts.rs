//! Accounts: their names, their details and their default card.

use std::collections::BTreeMap;

use cardfile_domain::{
    card::CardStatus,
    command::{AccountPatch, CardPatch, Command, NewCard, Target},
    id::Bucket,
    refusal::Refusal,
};
use futures::future::join_all;
use serde_json::{Map, Value, json};

use super::{
    bench::Bench,
    world::{World, create, failures, open_account, plain_card, set_default, update},
};

pub(crate) async fn an_account_is_opened_with_its_first_card_as_the_default(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.card_id(&account);
    let open = open_account("A-1", json!({ "name": "Ada" }), Some(plain_card(id)));
    let command = Command::OpenAccount(Box::new(open));
    let done = world.done(Target::Account(account.clone()), command).await;
    assert_eq!(done.card, Some(id));
    assert_eq!(done.account_number, Some("A-1".parse().unwrap()));
    let found = world.find_account("A-1").await.unwrap();
    assert_eq!(found.id, done.account_id);
    assert_eq!(found.default_card, Some(id));
    assert_eq!((found.version, found.event_seq), (1, 1));
    let card = world.card(id).await.unwrap();
    assert!(card.is_default);
    assert_eq!(card.account_id, done.account_id);
}

pub(crate) async fn an_account_is_opened_without_a_card(bench: &Bench) {
    let world = World::new(bench);
    let open = Command::OpenAccount(Box::new(open_account("A-1", json!({}), None)));
    let done = world.done(Target::Account(world.account("A-1")), open).await;
    assert_eq!(done.card, None);
    let found = world.find_account("A-1").await.unwrap();
    assert_eq!((found.default_card, found.number), (None, done.account_number));
    assert_eq!(world.cards(&world.account("A-1")).await, []);
}

pub(crate) async fn a_taken_number_is_refused(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let before = world.find_account("A-1").await;
    let open = Command::OpenAccount(Box::new(open_account("A-1", json!({ "x": 1 }), None)));
    let refusal = world.refused(Target::Account(account), open).await;
    assert_eq!(refusal, Refusal::AccountExists);
    assert_eq!(world.find_account("A-1").await, before);
}

pub(crate) async fn an_account_goes_by_its_id_and_by_its_number(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let id = world.find_account("A-1").await.unwrap().id;
    let by_id = world.account(&id.to_string());
    assert_eq!(by_id.bucket(), account.bucket());
    // Writes under either name reach the same account.
    let second = world.create_plain(&by_id).await;
    let found = world.find_account(&id.to_string()).await.unwrap();
    assert_eq!(found.default_card, Some(first));
    assert_eq!(found.version, 2);
    assert_eq!(Some(found), world.find_account("A-1").await);
    // So do reads.
    assert_eq!(world.cards(&by_id).await, world.cards(&account).await);
    assert_eq!(world.cards(&by_id).await.len(), 2);
    assert_eq!(world.events(&by_id).await, world.events(&account).await);
    // Both names at once, in any order, still are one account.
    let writes = (0..20).map(|n| {
        let name = if n % 2 == 0 { &by_id } else { &account };
        world.execute(Target::Account(name.clone()), set_default([first, second][n % 3 % 2]))
    });
    assert!(join_all(writes).await.iter().all(|answer| answer.outcome.is_ok()));
    assert_eq!(world.find_account("A-1").await.unwrap().event_seq, 22);
}

pub(crate) async fn the_id_of_an_account_that_nobody_can_name_leads_nowhere(bench: &Bench) {
    let world = World::new(bench);
    let named = world.account("A-1");
    let card = world.create_plain(&named).await;
    let orphan = world.create_orphan(named.bucket()).await;
    let nobodys = world.orphanage(orphan);
    let found = world.store.find_account(nobodys.entity, &nobodys.key).await.unwrap().unwrap();
    let by_id = world.account(&found.id.to_string());
    assert_eq!(world.find_account(by_id.key.as_str()).await, None);
    assert_eq!(world.cards(&by_id).await, []);
    assert_eq!(world.events(&by_id).await, []);
    let change = Command::UpdateAccount(AccountPatch::default());
    assert_eq!(world.refused(Target::Account(by_id), change).await, Refusal::AccountNotFound);
    // Nor does that of an account in another entity.
    let stranger = World::of(bench, 2);
    let id = world.find_account("A-1").await.unwrap().id.to_string();
    assert_eq!(stranger.find_account(&id).await, None);
    assert_eq!(world.find_account(&id).await.unwrap().default_card, Some(card));
    // No row is kept for any of that.
    assert_eq!(bench.run("DELETE FROM alias").await, 0);
}

pub(crate) async fn an_account_first_named_by_an_id_is_filed_under_it(bench: &Bench) {
    let world = World::new(bench);
    // An id from elsewhere, which says nothing about a bucket.
    let account = world.account("2C92C0F952E407170152F11B73E65D85");
    world.create_plain(&account).await;
    let found = world.find_account("2c92c0f952e407170152f11b73e65d85").await.unwrap();
    assert_eq!(found.id.to_string(), "2c92c0f952e407170152f11b73e65d85");
    assert_eq!((found.name, found.number), (account, None));
}

pub(crate) async fn details_are_kept_merged_and_removed(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let details = json!({ "name": "Ada \u{2603}", "b": { "deep": [1, 2.5, null] }, "a": "last" });
    let open = Command::OpenAccount(Box::new(open_account("A-1", details, None)));
    world.done(Target::Account(account.clone()), open).await;
    let patch = json!({ "b": null, "name": "Grace", "new": true });
    let details: Map<String, Value> = serde_json::from_value(patch).unwrap();
    let patch = Command::UpdateAccount(AccountPatch { default_card: None, details });
    world.done(Target::Account(account.clone()), patch).await;
    let found = world.find_account("A-1").await.unwrap();
    let text = serde_json::to_string(&found.details).unwrap();
    assert_eq!(text, r#"{"name":"Grace","a":"last","new":true}"#);
    // A write that is not about them leaves them alone.
    world.create_plain(&account).await;
    assert_eq!(world.find_account("A-1").await.unwrap().details, found.details);
}

pub(crate) async fn too_many_details_are_refused(bench: &Bench) {
    let world = World::new(bench);
    let long = "x".repeat(cardfile_domain::limits::DETAILS_BYTES_MAX);
    let open = Command::OpenAccount(Box::new(open_account("A-1", json!({ "long": long }), None)));
    let refusal = world.refused(Target::Account(world.account("A-1")), open).await;
    assert_eq!(refusal, Refusal::DetailsTooLarge);
    assert_eq!(world.find_account("A-1").await, None);
}

pub(crate) async fn an_unknown_account_cannot_be_updated(bench: &Bench) {
    let world = World::new(bench);
    let card = world.card_id_in(Bucket::new(1));
    let refusal = world.refused(Target::Account(world.account("A-9")), set_default(card)).await;
    assert_eq!(refusal, Refusal::AccountNotFound);
    assert_eq!(world.find_account("A-9").await, None);
}

pub(crate) async fn the_first_card_is_the_default_and_the_next_is_not(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let second = world.create_plain(&account).await;
    assert_eq!(world.default_of(&account).await, Some(first));
    assert!(world.card(first).await.unwrap().is_default);
    assert!(!world.card(second).await.unwrap().is_default);
}

pub(crate) async fn a_card_takes_over_as_the_default(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let new = NewCard { make_default: true, ..plain_card(world.card_id(&account)) };
    let second = world.create(&account, new).await;
    assert_eq!(world.default_of(&account).await, Some(second));
    world.update(first, CardPatch { make_default: true, ..CardPatch::default() }).await;
    assert_eq!(world.default_of(&account).await, Some(first));
    world.done(Target::Account(account.clone()), set_default(second)).await;
    assert_eq!(world.default_of(&account).await, Some(second));
    let marked: Vec<_> = world.cards(&account).await;
    assert_eq!(marked.iter().filter(|card| card.is_default).count(), 1);
}

pub(crate) async fn the_default_must_be_an_open_card_of_the_account(bench: &Bench) {
    let world = World::new(bench);
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    let first = world.create_plain(&account).await;
    let foreign = world.create_plain(&other).await;
    // In the same bucket, so that only the row itself tells whose card it is.
    let neighbour = world.account(&world.find_account("A-1").await.unwrap().id.to_string());
    assert_eq!(neighbour.bucket(), account.bucket());
    let orphan = world.create_orphan(account.bucket()).await;
    let refused =
        async |card| world.refused(Target::Account(account.clone()), set_default(card)).await;
    assert_eq!(refused(foreign).await, Refusal::NotOfAccount);
    assert_eq!(refused(orphan).await, Refusal::NotOfAccount);
    assert_eq!(refused(world.card_id(&account)).await, Refusal::NotOfAccount);
    let second = world.create_plain(&account).await;
    let closed = CardPatch { status: Some(CardStatus::Closed), ..CardPatch::default() };
    world.update(second, closed).await;
    assert_eq!(refused(second).await, Refusal::Closed);
    world.done(world.on(second), Command::ScrubCard).await;
    assert_eq!(refused(second).await, Refusal::Scrubbed);
    assert_eq!(world.default_of(&account).await, Some(first));
}

pub(crate) async fn one_default_is_left_by_any_number_of_writers(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let target = || Target::Account(account.clone());
    let mut cards = Vec::new();
    for _ in 0..4 {
        cards.push(world.create_plain(&account).await);
    }
    let writes = (0..200).map(|n| {
        let card = cards[n * 7 % 4];
        let (target, command) = match n % 5 {
            0 => {
                let new = plain_card(world.card_id(&account));
                (target(), create(NewCard { make_default: true, ..new }))
            }
            1 => (target(), set_default(card)),
            2 => {
                let patch = CardPatch { make_default: true, ..CardPatch::default() };
                (world.on(card), update(patch))
            }
            3 => (world.on(card), Command::DeleteCard),
            _ => (world.on(card), Command::ScrubCard),
        };
        world.execute(target, command)
    });
    let watch = async {
        for _ in 0..20 {
            let marked = world.cards(&account).await.iter().filter(|c| c.is_default).count();
            assert!(marked <= 1, "{marked} defaults");
        }
    };
    tokio::join!(join_all(writes), watch);
    let found = world.find_account("A-1").await.unwrap();
    // The last of the new cards took over, if nothing else did.
    let default = found.default_card.unwrap();
    let listed: BTreeMap<_, _> = world
        .cards(&account)
        .await
        .into_iter()
        .map(|card| (card.card.id, card.is_default))
        .collect();
    let marked: Vec<_> = listed.iter().filter(|(_, is_default)| **is_default).collect();
    assert_eq!(marked, [(&default, &true)]);
}

pub(crate) async fn two_servers_on_a_card_and_on_its_account_lose_nothing(bench: &Bench) {
    let here = World::new(bench);
    let other = bench.open_again().await;
    let there = World::with(other.store(), 1);
    let account = here.account("A-1");
    let card = here.create_plain(&account).await;
    let mut written = 1;
    for round in 0..30 {
        let rename = Command::UpdateAccount(AccountPatch {
            default_card: None,
            details: json!({ "round": round }).as_object().unwrap().clone(),
        });
        // One writes the card's row and the other the account's, and both the next event.
        let (changed, renamed) = tokio::join!(
            here.execute(here.on(card), update(failures(round))),
            there.execute(Target::Account(account.clone()), rename),
        );
        assert!(changed.outcome.is_ok() && renamed.outcome.is_ok());
        written += 2;
    }
    let found = here.find_account("A-1").await.unwrap();
    assert_eq!((found.event_seq, &found.details["round"]), (written, &json!(29)));
    assert_eq!(here.card(card).await.unwrap().card.failures.get(), 29);
    super::events::assert_unbroken(&here.events(&account).await, &found);
    other.store().drain().await;
}

pub(crate) async fn two_servers_on_one_account_lose_nothing(bench: &Bench) {
    let here = World::new(bench);
    let other = bench.open_again().await;
    let there = World::with(other.store(), 1);
    let account = here.account("A-1");
    let card = here.create_plain(&account).await;
    // In small groups, because a write is given up after it lost too many races in a row.
    let mut written = 1;
    for round in 0..30 {
        let writes = (0..6).map(|n| {
            let world = if n % 2 == 0 { &here } else { &there };
            world.execute(world.on(card), update(failures((round * 6 + n) % 100)))
        });
        for answer in join_all(writes).await {
            assert!(answer.outcome.is_ok());
            written += 1;
        }
    }
    let found = here.find_account("A-1").await.unwrap();
    assert_eq!(found.event_seq, written);
    let events = here.events(&account).await;
    assert_eq!(events.len(), usize::try_from(written).unwrap());
    super::events::assert_unbroken(&events, &found);
    other.store().drain().await;
}
