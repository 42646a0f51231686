//! The chain of events of an account.

use cardfile_domain::{
    account::Account,
    command::{CardPatch, Command, Target},
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
    for count in 1..10 {
        world.update(id, failures(count)).await;
    }
    let all = world.events(&account).await;
    assert_eq!(all.len(), 10);
    let part = async |after, limit| world.store.list_events(&account, after, limit).await.unwrap();
    assert_eq!(part(0, 3).await, all[..3]);
    assert_eq!(part(3, 100).await, all[3..]);
    assert_eq!(part(10, 100).await, []);
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
