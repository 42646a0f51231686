//! The conformance suite on SQLite, each test on a file of its own.

mod conformance;

use std::path::Path;

use cardfile_domain::{
    command::{Command, NewCard, Target},
    ports::StoreError,
};
use futures::future::join_all;
use rusqlite::Connection;
use serde_json::json;

use conformance::{
    bench::Bench,
    world::{World, failures, full_card, plain_card, set_default},
};

#[expect(clippy::unwrap_used, reason = "this is part of every test")]
async fn fresh() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("cards.db").display());
    Bench::open(url, Box::new(directory)).await
}

conformance::conformance!(crate::fresh);

mod in_one_place {
    crate::conformance::conformance! { crate::fresh; told:
        the_account_of_a_card_that_tells_is_not_looked_for
    }
}

/// Cards of a person, told apart from those that stay by the holder's name.
const HOLDER: &str = "Wilhelmina Quackenbush";

#[tokio::test]
async fn nothing_of_a_card_that_was_scrubbed_or_deleted_is_left_in_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cards.db");
    let bench = Bench::open(format!("sqlite://{}", path.display()), Box::new(())).await;
    let world = World::new(&bench);
    let account = world.account("A-1");
    let holds = |name: &str| {
        let bytes = std::fs::read(&path).unwrap();
        bytes.windows(name.len()).any(|window| window == name.as_bytes())
    };
    let mut cards = vec![world.create_plain(&account).await];
    for _ in 0..100 {
        let card = full_card(world.card_id(&account));
        cards.push(
            world
                .create(&account, NewCard { holder_name: Some(HOLDER.parse().unwrap()), ..card })
                .await,
        );
    }
    bench.run("PRAGMA wal_checkpoint(FULL)").await;
    assert!(holds(HOLDER));
    for (number, card) in cards.into_iter().enumerate().skip(1) {
        let forget = if number % 2 == 0 { Command::ScrubCard } else { Command::DeleteCard };
        world.done(world.on(card), forget).await;
    }
    // The log goes with the last connection.
    bench.opened.store().drain().await;
    assert!(!holds(HOLDER));
    assert!(holds("Ada Lovelace"));
}

#[tokio::test]
async fn a_card_lies_where_its_id_says_unless_another_was_there() {
    let bench = fresh().await;
    let world = World::new(&bench);
    let accounts: Vec<_> = (0..3).map(|n| world.account(&format!("A-{n}"))).collect();
    let millis = u64::try_from(World::begin().as_millisecond()).unwrap();
    // Nothing but the last bits tells ids of one account apart here.
    let mut cards = Vec::new();
    for account in accounts.iter().chain(&accounts) {
        cards.push(world.create_plain(account).await);
    }
    let rows = async |of: &str| {
        bench.run(&format!("UPDATE card SET failures = failures WHERE {of}")).await
    };
    for (account, card) in accounts.iter().zip(&cards) {
        let row = millis << 15 | u64::from(account.bucket().get()) << 3;
        assert_eq!(rows(&format!("row = {row} AND id = x'{card}'")).await, 1);
    }
    // As in a file that was made before rows were numbered so.
    assert_eq!(bench.run(&format!("UPDATE card SET row = 1 WHERE id = x'{}'", cards[0])).await, 1);
    for (count, card) in (1..).zip(&cards) {
        world.update(*card, failures(count)).await;
        assert_eq!(
            world.card(*card).await.unwrap().card.failures.get(),
            u8::try_from(count).unwrap()
        );
    }
    for (count, account) in (1..).zip(&accounts) {
        world.done(Target::Account(account.clone()), set_default(cards[count + 2])).await;
        world.done(world.on(cards[count - 1]), Command::DeleteCard).await;
        assert!(world.card(cards[count - 1]).await.is_none());
        assert_eq!(rows("TRUE").await, 6 - count as u64);
    }
    bench.opened.store().drain().await;
}

