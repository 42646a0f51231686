//! Events that lead from one to the next.

use cardfile_domain::{
    command::{AccountPatch, Command, Target},
    ports::StoreError,
};
use cardfile_storage::migrate;
use serde_json::json;

use super::fresh;
use crate::conformance::{
    events::assert_unbroken,
    world::{World, failures},
};

/// As it was when events had an index by accounts, and cards did not notice when their accounts were written.
const BEFORE: &str = "DROP INDEX event_by_time; \
    ALTER TABLE event ADD CONSTRAINT event_pkey PRIMARY KEY (bucket, entity, account_key, seq); \
    ALTER TABLE event DROP COLUMN before_at, DROP COLUMN marked_at; \
    ALTER TABLE account DROP COLUMN event_marked; ALTER TABLE card DROP COLUMN event_marked; \
    UPDATE card SET event_seq = 0, event_head = NULL WHERE account_key = 'A-2'; \
    DELETE FROM _sqlx_migrations WHERE version >= 12";

#[tokio::test]
async fn events_that_are_there_are_led_to() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let [young, old] = ["A-1", "A-2"].map(|key| world.account(key));
    let cards = [world.create_plain(&young).await, world.create_plain(&old).await];
    for count in 0..130 {
        for card in cards {
            world.update(card, failures(count % 100)).await;
        }
    }
    let details = json!({ "name": "Ada" }).as_object().unwrap().clone();
    let described = Command::UpdateAccount(AccountPatch { default_card: None, details });
    world.done(Target::Account(old.clone()), described).await;
    let before = [world.events(&young).await, world.events(&old).await];
    bench.run(BEFORE).await;
    migrate(&bench.url).await.unwrap();
    let again = bench.open_again().await;
    let world = World::with(again.store(), 1);
    assert_eq!([world.events(&young).await, world.events(&old).await], before);
    for (account, card) in [&young, &old].into_iter().zip(cards) {
        for count in 0..130 {
            world.update(card, failures(count % 100)).await;
        }
        let events = world.events(account).await;
        let found = world.find_account(account.key.as_str()).await.unwrap();
        assert_unbroken(&events, &found);
        for after in (60..70).chain(120..200).chain(240..261) {
            let part = world.store.list_events(account, after, 1).await.unwrap();
            assert_eq!(part, events[usize::try_from(after).unwrap()..][..part.len()], "{after}");
            assert_eq!(part.len(), usize::from(found.event_seq > after));
        }
    }
    // Who wants to change the card knows that the account was written after it.
    let is_told = "UPDATE card SET event_seq = event_seq WHERE event_seq IN (261, 262)";
    assert_eq!(bench.run(is_told).await, 2);
    again.store().drain().await;
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn an_event_that_is_gone_is_missed_where_others_lead_to_it() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    for count in 1..100 {
        world.update(card, failures(count)).await;
    }
    let list = async |after, limit| world.store.list_events(&account, after, limit).await;
    let assert_missed = async |after, limit, seq| {
        let Err(StoreError::Inconsistent { table, column, row }) = list(after, limit).await else {
            panic!("nothing was missed after {after}");
        };
        assert_eq!((table, column, row), ("event", "before_at", format!("A-1/{seq}")));
    };
    assert_eq!(bench.run("DELETE FROM event WHERE seq = 90").await, 1);
    for (after, limit) in [(0, 200), (80, 15), (89, 1)] {
        assert_missed(after, limit, 90).await;
    }
    assert_eq!(list(90, 200).await.unwrap().len(), 10);
    // The 64th is known to all that follow it.
    assert_eq!(list(0, 50).await.unwrap().len(), 50);
    assert_eq!(bench.run("DELETE FROM event WHERE seq = 64").await, 1);
    assert_missed(0, 50, 64).await;
    assert_eq!(bench.run("DELETE FROM event WHERE seq = 100").await, 1);
    assert_missed(0, 50, 100).await;
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn events_are_led_to_whatever_else_is_wrong_with_an_account() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    world.update(card, failures(1)).await;
    let id = world.find_account("A-1").await.unwrap().id.to_string();
    bench.run("UPDATE account SET details = '[]'").await;
    for name in [&account, &world.account(&id)] {
        assert_eq!(world.events(name).await.len(), 2);
        assert_eq!(world.store.list_events(name, -5, 10).await.unwrap().len(), 2);
    }
    assert_eq!(world.events(&world.account("A-2")).await, []);
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn an_account_whose_lone_card_is_gone_is_named() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    bench.run("DELETE FROM card").await;
    let details = json!({ "name": "Ada" }).as_object().unwrap().clone();
    let described = Command::UpdateAccount(AccountPatch { default_card: None, details });
    let answer = world.send(world.write(Target::Account(account), described)).await;
    let Err(StoreError::Inconsistent { table, column, row }) = answer else {
        panic!("nothing was missed");
    };
    assert_eq!((table, column, row.as_str()), ("account", "lone_card", "A-1"));
    bench.opened.store().drain().await;
}
