//! The first start: one entity, one client, and a file that says so.
//!
//! The file is written first and the database brought in line with it. So a start that is cut short
//! is finished by the next one, and there is never a client whose secret nobody knows. Two servers
//! that start at once on one empty database are told apart by the entity's name, which only one of
//! them can take.

use std::{fs, io, path::Path};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use cardfile_domain::{
    client::{Client, Entity, Right, Rights},
    id::{ClientId, EntityId},
    ports::{Clock, Directory, Ids, StoreError},
    session::{ApiKey, ApiKeyKind, Sessions},
};
use cardfile_vault::Vault;
use serde::{Deserialize, Serialize};
use uuid::Builder;

use crate::{
    api_keys::{header, new_id},
    data_dir::write_new,
    fault::{Fault, chain},
    world::random_bytes,
};

/// The name of the first entity.
const ENTITY_NAME: &str = "Main";
/// The name of the first client.
const CLIENT_NAME: &str = "bootstrap";
/// What the first application is called.
const API_KEY_IDENTIFIER: &str = "cardfile";
/// 240 bits; in base64 they are 40 characters, of the 42 that Zuora's own client library allows.
const SECRET_BYTES: usize = 30;

/// What `bootstrap.json` says.
#[derive(Clone, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Where the server of the first start answered.
    pub base_url: String,
    /// The first entity.
    pub entity_id: EntityId,
    /// The first client.
    pub client_id: ClientId,
    /// Its secret.
    pub client_secret: String,
    /// The key with which browsers make tokens in the entity; earlier versions wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publishable_key: Option<String>,
    /// The key of a first application that speaks the Catalyze dialect, as it sends it; earlier
    /// versions wrote none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
}

/// Reads the file with the credentials of the first start, if it is there.
pub(crate) fn read(file: &Path) -> Result<Option<Bootstrap>, Fault> {
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(file, &error)),
    };
    // What the parser says may quote the secret.
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|_| unusable(file, &io::Error::from(io::ErrorKind::InvalidData)))
}

fn unusable(file: &Path, error: &io::Error) -> Fault {
    Fault::data_dir(format!(
        "The file \"{}\" cannot be used: {error}; repair it, or remove it if its client is no \
         longer needed.",
        file.display()
    ))
}

/// What a first start works with.
pub(crate) struct FirstStart<'a> {
    pub(crate) file: &'a Path,
    pub(crate) base_url: &'a str,
    pub(crate) directory: &'a dyn Directory,
    pub(crate) sessions: &'a dyn Sessions,
    pub(crate) vault: &'a Vault,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) ids: &'a dyn Ids,
}

/// How a start went.
pub(crate) enum Started {
    /// There was nothing, and now there is an entity and a client.
    First(Bootstrap),
    /// Everything was there.
    Again(Bootstrap),
    /// There are entities, but no file with credentials that belong to them.
    Without,
    /// Another server was faster.
    Overtaken,
}

impl FirstStart<'_> {
    /// Makes what is missing of the first entity and client.
    pub(crate) async fn run(&self, entities: &[Entity]) -> Result<Started, Fault> {
        let plan = match (read(self.file)?, entities) {
            (Some(plan), _) => plan,
            (None, []) => self.write_plan()?,
            (None, _) => return Ok(Started::Without),
        };
        let known = self.directory.find_client(plan.client_id).await.map_err(|e| failed(&e))?;
        if known.is_some() {
            return Ok(Started::Again(plan));
        }
        match entities {
            // Whether another server is doing the same is decided by who gets the name.
            [] => self.add_entity(plan).await,
            [only] if only.id == plan.entity_id => self.add_client(plan).await,
            _ => Ok(Started::Without),
        }
    }

    fn write_plan(&self) -> Result<Bootstrap, Fault> {
        let entity_id = new_entity_id(self.ids);
        let plan = Bootstrap {
            base_url: self.base_url.to_owned(),
            entity_id,
            client_id: new_client_id(self.ids),
            client_secret: new_secret(self.ids),
            publishable_key: Some(self.vault.publishable_key(entity_id).to_string()),
            api_key: Some(header(ApiKeyKind::Browser, API_KEY_IDENTIFIER, &new_id(self.ids)?)),
        };
        let mut text = serde_json::to_string_pretty(&plan)
            .map_err(|error| Fault::other(format!("{error}.")))?;
        text.push('\n');
        match write_new(self.file, text.as_bytes()) {
            Ok(true) => Ok(plan),
            Ok(false) => Err(self.unusable(&io::Error::from(io::ErrorKind::AlreadyExists))),
            Err(error) => Err(self.unusable(&error)),
        }
    }

    async fn add_entity(&self, plan: Bootstrap) -> Result<Started, Fault> {
        let entity = new_entity(self.vault, plan.entity_id, ENTITY_NAME, self.clock)?;
        if self.directory.add_entity(&entity).await.map_err(|e| failed(&e))? {
            return self.add_client(plan).await;
        }
        // What was never true must not be found by the next start.
        fs::remove_file(self.file).map_err(|error| self.unusable(&error))?;
        Ok(Started::Overtaken)
    }

    async fn add_client(&self, plan: Bootstrap) -> Result<Started, Fault> {
        let client = Client {
            id: plan.client_id,
            name: CLIENT_NAME.to_owned(),
            secret_hash: self.vault.secret_hash(plan.client_id, &plan.client_secret),
            entities: vec![plan.entity_id],
            rights: Rights::of(Right::ALL),
            created_at: self.clock.now(),
            disabled_at: None,
        };
        // Before the client, whose being there says that all is done.
        self.add_api_key(&plan).await?;
        self.directory.add_client(&client).await.map_err(|e| failed(&e))?;
        Ok(Started::First(plan))
    }

    async fn add_api_key(&self, plan: &Bootstrap) -> Result<(), Fault> {
        let id = plan.api_key.as_ref().and_then(|key| key.rsplit(' ').next()?.parse().ok());
        let Some(id) = id else { return Ok(()) };
        let key = ApiKey {
            id,
            kind: ApiKeyKind::Browser,
            identifier: API_KEY_IDENTIFIER.to_owned(),
            entity: plan.entity_id,
            created_at: self.clock.now(),
        };
        self.sessions.add_api_key(&key).await.map(drop).map_err(|e| failed(&e))
    }

    fn unusable(&self, error: &io::Error) -> Fault {
        unusable(self.file, error)
    }
}

/// An entity with new keys.
pub(crate) fn new_entity(
    vault: &Vault,
    id: EntityId,
    name: &str,
    clock: &dyn Clock,
) -> Result<Entity, Fault> {
    let wrapped_keys = vault.new_entity(id).map_err(|error| Fault::other(format!("{error}.")))?;
    Ok(Entity { id, name: name.to_owned(), wrapped_keys, created_at: clock.now() })
}

/// A random id for an entity.
pub(crate) fn new_entity_id(ids: &dyn Ids) -> EntityId {
    EntityId::from_uuid(Builder::from_random_bytes(random_bytes(ids)).into_uuid())
}

/// A random id for a client.
pub(crate) fn new_client_id(ids: &dyn Ids) -> ClientId {
    ClientId::from_uuid(Builder::from_random_bytes(random_bytes(ids)).into_uuid())
}

/// A random secret for a client.
pub(crate) fn new_secret(ids: &dyn Ids) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random_bytes::<SECRET_BYTES>(ids))
}

/// A statement to the database failed.
pub(crate) fn failed(error: &StoreError) -> Fault {
    Fault::database(format!("The database failed: {}.", chain(error)))
}

#[cfg(test)]
mod tests;
