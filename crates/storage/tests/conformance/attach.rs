//! Cards made without an account, and how they get to one.

use cardfile_domain::{
    command::{Attach, CardPatch, Command, NewCard, Target},
    id::{AccountKey, AccountRef, Bucket},
    query::{CardQuery, Condition},
    refusal::Refusal,
};
use futures::future::join_all;
use serde_json::json;

use super::{
    bench::Bench,
    world::{World, attach, create, failures, open_account, plain_card, set_default, update},
};

/// A bucket that is not the account's.
fn elsewhere(account: &AccountRef) -> Bucket {
    Bucket::new(account.bucket().get() + 1)
}

pub(crate) async fn a_card_without_an_account_is_nobodys_default(bench: &Bench) {
    let world = World::new(bench);
    let id = world.card_id_in(Bucket::new(77));
    let new = NewCard { make_default: true, ..plain_card(id) };
    world.create(&world.orphanage(id), new).await;
    let found = world.card(id).await.unwrap();
    assert!(!found.is_default);
    assert!(found.card.account.is_orphan());
    assert_eq!(world.default_of(&world.orphanage(id)).await, None);
}

pub(crate) async fn a_card_is_attached_once(bench: &Bench) {
    let world = World::new(bench);
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    world.create_plain(&account).await;
    let id = world.create_orphan(elsewhere(&account)).await;
    let before = world.card(id).await.unwrap();
    let done = world.attach(&account, id).await;
    assert_eq!((done.card, done.account_number), (Some(id), Some("A-1".parse().unwrap())));
    let after = world.card(id).await.unwrap();
    assert_eq!(after.card.account, account.key);
    assert_eq!(after.account_id, done.account_id);
    // All that changed is where it belongs, and that it changed.
    let mut expected = before.card;
    expected.account = account.key.clone();
    expected.updated = after.card.updated;
    assert_eq!(after.card, expected);
    for target in [&account, &other, &world.orphanage(id)] {
        let refusal = world.refused(Target::Account(target.clone()), attach(id)).await;
        assert_eq!(refusal, Refusal::AlreadyAttached);
    }
    let refusal = world.refused(world.on(id), attach(id)).await;
    assert_eq!(refusal, Refusal::AlreadyAttached);
}

pub(crate) async fn of_two_accounts_one_gets_the_card(bench: &Bench) {
    let world = World::new(bench);
    let accounts = ["A-1", "A-2", "A-3", "A-4"].map(|number| world.account(number));
    for round in 0..10 {
        let id = world.create_orphan(Bucket::new(round)).await;
        let attempts = accounts
            .iter()
            .map(|account| world.execute(Target::Account(account.clone()), attach(id)));
        let answers = join_all(attempts).await;
        let winners: Vec<_> =
            answers.iter().filter_map(|answer| answer.outcome.as_ref().ok()).collect();
        assert_eq!(winners.len(), 1);
        let losers = answers.iter().filter_map(|answer| answer.outcome.as_ref().err());
        assert!(losers.into_iter().all(|refusal| *refusal == Refusal::AlreadyAttached));
        assert_eq!(world.card(id).await.unwrap().account_id, winners[0].account_id);
    }
    let listed: Vec<usize> =
        join_all(accounts.iter().map(|account| async { world.cards(account).await.len() })).await;
    assert_eq!(listed.iter().sum::<usize>(), 10);
}

pub(crate) async fn a_card_is_attached_and_changed_in_one_breath(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let id = world.create_orphan(elsewhere(&account)).await;
    let patch = CardPatch { make_default: true, ..failures(4) };
    let command =
        Command::AttachCard(Box::new(Attach { card: id, open: None, patch, may_be_token: false }));
    world.done(Target::Account(account.clone()), command).await;
    let found = world.card(id).await.unwrap();
    assert_eq!(found.card.failures.get(), 4);
    assert!(found.is_default);
    assert_eq!(world.default_of(&account).await, Some(id));
}

pub(crate) async fn attaching_opens_the_account(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_orphan(elsewhere(&account)).await;
    let open = Some(open_account("A-1", json!({ "name": "Ada" }), None));
    let attach = Attach { card: id, open, patch: CardPatch::default(), may_be_token: false };
    let command = Command::AttachCard(Box::new(attach));
    let done = world.done(Target::Account(account.clone()), command).await;
    let found = world.find_account("A-1").await.unwrap();
    assert_eq!((found.id, found.default_card), (done.account_id, Some(id)));
    assert_eq!(found.details["name"], "Ada");
    assert_eq!(world.find_account(&found.id.to_string()).await, Some(found));
}

pub(crate) async fn attaching_cannot_open_a_taken_number(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let id = world.create_orphan(elsewhere(&account)).await;
    let open = Some(open_account("A-1", json!({}), None));
    let attach = Attach { card: id, open, patch: CardPatch::default(), may_be_token: false };
    let command = Command::AttachCard(Box::new(attach));
    let refusal = world.refused(Target::Account(account), command).await;
    assert_eq!(refusal, Refusal::AccountExists);
    assert!(world.card(id).await.unwrap().card.account.is_orphan());
}

