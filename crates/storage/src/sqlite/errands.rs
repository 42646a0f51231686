//! The port to errands, and to whatever else waits as a sealed note.

use std::sync::Arc;

use async_trait::async_trait;
use cardfile_domain::{
    errand::{Errand, ErrandName, Errands, Filed, NewErrand, SealedNote},
    id::EntityId,
    ports::StoreError,
};
use jiff::Timestamp;
use rusqlite::Connection;

use super::{
    SqliteStore, cells,
    load::find,
    query::{list, number},
};
use crate::row::readable;

macro_rules! columns {
    () => {
        "entity, id, client, note, key_version, tries, at, due, finished_at"
    };
}

/// The statements about one table of sealed notes.
pub(super) struct Statements {
    /// One that is finished and was accepted long ago gives way; any other stays as it is, and its
    /// row is told all the same.
    file: &'static str,
    count_waiting: &'static str,
    find_request: &'static str,
    find: &'static str,
    find_due: &'static str,
    take: &'static str,
    keep: &'static str,
    finish: &'static str,
    discard: &'static str,
    forget: &'static str,
}

macro_rules! statements {
    ($table:literal) => {
        Statements {
            file: concat!(
                "INSERT INTO ",
                $table,
                " AS filed (bucket, entity, id, client, request, note, key_version, tries, at, due) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8) \
                 ON CONFLICT DO UPDATE SET client = excluded.client, request = excluded.request, \
                 note = excluded.note, key_version = excluded.key_version, tries = 0, \
                 at = excluded.at, due = excluded.due, finished_at = NULL \
                 WHERE filed.finished_at IS NOT NULL AND filed.at < ?9"
            ),
            count_waiting: concat!(
                "SELECT count(*) FROM ",
                $table,
                " WHERE entity = ?1 AND finished_at IS NULL"
            ),
            find_request: concat!(
                "SELECT request FROM ",
                $table,
                " WHERE bucket = ?1 AND entity = ?2 AND id = ?3"
            ),
            find: concat!(
                "SELECT ",
                columns!(),
                " FROM ",
                $table,
                " WHERE bucket = ?1 AND entity = ?2 AND id = ?3"
            ),
            find_due: concat!(
                "SELECT 1 FROM ",
                $table,
                " WHERE finished_at IS NULL AND due <= ?1 LIMIT 1"
            ),
            take: concat!(
                "UPDATE ",
                $table,
                " SET due = ?2, tries = tries + 1 WHERE (bucket, entity, id) IN \
                 (SELECT bucket, entity, id FROM ",
                $table,
                " WHERE finished_at IS NULL AND due <= ?1 ORDER BY due LIMIT ?3) RETURNING ",
                columns!()
            ),
            keep: concat!(
                "UPDATE ",
                $table,
                " SET due = ?5 WHERE bucket = ?1 AND entity = ?2 AND id = ?3 AND due = ?4 \
                 AND finished_at IS NULL"
            ),
            finish: concat!(
                "UPDATE ",
                $table,
                " SET finished_at = ?5, note = ?6, key_version = ?7 WHERE bucket = ?1 \
                 AND entity = ?2 AND id = ?3 AND due = ?4 AND finished_at IS NULL"
            ),
            discard: concat!(
                "DELETE FROM ",
                $table,
                " WHERE bucket = ?1 AND entity = ?2 AND id = ?3 AND finished_at IS NOT NULL"
            ),
            forget: concat!(
                "DELETE FROM ",
                $table,
                " WHERE (bucket, entity, id) IN (SELECT bucket, entity, id FROM ",
                $table,
                " WHERE finished_at IS NOT NULL AND finished_at < ?1 LIMIT ?2)"
            ),
        }
    };
}

/// Requests that were accepted to be carried out later.
pub(super) static ERRANDS: Statements = statements!("errand");
/// Writes that wait for a gateway's word.
pub(super) static QUESTIONS: Statements = statements!("question");

/// A table of sealed notes.
pub(super) struct Notes {
    store: Arc<SqliteStore>,
    sql: &'static Statements,
}

impl Notes {
    pub(super) fn new(store: &Arc<SqliteStore>, sql: &'static Statements) -> Self {
        Self { store: Arc::clone(store), sql }
    }
}

/// Errands forgotten at a time, so that no write waits long for it.
const FORGOTTEN_AT_ONCE: usize = 500;

