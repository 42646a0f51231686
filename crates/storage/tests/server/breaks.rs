//! What becomes of writes when the connection breaks at the worst moments.

use std::time::Duration;

use cardfile_domain::{command::Target, id::PaymentMethodId, ports::Answer};
use cardfile_storage::{Opened, Options, open};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::time::timeout;

use super::{
    Fresh, fresh, fresh_by_bucket,
    proxy::{Lost, Proxy},
    races::{keep, restore},
};
use crate::conformance::{
    bench::Bench,
    events::assert_unbroken,
    world::{World, create, failures, plain_card, update},
};

/// Longer than anything here takes; a test that would hang fails instead.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// A store that reaches its database through a proxy, and another that does not.
struct Bridge {
    proxy: Proxy,
    behind: Opened,
    direct: Bench,
    card: PaymentMethodId,
}

impl Bridge {
    /// With a card on file, and the lane's statements prepared.
    async fn build() -> Option<Self> {
        Some(Self::to(fresh().await?, false).await)
    }

    /// The same, where a batch is written bucket by bucket.
    async fn build_by_bucket() -> Option<Self> {
        Some(Self::to(fresh_by_bucket().await?, true).await)
    }

    async fn to(direct: Bench, by_bucket: bool) -> Self {
        let proxy = Proxy::start(Fresh::address(&direct.url)).await;
        let url = Fresh::through(&direct.url, proxy.port);
        let options = Options { by_bucket, ..Options::default() };
        let behind = open(&url, &options).await.unwrap();
        let world = World::with(behind.store(), 1);
        let card = world.create_plain(&world.account("A-1")).await;
        world.update(card, failures(1)).await;
        Self { proxy, behind, direct, card }
    }

    /// Changes the card once while something is lost.
    async fn change(&self, lost: Lost, spared: u64) -> Answer {
        self.proxy.lose(lost, spared);
        let world = World::with(self.behind.store(), 1);
        let answer = world.execute(world.on(self.card), update(failures(7))).await;
        assert!(self.proxy.has_lost(), "nothing was lost");
        answer
    }

