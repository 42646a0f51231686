//! Entities and clients.

use async_trait::async_trait;
use cardfile_domain::{
    client::{Client, Entity},
    id::{ClientId, EntityId},
    ports::{Directory, StoreError},
};
use jiff::Timestamp;
use sqlx::{postgres::PgRow, query};
use uuid::Uuid;

use super::{PostgresStore, fault::unavailable, rows::Columns};

const LIST_ENTITIES: &str =
    "SELECT id, name, wrapped_keys, created_at FROM entity ORDER BY created_at, id";

const INSERT_ENTITY: &str = "INSERT INTO entity (id, name, wrapped_keys, created_at) \
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

const LIST_CLIENTS: &str = "SELECT id, name, secret_hash, entities, rights, created_at, \
    disabled_at FROM client ORDER BY created_at, id";

const FIND_CLIENT: &str = "SELECT id, name, secret_hash, entities, rights, created_at, \
    disabled_at FROM client WHERE id = $1";

const INSERT_CLIENT: &str = "INSERT INTO client (id, name, secret_hash, entities, rights, \
    created_at, disabled_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

const DISABLE_CLIENT: &str = "UPDATE client SET disabled_at = $2 WHERE id = $1";

#[async_trait]
impl Directory for PostgresStore {
    async fn list_entities(&self) -> Result<Vec<Entity>, StoreError> {
        let rows = self.pool.fetch(|| query(LIST_ENTITIES)).await?;
        rows.iter().map(|row| Columns::of(row).entity().map_err(unavailable)?.read()).collect()
    }

    async fn add_entity(&self, entity: &Entity) -> Result<bool, StoreError> {
        let insert = query(INSERT_ENTITY)
            .bind(entity.id.uuid())
            .bind(&entity.name)
            .bind(&entity.wrapped_keys)
            .bind(entity.created_at.as_microsecond());
        Ok(self.pool.execute_once(insert).await? == 1)
    }

    async fn list_clients(&self) -> Result<Vec<Client>, StoreError> {
        let rows = self.pool.fetch(|| query(LIST_CLIENTS)).await?;
        rows.iter().map(read_client).collect()
    }

    async fn find_client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        let rows = self.pool.fetch(|| query(FIND_CLIENT).bind(id.uuid())).await?;
        rows.first().map(read_client).transpose()
    }

    async fn add_client(&self, client: &Client) -> Result<bool, StoreError> {
        let entities: Vec<Uuid> = client.entities.iter().map(EntityId::uuid).collect();
        let insert = query(INSERT_CLIENT)
            .bind(client.id.uuid())
            .bind(&client.name)
            .bind(&client.secret_hash[..])
            .bind(entities)
            .bind(i16::from(client.rights.bits()))
            .bind(client.created_at.as_microsecond())
            .bind(client.disabled_at.map(Timestamp::as_microsecond));
        Ok(self.pool.execute_once(insert).await? == 1)
    }

    async fn disable_client(&self, id: ClientId, at: Timestamp) -> Result<bool, StoreError> {
        let disable = query(DISABLE_CLIENT).bind(id.uuid()).bind(at.as_microsecond());
        Ok(self.pool.execute_once(disable).await? == 1)
    }
}

fn read_client(row: &PgRow) -> Result<Client, StoreError> {
    Columns::of(row).client().map_err(unavailable)?.read()
}
