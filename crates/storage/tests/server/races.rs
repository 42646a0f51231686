//! Two processes that write the same account at the same time, each deciding on what was there before the
//! other's write.

use cardfile_domain::{
    command::{AccountPatch, Command, DropCard, Target},
    id::{AccountRef, Bucket, PaymentMethodId},
    refusal::Refusal,
};
use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;

use super::{
    breaks::{PATIENCE, run, wait_for_another},
    fresh, fresh_by_bucket,
};
use crate::conformance::{
    bench::Bench,
    events::assert_unbroken,
    world::{World, attach, create, failures, plain_card, set_default, update},
};

const TABLES: [(&str, &str); 4] = [
    ("account", "n.entity = o.entity AND n.account_key = o.account_key"),
    ("card", "n.bucket = o.bucket AND n.id = o.id"),
    ("event", "n.entity = o.entity AND n.account_key = o.account_key AND n.seq = o.seq"),
    ("alias", "n.bucket = o.bucket AND n.entity = o.entity AND n.alias = o.alias"),
];

/// Keeps all rows under a name.
pub(super) fn keep(name: &str) -> String {
    let table = |(table, _)| format!("CREATE TABLE {name}.{table} AS TABLE {table}; ");
    format!("CREATE SCHEMA {name}; ") + &TABLES.map(table).concat()
}

/// Makes the rows what they were, and touches only those that are not.
pub(super) fn restore(name: &str) -> String {
    let table = |(table, same)| {
        format!(
            "DELETE FROM {table} o WHERE NOT EXISTS (SELECT FROM {name}.{table} n WHERE {same});
             SELECT string_agg(format('%1$I = n.%1$I', column_name), ', ') INTO every
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}';
             EXECUTE 'UPDATE {table} o SET ' || every || ' FROM {name}.{table} n
                 WHERE {same} AND CAST(n AS TEXT) <> CAST(o AS TEXT)';
             INSERT INTO {table} SELECT n.* FROM {name}.{table} n
             WHERE NOT EXISTS (SELECT FROM {table} o WHERE {same});"
        )
    };
    let tables = TABLES.map(table).concat();
    format!("DO $$ DECLARE every TEXT; BEGIN {tables} END $$")
}

/// What is done to an account, or to its card.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Change,
    Describe,
    Add,
    Scrub,
    Drop,
    Attach,
}

/// An account and a card that is in it, or that is to be.
struct Scene<'w> {
    world: &'w World,
    account: AccountRef,
    card: PaymentMethodId,
}

impl<'w> Scene<'w> {
    async fn with_lone_card(world: &'w World, key: &str) -> Self {
        let account = world.account(key);
        let card = world.create_plain(&account).await;
        Self { world, account, card }
    }

    async fn with_orphan(world: &'w World, key: &str, distance: u16) -> Self {
        let account = world.account(key);
        world.create_plain(&account).await;
        let bucket = Bucket::new((account.bucket().get() + distance) % 4096);
        let card = world.create_orphan(bucket).await;
        Self { world, account, card }
    }

    /// Whether it was refused, and why.
    async fn does(&self, deed: Deed, count: i64) -> Option<Refusal> {
        let details = json!({ "name": "Ada" }).as_object().unwrap().clone();
        let described = AccountPatch { default_card: None, details };
        let card = || self.world.on(self.card);
        let account = || Target::Account(self.account.clone());
        let (target, command) = match deed {
            Deed::Change => (card(), update(failures(count))),
            Deed::Describe => (account(), Command::UpdateAccount(described)),
            Deed::Add => (account(), create(plain_card(self.world.card_id(&self.account)))),
            Deed::Scrub => (card(), Command::ScrubCard),
            Deed::Drop => (account(), Command::DropCard(DropCard { card: self.card, next: None })),
            Deed::Attach => (account(), attach(self.card)),
        };
        self.world.execute(target, command).await.outcome.err()
    }

    /// Both at the same time, of which the first is written by another process.
    async fn race(&self, bench: &Bench, first: Deed, second: Deed) -> [Option<Refusal>; 2] {
        bench.run("DROP SCHEMA IF EXISTS before, later CASCADE").await;
        bench.run(&keep("before")).await;
        let refused = self.does(first, 7).await;
        bench.run(&keep("later")).await;
        bench.run(&restore("before")).await;
        let mut aside = PgConnection::connect(&bench.url).await.unwrap();
        run(&mut aside, &format!("BEGIN; {}", restore("later"))).await;
        let appear = async {
            timeout(PATIENCE, wait_for_another(&mut aside, 0)).await.unwrap();
            run(&mut aside, "COMMIT").await;
        };
        let (also, ()) = tokio::join!(self.does(second, 8), appear);
        aside.close().await.unwrap();
        [refused, also]
    }

