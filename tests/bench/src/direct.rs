//! The statements of one change of a card in SQLite, as a handler would send them that has the file to itself.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, params};

use crate::failed::Failed;

const SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";

const LIST: &str = "SELECT bucket, entity, id, account_key, lower(hex(id)) FROM card";

/// A card that tells of its account is found without it.
const FIND: &str = "SELECT *, event_seq FROM card WHERE bucket = ?1 AND entity = ?2 AND id = ?3";

const ADD_EVENT: &str = "INSERT INTO event (bucket, entity, account_key, seq, kind, card_id, at, \
     client, track, body, previous, hash) \
     VALUES (?1, ?2, ?3, ?4, 'direct', ?5, ?6, ?5, NULL, ?7, ?8, ?8)";

const CHANGE: &str = "UPDATE card SET holder = ?4, failures = ?5, updated_at = ?6, event_seq = ?7, \
     event_head = ?8, event_row = last_insert_rowid() WHERE bucket = ?1 AND entity = ?2 AND id = ?3";

const HOLDER: &str = r#"{"addressLine1":"1 Main Street","city":"Portland"}"#;

/// A copy of a file of Cardfile's, and where its cards are.
pub(crate) struct Direct {
    connection: Mutex<Connection>,
    cards: HashMap<String, Key>,
}

struct Key {
    bucket: i64,
    entity: Vec<u8>,
    id: Vec<u8>,
    account: String,
}

impl Direct {
    pub(crate) fn open(file: &Path) -> Result<Self, Failed> {
        let connection = Connection::open(file)?;
        connection.execute_batch(SETUP)?;
        let mut list = connection.prepare(LIST)?;
        let keys = list.query_map((), |row| {
            let key = Key {
                bucket: row.get(0)?,
                entity: row.get(1)?,
                id: row.get(2)?,
                account: row.get(3)?,
            };
            Ok((row.get(4)?, key))
        })?;
        let cards = keys.collect::<rusqlite::Result<_>>()?;
        drop(list);
        Ok(Self { connection: Mutex::new(connection), cards })
    }

    /// Changes a card, as durably as Cardfile does.
    pub(crate) fn change(&self, id: &str, failures: u8) -> Result<(), Failed> {
        let key = self.cards.get(id).ok_or_else(|| Failed::because("no such card"))?;
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let seq = connection
            .prepare_cached(FIND)?
            .query_row(params![key.bucket, key.entity, key.id], |row| {
                row.get::<_, i64>(row.as_ref().column_count() - 1)
            })?
            + 1;
        let (body, hash) = ("b".repeat(200), [7u8; 32]);
        connection.prepare_cached(ADD_EVENT)?.execute(params![
            key.bucket,
            key.entity,
            key.account,
            seq,
            key.id,
            seq,
            body,
            hash
        ])?;
        connection
            .prepare_cached(CHANGE)?
            .execute(params![key.bucket, key.entity, key.id, HOLDER, failures, seq, seq, hash])?;
        connection.prepare_cached("COMMIT")?.execute(())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: &str = "
        CREATE TABLE card (bucket, entity, id, account_key, holder, failures, updated_at, event_seq, \
            event_head, event_row);
        CREATE TABLE event (bucket, entity, account_key, seq, kind, card_id, at, client, track, body, \
            previous, hash);
        INSERT INTO card VALUES (1, x'01', x'0aff', 'A-1', '{}', 0, 0, 4, NULL, NULL);";

    #[test]
    fn a_change_is_written() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("copy.sqlite");
        Connection::open(&file).unwrap().execute_batch(TABLES).unwrap();
        let direct = Direct::open(&file).unwrap();
        direct.change("0aff", 3).unwrap();
        direct.change("0aff", 4).unwrap();
        assert!(direct.change("0afe", 4).is_err());
        let read = Connection::open(&file).unwrap();
        let found = read.query_row(
            "SELECT failures, c.event_seq, max(seq), count(*) FROM card c, event",
            (),
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        );
        assert_eq!(found.unwrap(), (4, 6, 6, 2));
    }
}
