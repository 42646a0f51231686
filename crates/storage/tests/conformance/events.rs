//! The chain of events of an account.

use cardfile_domain::{
    account::Account,
    command::{AccountPatch, CardPatch, Command, Target},
    event::{EventHash, RecordedEvent},
    id::Bucket,
};
use serde_json::json;

use super::{
    bench::Bench,
    world::{World, create, custom, failures, full_card, open_account, set_default, update},
};

/// Whether the events are all there are, in order, each linked to the one before.
#[track_caller]
pub(crate) fn assert_unbroken(events: &[RecordedEvent], account: &Account) {
    let mut previous = EventHash::default();
    for (event, seq) in events.iter().zip(1..) {
        assert_eq!(event.seq, seq);
        assert_eq!(event.previous, previous, "event {seq}");
        assert_eq!(event.hash, event.expected_hash(), "event {seq}");
        assert_eq!(event.account, account.name);
        previous = event.hash;
    }
    assert_eq!(i64::try_from(events.len()).unwrap(), account.event_seq);
    assert_eq!(previous, account.event_head);
}

pub(crate) async fn every_write_leaves_one_link_of_an_unbroken_chain(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let target = || Target::Account(account.clone());
    let (first, second) = (world.card_id(&account), world.card_id(&account));
    let open = open_account("A-1", json!({ "name": "Ada" }), Some(full_card(first)));
    let renamed = json!({ "Text__c": "quotes \" and \u{2603}" });
    let writes = [
        (target(), Command::OpenAccount(Box::new(open))),
        (target(), create(full_card(second))),
        (world.on(second), update(failures(3))),
        (world.on(second), update(CardPatch { custom: custom(&renamed), ..CardPatch::default() })),
        (target(), set_default(second)),
        (world.on(second), Command::NoteVerified),
        (world.on(first), Command::ScrubCard),
        (world.on(first), Command::DeleteCard),
    ];
    let mut contexts = Vec::new();
    for (target, command) in writes {
        let write = world.write(target, command);
        contexts.push(write.context.clone());
        world.send(write).await.unwrap().outcome.unwrap();
    }
    let events = world.events(&account).await;
    assert_unbroken(&events, &world.find_account("A-1").await.unwrap());
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_ref()).collect();
    assert_eq!(
        kinds,
        [
            "account.opened",
            "card.created",
            "card.updated",
            "card.updated",
            "account.updated",
            "card.verified",
            "card.scrubbed",
            "card.deleted"
        ]
    );
    for (event, context) in events.iter().zip(contexts) {
        assert_eq!((event.at, event.by, &event.track), (context.at, context.by, &context.track));
    }
    let cards: Vec<_> = events.iter().map(|event| event.card).collect();
    let (first, second) = (Some(first), Some(second));
    assert_eq!(cards, [first, second, second, second, second, second, first, first]);
}

pub(crate) async fn a_refusal_leaves_no_event(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_plain(&account).await;
    let before = world.find_account("A-1").await;
    world.refused(world.on(id), Command::DeleteCard).await;
    assert_eq!(world.find_account("A-1").await, before);
    assert_eq!(world.events(&account).await.len(), 1);
}

pub(crate) async fn events_are_read_in_parts(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_plain(&account).await;
    for count in 1..200 {
        world.update(id, failures(count % 100)).await;
    }
    let all = world.events(&account).await;
    assert_eq!(all.len(), 200);
    let part = async |after, limit| world.store.list_events(&account, after, limit).await.unwrap();
    assert_eq!(part(0, 3).await, all[..3]);
    assert_eq!(part(3, 1000).await, all[3..]);
    assert_eq!(part(200, 100).await, []);
    assert_eq!(part(1000, 100).await, []);
    // On SQLite every 64th event is found faster than the others.
    for after in (60..70).chain(120..135).chain(185..199) {
        assert_eq!(part(after, 1).await, all[usize::try_from(after).unwrap()..][..1], "{after}");
    }
}

pub(crate) async fn a_lone_card_knows_the_latest_event_and_its_account_is_not_written(
    bench: &Bench,
) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    for count in 1..4 {
        world.update(first, failures(count)).await;
    }
    world.done(world.on(first), Command::NoteVerified).await;
    let is_untouched = "UPDATE account SET version = 1 WHERE event_seq = 1 AND version = 1";
    assert_eq!(bench.run(is_untouched).await, 1);
    let found = world.find_account("A-1").await.unwrap();
    assert_eq!((found.event_seq, found.lone_card), (5, Some(first)));
    let events = world.events(&account).await;
    assert_unbroken(&events, &found);
    assert_eq!(found.updated_at, events[4].at);
    assert_eq!(world.store.list_accounts(world.entity, None, 10).await.unwrap(), [found]);
    // What concerns the account goes on from there.
    let named = Command::UpdateAccount(AccountPatch {
        default_card: None,
        details: json!({ "name": "Ada" }).as_object().unwrap().clone(),
    });
    world.done(Target::Account(account.clone()), named).await;
    world.update(first, failures(9)).await;
    // Where cards are two, none of them stands for the account.
    world.create_plain(&account).await;
    world.update(first, failures(10)).await;
    let is_written = "UPDATE account SET version = 4 WHERE event_seq = 9 AND version = 4";
    assert_eq!(bench.run(is_written).await, 1);
    let found = world.find_account("A-1").await.unwrap();
    assert_eq!(found.lone_card, None);
    assert_unbroken(&world.events(&account).await, &found);
}

pub(crate) async fn what_a_card_knows_of_its_account_stays_behind_when_it_leaves(bench: &Bench) {
    let world = World::new(bench);
    for (key, distance) in [("A-1", 0), ("A-2", 1)] {
        let account = world.account(key);
        let id = world.create_orphan(Bucket::new(account.bucket().get() + distance)).await;
        for count in 1..4 {
            world.update(id, failures(count)).await;
        }
        world.attach(&account, id).await;
        let origin = world.orphanage(id);
        let left = world.store.find_account(world.entity, &origin.key).await.unwrap().unwrap();
        assert_unbroken(&world.events(&origin).await, &left);
        assert_eq!(left.event_seq, 5);
        for count in 1..3 {
            let account = world.find_account(key).await.unwrap();
            assert_unbroken(&world.events(&account.name).await, &account);
            assert_eq!(account.event_seq, count);
            world.update(id, failures(5)).await;
        }
    }
}

pub(crate) async fn an_attached_card_leaves_an_event_on_either_side(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_orphan(Bucket::new(account.bucket().get() + 1)).await;
    world.attach(&account, id).await;
    let origin = world.orphanage(id);
    let left = world.store.find_account(world.entity, &origin.key).await.unwrap().unwrap();
    let events = world.events(&origin).await;
    assert_unbroken(&events, &left);
    assert_eq!(events[1].kind, "card.moved");
    let events = world.events(&account).await;
    assert_unbroken(&events, &world.find_account("A-1").await.unwrap());
    assert_eq!((events[0].kind.as_ref(), events[0].card), ("card.attached", Some(id)));
}
