//! Who is calling: tokens, clients and the entity they work in.
//!
//! A token is a signed statement of which client asked for it and until when it is good. Rights and
//! entities are not in it: they are looked up in a cache a few seconds old, so that taking them away
//! takes effect while old tokens are still about.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cardfile_domain::{
    client::{Client, Right, Rights},
    id::{ClientId, EntityId},
    limits::{CLIENT_CACHE_SECONDS, TOKEN_SECONDS},
    ports::StoreError,
    track_id::TrackId,
};
use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use crate::Service;

/// What a caller shows to prove who it is.
#[derive(Clone, Copy)]
pub enum Credentials<'a> {
    /// A token from [`Service::issue_token`].
    Bearer(&'a str),
    /// A client id and its secret.
    Secret {
        /// The client id.
        client: &'a str,
        /// Its secret.
        secret: &'a str,
    },
}

/// Why a caller was not let in.
#[derive(Debug, Error)]
pub enum AuthFailure {
    /// The credentials are not good: unknown, wrong, expired or disabled.
    #[error("the credentials are not good")]
    Invalid,
    /// Whether they are good cannot be found out now.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a caller may not work where it wants to.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum EntryFailure {
    /// It may work in several entities and named none.
    #[error("an entity must be named")]
    EntityUnnamed,
    /// It named an entity that it may not use.
    #[error("the entity is not open to this client")]
    EntityForbidden,
    /// It lacks the right that the route asks for.
    #[error("the client lacks a right")]
    RightMissing(Right),
}

/// A client that proved who it is.
#[derive(Clone, Debug)]
pub struct Identity(Arc<Client>);

/// A client at work in one entity: what every use case asks for first.
///
/// There is no other way to name an entity to the service, so no request can reach past its own.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The client.
    pub client: ClientId,
    /// The entity it works in.
    pub entity: EntityId,
    /// What it may do.
    pub rights: Rights,
    /// The caller's trace id.
    pub track: Option<TrackId>,
}

/// A token and what its holder should know of it.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token itself.
    pub access_token: String,
    /// Seconds for which it is good.
    pub expires_in: i64,
    /// The client that it was issued to.
    pub client: ClientId,
    /// The entities that it opens.
    pub entities: Vec<EntityId>,
    /// The token's own id.
    pub id: String,
}

impl Identity {
    pub(crate) fn of(client: Arc<Client>) -> Self {
        Self(client)
    }

    pub(crate) fn into_client(self) -> Arc<Client> {
        self.0
    }

    /// The client.
    pub fn client(&self) -> ClientId {
        self.0.id
    }

    /// Enters an entity to do something that needs a right.
    pub fn enter(
        &self,
        named: Option<EntityId>,
        right: Right,
        track: Option<TrackId>,
    ) -> Result<Caller, EntryFailure> {
        let entity = match (named, self.0.entities.as_slice()) {
            (Some(named), open) if open.contains(&named) => named,
            (Some(_), _) | (None, []) => return Err(EntryFailure::EntityForbidden),
            (None, [only]) => *only,
            (None, _) => return Err(EntryFailure::EntityUnnamed),
        };
        if !self.0.rights.has(right) {
            return Err(EntryFailure::RightMissing(right));
        }
        Ok(Caller { client: self.0.id, entity, rights: self.0.rights, track })
    }
}

/// Clients as they were at most a few seconds ago.
#[derive(Default)]
pub(crate) struct ClientCache(RwLock<HashMap<ClientId, (Arc<Client>, Timestamp)>>);

impl ClientCache {
    fn fresh(&self, id: ClientId, now: Timestamp) -> Option<Arc<Client>> {
        let clients = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (client, seen) = clients.get(&id)?;
        let age = now.duration_since(*seen);
        let limit = SignedDuration::from_secs(CLIENT_CACHE_SECONDS);
        // A clock that was set back must not make an entry fresh for longer.
        (age < limit && age >= SignedDuration::ZERO).then(|| Arc::clone(client))
    }

    fn keep(&self, client: &Arc<Client>, now: Timestamp) {
        let mut clients = self.0.write().unwrap_or_else(PoisonError::into_inner);
        clients.insert(client.id, (Arc::clone(client), now));
    }

    fn forget(&self, id: ClientId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }
}

