//! What became of payments, and the cards as they were.

use cardfile_domain::{
    command::{CardPatch, Command, NewCard, Target, Write},
    id::{Bucket, PaymentMethodId, SnapshotId},
    limits::RECEIPT_HOURS,
    payment::{PaymentOutcome, PaymentResult},
    policy::{Policy, Replacement},
    ports::{NotedPayment, SnapshotPage},
    refusal::Refusal,
    snapshot::{Face, Snapshot},
};
use futures::future::join_all;
use jiff::SignedDuration;

use super::{
    bench::Bench,
    world::{World, claim, create, full_card, plain_card, set_default},
};

/// A payment at so many seconds before the beginning.
fn payment(number: u8, succeeded: bool, before: i64) -> PaymentOutcome {
    PaymentOutcome {
        payment: format!("ch_{number}").parse().unwrap(),
        result: if succeeded {
            PaymentResult::Succeeded
        } else {
            PaymentResult::Failed { code: Some("card_declined".parse().unwrap()), message: None }
        },
        at: World::begin() - SignedDuration::from_secs(before),
        amount: Some("19.99".parse().unwrap()),
        currency: None,
        gateway: Some("gateway-1".parse().unwrap()),
    }
}

fn note(outcome: PaymentOutcome) -> Command {
    Command::NoteOutcome(Box::new(outcome))
}

async fn noted(world: &World, card: PaymentMethodId, outcome: PaymentOutcome) -> NotedPayment {
    world.done(world.on(card), note(outcome)).await.payment.unwrap()
}

async fn snapshot(world: &World, id: SnapshotId) -> Snapshot {
    world.store.find_snapshot(world.entity, id).await.unwrap().unwrap()
}

async fn listed(world: &World, page: &SnapshotPage) -> Vec<SnapshotId> {
    let found = world.store.list_snapshots(world.entity, page).await.unwrap();
    found.into_iter().map(|snapshot| snapshot.id).collect()
}

/// A payment under the claim that its number makes.
fn claimed(world: &World, card: PaymentMethodId, outcome: PaymentOutcome, number: u8) -> Write {
    let request = if outcome.result.is_success() { 1 } else { 2 };
    let write = world.write(world.on(card), note(outcome));
    Write { claim: Some(claim(number, request)), ..write }
}

pub(crate) async fn a_payment_is_logged_with_the_card_as_it_was(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let account = world.account("A-1");
    let id = world.create(&account, full_card(world.card_id(&account))).await;
    let before = world.card(id).await.unwrap().card;
    let outcome = payment(1, false, 9);
    let first = noted(&world, id, outcome.clone()).await;
    assert_eq!(first.log.bucket(), account.bucket());
    let log = world.store.find_log_entry(world.entity, first.log).await.unwrap().unwrap();
    assert_eq!((log.card, log.snapshot, log.at), (id, first.snapshot, outcome.at));
    assert_eq!(log.outcome, Some(outcome));
    let taken = snapshot(&world, first.snapshot).await;
    assert_eq!((taken.card, taken.face), (id, Some(Face::of(&before))));
    // The same card, so the same snapshot; another once it has changed.
    let second = noted(&world, id, payment(2, true, 8)).await;
    assert_eq!(second.snapshot, first.snapshot);
    let patch = CardPatch { holder_name: Some("Grace".parse().unwrap()), ..CardPatch::default() };
    world.update(id, patch).await;
    let third = noted(&world, id, payment(3, true, 7)).await;
    assert_ne!(third.snapshot, first.snapshot);
    assert_eq!(snapshot(&world, first.snapshot).await.face, Some(Face::of(&before)));
    // Nobody else sees any of it.
    let foreign = stranger.entity;
    assert_eq!(world.store.find_log_entry(foreign, first.log).await.unwrap(), None);
    assert_eq!(world.store.find_snapshot(foreign, first.snapshot).await.unwrap(), None);
    let page = SnapshotPage { card: Some(id), after: None, limit: 10 };
    assert_eq!(listed(&stranger, &page).await, []);
}

pub(crate) async fn a_payment_counts_once_for_ever(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_plain(&account).await;
    let first = world.send(claimed(&world, id, payment(1, false, 9), 1)).await.unwrap();
    let mut again = claimed(&world, id, payment(1, false, 9), 1);
    again.context.at += SignedDuration::from_hours(24 * 365 * 50);
    world.store.forget_receipts(again.context.at).await.unwrap();
    let answer = world.send(again).await.unwrap();
    assert!(answer.replayed);
    assert_eq!(answer.outcome, first.outcome);
    let other = world.send(claimed(&world, id, payment(1, true, 9), 1)).await.unwrap();
    assert_eq!(other.outcome, Err(Refusal::KeyReused));
    assert_eq!(world.card(id).await.unwrap().card.failures.get(), 1);
    // Other answers grow old as ever.
    let mut write = world.write(world.on(id), Command::NoteVerified);
    write.claim = Some(claim(2, 1));
    let at = write.context.at;
    world.send(write).await.unwrap();
    let after = at + SignedDuration::from_hours(RECEIPT_HOURS) + SignedDuration::from_secs(1);
    assert_eq!(world.store.forget_receipts(after).await.unwrap(), 1);
}

pub(crate) async fn a_payment_that_was_refused_may_be_told_again(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.card_id(&account);
    let refused = world.send(claimed(&world, id, payment(1, false, 9), 1)).await.unwrap();
    assert_eq!(refused.outcome, Err(Refusal::CardNotFound));
    world.create(&account, full_card(id)).await;
    let done = world.send(claimed(&world, id, payment(1, false, 9), 1)).await.unwrap();
    assert!(done.outcome.is_ok() && !done.replayed);
}

