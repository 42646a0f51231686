//! The rows of applications' keys and of sessions.

use cardfile_domain::{
    id::{ClientId, EntityId},
    ports::StoreError,
    session::{ApiKey, Session},
};

use super::Origin;

/// The columns of `api_key`.
#[derive(Clone, Debug)]
pub(crate) struct ApiKeyRow<'r> {
    pub(crate) id: &'r str,
    pub(crate) kind: &'r str,
    pub(crate) identifier: &'r str,
    pub(crate) entity: [u8; 16],
    pub(crate) created_at: i64,
}

impl ApiKeyRow<'_> {
    /// The key.
    pub(crate) fn read(&self) -> Result<ApiKey, StoreError> {
        let origin = Origin { table: "api_key", row: &self.id };
        Ok(ApiKey {
            id: origin.check("id", self.id.parse())?,
            kind: origin.check("kind", self.kind.parse())?,
            identifier: self.identifier.to_owned(),
            entity: EntityId::from_bytes(self.entity),
            created_at: origin.time("created_at", self.created_at)?,
        })
    }
}

/// The columns of `session`.
#[derive(Clone, Debug)]
pub(crate) struct SessionRow<'r> {
    pub(crate) hash: &'r [u8],
    pub(crate) entity: [u8; 16],
    pub(crate) client: [u8; 16],
    pub(crate) expires_at: i64,
}

impl SessionRow<'_> {
    /// The session.
    pub(crate) fn read(&self) -> Result<Session, StoreError> {
        let client = ClientId::from_bytes(self.client);
        // Named by its user: what it is found by is better not repeated anywhere.
        let origin = Origin { table: "session", row: &client };
        Ok(Session {
            hash: origin.check("hash", self.hash.try_into())?,
            entity: EntityId::from_bytes(self.entity),
            client,
            expires_at: origin.time("expires_at", self.expires_at)?,
        })
    }
}
