//! What the steps from one version's file to the next keep.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, types::Value};
use sqlx::{Connection as _, SqliteConnection};

use crate::sqlite::{make_private, migrating};

#[test]
fn rows_that_are_put_in_another_order_stay_as_they_are() {
    let mut old = Old::before("0003_order_by_name.sql");
    let tables = ["account", "card", "event", "receipt", "alias"];
    for row in 1..=3 {
        for table in tables {
            insert_something(&old.connection, table, row);
        }
    }
    let before = tables.map(|table| rows(&old.connection, table));
    old.migrate("0003_order_by_name.sql");
    assert_eq!(tables.map(|table| rows(&old.connection, table)), before);
    assert_eq!(before.map(|rows| rows.len()), [3; 5]);
}

#[test]
fn rows_that_get_numbers_stay_as_they_are() {
    let mut old = Old::before("0010_number_rows.sql");
    let tables = ["account", "card"];
    for row in 1..=3 {
        for table in tables {
            insert_something(&old.connection, table, row);
        }
    }
    let name = "(bucket, entity, account_key) = (SELECT bucket, entity, account_key FROM account a \
                WHERE a.version = (SELECT max(version) FROM account))";
    let held = format!("UPDATE card SET {name} WHERE failures = (SELECT min(failures) FROM card)");
    old.connection.execute_batch(&held).unwrap();
    let before = tables.map(|table| rows(&old.connection, table));
    old.migrate("0010_number_rows.sql");
    let numbered = tables.map(|table| rows(&old.connection, table));
    assert_eq!(
        numbered.map(|rows| rows.into_iter().map(without_numbers).collect::<Vec<_>>()),
        before
    );
    let mut leads = old
        .connection
        .prepare("SELECT a.row, a.account_key FROM card c JOIN account a ON a.row = c.account_row")
        .unwrap();
    let leads = leads.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let leads: Vec<(i64, String)> = leads.map(Result::unwrap).collect();
    assert_eq!(leads, [(3, "302".to_owned())]);
}

#[tokio::test]
async fn what_a_step_takes_away_is_overwritten() {
    const NAME: &str = "Wilhelmina Quackenbush";
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cards.db");
    make_private(&path).unwrap();
    let mut migrating = SqliteConnection::connect_with(&migrating(&path)).await.unwrap();
    let steps =
        ["CREATE TABLE old (name TEXT)".to_owned(), format!("INSERT INTO old VALUES ('{NAME}')")];
    for step in steps {
        sqlx::raw_sql(sqlx::AssertSqlSafe(step)).execute(&mut migrating).await.unwrap();
    }
    let holds = || {
        let bytes = fs::read(&path).unwrap();
        bytes.windows(NAME.len()).any(|window| window == NAME.as_bytes())
    };
    let copy = || Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(FULL)");
    copy().unwrap();
    assert!(holds());
    sqlx::raw_sql("DROP TABLE old").execute(&mut migrating).await.unwrap();
    copy().unwrap();
    assert!(!holds());
    migrating.close().await.unwrap();
}

/// What a row was before it got a number.
fn without_numbers(row: Vec<(String, Value)>) -> Vec<(String, Value)> {
    row.into_iter().filter(|(name, _)| name != "row" && name != "account_row").collect()
}

/// A file as an earlier version left it.
struct Old {
    connection: Connection,
    folder: PathBuf,
}

impl Old {
    /// After all steps before this one.
    fn before(step: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/sqlite");
        let mut steps: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.as_str() < step)
            .collect();
        steps.sort();
        let mut old = Self { connection: Connection::open_in_memory().unwrap(), folder };
        for step in steps {
            old.migrate(&step);
        }
        old
    }

    fn migrate(&mut self, step: &str) {
        let sql = fs::read_to_string(self.folder.join(step)).unwrap();
        self.connection.execute_batch(&sql).unwrap();
    }
}

/// A row whose every value tells its column and its row apart.
fn insert_something(connection: &Connection, table: &str, row: i64) {
    let mut columns =
        connection.prepare(&format!("SELECT type FROM pragma_table_info('{table}')")).unwrap();
    let kinds = columns.query_map((), |column| column.get::<_, String>(0)).unwrap();
    let values = kinds.enumerate().map(|(place, kind)| {
        let value = row * 100 + i64::try_from(place).unwrap();
        match kind.unwrap().as_str() {
            "INTEGER" => value.into(),
            "TEXT" => value.to_string().into(),
            _ => Value::Blob(value.to_be_bytes().to_vec()),
        }
    });
    let values: Vec<_> = values.collect();
    let places = vec!["?"; values.len()].join(", ");
    let insert = format!("INSERT INTO {table} VALUES ({places})");
    connection.execute(&insert, rusqlite::params_from_iter(values)).unwrap();
}

/// The rows of a table, in some order that is always the same; the columns in the order of their names.
fn rows(connection: &Connection, table: &str) -> Vec<Vec<(String, Value)>> {
    let mut all = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let names: Vec<_> = all.column_names().into_iter().map(str::to_owned).collect();
    let read = all.query_map((), |row| {
        let value = |(place, name): (usize, &String)| Ok((name.clone(), row.get(place)?));
        let cells: rusqlite::Result<Vec<_>> = names.iter().enumerate().map(value).collect();
        let mut cells = cells?;
        cells.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(cells)
    });
    let mut read: Vec<_> = read.unwrap().map(Result::unwrap).collect();
    read.sort_by_key(|cells| format!("{cells:?}"));
    read
}