#[async_trait]
impl Errands for Notes {
    async fn file(&self, errand: &NewErrand, outdated: Timestamp) -> Result<Filed, StoreError> {
        let (sql, errand) = (self.sql, errand.clone());
        let file = move |connection: &Connection| {
            let (bucket, entity, id) = key(&errand.name);
            connection.prepare_cached(sql.file)?.execute((
                bucket,
                entity,
                id,
                errand.client.as_bytes(),
                errand.request,
                &errand.note.bytes,
                errand.note.key_version,
                errand.at.as_microsecond(),
                outdated.as_microsecond(),
            ))?;
            let mut filed = connection.prepare_cached(sql.find_request)?;
            filed.query_row((bucket, entity, id), |row| row.get(0))
        };
        self.store.on_writer(file).await.map(|request| Filed { request })
    }

    async fn count_waiting(&self, entity: EntityId) -> Result<u64, StoreError> {
        let sql = self.sql;
        let count = move |connection: &Connection| {
            let mut count = connection.prepare_cached(sql.count_waiting)?;
            count.query_row((entity.as_bytes(),), |row| row.get::<_, i64>(0))
        };
        Ok(self.store.readers.read_long(count).await?.unsigned_abs())
    }

    async fn find(&self, name: ErrandName) -> Result<Option<Errand>, StoreError> {
        let found = self
            .store
            .readers
            .read(|connection| find(connection, self.sql.find, key(&name), cells::errand));
        found?.transpose()
    }

    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Errand>, StoreError> {
        let span = (now.as_microsecond(), until.as_microsecond(), number(limit));
        // Looking costs nothing, and there mostly is nothing.
        if self.store.readers.read(|connection| find_due(connection, self.sql, span.0))?.is_none() {
            return Ok(Vec::new());
        }
        let sql = self.sql;
        let take = move |connection: &Connection| {
            list(connection, sql.take, span, |row| Ok(cells::errand(row)))
        };
        let mut taken = readable(self.store.on_writer(take).await??);
        taken.sort_unstable_by_key(|errand| (errand.at, errand.name.id));
        Ok(taken)
    }

    async fn keep(&self, errand: &Errand, until: Timestamp) -> Result<bool, StoreError> {
        let (name, due) = (errand.name, errand.due.as_microsecond());
        let sql = self.sql;
        let keep = move |connection: &Connection| {
            let (bucket, entity, id) = key(&name);
            let row = (bucket, entity, id, due, until.as_microsecond());
            connection.prepare_cached(sql.keep)?.execute(row)
        };
        Ok(self.store.on_writer(keep).await? == 1)
    }

    async fn finish(
        &self,
        errand: &Errand,
        at: Timestamp,
        answer: &SealedNote,
    ) -> Result<bool, StoreError> {
        let (name, due, answer) = (errand.name, errand.due.as_microsecond(), answer.clone());
        let sql = self.sql;
        let finish = move |connection: &Connection| {
            let (bucket, entity, id) = key(&name);
            let SealedNote { bytes, key_version } = answer;
            let row = (bucket, entity, id, due, at.as_microsecond(), bytes, key_version);
            connection.prepare_cached(sql.finish)?.execute(row)
        };
        Ok(self.store.on_writer(finish).await? == 1)
    }

    async fn discard(&self, name: ErrandName) -> Result<bool, StoreError> {
        let sql = self.sql;
        let discard = move |connection: &Connection| {
            connection.prepare_cached(sql.discard)?.execute(key(&name))
        };
        Ok(self.store.on_writer(discard).await? == 1)
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let sql = self.sql;
            let delete = move |connection: &Connection| {
                let mut delete = connection.prepare_cached(sql.forget)?;
                delete.execute((before.as_microsecond(), number(FORGOTTEN_AT_ONCE)))
            };
            let deleted = self.store.on_writer(delete).await?;
            forgotten += deleted as u64;
            if deleted < FORGOTTEN_AT_ONCE {
                return Ok(forgotten);
            }
        }
    }
}

/// What an errand is filed under.
fn key(name: &ErrandName) -> (u16, &[u8; 16], &[u8; 16]) {
    (name.id.bucket(name.entity).get(), name.entity.as_bytes(), name.id.as_bytes())
}

fn find_due(connection: &Connection, sql: &Statements, now: i64) -> rusqlite::Result<Option<()>> {
    let mut find = connection.prepare_cached(sql.find_due)?;
    let mut rows = find.query((now,))?;
    Ok(rows.next()?.map(|_| ()))
}
