//! What the lanes promise to those who wait.

use cardfile_domain::{
    command::{AccountPatch, Command, Target},
    limits::{LANE_BATCH_MAX, LANE_QUEUE_MAX},
    ports::StoreError,
};
use futures::future::join_all;
use serde_json::{Map, json};

use super::{
    bench::Bench,
    world::{World, failures, update},
};

pub(crate) async fn a_full_lane_says_so_and_answers_the_rest(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let writes = (0..LANE_QUEUE_MAX + LANE_BATCH_MAX + 10).map(|n| {
        let details = Map::from_iter([("n".to_owned(), json!(n))]);
        let command = Command::UpdateAccount(AccountPatch { default_card: None, details });
        world.send(world.write(Target::Account(account.clone()), command))
    });
    let held = bench.hold().await;
    let let_go = async {
        assert_eq!(bench.opened.queue_depth(), LANE_QUEUE_MAX);
        held.let_go().await;
    };
    // The writes come first: all of them are sent before anything is let go of.
    let (answers, ()) = tokio::join!(join_all(writes), let_go);
    let busy = answers.iter().filter(|answer| matches!(answer, Err(StoreError::Busy))).count();
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(busy >= 10, "{busy} were turned away");
    assert_eq!(busy + done, answers.len());
    assert_eq!(world.events(&account).await.len(), 1 + done);
    assert_eq!(bench.opened.queue_depth(), 0);
}

pub(crate) async fn a_drained_store_has_answered_all_and_takes_no_more(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    let writes =
        (0..600).map(|n| world.send(world.write(world.on(card), update(failures(n % 100)))));
    let (answers, ()) = tokio::join!(join_all(writes), world.store.drain());
    assert!(answers.into_iter().all(|answer| answer.unwrap().outcome.is_ok()));
    let late = world.send(world.write(world.on(card), update(failures(1)))).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))), "{late:?}");
    assert!(world.store.ready().await.is_err());
    let next = bench.open_again().await;
    let world = World::with(next.store(), 1);
    assert_eq!(world.events(&account).await.len(), 601);
    next.store().drain().await;
}

pub(crate) async fn a_store_in_order_is_ready(bench: &Bench) {
    bench.opened.store().ready().await.unwrap();
    assert_eq!(bench.opened.queue_depth(), 0);
}
