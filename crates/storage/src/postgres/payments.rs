//! Payments and snapshots, as whoever asks reads them.

use cardfile_domain::{
    id::{EntityId, LogId, SnapshotId},
    payment::LogEntry,
    ports::{SnapshotPage, StoreError},
    snapshot::Snapshot,
};
use sqlx::query;
use uuid::Uuid;

use super::{
    PostgresStore, fault::unavailable, place::bucket_column, rows::Columns, store::number,
};
use crate::row::{LogRow, SnapshotRow};

const FIND_LOG: &str = "SELECT id, entity, card_id, snapshot_id, at, outcome FROM payment_log \
    WHERE bucket = $1 AND id = $2 AND entity = $3";

const FIND_SNAPSHOT: &str = "SELECT id, entity, card_id, at, face FROM snapshot \
    WHERE bucket = $1 AND id = $2 AND entity = $3";

const LIST_SNAPSHOTS: &str = "SELECT id, entity, card_id, at, face FROM snapshot \
    WHERE entity = $1 AND id > $2 ORDER BY id LIMIT $3";

const LIST_SNAPSHOTS_OF_CARD: &str = "SELECT id, entity, card_id, at, face FROM snapshot \
    WHERE entity = $1 AND id > $2 AND card_id = $4 ORDER BY id LIMIT $3";

impl PostgresStore {
    pub(super) async fn find_log(
        &self,
        entity: EntityId,
        id: LogId,
    ) -> Result<Option<LogEntry>, StoreError> {
        let find = || {
            query(FIND_LOG)
                .bind(bucket_column(id.bucket()))
                .bind(Uuid::from_bytes(*id.as_bytes()))
                .bind(entity.uuid())
        };
        let rows = self.pool.fetch(find).await?;
        let row = rows.first().map(|row| Columns::of(row).log_entry().map_err(unavailable));
        row.transpose()?.map(|row: LogRow<'_>| row.read()).transpose()
    }

    pub(super) async fn find_taken(
        &self,
        entity: EntityId,
        id: SnapshotId,
    ) -> Result<Option<Snapshot>, StoreError> {
        let find = || {
            query(FIND_SNAPSHOT)
                .bind(bucket_column(id.bucket()))
                .bind(Uuid::from_bytes(*id.as_bytes()))
                .bind(entity.uuid())
        };
        let rows = self.pool.fetch(find).await?;
        let row = rows.first().map(|row| Columns::of(row).snapshot().map_err(unavailable));
        row.transpose()?.map(|row: SnapshotRow<'_>| row.read()).transpose()
    }

    pub(super) async fn list_taken(
        &self,
        entity: EntityId,
        page: &SnapshotPage,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let after = page.after.map_or(Uuid::nil(), |after| Uuid::from_bytes(*after.as_bytes()));
        let list = || {
            let sql = if page.card.is_some() { LIST_SNAPSHOTS_OF_CARD } else { LIST_SNAPSHOTS };
            let list = query(sql).bind(entity.uuid()).bind(after).bind(number(page.limit));
            match page.card {
                Some(card) => list.bind(Uuid::from_bytes(*card.as_bytes())),
                None => list,
            }
        };
        let read = |row| Columns::of(row).snapshot().map_err(unavailable)?.read();
        self.pool.fetch(list).await?.iter().map(read).collect()
    }
}