/// What is signed: version, client, end of life, the token's own id.
struct Claims {
    client: ClientId,
    expires_at: i64,
    id: u64,
}

const TOKEN_VERSION: u8 = 1;
const CLAIMS_BYTES: usize = 1 + 16 + 8 + 8;
const MAC_BYTES: usize = 32;

impl Claims {
    fn to_bytes(&self) -> [u8; CLAIMS_BYTES] {
        let mut bytes = [TOKEN_VERSION; CLAIMS_BYTES];
        bytes[1..17].copy_from_slice(self.client.as_bytes());
        bytes[17..25].copy_from_slice(&self.expires_at.to_be_bytes());
        bytes[25..].copy_from_slice(&self.id.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let ([TOKEN_VERSION], rest) = bytes.split_first_chunk()? else {
            return None;
        };
        let (client, rest) = rest.split_first_chunk()?;
        let (expires_at, rest) = rest.split_first_chunk()?;
        Some(Self {
            client: ClientId::from_bytes(*client),
            expires_at: i64::from_be_bytes(*expires_at),
            id: u64::from_be_bytes(rest.try_into().ok()?),
        })
    }
}

impl Service {
    /// Issues a token to a client that knows its secret.
    pub async fn issue_token(&self, client: &str, secret: &str) -> Result<Token, AuthFailure> {
        let client = self.check_secret(client, secret).await?;
        let expires_at = self.clock.now().as_second() + TOKEN_SECONDS;
        let claims = Claims { client: client.id, expires_at, id: self.ids.random() };
        let mut bytes = claims.to_bytes().to_vec();
        let mac = self.vault.sign_token(&bytes);
        bytes.extend_from_slice(&mac);
        Ok(Token {
            access_token: BASE64_URL_SAFE_NO_PAD.encode(bytes),
            expires_in: TOKEN_SECONDS,
            client: client.id,
            entities: client.entities.clone(),
            id: format!("{:032x}", u128::from(claims.id)),
        })
    }

    /// Finds out who shows these credentials.
    pub async fn authenticate(&self, shown: Credentials<'_>) -> Result<Identity, AuthFailure> {
        match shown {
            Credentials::Bearer(token) => self.check_token(token).await,
            Credentials::Secret { client, secret } => {
                // Boxed, as most callers show a token: a future is as large as its largest branch.
                Box::pin(self.check_secret(client, secret)).await.map(Identity)
            }
        }
    }

    async fn check_token(&self, token: &str) -> Result<Identity, AuthFailure> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).map_err(|_| AuthFailure::Invalid)?;
        if bytes.len() != CLAIMS_BYTES + MAC_BYTES {
            return Err(AuthFailure::Invalid);
        }
        let (payload, mac) = bytes.split_at(CLAIMS_BYTES);
        if !self.vault.token_matches(payload, mac) {
            return Err(AuthFailure::Invalid);
        }
        let claims = Claims::from_bytes(payload).ok_or(AuthFailure::Invalid)?;
        if self.clock.now().as_second() >= claims.expires_at {
            return Err(AuthFailure::Invalid);
        }
        self.enabled_client(claims.client).await.map(Identity)
    }

    async fn check_secret(&self, client: &str, secret: &str) -> Result<Arc<Client>, AuthFailure> {
        let id: ClientId = client.parse().map_err(|_| AuthFailure::Invalid)?;
        let client = self.enabled_client(id).await?;
        if self.vault.secret_matches(id, secret, &client.secret_hash) {
            Ok(client)
        } else {
            Err(AuthFailure::Invalid)
        }
    }

    /// Whether a client that was let in some time ago still would be.
    pub async fn renew(&self, identity: &Identity) -> Result<Identity, AuthFailure> {
        self.enabled_client(identity.client()).await.map(Identity)
    }

    pub(crate) async fn enabled_client(&self, id: ClientId) -> Result<Arc<Client>, AuthFailure> {
        let now = self.clock.now();
        let client = if let Some(client) = self.clients.fresh(id, now) {
            client
        } else if let Some(client) = self.directory.find_client(id).await? {
            let client = Arc::new(client);
            self.clients.keep(&client, now);
            client
        } else {
            self.clients.forget(id);
            return Err(AuthFailure::Invalid);
        };
        if client.disabled_at.is_some() { Err(AuthFailure::Invalid) } else { Ok(client) }
    }
}