pub(crate) async fn a_missing_card_cannot_be_attached(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let account = world.account("A-1");
    let missing = world.card_id_in(Bucket::new(5));
    let foreign = stranger.create_orphan(Bucket::new(5)).await;
    for id in [missing, foreign] {
        let refusal = world.refused(Target::Account(account.clone()), attach(id)).await;
        assert_eq!(refusal, Refusal::CardNotFound);
    }
    assert_eq!(world.find_account("A-1").await, None);
    assert!(stranger.card(foreign).await.unwrap().card.account.is_orphan());
}

pub(crate) async fn a_lookalike_is_not_attached(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let id = world.create_orphan(elsewhere(&account)).await;
    let patch = CardPatch { check_duplicated: true, ..CardPatch::default() };
    let command =
        Command::AttachCard(Box::new(Attach { card: id, open: None, patch, may_be_token: false }));
    let refusal = world.refused(Target::Account(account.clone()), command).await;
    assert_eq!(refusal, Refusal::Duplicate);
    world.attach(&account, id).await;
}

pub(crate) async fn a_card_stays_in_its_bucket_if_the_account_is_there(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_orphan(account.bucket()).await;
    world.attach(&account, id).await;
    let found = world.card(id).await.unwrap();
    assert_eq!(found.card.account, account.key);
    assert!(found.is_default);
    world.update(id, failures(2)).await;
    assert_eq!(world.cards(&account).await.len(), 1);
    assert_eq!(world.cards(&world.orphanage(id)).await, []);
    let refusal = world.refused(Target::Account(account), attach(id)).await;
    assert_eq!(refusal, Refusal::AlreadyAttached);
}

pub(crate) async fn a_moved_card_goes_by_its_old_id(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let id = world.create_orphan(elsewhere(&account)).await;
    world.attach(&account, id).await;
    world.update(id, failures(9)).await;
    assert_eq!(world.card(id).await.unwrap().card.failures.get(), 9);
    world.done(world.on(id), Command::NoteVerified).await;
    world.done(Target::Account(account.clone()), set_default(id)).await;
    world.done(Target::Account(account.clone()), set_default(first)).await;
    // Several at once, among writes on a card that did not move.
    let writes = (0..20).map(|n| world.execute(world.on([id, first][n % 2]), update(failures(1))));
    assert!(join_all(writes).await.iter().all(|answer| answer.outcome.is_ok()));
    world.done(world.on(id), Command::ScrubCard).await;
    assert_eq!(world.card(id).await.unwrap().card.number, None);
    world.done(world.on(id), Command::DeleteCard).await;
    assert_eq!(world.card(id).await, None);
    let refusal = world.refused(world.on(id), Command::DeleteCard).await;
    assert_eq!(refusal, Refusal::CardNotFound);
}

pub(crate) async fn a_moved_card_does_not_name_its_account(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_orphan(elsewhere(&account)).await;
    world.attach(&account, id).await;
    let name: AccountKey = id.to_string().parse().unwrap();
    assert_eq!(world.store.find_account(world.entity, &name).await.unwrap(), None);
    let name = AccountRef { entity: world.entity, key: name };
    assert_eq!(world.cards(&name).await, []);
    let query = CardQuery {
        condition: Some(Condition::OfAccount(name)),
        limit: 10,
        ..CardQuery::default()
    };
    assert_eq!(world.store.query_cards(world.entity, &query).await.unwrap(), []);
}

pub(crate) async fn other_writes_go_around_an_attachment(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let orphans = [
        world.create_orphan(elsewhere(&account)).await,
        world.create_orphan(elsewhere(&account)).await,
    ];
    // All of them wait in the queue together, in this order.
    let mut writes = Vec::new();
    for orphan in orphans {
        writes.push((world.on(first), update(failures(1))));
        writes.push((world.on(orphan), update(failures(2))));
        writes.push((Target::Account(account.clone()), attach(orphan)));
        writes.push((Target::Account(account.clone()), set_default(orphan)));
        writes.push((world.on(orphan), update(failures(3))));
        writes
            .push((Target::Account(account.clone()), create(plain_card(world.card_id(&account)))));
    }
    let answers =
        join_all(writes.into_iter().map(|(target, command)| world.execute(target, command))).await;
    for answer in &answers {
        assert!(answer.outcome.is_ok(), "{answer:?}");
    }
    assert_eq!(world.default_of(&account).await, Some(orphans[1]));
    assert_eq!(world.cards(&account).await.len(), 5);
    let found = world.find_account("A-1").await.unwrap();
    super::events::assert_unbroken(&world.events(&account).await, &found);
}

pub(crate) async fn forgotten_cards_are_those_without_an_account(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let mut orphans = Vec::new();
    for bucket in [9, 5, 7] {
        orphans.push(world.create_orphan(Bucket::new(bucket)).await);
    }
    let later = world.context().at;
    let last = world.create_orphan(Bucket::new(1)).await;
    let orphans_before = async |before, limit| {
        let found = world.store.list_orphans(before, limit).await.unwrap();
        assert!(found.iter().all(|(entity, _)| *entity == world.entity));
        found.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    };
    assert_eq!(orphans_before(later, 10).await, orphans);
    assert_eq!(orphans_before(later, 2).await, orphans[..2]);
    world.attach(&account, orphans[1]).await;
    world.done(world.on(orphans[2]), Command::DeleteCard).await;
    assert_eq!(orphans_before(world.context().at, 10).await, [orphans[0], last]);
}
