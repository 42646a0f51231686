//! Tests of what only SQLite does.

use std::{fs, path::PathBuf, pin::pin};

use cardfile_domain::id::{AccountKey, AccountRef, EntityId};
use futures::FutureExt as _;
use tempfile::TempDir;

use super::*;
use crate::{lane::LaneEnd, query_sql};

mod log;
mod spot;
mod steps;

struct File {
    _directory: TempDir,
    path: PathBuf,
}

async fn file() -> File {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cards.db");
    migrate(&path).await.unwrap();
    File { path, _directory: directory }
}

impl File {
    fn log_bytes(&self) -> u64 {
        fs::metadata(self.path.with_extension("db-wal")).map_or(0, |log| log.len())
    }
}

/// The columns that a statement selects, without the tables' short names.
fn selected(sql: &str) -> Vec<&str> {
    let list = sql.strip_prefix("SELECT ").unwrap().split(" FROM ").next().unwrap();
    list.split(", ").map(|column| column.rsplit('.').next().unwrap()).collect()
}

#[test]
fn columns_go_by_their_names() {
    for (table, sql) in [
        ("account", sql::FIND_ACCOUNT),
        ("card", sql::FIND_CARD.in_place),
        ("event", sql::FIND_EVENT),
        ("receipt", sql::FIND_RECEIPT),
        ("entity", sql::LIST_ENTITIES),
        ("client", sql::LIST_CLIENTS),
        ("client", sql::FIND_CLIENT),
    ] {
        for (index, column) in selected(sql).into_iter().enumerate() {
            assert_eq!(columns::column(table, index), column, "{table}");
        }
    }
}

#[tokio::test]
async fn no_statement_walks_through_accounts_or_cards() {
    let file = file().await;
    let connection = connect::writer(&file.path).unwrap();
    let entity = EntityId::from_bytes([7; 16]);
    let all = cardfile_domain::query::CardQuery { limit: 10, ..Default::default() };
    let all = query_sql::render(query_sql::Dialect::Sqlite, sql::FILED_COLUMNS, entity, &all);
    for sql in [
        &all.sql,
        sql::FIND_ACCOUNT,
        sql::FIND_ALIAS,
        sql::FIND_CARD.in_place,
        sql::FIND_CARD.anywhere,
        sql::FIND_CARD_AND_ACCOUNT.in_place,
        sql::FIND_CARD_AND_ACCOUNT.anywhere,
        sql::FIND_FILED_CARD.in_place,
        sql::FIND_FILED_CARD.anywhere,
        sql::FIND_LOOKALIKES,
        sql::FIND_RECEIPT,
        sql::LIST_CARDS,
        sql::LIST_ACTIVE_CARDS,
        sql::FIND_END,
        sql::FIND_EVENT,
        sql::FIND_LINKS,
        sql::LIST_ORPHANS,
        sql::LIST_TOKENS,
        sql::LIST_ACCOUNTS,
        sql::UPDATE_ACCOUNT,
        sql::UPDATE_DETAILS,
        sql::CHANGE_CARD.in_place,
        sql::CHANGE_CARD.anywhere,
        sql::CHANGE_LONE_CARD.in_place,
        sql::CHANGE_LONE_CARD.anywhere,
        sql::SILENCE_CARD.in_place,
        sql::SILENCE_CARD.anywhere,
        sql::DELETE_CARD.in_place,
        sql::DELETE_CARD.anywhere,
        sql::FORGET_RECEIPTS,
        sql::FIND_CLIENT,
        sql::DISABLE_CLIENT,
    ] {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let count = explain.parameter_count();
        let steps = explain
            .query_map(rusqlite::params_from_iter(vec![1; count]), |row| row.get::<_, String>(3))
            .unwrap();
        for step in steps.map(Result::unwrap) {
            assert!(!step.starts_with("SCAN"), "{sql}: {step}");
            assert!(sql != all.sql || !step.contains("TEMP"), "{sql}: {step}");
        }
    }
}

#[tokio::test]
async fn an_id_of_the_wrong_length_is_named() {
    let file = file().await;
    let connection = connect::writer(&file.path).unwrap();
    connection
        .execute_batch(
            "INSERT INTO account (bucket, entity, account_key, id, version, event_seq, event_head, \
             details, created_at, updated_at) VALUES (1, zeroblob(16), 'A-1', x'0102', 1, 1, \
             zeroblob(32), '{}', 0, 0)",
        )
        .unwrap();
    let found = load::find(&connection, sql::FIND_ACCOUNT, (1, [0u8; 16], "A-1"), cells::account);
    let error = found.unwrap().unwrap().unwrap_err();
    let StoreError::Inconsistent { table, column, row } = error else { panic!("{error:?}") };
    assert_eq!((table, column, row.as_str()), ("account", "id", "A-1"));
}

