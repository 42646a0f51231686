//! The port to errands, and to whatever else waits as a sealed note.
//!
//! Who takes an errand must be the only one, whichever process it is in. Whoever looks sees when an
//! errand is due, and then moves that moment, provided that it is still the one that was seen: of
//! several who try, one succeeds. That needs no lock across statements, and each such change is
//! about one row with its bucket.

use std::sync::Arc;

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

/// The statements about one table of sealed notes.
pub(super) struct Statements {
    /// One that is finished and was accepted long ago gives way; any other stays as it is.
    file: &'static str,
    count_waiting: &'static str,
    find_request: &'static str,
    find: &'static str,
    list_due: &'static str,
    take: &'static str,
    keep: &'static str,
    finish: &'static str,
    discard: &'static str,
    forget: &'static str,
    forget_spread: &'static str,
}

macro_rules! statements {
    ($table:literal) => {
        Statements {
            file: concat!(
                "INSERT INTO ",
                $table,
                " AS filed (bucket, entity, id, client, request, note, key_version, tries, at, due) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8) \
                 ON CONFLICT (bucket, entity, id) DO UPDATE SET client = excluded.client, \
                 request = excluded.request, note = excluded.note, \
                 key_version = excluded.key_version, tries = 0, at = excluded.at, \
                 due = excluded.due, finished_at = NULL \
                 WHERE filed.finished_at IS NOT NULL AND filed.at < $9"
            ),
            count_waiting: concat!(
                "SELECT count(*) FROM ",
                $table,
                " WHERE entity = $1 AND finished_at IS NULL"
            ),
            find_request: concat!(
                "SELECT request FROM ",
                $table,
                " WHERE bucket = $1 AND entity = $2 AND id = $3"
            ),
            find: concat!(
                "SELECT ",
                columns!(),
                " FROM ",
                $table,
                " WHERE bucket = $1 AND entity = $2 AND id = $3"
            ),
            list_due: concat!(
                "SELECT ",
                columns!(),
                " FROM ",
                $table,
                " WHERE finished_at IS NULL AND due <= $1 ORDER BY due LIMIT $2"
            ),
            take: concat!(
                "UPDATE ",
                $table,
                " SET due = $5, tries = tries + 1 WHERE bucket = $1 AND entity = $2 AND id = $3 \
                 AND due = $4 AND finished_at IS NULL"
            ),
            keep: concat!(
                "UPDATE ",
                $table,
                " SET due = $5 WHERE bucket = $1 AND entity = $2 AND id = $3 AND due = $4 \
                 AND finished_at IS NULL"
            ),
            finish: concat!(
                "UPDATE ",
                $table,
                " SET finished_at = $5, note = $6, key_version = $7 WHERE bucket = $1 \
                 AND entity = $2 AND id = $3 AND due = $4 AND finished_at IS NULL"
            ),
            discard: concat!(
                "DELETE FROM ",
                $table,
                " WHERE bucket = $1 AND entity = $2 AND id = $3 AND finished_at IS NOT NULL"
            ),
            forget: concat!(
                "DELETE FROM ",
                $table,
                " WHERE (bucket, entity, id) IN (SELECT bucket, entity, id FROM ",
                $table,
                " WHERE finished_at < $1 LIMIT $2)"
            ),
            forget_spread: concat!(
                "DELETE FROM ",
                $table,
                " WHERE bucket = $2 AND finished_at < $1"
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
    store: Arc<PostgresStore>,
    sql: &'static Statements,
}

impl Notes {
    pub(super) fn new(store: &Arc<PostgresStore>, sql: &'static Statements) -> Self {
        Self { store: Arc::clone(store), sql }
    }
}

#[async_trait]
impl Errands for Notes {
    async fn file(&self, errand: &NewErrand, outdated: Timestamp) -> Result<Filed, StoreError> {
        let file = with_key(self.sql.file, errand.name)
            .bind(errand.client.uuid())
            .bind(&errand.request[..])
            .bind(&errand.note.bytes)
            .bind(i32::from(errand.note.key_version))
            .bind(errand.at.as_microsecond())
            .bind(outdated.as_microsecond());
        if self.store.pool.execute_once(file).await? == 1 {
            return Ok(Filed { request: errand.request });
        }
        let rows = self.store.pool.fetch(|| with_key(self.sql.find_request, errand.name)).await?;
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
        let rows =
            self.store.pool.fetch(|| query(self.sql.count_waiting).bind(entity.uuid())).await?;
        let count = rows.first().map(|row| Columns::of(row).take::<i64>().map_err(unavailable));
        Ok(count.transpose()?.unwrap_or_default().unsigned_abs())
    }

    async fn find(&self, name: ErrandName) -> Result<Option<Errand>, StoreError> {
        let rows = self.store.pool.fetch(|| with_key(self.sql.find, name)).await?;
        let read = |row| Columns::of(row).errand().map_err(unavailable)?.read();
        rows.first().map(read).transpose()
    }

    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Errand>, StoreError> {
        let due = || query(self.sql.list_due).bind(now.as_microsecond()).bind(number(limit));
        let rows = self.store.pool.fetch(due).await?;
        let read = |row| Columns::of(row).errand().map_err(unavailable)?.read();
        let due = readable(rows.iter().map(read));
        let tried =
            join_all(due.iter().map(|errand| self.change(self.sql.take, errand, until))).await;
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
        self.change(self.sql.keep, errand, until).await
    }

    async fn finish(
        &self,
        errand: &Errand,
        at: Timestamp,
        answer: &SealedNote,
    ) -> Result<bool, StoreError> {
        let finish = with_key(self.sql.finish, errand.name)
            .bind(errand.due.as_microsecond())
            .bind(at.as_microsecond())
            .bind(&answer.bytes)
            .bind(i32::from(answer.key_version));
        Ok(self.store.pool.execute_once(finish).await? == 1)
    }

    async fn discard(&self, name: ErrandName) -> Result<bool, StoreError> {
        let discard = with_key(self.sql.discard, name);
        Ok(self.store.pool.execute_once(discard).await? == 1)
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.store.forget(self.sql.forget, self.sql.forget_spread, before).await
    }
}

impl Notes {
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
        Ok(self.store.pool.execute_once(change).await? == 1)
    }
}

/// A statement with what an errand is filed under as its first three values.
fn with_key(sql: &'static str, name: ErrandName) -> Query<'static, Postgres, PgArguments> {
    let bucket = bucket_column(name.id.bucket(name.entity));
    query(sql).bind(bucket).bind(name.entity.uuid()).bind(name.id.uuid())
}
