//! Many new accounts at once, while others are faster or the network fails.

use cardfile_domain::{command::Mode, ports::Answer};
use cardfile_storage::{Options, open};
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use super::{
    Fresh,
    breaks::{PATIENCE, run, wait_for_another},
    fresh,
    proxy::{Lost, Proxy},
};
use crate::conformance::{
    bench::Bench,
    events::assert_unbroken,
    many::{newcomers, writes},
    world::World,
};

/// What one account wrote is there, and nobody sees it yet.
const HIDE: &str = "CREATE TABLE a AS SELECT * FROM account; CREATE TABLE c AS SELECT * FROM card; \
    CREATE TABLE e AS SELECT * FROM event; DELETE FROM card; DELETE FROM event; DELETE FROM account";
const RETURN: &str = "BEGIN; INSERT INTO account SELECT * FROM a; INSERT INTO card SELECT * FROM c; \
    INSERT INTO event SELECT * FROM e";

async fn arrive(world: &World) -> Vec<Answer> {
    let answers =
        world.store.queue(writes(world, &newcomers(world, "N")), Mode::Effect).await.await;
    answers.into_iter().map(|answer| answer.unwrap()).collect()
}

/// Each account has so many events, which are a chain.
async fn assert_events(world: &World, count: impl Fn(&str) -> usize) {
    for (account, _) in newcomers(world, "N") {
        let events = world.events(&account).await;
        assert_eq!(events.len(), count(account.key.as_str()), "{}", account.key.as_str());
        assert_unbroken(&events, &world.find_account(account.key.as_str()).await.unwrap());
    }
}

#[tokio::test]
async fn of_many_new_accounts_one_that_is_there_by_then_gets_its_card_all_the_same() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    // Batches grow from 4 lines after a single write: this one is in the first that is large.
    world.create_plain(&world.account("N-40")).await;
    bench.run(HIDE).await;
    let mut aside = PgConnection::connect(&bench.url).await.unwrap();
    run(&mut aside, RETURN).await;
    let appear = async {
        timeout(PATIENCE, wait_for_another(&mut aside, 0)).await.expect("nobody waited");
        run(&mut aside, "COMMIT").await;
    };
    let (answers, ()) = tokio::join!(arrive(&world), appear);
    assert!(answers.into_iter().all(|answer| answer.outcome.is_ok() && !answer.replayed));
    assert_events(&world, |key| if key == "N-40" { 2 } else { 1 }).await;
    aside.close().await.unwrap();
    bench.opened.store().drain().await;
}

/// Puts many on file while something is lost, and tells whether it was.
async fn arrive_while(direct: &Bench, lost: Lost, spared: u64, entity: u8) -> bool {
    let proxy = Proxy::start(Fresh::address(&direct.url)).await;
    let url = Fresh::through(&direct.url, proxy.port);
    let behind = open(&url, &Options { lanes: 1, ..Options::default() }).await.unwrap();
    let world = World::with(behind.store(), entity);
    world.create_plain(&world.account("before")).await;
    proxy.lose(lost, spared);
    let answers = arrive(&world).await;
    assert!(answers.into_iter().all(|answer| answer.outcome.is_ok()));
    let has_lost = proxy.has_lost();
    assert_events(&World::with(direct.opened.store(), entity), |_| 1).await;
    behind.store().drain().await;
    has_lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_new_accounts_are_made_once_whatever_is_lost() {
    let Some(direct) = fresh().await else { return };
    let mut entity = 10;
    for lost in [Lost::Question, Lost::Answer] {
        // The last of these is behind all that is said.
        for spared in 0.. {
            entity += 1;
            if !arrive_while(&direct, lost, spared, entity).await {
                assert!(spared >= 3, "only {spared} were lost: accounts, receipts and the commit");
                break;
            }
        }
    }
    direct.opened.store().drain().await;
}
