//! The port to errands.

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

/// One that is finished and was accepted long ago gives way; any other stays as it is, and its row
/// is told all the same.
const FILE: &str = "INSERT INTO errand (bucket, entity, id, client, request, note, key_version, \
     tries, at, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?8) \
     ON CONFLICT DO UPDATE SET client = excluded.client, request = excluded.request, \
     note = excluded.note, key_version = excluded.key_version, tries = 0, at = excluded.at, \
     due = excluded.due, finished_at = NULL \
     WHERE errand.finished_at IS NOT NULL AND errand.at < ?9";

const COUNT_WAITING: &str = "SELECT count(*) FROM errand WHERE entity = ?1 AND finished_at IS NULL";

const FIND_REQUEST: &str =
    "SELECT request FROM errand WHERE bucket = ?1 AND entity = ?2 AND id = ?3";

const FIND: &str =
    concat!("SELECT ", columns!(), " FROM errand WHERE bucket = ?1 AND entity = ?2 AND id = ?3");

const TAKE: &str = concat!(
    "UPDATE errand SET due = ?2, tries = tries + 1 WHERE (bucket, entity, id) IN \
     (SELECT bucket, entity, id FROM errand WHERE finished_at IS NULL AND due <= ?1 \
     ORDER BY due LIMIT ?3) RETURNING ",
    columns!()
);

const KEEP: &str = "UPDATE errand SET due = ?5 WHERE bucket = ?1 AND entity = ?2 AND id = ?3 \
     AND due = ?4 AND finished_at IS NULL";

const FINISH: &str = "UPDATE errand SET finished_at = ?5, note = ?6, key_version = ?7 \
     WHERE bucket = ?1 AND entity = ?2 AND id = ?3 AND due = ?4 AND finished_at IS NULL";

const FORGET: &str = "DELETE FROM errand WHERE (bucket, entity, id) IN (SELECT bucket, entity, id \
     FROM errand WHERE finished_at IS NOT NULL AND finished_at < ?1 LIMIT ?2)";

/// Errands forgotten at a time, so that no write waits long for it.
const FORGOTTEN_AT_ONCE: usize = 500;

#[async_trait]
impl Errands for SqliteStore {
    async fn file(&self, errand: &NewErrand, outdated: Timestamp) -> Result<Filed, StoreError> {
        let errand = errand.clone();
        let file = move |connection: &Connection| {
            let (bucket, entity, id) = key(&errand.name);
            connection.prepare_cached(FILE)?.execute((
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
            let mut filed = connection.prepare_cached(FIND_REQUEST)?;
            filed.query_row((bucket, entity, id), |row| row.get(0))
        };
        self.on_writer(file).await.map(|request| Filed { request })
    }

    async fn count_waiting(&self, entity: EntityId) -> Result<u64, StoreError> {
        let count = move |connection: &Connection| {
            let mut count = connection.prepare_cached(COUNT_WAITING)?;
            count.query_row((entity.as_bytes(),), |row| row.get::<_, i64>(0))
        };
        Ok(self.readers.read_long(count).await?.unsigned_abs())
    }

    async fn find(&self, name: ErrandName) -> Result<Option<Errand>, StoreError> {
        let found =
            self.readers.read(|connection| find(connection, FIND, key(&name), cells::errand));
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
        if self.readers.read(|connection| find_due(connection, span.0))?.is_none() {
            return Ok(Vec::new());
        }
        let take = move |connection: &Connection| {
            list(connection, TAKE, span, |row| Ok(cells::errand(row)))
        };
        let mut taken = readable(self.on_writer(take).await??);
        taken.sort_unstable_by_key(|errand| (errand.at, errand.name.id));
        Ok(taken)
    }

    async fn keep(&self, errand: &Errand, until: Timestamp) -> Result<bool, StoreError> {
        let (name, due) = (errand.name, errand.due.as_microsecond());
        let keep = move |connection: &Connection| {
            let (bucket, entity, id) = key(&name);
            let row = (bucket, entity, id, due, until.as_microsecond());
            connection.prepare_cached(KEEP)?.execute(row)
        };
        Ok(self.on_writer(keep).await? == 1)
    }

    async fn finish(
        &self,
        errand: &Errand,
        at: Timestamp,
        answer: &SealedNote,
    ) -> Result<bool, StoreError> {
        let (name, due, answer) = (errand.name, errand.due.as_microsecond(), answer.clone());
        let finish = move |connection: &Connection| {
            let (bucket, entity, id) = key(&name);
            let SealedNote { bytes, key_version } = answer;
            let row = (bucket, entity, id, due, at.as_microsecond(), bytes, key_version);
            connection.prepare_cached(FINISH)?.execute(row)
        };
        Ok(self.on_writer(finish).await? == 1)
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let delete = move |connection: &Connection| {
                let mut delete = connection.prepare_cached(FORGET)?;
                delete.execute((before.as_microsecond(), number(FORGOTTEN_AT_ONCE)))
            };
            let deleted = self.on_writer(delete).await?;
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

fn find_due(connection: &Connection, now: i64) -> rusqlite::Result<Option<()>> {
    let mut find = connection
        .prepare_cached("SELECT 1 FROM errand WHERE finished_at IS NULL AND due <= ?1 LIMIT 1")?;
    let mut rows = find.query((now,))?;
    Ok(rows.next()?.map(|_| ()))
}
