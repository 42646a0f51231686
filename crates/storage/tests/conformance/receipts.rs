//! Claims and the answers kept for them.

use cardfile_domain::{
    command::{Claim, Command, Target, Write},
    id::{AccountRef, Bucket},
    limits::RECEIPT_HOURS,
    ports::Answer,
    refusal::{Decline, Refusal},
};
use futures::future::join_all;
use jiff::SignedDuration;

use super::{
    bench::Bench,
    world::{World, claim, create, failures, plain_card, set_default, update},
};

fn claimed(write: Write, claim: Claim) -> Write {
    Write { claim: Some(claim), ..write }
}

fn creation(world: &World, account: &AccountRef) -> Write {
    let new = plain_card(world.card_id(account));
    world.write(Target::Account(account.clone()), create(new))
}

fn after(mut write: Write, hours: i64, micros: i64) -> Write {
    write.context.at += SignedDuration::from_hours(hours) + SignedDuration::from_micros(micros);
    write
}

#[track_caller]
fn assert_replayed(answer: &Answer, first: &Answer) {
    assert_eq!(answer.outcome, first.outcome);
    assert!(answer.replayed);
}

pub(crate) async fn a_claim_is_answered_as_before(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.send(claimed(creation(&world, &account), claim(1, 1))).await.unwrap();
    assert!(first.outcome.is_ok() && !first.replayed);
    let again = world.send(claimed(creation(&world, &account), claim(1, 1))).await.unwrap();
    assert_replayed(&again, &first);
    // Even where nothing is left of what it did.
    let card = first.outcome.clone().unwrap().card.unwrap();
    let second = world.create_plain(&account).await;
    world.done(Target::Account(account.clone()), set_default(second)).await;
    world.done(world.on(card), Command::DeleteCard).await;
    let again = world.send(claimed(creation(&world, &account), claim(1, 1))).await.unwrap();
    assert_replayed(&again, &first);
    assert_eq!(world.cards(&account).await.len(), 1);
    // Another claim is another request.
    let other = world.send(claimed(creation(&world, &account), claim(2, 1))).await.unwrap();
    assert!(!other.replayed);
    assert_eq!(world.cards(&account).await.len(), 2);
}

pub(crate) async fn a_claim_counts_in_its_entity_only(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let write = creation(&world, &world.account("A-1"));
    world.send(claimed(write, claim(1, 1))).await.unwrap();
    let write = creation(&stranger, &stranger.account("A-1"));
    let answer = stranger.send(claimed(write, claim(1, 2))).await.unwrap();
    assert!(answer.outcome.is_ok() && !answer.replayed);
}

pub(crate) async fn a_claim_on_another_request_is_refused(bench: &Bench) {
    let world = World::new(bench);
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    let first = world.send(claimed(creation(&world, &account), claim(1, 1))).await.unwrap();
    for account in [&account, &other] {
        let answer = world.send(claimed(creation(&world, account), claim(1, 2))).await.unwrap();
        assert_eq!(answer.outcome, Err(Refusal::KeyReused));
        assert!(!answer.replayed);
    }
    assert_eq!(world.find_account("A-2").await, None);
    // The first answer stays the answer.
    let again = world.send(claimed(creation(&world, &account), claim(1, 1))).await.unwrap();
    assert_replayed(&again, &first);
}

pub(crate) async fn two_requests_at_once_under_a_claim_are_one(bench: &Bench) {
    let world = World::new(bench);
    let accounts = ["A-1", "A-2"].map(|number| world.account(number));
    let writes = (0..40u8).map(|n| {
        // The same claim on two accounts is two requests.
        let which = usize::from(n % 2);
        let write = creation(&world, &accounts[which]);
        world.send(claimed(write, claim(n % 10 / 2, n % 2)))
    });
    let answers: Vec<_> = join_all(writes).await.into_iter().map(Result::unwrap).collect();
    let first: Vec<_> = answers.iter().filter(|a| a.outcome.is_ok() && !a.replayed).collect();
    assert_eq!(first.len(), 5);
    for (n, answer) in answers.iter().enumerate() {
        if n % 2 == 0 {
            assert_eq!(answer.replayed, n >= 10, "{n}");
        } else {
            assert_eq!(answer.outcome, Err(Refusal::KeyReused), "{n}");
        }
    }
    assert_eq!(world.cards(&accounts[0]).await.len(), 5);
    assert_eq!(world.find_account("A-2").await, None);
}