    /// What there is in the end, without what differs from account to account.
    async fn end(&self) -> impl PartialEq + std::fmt::Debug + use<'w> {
        let origin = self.world.orphanage(self.card);
        let mut accounts = Vec::new();
        let mut kinds = Vec::new();
        for name in [&self.account, &origin] {
            let found = self.world.store.find_account(name.entity, &name.key).await.unwrap();
            let Some(found) = found else { continue };
            let events = self.world.events(name).await;
            assert_unbroken(&events, &found);
            kinds.extend(events.into_iter().map(|event| (event.seq, event.kind)));
            accounts.push((found.details, found.default_card.is_some(), found.version));
        }
        let cards = self.world.cards(&self.account).await;
        let card = |filed: &cardfile_domain::ports::FiledCard| {
            (filed.card.failures, filed.card.status, filed.is_default, filed.card.number.clone())
        };
        let cards: Vec<_> = cards.iter().map(card).collect();
        (accounts, kinds, cards)
    }
}

/// The end is the same as if one had come after the other, and from there it goes on.
async fn assert_orderly(bench: &Bench, raced: Scene<'_>, control: Scene<'_>, deeds: [Deed; 2]) {
    let [first, second] = deeds;
    let refused = raced.race(bench, first, second).await;
    let expected = [control.does(first, 7).await, control.does(second, 8).await];
    assert_eq!(refused, expected, "{deeds:?}");
    for deed in [None, Some(Deed::Change), Some(Deed::Describe), Some(Deed::Change)] {
        if let Some(deed) = deed {
            assert_eq!(raced.does(deed, 9).await, control.does(deed, 9).await, "{deeds:?}");
        }
        assert!(raced.end().await == control.end().await, "{deeds:?}, then {deed:?}");
    }
}

async fn assert_lone_cards_orderly(bench: &Bench) {
    let world = World::new(bench);
    let deeds = [Deed::Change, Deed::Describe, Deed::Add, Deed::Scrub, Deed::Drop];
    for first in deeds {
        for second in deeds {
            let raced = Scene::with_lone_card(&world, &format!("R-{first:?}-{second:?}")).await;
            let control = Scene::with_lone_card(&world, &format!("C-{first:?}-{second:?}")).await;
            assert_orderly(bench, raced, control, [first, second]).await;
        }
    }
}

async fn assert_orphans_orderly(bench: &Bench) {
    let world = World::new(bench);
    for distance in [0, 1] {
        for deeds in [[Deed::Change, Deed::Attach], [Deed::Attach, Deed::Change]] {
            let [first, second] = deeds;
            let key = format!("{first:?}-{second:?}-{distance}");
            let raced = Scene::with_orphan(&world, &format!("R-{key}"), distance).await;
            let control = Scene::with_orphan(&world, &format!("C-{key}"), distance).await;
            assert_orderly(bench, raced, control, deeds).await;
        }
    }
}

#[tokio::test]
async fn what_happens_to_a_lone_card_and_to_its_account_comes_one_after_the_other() {
    let Some(bench) = fresh().await else { return };
    assert_lone_cards_orderly(&bench).await;
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn what_happens_to_a_card_that_changes_hands_comes_one_after_the_other() {
    let Some(bench) = fresh().await else { return };
    assert_orphans_orderly(&bench).await;
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn it_does_so_bucket_by_bucket_as_well() {
    let Some(bench) = fresh_by_bucket().await else { return };
    assert_lone_cards_orderly(&bench).await;
    assert_orphans_orderly(&bench).await;
    bench.opened.store().drain().await;
}

/// Who reads the account before and its card after another's write would take the one's latest event for the
/// other's.
#[tokio::test]
async fn an_account_and_its_lone_card_are_read_at_one_moment() {
    let Some(bench) = fresh_by_bucket().await else { return };
    let world = World::new(&bench);
    for first in [Deed::Add, Deed::Describe] {
        let scene = Scene::with_lone_card(&world, &format!("A-{first:?}")).await;
        bench.run("DROP SCHEMA IF EXISTS before, later CASCADE").await;
        bench.run(&keep("before")).await;
        assert_eq!(scene.does(first, 7).await, None);
        bench.run(&keep("later")).await;
        bench.run(&restore("before")).await;
        let mut aside = PgConnection::connect(&bench.url).await.unwrap();
        let lock = "BEGIN; LOCK TABLE card IN ACCESS EXCLUSIVE MODE";
        run(&mut aside, &format!("{lock}; {}", restore("later"))).await;
        let appear = async {
            timeout(PATIENCE, wait_for_another(&mut aside, 0)).await.unwrap();
            run(&mut aside, "COMMIT").await;
        };
        // One names the account and changes nothing, the other names the card.
        let nobodys = set_default(world.card_id(&scene.account));
        let refused = world.execute(Target::Account(scene.account.clone()), nobodys);
        let (refused, changed, ()) = tokio::join!(refused, scene.does(Deed::Change, 8), appear);
        assert!(refused.outcome.is_err());
        assert_eq!(changed, None);
        aside.close().await.unwrap();
        scene.end().await;
        assert_eq!(world.events(&scene.account).await.len(), 3);
        assert_eq!(scene.does(Deed::Describe, 9).await, None);
        scene.end().await;
    }
    bench.opened.store().drain().await;
}
