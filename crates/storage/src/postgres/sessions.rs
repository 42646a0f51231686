//! The port to applications' keys and sessions.

use async_trait::async_trait;
use cardfile_domain::{
    ports::StoreError,
    session::{ApiKey, ApiKeyId, Session, Sessions},
};
use jiff::Timestamp;
use sqlx::{postgres::PgRow, query};

use super::{PostgresStore, fault::unavailable, rows::Columns};

const LIST_API_KEYS: &str =
    "SELECT id, kind, identifier, entity, created_at FROM api_key ORDER BY created_at, id";

const FIND_API_KEY: &str =
    "SELECT id, kind, identifier, entity, created_at FROM api_key WHERE id = $1";

const INSERT_API_KEY: &str = "INSERT INTO api_key (id, kind, identifier, entity, created_at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

const DELETE_API_KEY: &str = "DELETE FROM api_key WHERE id = $1";

const INSERT_SESSION: &str =
    "INSERT INTO session (hash, entity, client, expires_at) VALUES ($1, $2, $3, $4)";

const FIND_SESSION: &str = "SELECT hash, entity, client, expires_at FROM session WHERE hash = $1";

const DELETE_SESSION: &str = "DELETE FROM session WHERE hash = $1";

const FORGET_SESSIONS: &str = "DELETE FROM session WHERE expires_at < $1";

#[async_trait]
impl Sessions for PostgresStore {
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.pool.fetch(|| query(LIST_API_KEYS)).await?.iter().map(read_key).collect()
    }

    async fn find_api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let rows = self.pool.fetch(|| query(FIND_API_KEY).bind(id.as_str())).await?;
        rows.first().map(read_key).transpose()
    }

    async fn add_api_key(&self, key: &ApiKey) -> Result<bool, StoreError> {
        let insert = query(INSERT_API_KEY)
            .bind(key.id.as_str())
            .bind(key.kind.as_str())
            .bind(&key.identifier)
            .bind(key.entity.uuid())
            .bind(key.created_at.as_microsecond());
        Ok(self.pool.execute_once(insert).await? == 1)
    }

    async fn remove_api_key(&self, id: &ApiKeyId) -> Result<bool, StoreError> {
        Ok(self.pool.execute_once(query(DELETE_API_KEY).bind(id.as_str())).await? == 1)
    }

    async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        let insert = query(INSERT_SESSION)
            .bind(&session.hash[..])
            .bind(session.entity.uuid())
            .bind(session.client.uuid())
            .bind(session.expires_at.as_microsecond());
        self.pool.execute_once(insert).await.map(drop)
    }

    async fn find_session(&self, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        let rows = self.pool.fetch(|| query(FIND_SESSION).bind(&hash[..])).await?;
        rows.first().map(read_session).transpose()
    }

    async fn remove_session(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(self.pool.execute_once(query(DELETE_SESSION).bind(&hash[..])).await? == 1)
    }

    async fn forget_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.pool.execute_once(query(FORGET_SESSIONS).bind(before.as_microsecond())).await
    }
}

fn read_key(row: &PgRow) -> Result<ApiKey, StoreError> {
    Columns::of(row).api_key().map_err(unavailable)?.read()
}

fn read_session(row: &PgRow) -> Result<Session, StoreError> {
    Columns::of(row).session().map_err(unavailable)?.read()
}
