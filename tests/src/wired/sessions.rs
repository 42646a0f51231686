//! Applications' keys and sessions, which break together with the directory.

use async_trait::async_trait;
use cardfile_domain::{
    ports::StoreError,
    session::{ApiKey, ApiKeyId, Session, Sessions},
};
use jiff::Timestamp;

use super::store::Breakable;

#[async_trait]
impl Sessions for Breakable {
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        self.sessions().await?.list_api_keys().await
    }

    async fn find_api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        self.sessions().await?.find_api_key(id).await
    }

    async fn add_api_key(&self, key: &ApiKey) -> Result<bool, StoreError> {
        self.sessions().await?.add_api_key(key).await
    }

    async fn remove_api_key(&self, id: &ApiKeyId) -> Result<bool, StoreError> {
        self.sessions().await?.remove_api_key(id).await
    }

    async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        self.sessions().await?.add_session(session).await
    }

    async fn find_session(&self, hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        self.sessions().await?.find_session(hash).await
    }

    async fn remove_session(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        self.sessions().await?.remove_session(hash).await
    }

    async fn forget_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.sessions().await?.forget_sessions(before).await
    }
}
