//! Requests that were accepted to be carried out later.

use std::sync::Arc;

use cardfile_domain::{
    errand::{Errand, ErrandName, Errands, NewErrand, SealedNote},
    id::{ClientId, EntityId, ErrandId},
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::{bench::Bench, world::World};

const ANY: usize = 100;

/// Some seconds after the beginning.
fn at(seconds: i64) -> Timestamp {
    World::begin() + SignedDuration::from_secs(seconds)
}

fn name(entity: u8, id: u8) -> ErrandName {
    ErrandName { entity: EntityId::from_bytes([entity; 16]), id: ErrandId::from_bytes([id; 16]) }
}

fn note(text: &str) -> SealedNote {
    SealedNote { bytes: text.as_bytes().to_vec(), key_version: 7 }
}

fn new(name: ErrandName, seconds: i64) -> NewErrand {
    NewErrand {
        name,
        client: ClientId::from_bytes([9; 16]),
        request: [3; 32],
        at: at(seconds),
        note: note("a request"),
    }
}

/// Files an errand that nobody has filed before.
async fn file(errands: &dyn Errands, name: ErrandName, seconds: i64) {
    let filed = errands.file(&new(name, seconds), at(-1)).await.unwrap();
    assert_eq!(filed.request, [3; 32]);
}

async fn take(errands: &dyn Errands, now: i64, until: i64) -> Vec<Errand> {
    errands.take(at(now), at(until), ANY).await.unwrap()
}

fn ids(errands: &[Errand]) -> Vec<u8> {
    errands.iter().map(|errand| errand.name.id.as_bytes()[0]).collect()
}

pub(crate) async fn an_errand_is_found_as_it_was_filed(bench: &Bench) {
    let errands = bench.opened.errands();
    file(&*errands, name(1, 1), 5).await;
    let found = errands.find(name(1, 1)).await.unwrap();
    let expected = Errand {
        name: name(1, 1),
        client: ClientId::from_bytes([9; 16]),
        at: at(5),
        tries: 0,
        finished: None,
        due: at(5),
        note: note("a request"),
    };
    assert_eq!(found, Some(expected));
    for other in [name(2, 1), name(1, 2)] {
        assert_eq!(errands.find(other).await.unwrap(), None);
    }
}

pub(crate) async fn an_errand_is_filed_once(bench: &Bench) {
    let errands = bench.opened.errands();
    file(&*errands, name(1, 1), 0).await;
    let other = NewErrand { request: [4; 32], note: note("another"), ..new(name(1, 1), 1) };
    assert_eq!(errands.file(&other, at(-1)).await.unwrap().request, [3; 32]);
    assert_eq!(errands.find(name(1, 1)).await.unwrap().unwrap().note, note("a request"));
    // What waits does not give way, however long it has waited; what is finished does in the end.
    assert_eq!(errands.file(&other, at(9)).await.unwrap().request, [3; 32]);
    let taken = take(&*errands, 0, 60).await.remove(0);
    assert!(errands.finish(&taken, at(2), &note("an answer")).await.unwrap());
    assert_eq!(errands.file(&other, at(0)).await.unwrap().request, [3; 32]);
    assert_eq!(errands.file(&other, at(1)).await.unwrap().request, [4; 32]);
    let found = errands.find(name(1, 1)).await.unwrap().unwrap();
    assert_eq!((found.at, found.tries, found.finished), (at(1), 0, None));
    assert_eq!((found.due, found.note), (at(1), note("another")));
}

pub(crate) async fn the_errands_of_an_entity_that_wait_are_counted(bench: &Bench) {
    let errands = bench.opened.errands();
    let entity = |id| EntityId::from_bytes([id; 16]);
    for id in 1..=3 {
        file(&*errands, name(1, id), i64::from(id)).await;
    }
    file(&*errands, name(2, 4), 9).await;
    let taken = take(&*errands, 2, 60).await;
    assert_eq!(errands.count_waiting(entity(1)).await.unwrap(), 3, "who is taken still waits");
    assert!(errands.finish(&taken[0], at(3), &note("an answer")).await.unwrap());
    for (id, waiting) in [(1, 2), (2, 1), (3, 0)] {
        assert_eq!(errands.count_waiting(entity(id)).await.unwrap(), waiting);
    }
}

pub(crate) async fn the_oldest_errands_are_taken_first(bench: &Bench) {
    let errands = bench.opened.errands();
    for (id, seconds) in [(1, 3), (2, 1), (3, 2), (4, 9)] {
        file(&*errands, name(id % 2, id), seconds).await;
    }
    let taken = errands.take(at(3), at(60), 2).await.unwrap();
    assert_eq!(ids(&taken), [2, 3]);
    assert!(taken.iter().all(|errand| errand.tries == 1 && errand.due == at(60)));
    assert_eq!(ids(&take(&*errands, 3, 60).await), [1]);
    assert_eq!(ids(&take(&*errands, 9, 60).await), [4]);
    assert_eq!(ids(&take(&*errands, 59, 90).await), [0; 0]);
}

pub(crate) async fn an_errand_is_taken_by_one(bench: &Bench) {
    let again = bench.open_again().await;
    let both = [bench.opened.errands(), again.errands()];
    for id in 0..20 {
        file(&*both[0], name(1, id), i64::from(id)).await;
    }
    let callers = (0..8).map(|n| {
        let errands = Arc::clone(&both[n % 2]);
        async move { ids(&take(&*errands, 30, 60).await) }
    });
    let mut taken = join_all(callers).await.concat();
    // Of several who look at the same errand one gets it; the others may go away with nothing.
    taken.extend(ids(&take(&*both[0], 30, 60).await));
    taken.sort_unstable();
    assert_eq!(taken, (0..20).collect::<Vec<_>>());
    again.store().drain().await;
}

pub(crate) async fn an_errand_that_was_left_lying_is_taken_up(bench: &Bench) {
    let errands = bench.opened.errands();
    file(&*errands, name(1, 1), 0).await;
    let first = take(&*errands, 0, 60).await.remove(0);
    let second = take(&*errands, 60, 120).await.remove(0);
    assert_eq!(second.tries, 2);
    // Whoever comes too late changes nothing.
    assert!(!errands.keep(&first, at(180)).await.unwrap());
    assert!(!errands.finish(&first, at(61), &note("the first")).await.unwrap());
    assert!(errands.finish(&second, at(62), &note("the second")).await.unwrap());
    assert!(!errands.finish(&second, at(63), &note("the third")).await.unwrap());
    let found = errands.find(name(1, 1)).await.unwrap().unwrap();
    assert_eq!((found.finished, found.note), (Some(at(62)), note("the second")));
    assert_eq!(ids(&take(&*errands, 999, 1000).await), [0; 0]);
}

pub(crate) async fn an_errand_can_be_kept_for_longer(bench: &Bench) {
    let errands = bench.opened.errands();
    file(&*errands, name(1, 1), 0).await;
    let mut taken = take(&*errands, 0, 60).await.remove(0);
    assert!(errands.keep(&taken, at(90)).await.unwrap());
    taken.due = at(90);
    assert_eq!(ids(&take(&*errands, 89, 120).await), [0; 0]);
    assert!(errands.keep(&taken, at(10)).await.unwrap());
    assert_eq!(ids(&take(&*errands, 10, 120).await), [1]);
}

pub(crate) async fn finished_errands_are_forgotten(bench: &Bench) {
    let errands = bench.opened.errands();
    for id in 1..=4 {
        file(&*errands, name(1, id), 0).await;
    }
    for (taken, seconds) in take(&*errands, 0, 60).await.iter().take(3).zip([10, 20, 30]) {
        assert!(errands.finish(taken, at(seconds), &note("an answer")).await.unwrap());
    }
    assert_eq!(errands.forget(at(10)).await.unwrap(), 0);
    assert_eq!(errands.forget(at(21)).await.unwrap(), 2);
    assert_eq!(errands.forget(at(999)).await.unwrap(), 1);
    assert_eq!(errands.find(name(1, 1)).await.unwrap(), None);
    assert!(errands.find(name(1, 4)).await.unwrap().is_some());
}

pub(crate) async fn a_bad_errand_row_keeps_no_other_waiting(bench: &Bench) {
    let errands = bench.opened.errands();
    for id in 1..=3 {
        file(&*errands, name(1, id), 0).await;
    }
    let second = if bench.is_sqlite() {
        bench.bytes(&"02".repeat(16))
    } else {
        format!("'{}'", uuid::Uuid::from_bytes([2; 16]))
    };
    bench.run(&format!("UPDATE errand SET key_version = -1 WHERE id = {second}")).await;
    assert_eq!(ids(&take(&*errands, 0, 60).await), [1, 3]);
    let error = errands.find(name(1, 2)).await.unwrap_err().to_string();
    assert!(error.contains("table errand, column key_version"), "{error}");
}

pub(crate) async fn a_question_is_no_errand_and_is_discarded_when_it_is_finished(bench: &Bench) {
    let (errands, questions) = (bench.opened.errands(), bench.opened.questions());
    file(&*questions, name(1, 1), 5).await;
    assert_eq!(errands.find(name(1, 1)).await.unwrap(), None);
    assert!(take(&*errands, 10, 20).await.is_empty());
    assert!(!questions.discard(name(1, 1)).await.unwrap());
    let taken = take(&*questions, 10, 20).await.pop().unwrap();
    assert!(questions.finish(&taken, at(11), &note("an answer")).await.unwrap());
    assert!(questions.discard(name(1, 1)).await.unwrap());
    assert!(!questions.discard(name(1, 1)).await.unwrap());
    assert_eq!(questions.find(name(1, 1)).await.unwrap(), None);
}
