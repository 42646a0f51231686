//! How the tables come to be, and tables of another time.

use cardfile_storage::{OpenError, Options, migrate, open};

use super::{
    bench::Bench,
    events::assert_unbroken,
    world::{World, failures},
};

pub(crate) async fn migrating_again_changes_nothing(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    let before = world.card(card).await;
    let touch = "UPDATE _sqlx_migrations SET success = success";
    let migrations = bench.run(touch).await;
    assert!(migrations >= 1);
    migrate(&bench.url).await.unwrap();
    migrate(&bench.url).await.unwrap();
    assert_eq!(bench.run(touch).await, migrations);
    let again = bench.open_again().await;
    assert_eq!(World::with(again.store(), 1).card(card).await, before);
    again.store().drain().await;
}

/// What leads from one event to the next.
fn links(bench: &Bench) -> &'static [(&'static str, &'static str)] {
    if bench.is_sqlite() {
        &[
            ("account", "event_row"),
            ("account", "event_marked"),
            ("card", "event_row"),
            ("card", "event_marked"),
            ("event", "before"),
            ("event", "marked"),
        ]
    } else {
        &[
            ("account", "event_marked"),
            ("card", "event_marked"),
            ("event", "before_at"),
            ("event", "marked_at"),
        ]
    }
}

pub(crate) async fn a_database_of_the_first_version_is_brought_up_to_date(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    // A second card, so that the account's row tells all.
    world.create_plain(&account).await;
    for count in 0..150 {
        world.update(card, failures(count % 100)).await;
    }
    let (before, events) = (world.card(card).await, world.events(&account).await);
    // As it was before there was a second migration.
    for table in ["errand", "payment_log", "snapshot", "question", "api_key", "session"] {
        bench.run(&format!("DROP TABLE {table}")).await;
    }
    for index in ["account_of_entity", "card_unused_token"] {
        bench.run(&format!("DROP INDEX {index}")).await;
    }
    for (table, column) in [
        ("account", "lone_card"),
        ("card", "event_seq"),
        ("card", "event_head"),
        ("card", "account_id"),
        ("card", "is_default"),
    ] {
        bench.run(&format!("ALTER TABLE {table} DROP COLUMN {column}")).await;
    }
    if !bench.is_sqlite() {
        bench.run("DROP INDEX event_by_time").await;
        bench
            .run(
                "ALTER TABLE event ADD CONSTRAINT event_pkey \
                 PRIMARY KEY (bucket, entity, account_key, seq)",
            )
            .await;
    }
    for (table, column) in links(bench) {
        bench.run(&format!("ALTER TABLE {table} DROP COLUMN {column}")).await;
    }
    bench
        .run(
            "INSERT INTO alias (bucket, entity, alias, account_key) \
             SELECT bucket, entity, '0123', account_key FROM account",
        )
        .await;
    bench.run("DELETE FROM _sqlx_migrations WHERE version > 1").await;
    if !bench.is_sqlite() {
        let refused = open(&bench.url, &Options::default()).await.err();
        assert!(matches!(refused, Some(OpenError::OlderSchema)), "{refused:?}");
        migrate(&bench.url).await.unwrap();
    }
    // The file is brought up to date by opening it.
    let again = bench.open_again().await;
    let world = World::with(again.store(), 1);
    assert_eq!(world.card(card).await, before);
    assert_eq!(world.events(&account).await, events);
    for after in [0, 62, 63, 64, 65, 127, 128, 129] {
        let part = world.store.list_events(&account, after, 2).await.unwrap();
        assert_eq!(part, events[usize::try_from(after).unwrap()..][..2]);
    }
    world.update(card, failures(3)).await;
    let found = world.find_account("A-1").await.unwrap();
    assert_unbroken(&world.events(&account).await, &found);
    assert_eq!(world.find_account(&found.id.to_string()).await.unwrap(), found);
    assert_eq!(bench.run("DELETE FROM alias").await, 0);
    assert_eq!(bench.run("DELETE FROM errand").await, 0);
    let folder = if bench.is_sqlite() { "sqlite" } else { "postgres" };
    let folder = format!("{}/../../migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    let versions = std::fs::read_dir(folder).unwrap().count();
    let run = bench.run("UPDATE _sqlx_migrations SET success = success").await;
    assert_eq!(usize::try_from(run).unwrap(), versions);
    again.store().drain().await;
}

pub(crate) async fn a_newer_schema_is_refused(bench: &Bench) {
    let checksum = bench.bytes("00");
    let newer = format!(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99990101000000, 'what nobody knows yet', TRUE, {checksum}, 0)"
    );
    bench.run(&newer).await;
    let refused = open(&bench.url, &Options::default()).await.err();
    assert!(matches!(refused, Some(OpenError::NewerSchema)), "{refused:?}");
    let refused = migrate(&bench.url).await.err();
    assert!(matches!(refused, Some(OpenError::NewerSchema)), "{refused:?}");
}

pub(crate) async fn another_schema_is_refused(bench: &Bench) {
    let checksum = bench.bytes("00");
    bench
        .run(&format!("UPDATE _sqlx_migrations SET checksum = {checksum} WHERE version = 1"))
        .await;
    let refused = open(&bench.url, &Options::default()).await.err();
    assert!(matches!(refused, Some(OpenError::OtherSchema(1))), "{refused:?}");
    let refused = migrate(&bench.url).await.err();
    assert!(matches!(refused, Some(OpenError::OtherSchema(1))), "{refused:?}");
}