    /// The change was made, and made once.
    async fn assert_changed_once(self) {
        let world = World::new(&self.direct);
        let card = world.card(self.card).await.unwrap().card;
        assert_eq!(card.failures.get(), 7);
        let account = world.account("A-1");
        let events = world.events(&account).await;
        assert_eq!(events.len(), 3, "created, changed, changed");
        assert_unbroken(&events, &world.find_account("A-1").await.unwrap());
        self.behind.store().drain().await;
        self.direct.opened.store().drain().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_answered_and_not_repeated() {
    let Some(bridge) = Bridge::build().await else { return };
    let answer = bridge.change(Lost::Answer, 1).await;
    assert!(answer.outcome.is_ok() && !answer.replayed);
    bridge.assert_changed_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_never_arrives_is_made_again() {
    let Some(bridge) = Bridge::build().await else { return };
    let answer = bridge.change(Lost::Question, 1).await;
    assert!(answer.outcome.is_ok());
    bridge.assert_changed_once().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_is_lost_is_made_again() {
    for lost in [Lost::Question, Lost::Answer] {
        let Some(bridge) = Bridge::build().await else { return };
        let answer = bridge.change(lost, 0).await;
        assert!(answer.outcome.is_ok());
        bridge.assert_changed_once().await;
    }
}

/// A change in a bucket is two statements in a transaction, after what it loads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_lost_of_a_write_in_a_bucket_it_happens_once() {
    for (lost, at_least) in [(Lost::Question, 5), (Lost::Answer, 2)] {
        let Some(bridge) = Bridge::build_by_bucket().await else { return };
        let world = World::with(bridge.behind.store(), 1);
        let mut lost_before = 0_u8;
        loop {
            bridge.proxy.lose(lost, lost_before.into());
            let card = world.on(bridge.card);
            let answer = world.execute(card, update(failures(i64::from(lost_before) + 2))).await;
            assert!(answer.outcome.is_ok() && !answer.replayed);
            if !bridge.proxy.has_lost() {
                break;
            }
            lost_before += 1;
        }
        assert!(lost_before >= at_least, "{lost_before}");
        let world = World::new(&bridge.direct);
        let events = world.events(&world.account("A-1")).await;
        assert_eq!(events.len(), usize::from(lost_before) + 3);
        assert_unbroken(&events, &world.find_account("A-1").await.unwrap());
        bridge.behind.store().drain().await;
        bridge.direct.opened.store().drain().await;
    }
}

/// Opens an account with a card. Two worlds that are new do the same.
async fn open_account(world: &World) -> Answer {
    let account = world.account("A-2");
    let card = plain_card(world.card_id(&account));
    world.execute(Target::Account(account), create(card)).await
}

/// Where tables are spread, the session that ended asked another machine, and that may still be at it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_machine_still_writes_is_waited_for() {
    for opens in [false, true] {
        let Some(bridge) = Bridge::build_by_bucket().await else { return };
        let writes = async |world: World| {
            if opens {
                return open_account(&world).await;
            }
            world.execute(world.on(bridge.card), update(failures(7))).await
        };
        bridge.direct.run(&keep("before")).await;
        assert!(writes(World::new(&bridge.direct)).await.outcome.is_ok());
        bridge.direct.run(&keep("later")).await;
        bridge.direct.run(&restore("before")).await;
        // The same write, which this session does for the one that is lost.
        let mut machine = PgConnection::connect(&bridge.direct.url).await.unwrap();
        run(&mut machine, &format!("BEGIN; {}", restore("later"))).await;
        let finish = async {
            timeout(PATIENCE, wait_for_another(&mut machine, 0)).await.expect("nobody waited");
            run(&mut machine, "COMMIT").await;
        };
        // What there is was loaded, for an account in two statements; now it would begin.
        bridge.proxy.lose(Lost::Question, if opens { 2 } else { 1 });
        let (answer, ()) = tokio::join!(writes(World::with(bridge.behind.store(), 1)), finish);
        assert!(bridge.proxy.has_lost(), "nothing was lost");
        assert!(answer.outcome.is_ok(), "{opens}: {answer:?}");
        machine.close().await.unwrap();
        let world = World::new(&bridge.direct);
        let (key, happened) = if opens { ("A-2", 1) } else { ("A-1", 3) };
        let events = world.events(&world.account(key)).await;
        assert_eq!(events.len(), happened);
        assert_unbroken(&events, &world.find_account(key).await.unwrap());
        bridge.behind.store().drain().await;
        bridge.direct.opened.store().drain().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_still_runs_when_its_connection_breaks_happens_once() {
    const HOLDER: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let Some(bridge) = Bridge::build().await else { return };
    let mut aside = PgConnection::connect(&bridge.direct.url).await.unwrap();
    // Only a lane's session holds such a lock, and only one lane has written.
    let old: i32 = sqlx::query_scalar(HOLDER).fetch_one(&mut aside).await.unwrap();
    // The commit has to wait for this row, and so is under way when its connection breaks.
    run(&mut aside, "BEGIN; SELECT 1 FROM card FOR UPDATE").await;
    let release = async {
        // Whoever comes next finds the row taken, too, and the old commit perhaps still waiting.
        timeout(PATIENCE, wait_for_another(&mut aside, old)).await.expect("nobody came");
        run(&mut aside, "COMMIT").await;
    };
    let (answer, ()) = tokio::join!(bridge.change(Lost::Patience, 1), release);
    assert!(answer.outcome.is_ok());
    aside.close().await.unwrap();
    bridge.assert_changed_once().await;
}

/// Returns when a session waits for a lock that is neither this one nor the old one.
pub(super) async fn wait_for_another(aside: &mut PgConnection, old: i32) {
    const COUNT: &str = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> $1";
    loop {
        let count = sqlx::query_scalar(COUNT).bind(old).fetch_one(&mut *aside);
        let count: i64 = count.await.unwrap();
        if count > 0 {
            return;
        }
        // What a transaction sees of the sessions stands still otherwise.
        run(aside, "SELECT pg_stat_clear_snapshot()").await;
    }
}

pub(super) async fn run(aside: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(aside).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_cut_while_idle_are_made_again() {
    let Some(bench) = fresh().await else { return };
    let world = World::new(&bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    world.card(card).await.unwrap();
    world.cards(&account).await;
    bench
        .run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    assert_eq!(world.cards(&account).await.len(), 1);
    assert!(world.card(card).await.is_some());
    world.update(card, failures(3)).await;
    assert_eq!(world.card(card).await.unwrap().card.failures.get(), 3);
    bench.opened.store().drain().await;
}