/// What the rows of cards take of their pages: their columns as SQLite stores them, the lengths of those, and
/// the row's own length, number and place.
#[expect(clippy::unwrap_used, reason = "this is part of a test")]
fn bytes_of_rows(path: &Path) -> Vec<i64> {
    let file = Connection::open(path).unwrap();
    let mut columns = file.prepare("SELECT name FROM pragma_table_info('card')").unwrap();
    let columns = columns.query_map((), |row| row.get(0)).unwrap();
    let columns: Vec<String> = columns.map(Result::unwrap).filter(|name| name != "row").collect();
    let bytes = columns.iter().map(|column| {
        format!(
            "CASE typeof({column}) WHEN 'null' THEN 1 WHEN 'integer' THEN CASE \
             WHEN {column} IN (0, 1) THEN 1 WHEN {column} < 128 THEN 2 WHEN {column} < 32768 THEN 3 \
             WHEN {column} < 8388608 THEN 4 WHEN {column} < 2147483648 THEN 5 ELSE 7 END \
             ELSE octet_length({column}) + iif(octet_length({column}) < 57, 1, 2) END"
        )
    });
    let bytes = bytes.collect::<Vec<_>>().join(" + ");
    let mut rows = file.prepare(&format!("SELECT 14 + {bytes} FROM card ORDER BY id")).unwrap();
    rows.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[tokio::test]
async fn a_card_that_is_used_for_the_first_time_fits_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cards.db");
    let bench = Bench::open(format!("sqlite://{}", path.display()), Box::new(directory)).await;
    let world = World::new(&bench);
    let mut cards = Vec::new();
    for length in [1, 30, 90, 150, 200, 250] {
        let account = world.account(&format!("A-{length}"));
        let holder = json!({ "addressLine1": "x".repeat(length), "city": "Oslo" });
        let holder = serde_json::from_value(holder).unwrap();
        let card = NewCard { holder, ..plain_card(world.card_id(&account)) };
        cards.push(world.create(&account, card).await);
    }
    cards.sort();
    let before = bytes_of_rows(&path);
    for (count, card) in (1..).zip(&cards) {
        world.update(*card, failures(count)).await;
    }
    let after = bytes_of_rows(&path);
    assert_eq!(before.len(), cards.len());
    for (before, after) in before.into_iter().zip(after) {
        // Of a page of 2 KiB eight bytes are its own.
        let fit = 2040 / before;
        assert!((2..=4).contains(&fit), "{before} bytes");
        assert!(before > 2040 / (fit + 1) && before > 2040 / fit - 60, "{before} bytes of {fit}");
        assert!(after <= 2040 / fit && after > 2040 / fit - 60, "{before} and then {after} bytes");
    }
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn an_event_that_is_gone_is_missed_where_others_lead_to_it() {
    let bench = fresh().await;
    let world = World::new(&bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    for count in 1..100 {
        world.update(card, failures(count)).await;
    }
    assert_eq!(bench.run("DELETE FROM event WHERE seq = 90").await, 1);
    let list = async |after, limit| world.store.list_events(&account, after, limit).await;
    for (after, limit) in [(0, 200), (80, 15), (89, 1)] {
        let Err(StoreError::Inconsistent { table, column, row }) = list(after, limit).await else {
            panic!("nothing was missed after {after}");
        };
        assert_eq!((table, column, row.as_str()), ("event", "before", "A-1/90"));
    }
    assert_eq!(list(90, 200).await.unwrap().len(), 10);
    // The 64th is known to all that follow it.
    assert_eq!(list(0, 50).await.unwrap().len(), 50);
    bench.opened.store().drain().await;
}

#[tokio::test]
async fn a_link_that_leads_to_an_event_of_another_account_is_not_followed() {
    let bench = fresh().await;
    let world = World::new(&bench);
    let (account, other) = (world.account("A-1"), world.account("A-2"));
    for account in [&account, &other] {
        let card = world.create_plain(account).await;
        world.update(card, failures(1)).await;
    }
    let led_astray = "UPDATE event SET before = \
        (SELECT id FROM event WHERE account_key = 'A-2' AND seq = 1) \
        WHERE account_key = 'A-1' AND seq = 2";
    assert_eq!(bench.run(led_astray).await, 1);
    let Err(StoreError::Inconsistent { row, .. }) = world.store.list_events(&account, 0, 10).await
    else {
        panic!("it was followed");
    };
    assert_eq!(row, "A-1/1");
    assert_eq!(world.events(&other).await.len(), 2);
    bench.opened.store().drain().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_one_caller_and_of_several_are_one_chain() {
    let bench = fresh().await;
    let world = World::new(&bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    for round in 0..5 {
        for count in 1..20 {
            world.update(card, failures(count)).await;
        }
        join_all((20..40).map(|count| world.update(card, failures(count)))).await;
        world.update(card, failures(round)).await;
        assert_eq!(
            world.card(card).await.unwrap().card.failures.get(),
            u8::try_from(round).unwrap()
        );
    }
    let events = world.events(&account).await;
    assert_eq!(events.len(), 1 + 5 * 40);
    for pair in events.windows(2) {
        assert_eq!((pair[1].seq, pair[1].previous), (pair[0].seq + 1, pair[0].hash));
    }
    bench.opened.store().drain().await;
}
