//! Tests of what uploads ask of a lane: to wait, to try only, and to leave out what is the same.

use cardfile_domain::{
    command::Mode,
    limits::{LANE_BATCH_MAX, LANE_PATIENT_BESIDE, LANE_PATIENT_MAX},
};
use futures::FutureExt;

use super::*;

fn on_card(number: u64, command: Command) -> Write {
    write(Target::Card(ENTITY, id(Bucket::new(0), number)), command)
}

fn numbers(batch: &[Job]) -> Vec<PaymentMethodId> {
    let number = |job: &Job| match job.write.target {
        Target::Card(_, id) => id,
        Target::Account(_) => panic!("an account was not sent"),
    };
    batch.iter().map(number).collect()
}

fn ids(numbers: impl Iterator<Item = u64>) -> Vec<PaymentMethodId> {
    numbers.map(|number| id(Bucket::new(0), number)).collect()
}

#[tokio::test]
async fn single_writes_and_uploads_take_turns_and_an_uploads_turns_begin_short() {
    let (lanes, mut ends) = Lanes::new(1);
    let upload = (0..300).map(|number| on_card(number, update())).collect();
    let _answers = lanes.queue(upload, Mode::Effect).await;
    let send = |number| {
        let mut single = Box::pin(lanes.execute(on_card(number, update())));
        assert!(single.as_mut().now_or_never().is_none());
        single
    };
    let few = LANE_PATIENT_BESIDE as u64;
    let first = send(1000);
    assert_eq!(numbers(&ends[0].next_batch().await.unwrap()), ids(1000..1001));
    let second = send(1001);
    assert_eq!(numbers(&ends[0].next_batch().await.unwrap()), ids(0..few));
    assert_eq!(numbers(&ends[0].next_batch().await.unwrap()), ids(1001..1002));
    let (mut begin, mut turn) = (few, few);
    while begin < 300 {
        let end = 300.min(begin + turn);
        assert_eq!(numbers(&ends[0].next_batch().await.unwrap()), ids(begin..end));
        (begin, turn) = (end, 2 * turn);
    }
    drop((first, second));
    drop(lanes);
    assert!(ends[0].next_batch().await.is_none());
}

#[tokio::test]
async fn where_nobody_waits_for_a_single_write_a_batch_is_full_of_lines() {
    let (lanes, mut ends) = Lanes::new(1);
    let upload = (0..300).map(|number| on_card(number, update())).collect();
    let _answers = lanes.queue(upload, Mode::Effect).await;
    let all = LANE_BATCH_MAX as u64;
    assert_eq!(numbers(&ends[0].next_batch().await.unwrap()), ids(0..all));
    assert_eq!(numbers(&ends[0].next_batch().await.unwrap()), ids(all..300));
}

#[tokio::test]
async fn a_full_patient_queue_lets_its_caller_wait_and_keeps_the_order() {
    let (lanes, mut ends) = Lanes::new(1);
    let count = LANE_PATIENT_MAX as u64 + 100;
    let upload = (0..count).map(|number| on_card(number, update())).collect();
    // A task's turn is over after some steps, and this one must get to the end of the room.
    let mut queueing = Box::pin(tokio::task::unconstrained(lanes.queue(upload, Mode::Effect)));
    assert!(queueing.as_mut().now_or_never().is_none());
    assert_eq!(lanes.depth(), LANE_PATIENT_MAX);
    let mut taken = Vec::new();
    let work = async {
        while taken.len() < ids(0..count).len() {
            let batch = ends[0].next_batch().await.unwrap();
            taken.extend(numbers(&batch));
            for job in batch {
                job.answer(Err(StoreError::Contended));
            }
        }
    };
    let (answers, ()) = tokio::join!(async { queueing.await.await }, work);
    assert_eq!(taken, ids(0..count));
    assert_eq!(answers.len(), taken.len());
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Contended))));
}

#[tokio::test]
async fn an_upload_that_comes_after_the_end_is_told_so() {
    let (lanes, ends) = Lanes::new(1);
    drop(ends);
    lanes.drain().await;
    let answers = lanes.queue(vec![on_card(1, update())], Mode::Effect).await.await;
    assert!(matches!(answers[..], [Err(StoreError::Unavailable(_))]));
}

#[tokio::test]
async fn a_moved_card_of_an_upload_stays_where_the_other_lane_is_full() {
    let (_lanes, ends) = Lanes::new(2);
    let odd = Bucket::new(5);
    for _ in 0..LANE_QUEUE_MAX {
        let (job, _) = Job::new(on_card(1, update()));
        assert!(ends[0].forward(job, odd).is_none());
    }
    let (job, _reply) = Job::patient(on_card(1, update()), Mode::Effect);
    assert!(ends[0].forward(job, odd).is_some());
}

#[test]
fn what_is_only_tried_leaves_nothing_behind() {
    let created = decided(Loaded::default(), [create("A", 1)]);
    let card = created.units[0].cards[0].card.id;
    let tried = [
        claimed(write(Target::Card(ENTITY, card), update()), 1, 1),
        create("A", 2),
        write(Target::Card(ENTITY, card), Command::DeleteCard),
        write(Target::Account(account("B")), attach(card)),
    ];
    let jobs: Vec<_> =
        tried.into_iter().map(|write| Job::patient(write, Mode::Rehearsal).0).collect();
    let decided = decide_batch(stored([created]), &jobs);
    assert!(decided.is_empty());
    let outcomes: Vec<_> = decided.verdicts.iter().map(outcome).collect();
    let refusals =
        [Err(Refusal::Duplicate), Err(Refusal::IsDefault), Err(Refusal::AlreadyAttached)];
    assert_eq!(outcomes[0], Ok(()));
    assert_eq!(outcomes[1..], refusals);
}

#[test]
fn an_update_that_makes_no_difference_is_left_out_for_those_who_ask() {
    let created = decided(Loaded::default(), [create("A", 1)]);
    let on = Target::Card(ENTITY, created.units[0].cards[0].card.id);
    let failures = Some(3.try_into().unwrap());
    let patch = CardPatch { failures, unless_same: true, ..CardPatch::default() };
    let set = || Command::UpdateCard(Box::new(patch.clone()));
    let writes = [write(on.clone(), set()), claimed(write(on.clone(), set()), 1, 1)];
    let decided = decided(stored([created]), writes.into_iter().chain([write(on, update())]));
    let told = |verdict: &Verdict| {
        let done = verdict.result.as_ref().unwrap().outcome.as_ref().unwrap();
        done.unchanged
    };
    assert_eq!(decided.verdicts.iter().map(told).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(decided.units[0].events.len(), 2);
    // Its answer is kept all the same, and holds only if what it looked at is stored.
    assert_eq!(decided.units[0].receipts.len(), 1);
    assert!(decided.units[0].receipts[0].receipt.outcome.as_ref().unwrap().unchanged);
}

#[test]
fn what_an_upload_is_refused_is_not_kept() {
    let refused = || claimed(on_card(1, Command::DeleteCard), 1, 1);
    let kept = |job: Job| decide_batch(Loaded::default(), &[job]).receipts.len();
    assert_eq!(kept(Job::new(refused()).0), 1);
    assert_eq!(kept(Job::patient(refused(), Mode::Effect).0), 0);
}
