//! The row of an errand.

use cardfile_domain::{
    errand::{Errand, ErrandName, SealedNote},
    id::{ClientId, EntityId, ErrandId},
    ports::StoreError,
};

use super::Origin;

/// The columns of `errand`.
#[derive(Clone, Debug)]
pub(crate) struct ErrandRow<'r> {
    pub(crate) entity: [u8; 16],
    pub(crate) id: [u8; 16],
    pub(crate) client: [u8; 16],
    pub(crate) note: &'r [u8],
    pub(crate) key_version: i64,
    pub(crate) tries: i64,
    pub(crate) at: i64,
    pub(crate) due: i64,
    pub(crate) finished_at: Option<i64>,
}

impl ErrandRow<'_> {
    /// The errand.
    pub(crate) fn read(&self) -> Result<Errand, StoreError> {
        let id = ErrandId::from_bytes(self.id);
        let origin = Origin { table: "errand", row: &id };
        let finished = self.finished_at.map(|at| origin.time("finished_at", at));
        Ok(Errand {
            name: ErrandName { entity: EntityId::from_bytes(self.entity), id },
            client: ClientId::from_bytes(self.client),
            at: origin.time("at", self.at)?,
            tries: origin.check("tries", self.tries.try_into())?,
            finished: finished.transpose()?,
            due: origin.time("due", self.due)?,
            note: SealedNote {
                bytes: self.note.to_vec(),
                key_version: origin.check("key_version", self.key_version.try_into())?,
            },
        })
    }
}

/// Those of some errands that can be read; the others must not keep them from being carried out.
pub(crate) fn readable(read: impl IntoIterator<Item = Result<Errand, StoreError>>) -> Vec<Errand> {
    let report = |error: StoreError| {
        tracing::error!(error = &error as &dyn std::error::Error, "an errand cannot be read");
    };
    read.into_iter().filter_map(|errand| errand.map_err(report).ok()).collect()
}
