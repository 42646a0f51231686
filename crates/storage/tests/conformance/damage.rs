//! Rows that no program of ours wrote.

use cardfile_domain::{
    command::{Command, Target},
    ports::{CardPage, StoreError},
    query::CardQuery,
};
use futures::future::join_all;

use super::{
    bench::Bench,
    world::{World, claim, create, failures, full_card, plain_card, update},
};

#[track_caller]
fn assert_names<T: std::fmt::Debug>(result: Result<T, StoreError>, expected: (&str, &str, &str)) {
    match result {
        Err(StoreError::Inconsistent { table, column, row }) => {
            assert_eq!((table, column), (expected.0, expected.1));
            assert!(row.contains(expected.2), "{row}");
        }
        other => panic!("{expected:?}: {other:?}"),
    }
}

pub(crate) async fn a_bad_card_row_is_named(bench: &Bench) {
    let world = World::new(bench);
    let short = bench.bytes("00");
    let late = i64::MAX.to_string();
    for (column, value) in [
        ("card_type", "'Stone'"),
        ("bin", "'411'"),
        ("last4", "'11'"),
        ("digits", "3"),
        ("key_version", "-1"),
        ("fingerprint", &short),
        ("expiry_month", "13"),
        ("expiry_year", "99"),
        ("holder_name", "''"),
        ("holder", "'{\"city\":5}'"),
        ("extras", "'{\"currency\":\"dollars\"}'"),
        ("custom", "'{\"Zone\":\"EU\"}'"),
        ("activity", "'{\"lastTransactionAt\":\"once\"}'"),
        ("failures", "101"),
        ("status", "'Lost'"),
        ("retry_window", "0"),
        ("retry_max", "-5"),
        ("created_at", &late),
        ("updated_at", &late),
    ] {
        let account = world.account(column);
        let id = world.create(&account, full_card(world.card_id(&account))).await;
        let whose = format!("account_key = '{column}'");
        let changed = bench.run(&format!("UPDATE card SET {column} = {value} WHERE {whose}")).await;
        assert_eq!(changed, 1);
        let id = id.to_string();
        let expected = ("card", column, id.as_str());
        let card = id.parse().unwrap();
        assert_names(world.store.find_card(world.entity, card).await, expected);
        let page = CardPage { active_only: false, offset: 0, limit: 10 };
        assert_names(world.store.list_cards(&account, &page).await, expected);
        let query = CardQuery { limit: 10, ..CardQuery::default() };
        assert_names(world.store.query_cards(world.entity, &query).await, expected);
        assert_names(world.send(world.write(world.on(card), update(failures(1)))).await, expected);
        bench.run(&format!("DELETE FROM card WHERE {whose}")).await;
    }
}

pub(crate) async fn a_bad_account_row_is_named(bench: &Bench) {
    let world = World::new(bench);
    let short = bench.bytes("00");
    let late = i64::MAX.to_string();
    for (column, value) in [
        ("number", "''"),
        ("event_head", short.as_str()),
        ("details", "'[]'"),
        ("created_at", &late),
        ("updated_at", &late),
    ] {
        let account = world.account(column);
        let id = world.create_plain(&account).await;
        // A second card, so that the first tells nothing of the account.
        world.create_plain(&account).await;
        let whose = format!("account_key = '{column}'");
        bench.run(&format!("UPDATE account SET {column} = {value} WHERE {whose}")).await;
        let expected = ("account", column, column);
        assert_names(world.store.find_account(world.entity, &account.key).await, expected);
        assert_names(world.send(world.write(world.on(id), update(failures(1)))).await, expected);
        let new = create(plain_card(world.card_id(&account)));
        assert_names(world.send(world.write(Target::Account(account), new)).await, expected);
    }
}

pub(crate) async fn a_bad_head_in_a_card_is_named(bench: &Bench) {
    let world = World::new(bench);
    let short = bench.bytes("00");
    for value in ["NULL", &short] {
        let account = world.account(if value == "NULL" { "A-1" } else { "A-2" });
        let id = world.create_plain(&account).await;
        world.update(id, failures(1)).await;
        let of_card = format!("account_key = '{}'", account.key.as_str());
        bench.run(&format!("UPDATE card SET event_head = {value} WHERE {of_card}")).await;
        let name = id.to_string();
        let expected = ("card", "event_head", name.as_str());
        assert_names(world.store.find_account(world.entity, &account.key).await, expected);
        assert_names(world.send(world.write(world.on(id), update(failures(2)))).await, expected);
    }
}

