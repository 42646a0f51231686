//! The rows of payments and of snapshots.

use cardfile_domain::{
    id::{EntityId, LogId, PaymentMethodId, SnapshotId},
    payment::LogEntry,
    ports::StoreError,
    snapshot::Snapshot,
};

use super::{Origin, json_text};

/// The columns of `payment_log` but for the bucket.
#[derive(Clone, Debug)]
pub(crate) struct LogRow<'r> {
    pub(crate) id: [u8; 16],
    pub(crate) entity: [u8; 16],
    pub(crate) card_id: [u8; 16],
    pub(crate) snapshot_id: [u8; 16],
    pub(crate) at: i64,
    pub(crate) outcome: Option<&'r str>,
}

impl LogRow<'_> {
    /// The payment.
    pub(crate) fn read(&self) -> Result<LogEntry, StoreError> {
        let id = LogId::from_bytes(self.id);
        let origin = Origin { table: "payment_log", row: &id };
        Ok(LogEntry {
            id,
            entity: EntityId::from_bytes(self.entity),
            card: PaymentMethodId::from_bytes(self.card_id),
            snapshot: SnapshotId::from_bytes(self.snapshot_id),
            at: origin.time("at", self.at)?,
            outcome: self.outcome.map(|text| origin.json("outcome", text)).transpose()?,
        })
    }
}

/// The columns of `snapshot` but for the bucket.
#[derive(Clone, Debug)]
pub(crate) struct SnapshotRow<'r> {
    pub(crate) id: [u8; 16],
    pub(crate) entity: [u8; 16],
    pub(crate) card_id: [u8; 16],
    pub(crate) at: i64,
    pub(crate) face: Option<&'r str>,
}

impl SnapshotRow<'_> {
    /// The snapshot.
    pub(crate) fn read(&self) -> Result<Snapshot, StoreError> {
        let id = SnapshotId::from_bytes(self.id);
        let origin = Origin { table: "snapshot", row: &id };
        Ok(Snapshot {
            id,
            entity: EntityId::from_bytes(self.entity),
            card: PaymentMethodId::from_bytes(self.card_id),
            at: origin.time("at", self.at)?,
            face: self.face.map(|text| origin.json("face", text)).transpose()?,
        })
    }
}

/// The contents of a payment as they are kept.
pub(crate) fn log_text(log: &LogEntry) -> Option<String> {
    log.outcome.as_ref().map(json_text)
}

/// The contents of a snapshot as they are kept.
pub(crate) fn face_text(snapshot: &Snapshot) -> Option<String> {
    snapshot.face.as_ref().map(json_text)
}
