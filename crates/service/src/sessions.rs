//! Users of the Catalyze dialect: they are our clients, sign in to an application that works in one
//! entity, and show a token from then on.

use std::sync::Arc;

use cardfile_domain::{
    client::{Client, Right, Rights},
    id::{ClientId, EntityId},
    limits::SESSION_HOURS,
    session::{ApiKeyId, Session},
    track_id::TrackId,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Builder;

use crate::{AuthFailure, Caller, Credentials, Failure, Identity, Service};

/// An application that named itself: the entity that it works in.
#[derive(Clone, Copy, Debug)]
pub struct Application(EntityId);

/// A user who is signed in.
#[derive(Clone, Debug)]
pub struct User(Arc<Client>);

/// What a user gets for signing in.
#[derive(Debug)]
pub struct Signed {
    /// The user.
    pub user: User,
    /// The token to show from now on.
    pub token: String,
}

impl User {
    /// The user's id.
    pub fn id(&self) -> ClientId {
        self.0.id
    }

    /// What people call the user.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// When the user was added.
    pub fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// What the user may do.
    pub fn rights(&self) -> Rights {
        self.0.rights
    }

    /// Whether the user administers the whole entity.
    pub fn is_admin(&self) -> bool {
        self.0.rights.has(Right::Admin)
    }
}

impl Service {
    /// The application with a key.
    pub async fn application(&self, id: &str) -> Result<Application, AuthFailure> {
        let id: ApiKeyId = id.parse().map_err(|_| AuthFailure::Invalid)?;
        let key = self.sessions.find_api_key(&id).await?.ok_or(AuthFailure::Invalid)?;
        Ok(Application(key.entity))
    }

    /// Signs a user in to an application, by the id of a client or by its name if no other has it.
    pub async fn sign_in(
        &self,
        application: Application,
        username: &str,
        password: &str,
    ) -> Result<Signed, AuthFailure> {
        let client = match username.parse::<ClientId>() {
            Ok(_) => username.to_owned(),
            Err(_) => self.client_named(username).await?,
        };
        let shown = Credentials::Secret { client: &client, secret: password };
        let user = user_of(self.authenticate(shown).await?, application)?;
        let token = self.new_session_token();
        let session = Session {
            hash: self.vault.session_hash(&token),
            entity: application.0,
            client: user.id(),
            expires_at: self.clock.now() + SignedDuration::from_hours(SESSION_HOURS),
        };
        self.sessions.add_session(&session).await?;
        Ok(Signed { user, token })
    }

    /// Finds out who shows a session's token to an application.
    pub async fn resume(&self, application: Application, token: &str) -> Result<User, AuthFailure> {
        let session = self.sessions.find_session(&self.vault.session_hash(token)).await?;
        let session = session
            .filter(|session| session.entity == application.0)
            .filter(|session| session.expires_at > self.clock.now())
            .ok_or(AuthFailure::Invalid)?;
        user_of(Identity::of(self.enabled_client(session.client).await?), application)
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<(), Failure> {
        self.sessions.remove_session(&self.vault.session_hash(token)).await?;
        Ok(())
    }

    /// The user at work in an application, with the rights that the client has.
    pub fn caller_of(
        &self,
        application: Application,
        user: &User,
        track: Option<TrackId>,
    ) -> Caller {
        Caller { client: user.id(), entity: application.0, rights: user.rights(), track }
    }

    /// Forgets sessions that have ended, and tells how many.
    pub async fn forget_sessions(&self) -> Result<u64, Failure> {
        Ok(self.sessions.forget_sessions(self.clock.now()).await?)
    }

    async fn client_named(&self, name: &str) -> Result<String, AuthFailure> {
        let clients = self.directory.list_clients().await?;
        let mut named =
            clients.iter().filter(|client| client.name == name && client.disabled_at.is_none());
        match (named.next(), named.next()) {
            (Some(only), None) => Ok(only.id.to_string()),
            _ => Err(AuthFailure::Invalid),
        }
    }

    fn new_session_token(&self) -> String {
        let bits = (u128::from(self.ids.random()) << 64) | u128::from(self.ids.random());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().to_string()
    }
}

/// The user that a client is to an application, if the client may work in its entity.
fn user_of(identity: Identity, application: Application) -> Result<User, AuthFailure> {
    let client = identity.into_client();
    if client.entities.contains(&application.0) {
        Ok(User(client))
    } else {
        Err(AuthFailure::Invalid)
    }
}