#[tokio::test]
async fn what_another_process_wrote_in_between_is_noticed() {
    let file = file().await;
    let connection = connect::writer(&file.path).unwrap();
    let entity = EntityId::from_bytes([0; 16]);
    let account = AccountRef { entity, key: AccountKey::from_stored("A-1".to_owned()) };
    let holds = |latest| {
        let chain = crate::lane::Chain { latest, marked: None };
        chain::still_holds(&connection, &account, chain).unwrap()
    };
    assert!(holds(None));
    let bucket = account.bucket().get();
    let insert = "INSERT INTO account (bucket, entity, account_key, id, version, event_seq, event_head, \
         event_row, details, created_at, updated_at) \
         VALUES (?1, zeroblob(16), 'A-1', zeroblob(16), 1, 1, zeroblob(32), 7, '{}', 0, 0)";
    connection.execute(insert, (bucket,)).unwrap();
    assert!(!holds(None));
    assert!(holds(Some(7)));
    connection.execute("UPDATE account SET event_seq = 2, event_row = 8", ()).unwrap();
    assert!(!holds(Some(7)));
}

/// A store without the thread of its lane.
fn half_a_store(file: &File, may_wait: bool) -> (SqliteStore, Vec<LaneEnd>, mpsc::Receiver<Task>) {
    let (lanes, ends) = Lanes::new(1);
    let (tasks, waiting) = mpsc::sync_channel(1);
    let desk = Arc::new(Desk::open(&file.path).unwrap());
    let readers = Readers::new(&file.path, 1, 1);
    let (lanes, callers) = (Arc::new(lanes), Callers::default());
    (SqliteStore { lanes, desk, callers, may_wait, tasks, readers }, ends, waiting)
}

#[tokio::test]
async fn a_task_too_many_is_turned_away() {
    let file = file().await;
    let (store, _ends, _waiting) = half_a_store(&file, false);
    let waits = store.on_writer(|_| Ok(())).now_or_never();
    assert!(waits.is_none());
    let refused = store.on_writer(|_| Ok(())).await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
}

#[tokio::test]
async fn only_who_is_alone_writes_without_the_lane() {
    let file = file().await;
    for may_wait in [true, false] {
        let (store, mut ends, _waiting) = half_a_store(&file, may_wait);
        // Who wrote by itself lets the others on its thread go on once.
        let answered = || {
            let mut write = pin!(store.write(Job::probe(0).0.write));
            (0..2).any(|_| write.as_mut().now_or_never().is_some())
        };
        let come_and_go = || {
            for _ in 0..20 {
                store.read(|_| Ok(())).unwrap();
            }
        };
        // Nobody knows yet.
        assert!(!answered());
        ends[0].batch_at_hand();
        come_and_go();
        assert_eq!(answered(), may_wait);
        ends[0].batch_at_hand();
        // Somebody waits in the lane.
        store.lanes.wake();
        assert!(!answered());
        ends[0].batch_at_hand();
        // Somebody is here, or was a moment ago.
        come_and_go();
        let other = store.callers.enter();
        assert!(!answered());
        drop(other);
        ends[0].batch_at_hand();
        assert!(!answered());
    }
}

#[tokio::test]
async fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = file().await;
    let opened = start(&file.path, &Options::default()).unwrap();
    opened.store().ready().await.unwrap();
    for path in [file.path.clone(), file.path.with_extension("db-wal")] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    opened.store().drain().await;
}

#[tokio::test]
async fn a_drained_file_is_a_whole_database() {
    let file = file().await;
    let opened = start(&file.path, &Options::default()).unwrap();
    opened.store().ready().await.unwrap();
    opened.store().drain().await;
    assert!(!file.path.with_extension("db-wal").exists());
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    fs::write(&text, "This is no database, however long one looks at it. ".repeat(40)).unwrap();
    let nowhere = directory.path().join("no/such/directory");
    for path in [text.as_path(), nowhere.as_path(), directory.path()] {
        let refused = open(path, &Options::default()).await.err();
        assert!(matches!(refused, Some(OpenError::Unreachable(_))), "{refused:?}");
    }
    assert!(fs::read_to_string(&text).unwrap().starts_with("This is no database"));
}

#[test]
fn a_reader_cannot_write() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = runtime.block_on(file());
    let reader = connect::reader(&file.path).unwrap();
    assert!(reader.execute("DELETE FROM entity", ()).is_err());
}
