//! Applications that name themselves by a key, and users who have signed in to one.

use std::str::FromStr;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    card_number::looks_like_card_number,
    id::{ClientId, EntityId, IdError},
    ports::StoreError,
};

/// What names an application: it tells which entity is meant, and opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The part that is looked up.
    pub id: ApiKeyId,
    /// What kind of application it is for.
    pub kind: ApiKeyKind,
    /// What people call the application; no white space.
    pub identifier: String,
    /// The entity that the application works in.
    pub entity: EntityId,
    /// When it was added.
    pub created_at: Timestamp,
}

/// The part of an application's key that is looked up: letters, digits and dashes, as it may have been
/// made elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyId(String);

impl ApiKeyId {
    /// The most characters that one has.
    pub const MAX_CHARS: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiKeyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let good = (1..=Self::MAX_CHARS).contains(&text.len())
            && text.bytes().all(plain)
            && !looks_like_card_number(text);
        if good { Ok(Self(text.to_owned())) } else { Err(IdError) }
    }
}

/// What kind of application a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiKeyKind {
    /// A page.
    Browser,
    /// An iPhone's.
    Ios,
    /// An Android phone's.
    Android,
}

impl ApiKeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Browser, Self::Ios, Self::Android];

    /// The kind's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }
}

impl FromStr for ApiKeyKind {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(IdError)
    }
}

/// Somebody who has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// A keyed hash of the token that the user shows.
    pub hash: [u8; 32],
    /// The entity of the application that was signed in to.
    pub entity: EntityId,
    /// The user.
    pub client: ClientId,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

/// Where applications' keys and sessions are kept.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// All keys, oldest first.
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError>;

    /// Finds a key.
    async fn find_api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError>;

    /// Adds a key; false if the id is taken.
    async fn add_api_key(&self, key: &ApiKey) -> Result<bool, StoreError>;

    /// Removes a key; false if there is none.
    async fn remove_api_key(&self, id: &ApiKeyId) -> Result<bool, StoreError>;

    /// Keeps a session.
    async fn add_session(&self, session: &Session) -> Result<(), StoreError>;

    /// Finds a session by its hash.
    async fn find_session(&self, hash: &[u8; 32]) -> Result<Option<Session>, StoreError>;

    /// Ends a session; false if there is none.
    async fn remove_session(&self, hash: &[u8; 32]) -> Result<bool, StoreError>;

    /// Forgets the sessions that ended before a moment, and tells how many.
    async fn forget_sessions(&self, before: Timestamp) -> Result<u64, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_have_been_made_elsewhere_but_is_plain_and_no_card_number() {
        for good in ["525ad5d6993247cccb083e5a", "0468bfb5-31b6-441d-8012-bda14410d0e7", "x"] {
            assert_eq!(good.parse::<ApiKeyId>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a_b", "\u{e9}", "4111111111111111", &"x".repeat(65)] {
            assert_eq!(bad.parse::<ApiKeyId>(), Err(IdError), "{bad}");
        }
    }
}