pub(crate) async fn a_refusal_is_kept_as_well(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let delete = || claimed(world.write(world.on(first), Command::DeleteCard), claim(1, 1));
    let answer = world.send(delete()).await.unwrap();
    assert_eq!(answer.outcome, Err(Refusal::IsDefault));
    let second = world.create_plain(&account).await;
    world.done(Target::Account(account.clone()), set_default(second)).await;
    assert_replayed(&world.send(delete()).await.unwrap(), &answer);
    assert!(world.card(first).await.is_some());
    // Also one that looked at what the same batch changed.
    let held = bench.hold().await;
    let writes = join_all([
        world.send(world.write(world.on(second), update(failures(1)))),
        world.send(claimed(world.write(world.on(second), Command::DeleteCard), claim(2, 1))),
        world.send(claimed(world.write(world.on(second), Command::DeleteCard), claim(2, 1))),
    ]);
    let (answers, ()) = tokio::join!(writes, held.let_go());
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers[0].outcome.is_ok());
    assert_eq!(answers[1].outcome, Err(Refusal::IsDefault));
    assert_replayed(&answers[2], &answers[1]);
    let found = world.store.find_receipt(world.entity, &[2; 32], World::begin()).await.unwrap();
    assert_eq!(found.unwrap().outcome, answers[1].outcome);
}

pub(crate) async fn a_noted_refusal_is_the_answer(bench: &Bench) {
    let world = World::new(bench);
    let declined = Refusal::Declined(Decline::LostOrStolen);
    let missing = world.on(world.card_id_in(Bucket::new(1)));
    let note =
        || claimed(world.write(missing.clone(), Command::NoteRefusal(declined)), claim(1, 1));
    let answer = world.send(note()).await.unwrap();
    assert_eq!(answer.outcome, Err(declined));
    assert!(!answer.replayed);
    // Whatever the next request under the claim was about.
    let account = world.account("A-1");
    let again = world.send(claimed(creation(&world, &account), claim(1, 1))).await.unwrap();
    assert_replayed(&again, &answer);
    assert_eq!(world.find_account("A-1").await, None);
    // Without a claim nothing is kept.
    let write = world.write(missing.clone(), Command::NoteRefusal(declined));
    assert_eq!(world.send(write).await.unwrap().outcome, Err(declined));
}

pub(crate) async fn a_claim_is_free_again_after_a_day(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let write = claimed(creation(&world, &account), claim(1, 1));
    let at = write.context.at;
    let first = world.send(write).await.unwrap();
    let later = |micros, request| {
        let mut write = claimed(creation(&world, &account), claim(1, request));
        write.context.at = at;
        after(write, RECEIPT_HOURS, micros)
    };
    assert_replayed(&world.send(later(0, 1)).await.unwrap(), &first);
    let second = world.send(later(1, 2)).await.unwrap();
    assert!(second.outcome.is_ok() && !second.replayed);
    assert_replayed(&world.send(later(2, 2)).await.unwrap(), &second);
    assert_eq!(world.cards(&account).await.len(), 2);
    let since = World::begin();
    let found = world.store.find_receipt(world.entity, &[1; 32], since).await.unwrap().unwrap();
    assert_eq!((found.claim, found.outcome), (claim(1, 2), second.outcome));
}

pub(crate) async fn receipts_are_found_and_forgotten(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let mut times = Vec::new();
    for key in 1..=5 {
        let write = claimed(creation(&world, &account), claim(key, 9));
        times.push(write.context.at);
        let answer = world.send(write).await.unwrap();
        let find =
            async |since| world.store.find_receipt(world.entity, &[key; 32], since).await.unwrap();
        let at = times[usize::from(key) - 1];
        let found = find(at).await.unwrap();
        assert_eq!((found.claim, found.outcome, found.at), (claim(key, 9), answer.outcome, at));
        assert_eq!(find(at + SignedDuration::from_micros(1)).await, None);
    }
    let foreign = World::of(bench, 2).entity;
    let keys = [1, 2, 5, 6].map(|key| [key; 32]);
    let many = async |entity, since| {
        let found = world.store.find_receipts(entity, &keys, since).await.unwrap();
        let mut found: Vec<_> = found.iter().map(|receipt| receipt.claim.key[0]).collect();
        found.sort_unstable();
        found
    };
    assert_eq!(many(world.entity, times[0]).await, [1, 2, 5]);
    assert_eq!(many(world.entity, times[1]).await, [2, 5]);
    assert_eq!(many(foreign, times[0]).await, [0; 0]);
    assert_eq!(world.store.find_receipt(foreign, &[1; 32], times[0]).await.unwrap(), None);
    assert_eq!(world.store.forget_receipts(times[3]).await.unwrap(), 3);
    assert_eq!(world.store.forget_receipts(times[3]).await.unwrap(), 0);
    assert_eq!(world.store.find_receipt(world.entity, &[3; 32], times[0]).await.unwrap(), None);
    let left = world.store.find_receipt(world.entity, &[4; 32], times[0]).await.unwrap();
    assert!(left.is_some());
}
