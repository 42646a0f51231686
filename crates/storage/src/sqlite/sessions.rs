//! The port to applications' keys and sessions.

use async_trait::async_trait;
use cardfile_domain::{
    ports::StoreError,
    session::{ApiKey, ApiKeyId, Session, Sessions},
};
use jiff::Timestamp;
use rusqlite::Connection;

use super::{SqliteStore, cells, load::find, query::list};

const LIST_API_KEYS: &str =
    "SELECT id, kind, identifier, entity, created_at FROM api_key ORDER BY created_at, id";

const FIND_API_KEY: &str =
    "SELECT id, kind, identifier, entity, created_at FROM api_key WHERE id = ?1";

const INSERT_API_KEY: &str = "INSERT INTO api_key (id, kind, identifier, entity, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";

const DELETE_API_KEY: &str = "DELETE FROM api_key WHERE id = ?1";

const INSERT_SESSION: &str =
    "INSERT INTO session (hash, entity, client, expires_at) VALUES (?1, ?2, ?3, ?4)";

const FIND_SESSION: &str = "SELECT hash, entity, client, expires_at FROM session WHERE hash = ?1";

const DELETE_SESSION: &str = "DELETE FROM session WHERE hash = ?1";

const FORGET_SESSIONS: &str = "DELETE FROM session WHERE expires_at < ?1";

#[async_trait]
impl Sessions for SqliteStore {
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.readers.read(|connection| list(connection, LIST_API_KEYS, (), cells::api_key))?
    }

    async fn find_api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        let found = self
            .readers
            .read(|connection| find(connection, FIND_API_KEY, (id.as_str(),), cells::api_key));
        found?.transpose()
    }

    async fn add_api_key(&self, key: &ApiKey) -> Result<bool, StoreError> {
        let ApiKey { id, kind, identifier, entity, created_at } = key.clone();
        let insert = move |connection: &Connection| {
            let entity = entity.as_bytes();
            let row = (id.as_str(), kind.as_str(), identifier, entity, created_at.as_microsecond());
            connection.prepare_cached(INSERT_API_KEY)?.execute(row)
        };
        Ok(self.on_writer(insert).await? == 1)
    }

    async fn remove_api_key(&self, id: &ApiKeyId) -> Result<bool, StoreError> {
        let id = id.clone();
        let delete = move |connection: &Connection| {
            connection.prepare_cached(DELETE_API_KEY)?.execute((id.as_str(),))
        };
        Ok(self.on_writer(delete).await? == 1)
    }

    async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        let Session { hash, entity, client, expires_at } = session.clone();
        let insert = move |connection: &Connection| {
            let row = (hash, entity.as_bytes(), client.as_bytes(), expires_at.as_microsecond());
            connection.prepare_cached(INSERT_SESSION)?.execute(row)
        };
        self.on_writer(insert).await.map(drop)
    }

    async fn find_session(&self, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        let found =
            self.readers.read(|connection| find(connection, FIND_SESSION, (hash,), cells::session));
        found?.transpose()
    }

    async fn remove_session(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let hash = *hash;
        let delete = move |connection: &Connection| {
            connection.prepare_cached(DELETE_SESSION)?.execute((hash,))
        };
        Ok(self.on_writer(delete).await? == 1)
    }

    async fn forget_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        let delete = move |connection: &Connection| {
            connection.prepare_cached(FORGET_SESSIONS)?.execute((before.as_microsecond(),))
        };
        Ok(self.on_writer(delete).await? as u64)
    }
}
