//! The port to errands.
//!
//! Who takes an errand must be the only one, whichever process it is in. Whoever looks sees when an
//! errand is due, and then moves that moment, provided that it is still the one that was seen: of
//! several who try, one succeeds. That needs no lock across statements, and each such change is
//! about one row with its bucket.

use async_trait::async_trait;
use cardfile_domain::{
    errand::{Errand, ErrandName, Errands, Filed, NewErrand, SealedNote},
    id::EntityId,
    ports::StoreError,
};
use futures::future::join_all;
use jiff::Timestamp;
use sqlx::{Postgres, postgres::PgArguments, query, query::Query};

use super::{
    PostgresStore, fault::unavailable, place::bucket_column, rows::Columns, store::number,
};
use crate::row::readable;

macro_rules! columns {
    () => {
        "entity, id, client, note, key_version, tries, at, due, finished_at"
    };
}

/// One that is finished and was accepted long ago gives way; any other stays as it is.
const FILE: &str = "INSERT INTO errand (bucket, entity, id, client, request, note, key_version, \
    tries, at, due) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8) \
    ON CONFLICT (bucket, entity, id) DO UPDATE SET client = excluded.client, \
    request = excluded.request, note = excluded.note, key_version = excluded.key_version, \
    tries = 0, at = excluded.at, due = excluded.due, finished_at = NULL \
    WHERE errand.finished_at IS NOT NULL AND errand.at < $9";

const COUNT_WAITING: &str = "SELECT count(*) FROM errand WHERE entity = $1 AND finished_at IS NULL";

const FIND_REQUEST: &str =
    "SELECT request FROM errand WHERE bucket = $1 AND entity = $2 AND id = $3";

const FIND: &str =
    concat!("SELECT ", columns!(), " FROM errand WHERE bucket = $1 AND entity = $2 AND id = $3");

const LIST_DUE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM errand WHERE finished_at IS NULL AND due <= $1 ORDER BY due LIMIT $2"
);

const TAKE: &str = "UPDATE errand SET due = $5, tries = tries + 1 WHERE bucket = $1 \
    AND entity = $2 AND id = $3 AND due = $4 AND finished_at IS NULL";

const KEEP: &str = "UPDATE errand SET due = $5 WHERE bucket = $1 AND entity = $2 AND id = $3 \
    AND due = $4 AND finished_at IS NULL";

const FINISH: &str = "UPDATE errand SET finished_at = $5, note = $6, key_version = $7 \
    WHERE bucket = $1 AND entity = $2 AND id = $3 AND due = $4 AND finished_at IS NULL";

const FORGET: &str = "DELETE FROM errand WHERE (bucket, entity, id) IN (SELECT bucket, entity, id \
    FROM errand WHERE finished_at < $1 LIMIT $2)";

const FORGET_SPREAD: &str = "DELETE FROM errand WHERE bucket = $2 AND finished_at < $1";

#[async_trait]
impl Errands for PostgresStore {
    async fn file(&self, errand: &NewErrand, outdated: Timestamp) -> Result<Filed, StoreError> {
        let file = with_key(FILE, errand.name)
            .bind(errand.client.uuid())
            .bind(&errand.request[..])
            .bind(&errand.note.bytes)
            .bind(i32::from(errand.note.key_version))
            .bind(errand.at.as_microsecond())
            .bind(outdated.as_microsecond());
        if self.pool.execute_once(file).await? == 1 {
            return Ok(Filed { request: errand.request });
        }
        let rows = self.pool.fetch(|| with_key(FIND_REQUEST, errand.name)).await?;
        // It may have been forgotten in between; asking again then files it.
        let row = rows.first().ok_or(StoreError::Contended)?;
        let request: &[u8] = Columns::of(row).take().map_err(unavailable)?;
        let request = request.try_into().map_err(|_| StoreError::Inconsistent {
            table: "errand",
            column: "request",
            row: errand.name.id.to_string(),
        })?;
        Ok(Filed { request })
    }

    async fn count_waiting(&self, entity: EntityId) -> Result<u64, StoreError> {
        let rows = self.pool.fetch(|| query(COUNT_WAITING).bind(entity.uuid())).await?;
        let count = rows.first().map(|row| Columns::of(row).take::<i64>().map_err(unavailable));
        Ok(count.transpose()?.unwrap_or_default().unsigned_abs())
    }

    async fn find(&self, name: ErrandName) -> Result<Option<Errand>, StoreError> {
        let rows = self.pool.fetch(|| with_key(FIND, name)).await?;
        let read = |row| Columns::of(row).errand().map_err(unavailable)?.read();
        rows.first().map(read).transpose()
    }

    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Errand>, StoreError> {
        let due = || query(LIST_DUE).bind(now.as_microsecond()).bind(number(limit));
        let rows = self.pool.fetch(due).await?;
        let read = |row| Columns::of(row).errand().map_err(unavailable)?.read();
        let due = readable(rows.iter().map(read));
        let tried = join_all(due.iter().map(|errand| self.change(TAKE, errand, until))).await;
        let mut taken = Vec::new();
        for (mut errand, is_ours) in due.into_iter().zip(tried) {
            // What could not be asked for is due again when its time is up, should it be ours.
            if is_ours.unwrap_or(false) {
                errand.due = until;
                errand.tries += 1;
                taken.push(errand);
            }
        }
        taken.sort_unstable_by_key(|errand| (errand.at, errand.name.id));
        Ok(taken)
    }

    async fn keep(&self, errand: &Errand, until: Timestamp) -> Result<bool, StoreError> {
        self.change(KEEP, errand, until).await
    }

    async fn finish(
        &self,
        errand: &Errand,
        at: Timestamp,
        answer: &SealedNote,
    ) -> Result<bool, StoreError> {
        let finish = with_key(FINISH, errand.name)
            .bind(errand.due.as_microsecond())
            .bind(at.as_microsecond())
            .bind(&answer.bytes)
            .bind(i32::from(answer.key_version));
        Ok(self.pool.execute_once(finish).await? == 1)
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.forget(FORGET, FORGET_SPREAD, before).await
    }
}

impl PostgresStore {
    /// Moves the moment at which an errand is due, if it is still the one that is known here.
    async fn change(
        &self,
        sql: &'static str,
        errand: &Errand,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let change = with_key(sql, errand.name)
            .bind(errand.due.as_microsecond())
            .bind(until.as_microsecond());
        Ok(self.pool.execute_once(change).await? == 1)
    }
}

/// A statement with what an errand is filed under as its first three values.
fn with_key(sql: &'static str, name: ErrandName) -> Query<'static, Postgres, PgArguments> {
    let bucket = bucket_column(name.id.bucket(name.entity));
    query(sql).bind(bucket).bind(name.entity.uuid()).bind(name.id.uuid())
}
