//! The rows of entities and clients.

use cardfile_domain::{
    client::{Client, Entity, Rights},
    id::{ClientId, EntityId},
    ports::StoreError,
};

use super::Origin;

/// The columns of `entity`.
#[derive(Clone, Debug)]
pub(crate) struct EntityRow<'r> {
    pub(crate) id: [u8; 16],
    pub(crate) name: &'r str,
    pub(crate) wrapped_keys: &'r [u8],
    pub(crate) created_at: i64,
}

impl EntityRow<'_> {
    /// The entity.
    pub(crate) fn read(&self) -> Result<Entity, StoreError> {
        let id = EntityId::from_bytes(self.id);
        let origin = Origin { table: "entity", row: &id };
        Ok(Entity {
            id,
            name: self.name.to_owned(),
            wrapped_keys: self.wrapped_keys.to_vec(),
            created_at: origin.time("created_at", self.created_at)?,
        })
    }
}

/// The columns of `client`.
#[derive(Clone, Debug)]
pub(crate) struct ClientRow<'r> {
    pub(crate) id: [u8; 16],
    pub(crate) name: &'r str,
    pub(crate) secret_hash: &'r [u8],
    pub(crate) entities: Vec<EntityId>,
    pub(crate) rights: i64,
    pub(crate) created_at: i64,
    pub(crate) disabled_at: Option<i64>,
}

impl ClientRow<'_> {
    /// The client.
    pub(crate) fn read(self) -> Result<Client, StoreError> {
        let id = ClientId::from_bytes(self.id);
        let origin = Origin { table: "client", row: &id };
        let rights = origin.check("rights", self.rights.try_into())?;
        let disabled_at = self.disabled_at.map(|at| origin.time("disabled_at", at));
        Ok(Client {
            id,
            name: self.name.to_owned(),
            secret_hash: origin.check("secret_hash", self.secret_hash.try_into())?,
            entities: self.entities,
            rights: Rights::from_bits(rights),
            created_at: origin.time("created_at", self.created_at)?,
            disabled_at: disabled_at.transpose()?,
        })
    }
}
