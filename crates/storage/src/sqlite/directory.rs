//! The port to entities and clients.

use async_trait::async_trait;
use cardfile_domain::{
    client::{Client, Entity},
    id::ClientId,
    ports::{Directory, StoreError},
};
use jiff::Timestamp;
use rusqlite::Connection;

use super::{SqliteStore, cells, load::find, query::list, sql};
use crate::row::json_text;

#[async_trait]
impl Directory for SqliteStore {
    async fn list_entities(&self) -> Result<Vec<Entity>, StoreError> {
        self.readers.read(|connection| list(connection, sql::LIST_ENTITIES, (), cells::entity))?
    }

    async fn add_entity(&self, entity: &Entity) -> Result<bool, StoreError> {
        let Entity { id, name, wrapped_keys, created_at } = entity.clone();
        let insert = move |connection: &Connection| {
            let row = (id.as_bytes(), name, wrapped_keys, created_at.as_microsecond());
            connection.prepare_cached(sql::INSERT_ENTITY)?.execute(row)
        };
        Ok(self.on_writer(insert).await? == 1)
    }

    async fn list_clients(&self) -> Result<Vec<Client>, StoreError> {
        self.readers.read(|connection| list(connection, sql::LIST_CLIENTS, (), cells::client))?
    }

    async fn find_client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        let found = self
            .readers
            .read(|connection| find(connection, sql::FIND_CLIENT, (id.as_bytes(),), cells::client));
        found?.transpose()
    }

    async fn add_client(&self, client: &Client) -> Result<bool, StoreError> {
        let client = client.clone();
        let insert = move |connection: &Connection| {
            connection.prepare_cached(sql::INSERT_CLIENT)?.execute((
                client.id.as_bytes(),
                client.name,
                client.secret_hash,
                json_text(&client.entities),
                client.rights.bits(),
                client.created_at.as_microsecond(),
                client.disabled_at.map(Timestamp::as_microsecond),
            ))
        };
        Ok(self.on_writer(insert).await? == 1)
    }

    async fn disable_client(&self, id: ClientId, at: Timestamp) -> Result<bool, StoreError> {
        let update = move |connection: &Connection| {
            let row = (id.as_bytes(), at.as_microsecond());
            connection.prepare_cached(sql::DISABLE_CLIENT)?.execute(row)
        };
        Ok(self.on_writer(update).await? == 1)
    }
}
