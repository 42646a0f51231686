//! Entities and clients, made as the commands make them but without starting a program each time.

use std::sync::Arc;

use cardfile_domain::{
    client::{Client, Entity, Right, Rights},
    id::{ClientId, EntityId},
    ports::Directory,
    session::{ApiKey, ApiKeyKind, Sessions},
};
use cardfile_vault::Vault;
use jiff::Timestamp;

use crate::{unique, wired::counted};

/// Makes entities and clients in a database.
pub struct Office {
    directory: Arc<dyn Directory>,
    sessions: Arc<dyn Sessions>,
    vault: Arc<Vault>,
}

impl Office {
    /// An office over a directory, with the vault of its database.
    pub fn new(
        directory: Arc<dyn Directory>,
        sessions: Arc<dyn Sessions>,
        vault: Arc<Vault>,
    ) -> Self {
        Self { directory, sessions, vault }
    }

    /// The key with which a browser makes tokens in an entity.
    pub fn publishable_key(&self, entity: EntityId) -> String {
        self.vault.publishable_key(entity).to_string()
    }

    /// Adds a key for an application that works in an entity: the whole header.
    pub async fn new_api_key(&self, entity: EntityId, at: Timestamp) -> String {
        // Letters and few digits at a time: some UUIDs look like card numbers.
        let key = ApiKey {
            id: format!("key-{}", unique()).parse().expect("it is plain"),
            kind: ApiKeyKind::Browser,
            identifier: "tests".to_owned(),
            entity,
            created_at: at,
        };
        assert!(self.sessions.add_api_key(&key).await.expect("the database answers"));
        format!("browser tests {}", key.id.as_str())
    }

    /// Adds an entity.
    pub async fn new_entity(&self, at: Timestamp) -> EntityId {
        let id = EntityId::from_uuid(new_uuid());
        let entity = Entity {
            id,
            name: format!("Entity {} of {}", unique(), std::process::id()),
            wrapped_keys: self.vault.new_entity(id).expect("keys can be drawn"),
            created_at: at,
        };
        assert!(self.directory.add_entity(&entity).await.expect("the database answers"));
        id
    }

    /// Adds a client: its id and its secret.
    pub async fn new_client(
        &self,
        entities: &[EntityId],
        rights: &[Right],
        at: Timestamp,
    ) -> (String, String) {
        let id = ClientId::from_uuid(new_uuid());
        let secret = format!("a secret of no meaning {}", unique());
        let client = Client {
            id,
            name: "test".to_owned(),
            secret_hash: self.vault.secret_hash(id, &secret),
            entities: entities.to_vec(),
            rights: Rights::of(rights.iter().copied()),
            created_at: at,
            disabled_at: None,
        };
        assert!(self.directory.add_client(&client).await.expect("the database answers"));
        (id.to_string(), secret)
    }

    /// Disables a client.
    pub async fn disable(&self, client: &str, at: Timestamp) {
        let id = client.parse().expect("the id of a client");
        assert!(self.directory.disable_client(id, at).await.expect("the database answers"));
    }
}

fn new_uuid() -> uuid::Uuid {
    let bytes = ((u128::from(counted()) << 64) | u128::from(counted())).to_be_bytes();
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
