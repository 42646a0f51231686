//! Payments and snapshots: written in the transaction of their card, read by whoever asks.

use cardfile_domain::{
    id::{EntityId, LogId, SnapshotId},
    payment::LogEntry,
    ports::{SnapshotPage, StoreError},
    snapshot::Snapshot,
};
use rusqlite::Connection;

use super::{
    SqliteStore, cells,
    load::find,
    query::{list, number},
    write::Writer,
};
use crate::{
    lane::Unit,
    row::{face_text, log_text},
};

const INSERT_LOG: &str = "INSERT INTO payment_log (bucket, id, entity, card_id, snapshot_id, at, \
     outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const INSERT_SNAPSHOT: &str = "INSERT INTO snapshot (bucket, id, entity, card_id, at, face) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const ERASE_LOGS: &str = "UPDATE payment_log SET outcome = NULL \
     WHERE bucket = ?1 AND entity = ?2 AND card_id = ?3";

const ERASE_SNAPSHOTS: &str = "UPDATE snapshot SET face = NULL \
     WHERE bucket = ?1 AND entity = ?2 AND card_id = ?3";

const FIND_LOG: &str = "SELECT id, entity, card_id, snapshot_id, at, outcome FROM payment_log \
     WHERE bucket = ?1 AND id = ?2 AND entity = ?3";

const FIND_SNAPSHOT: &str = "SELECT id, entity, card_id, at, face FROM snapshot \
     WHERE bucket = ?1 AND id = ?2 AND entity = ?3";

const LIST_SNAPSHOTS: &str = "SELECT id, entity, card_id, at, face FROM snapshot \
     WHERE entity = ?1 AND id > ?2 ORDER BY id LIMIT ?3";

const LIST_SNAPSHOTS_OF_CARD: &str = "SELECT id, entity, card_id, at, face FROM snapshot \
     WHERE entity = ?1 AND id > ?2 AND card_id = ?4 ORDER BY id LIMIT ?3";

impl Writer<'_> {
    /// Writes what a unit says of payments, which most say nothing of.
    pub(super) fn payments(&self, unit: &Unit) -> rusqlite::Result<()> {
        for erased in &unit.erased {
            let card = (erased.bucket.get(), erased.entity.as_bytes(), erased.card.as_bytes());
            self.run(ERASE_LOGS, card)?;
            self.run(ERASE_SNAPSHOTS, card)?;
        }
        for log in &unit.logs {
            let row = (
                unit.bucket.get(),
                log.id.as_bytes(),
                log.entity.as_bytes(),
                log.card.as_bytes(),
                log.snapshot.as_bytes(),
                log.at.as_microsecond(),
                log_text(log),
            );
            self.run(INSERT_LOG, row)?;
        }
        for snapshot in &unit.snapshots {
            let row = (
                unit.bucket.get(),
                snapshot.id.as_bytes(),
                snapshot.entity.as_bytes(),
                snapshot.card.as_bytes(),
                snapshot.at.as_microsecond(),
                face_text(snapshot),
            );
            self.run(INSERT_SNAPSHOT, row)?;
        }
        Ok(())
    }
}

impl SqliteStore {
    pub(super) fn find_log(
        &self,
        entity: EntityId,
        id: LogId,
    ) -> Result<Option<LogEntry>, StoreError> {
        let key = (id.bucket().get(), id.as_bytes(), entity.as_bytes());
        let look = |connection: &Connection| find(connection, FIND_LOG, key, cells::log_entry);
        self.readers.read(look)?.transpose()
    }

    pub(super) fn find_taken(
        &self,
        entity: EntityId,
        id: SnapshotId,
    ) -> Result<Option<Snapshot>, StoreError> {
        let key = (id.bucket().get(), id.as_bytes(), entity.as_bytes());
        let look = |connection: &Connection| find(connection, FIND_SNAPSHOT, key, cells::snapshot);
        self.readers.read(look)?.transpose()
    }

    pub(super) async fn list_taken(
        &self,
        entity: EntityId,
        page: SnapshotPage,
    ) -> Result<Vec<Snapshot>, StoreError> {
        let read = move |connection: &Connection| {
            let after = page.after.map_or([0; 16], |after| *after.as_bytes());
            let (entity, limit) = (entity.as_bytes(), number(page.limit));
            match page.card {
                Some(card) => {
                    let params = (entity, after, limit, card.as_bytes());
                    list(connection, LIST_SNAPSHOTS_OF_CARD, params, cells::snapshot)
                }
                None => list(connection, LIST_SNAPSHOTS, (entity, after, limit), cells::snapshot),
            }
        };
        self.readers.read_long(read).await?
    }
}