pub(crate) async fn any_order_and_any_repetition_ends_the_same(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    // Two failures after the latest success, and others before.
    let told = [(1, 50, false), (2, 40, true), (3, 30, false), (4, 35, false), (5, 45, false)];
    let orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [1, 4, 0, 3, 2]];
    for (round, order) in (0..).zip(orders) {
        let id = world.create_plain(&account).await;
        let twice = order.iter().chain(order.iter().rev());
        let writes = twice.map(|place| {
            let (number, before, succeeded) = told[*place];
            let number = number + 10 * round;
            world.send(claimed(&world, id, payment(number, succeeded, before), number))
        });
        let answers = join_all(writes).await;
        let replayed = answers.iter().filter(|answer| answer.as_ref().unwrap().replayed).count();
        assert_eq!(replayed, told.len());
        let card = world.card(id).await.unwrap().card;
        let activity = &card.activity;
        assert_eq!(card.failures.get(), 2, "{order:?}");
        assert_eq!((activity.failed_payments, activity.processed_payments), (4, 1));
        assert_eq!(activity.last_failed_payment_at, Some(payment(0, false, 30).at));
        assert_eq!(activity.last_transaction_at, activity.last_failed_payment_at);
        let page = SnapshotPage { card: Some(id), after: None, limit: 10 };
        assert_eq!(listed(&world, &page).await.len(), 1);
    }
}

pub(crate) async fn what_was_logged_outlives_the_card(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let id = world.create_plain(&account).await;
    let kept = noted(&world, id, payment(1, false, 9)).await;
    world.done(world.on(id), Command::DeleteCard).await;
    assert!(snapshot(&world, kept.snapshot).await.face.is_some());
    let log = world.store.find_log_entry(world.entity, kept.log).await.unwrap().unwrap();
    assert_eq!(log.outcome, Some(payment(1, false, 9)));
}

pub(crate) async fn scrubbing_takes_the_contents_wherever_they_are(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    for bucket in [account.bucket().get(), account.bucket().get() + 1] {
        let id = world.card_id_in(Bucket::new(bucket));
        world.create(&world.orphanage(id), full_card(id)).await;
        let before = noted(&world, id, payment(1, false, 9)).await;
        world.attach(&account, id).await;
        world.done(Target::Account(account.clone()), set_default(first)).await;
        let after = noted(&world, id, payment(2, false, 8)).await;
        let other = noted(&world, first, payment(3, false, 7)).await;
        // One more waits in the queue together with the scrub.
        let held = bench.hold().await;
        let writes = join_all([
            world.execute(world.on(id), note(payment(4, false, 6))),
            world.execute(world.on(id), Command::ScrubCard),
        ]);
        let (answers, ()) = tokio::join!(writes, held.let_go());
        let last = answers[0].outcome.as_ref().unwrap().payment.unwrap();
        assert!(answers[1].outcome.is_ok());
        for noted in [before, after, last] {
            let log = world.store.find_log_entry(world.entity, noted.log).await.unwrap().unwrap();
            assert_eq!((log.card, log.outcome), (id, None));
            assert_eq!(snapshot(&world, noted.snapshot).await.face, None);
        }
        assert!(snapshot(&world, other.snapshot).await.face.is_some());
        let refusal = world.refused(world.on(id), note(payment(5, true, 5))).await;
        assert_eq!(refusal, Refusal::Scrubbed);
    }
}

pub(crate) async fn snapshots_are_listed_page_by_page(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let mut taken = Vec::new();
    let mut cards = Vec::new();
    for number in 1..=5 {
        let id = world.create_plain(&account).await;
        taken.push(noted(&world, id, payment(number, true, 9)).await.snapshot);
        cards.push(id);
    }
    taken.sort_unstable();
    let page = |after, limit| SnapshotPage { card: None, after, limit };
    assert_eq!(listed(&world, &page(None, 3)).await, taken[..3]);
    assert_eq!(listed(&world, &page(Some(taken[2]), 3)).await, taken[3..]);
    for card in cards {
        let page = SnapshotPage { card: Some(card), after: None, limit: 9 };
        let found = world.store.list_snapshots(world.entity, &page).await.unwrap();
        assert_eq!(found.iter().map(|found| found.card).collect::<Vec<_>>(), [card]);
    }
}

pub(crate) async fn a_card_leaves_its_counter_to_the_one_that_replaces_it(bench: &Bench) {
    let world = World::new(bench);
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    let old = world.create_plain(&account).await;
    let foreign = world.create_plain(&other).await;
    noted(&world, old, payment(1, false, 9)).await;
    noted(&world, old, payment(2, false, 7)).await;
    let heir = |of| {
        let replaces = Some(Replacement { card: of, policy: Policy::default() });
        NewCard { replaces, ..plain_card(world.card_id(&account)) }
    };
    let refusal = world.refused(Target::Account(account.clone()), create(heir(foreign))).await;
    assert_eq!(refusal, Refusal::NothingToReplace);
    // The account goes by its id as well.
    let id = world.card(old).await.unwrap().account_id;
    let by_id = world.account(&id.to_string());
    let new = world.create(&by_id, heir(old)).await;
    assert_eq!(world.default_of(&account).await, Some(new));
    noted(&world, new, payment(3, true, 8)).await;
    let (old, new) = (world.card(old).await.unwrap().card, world.card(new).await.unwrap().card);
    assert_eq!((old.failures.get(), new.failures.get()), (2, 1));
    assert_eq!(old.extras.replaced_by, Some(new.id));
    assert_eq!(new.extras.replaces, Some(old.id));
    let refusal = world.refused(Target::Account(account.clone()), create(heir(old.id))).await;
    assert_eq!(refusal, Refusal::AlreadyReplaced);
}