pub(crate) async fn a_bad_event_row_is_named(bench: &Bench) {
    let world = World::new(bench);
    let short = bench.bytes("00");
    let late = i64::MAX.to_string();
    for (column, value) in
        [("at", late.as_str()), ("track", "'a;b'"), ("previous", &short), ("hash", &short)]
    {
        let account = world.account(column);
        world.create_plain(&account).await;
        bench
            .run(&format!("UPDATE event SET {column} = {value} WHERE account_key = '{column}'"))
            .await;
        let events = world.store.list_events(&account, 0, 10).await;
        // On PostgreSQL it is by its time that an event is found.
        let is_lost = column == "at" && !bench.is_sqlite();
        assert_names(events, ("event", if is_lost { "before_at" } else { column }, column));
    }
}

pub(crate) async fn a_bad_receipt_row_is_named(bench: &Bench) {
    let world = World::new(bench);
    let short = bench.bytes("00");
    let late = i64::MAX.to_string();
    for (column, value) in [("request", short.as_str()), ("outcome", "'{\"Ok\":5}'"), ("at", &late)]
    {
        let account = world.account(column);
        let write = || {
            let mut write = world.write(
                Target::Account(account.clone()),
                create(plain_card(world.card_id(&account))),
            );
            write.claim = Some(claim(0xab, 1));
            write
        };
        world.send(write()).await.unwrap();
        bench.run(&format!("UPDATE receipt SET {column} = {value}")).await;
        let expected = ("receipt", column, "abababab");
        assert_names(world.send(write()).await, expected);
        let found = world.store.find_receipt(world.entity, &[0xab; 32], World::begin()).await;
        assert_names(found, expected);
        bench.run("DELETE FROM receipt").await;
    }
}

pub(crate) async fn a_bad_row_spoils_its_own_account_only(bench: &Bench) {
    let world = World::new(bench);
    let (bad, good) = (world.account("A-1"), world.account("A-2"));
    let broken = world.create_plain(&bad).await;
    let whole = world.create_plain(&good).await;
    bench.run("UPDATE card SET status = 'Lost' WHERE account_key = 'A-1'").await;
    // All of them wait until the lane takes them together.
    let held = bench.hold().await;
    let writes = (0..10).map(|n| {
        let card = [broken, whole][n % 2];
        world.send(world.write(world.on(card), update(failures(1))))
    });
    let (answers, ()) = tokio::join!(join_all(writes), held.let_go());
    for (n, answer) in answers.into_iter().enumerate() {
        if n % 2 == 0 {
            assert_names(answer, ("card", "status", &broken.to_string()));
        } else {
            assert!(answer.unwrap().outcome.is_ok());
        }
    }
    assert_eq!(world.events(&good).await.len(), 6);
}

pub(crate) async fn a_row_that_cannot_be_written_fails_alone(bench: &Bench) {
    let world = World::new(bench);
    let (bad, good) = (world.account("A-1"), world.account("A-2"));
    let blocked = world.create_plain(&bad).await;
    let free = world.create_plain(&good).await;
    let (plant, remove) = if bench.is_sqlite() {
        (
            "CREATE TRIGGER planted BEFORE INSERT ON event WHEN new.account_key = 'A-1' \
             BEGIN SELECT RAISE(ABORT, 'in the way'); END",
            "DROP TRIGGER planted",
        )
    } else {
        (
            "ALTER TABLE event ADD CONSTRAINT planted CHECK (account_key <> 'A-1') NOT VALID",
            "ALTER TABLE event DROP CONSTRAINT planted",
        )
    };
    bench.run(plant).await;
    let held = bench.hold().await;
    let writes = (0..10).map(|n| {
        let card = [blocked, free][n % 2];
        world.send(world.write(world.on(card), update(failures(1))))
    });
    let (answers, ()) = tokio::join!(join_all(writes), held.let_go());
    for (n, answer) in answers.into_iter().enumerate() {
        if n % 2 == 0 {
            assert!(answer.is_err());
        } else {
            assert!(answer.unwrap().outcome.is_ok());
        }
    }
    assert_eq!(world.card(blocked).await.unwrap().card.failures.get(), 0);
    assert_eq!(world.card(free).await.unwrap().card.failures.get(), 1);
    assert_eq!(world.find_account("A-1").await.unwrap().event_seq, 1);
    assert_eq!(world.find_account("A-2").await.unwrap().event_seq, 6);
    // Out of the way, the account works again.
    bench.run(remove).await;
    world.done(world.on(blocked), Command::NoteVerified).await;
}
