//! The commands that look after the keys of applications.

use std::fmt::Write as _;

use cardfile_domain::{
    ports::{Clock as _, Ids},
    session::{ApiKey, ApiKeyId, ApiKeyKind},
};
use serde_json::{Value, json};
use uuid::Builder;

use crate::{
    admin::{Need, Office, answer},
    bootstrap::failed,
    cli::{ApiKeyCommand, NewApiKeyArgs, OutputArgs},
    config::Settings,
    fault::Fault,
    world::{RandomIds, SystemClock, random_bytes},
};

/// `cardfile api-key …`
pub(crate) async fn api_key(settings: &Settings, command: ApiKeyCommand) -> Result<(), Fault> {
    let office = Office::open(settings, Need::Nothing).await?;
    let done = match command {
        ApiKeyCommand::Add(new) => add(&office, new).await,
        ApiKeyCommand::List { output } => list(&office, output).await,
        ApiKeyCommand::Remove { id, output } => remove(&office, &id, output).await,
    };
    office.close(done).await
}

/// A random id for a key.
pub(crate) fn new_id(ids: &dyn Ids) -> Result<ApiKeyId, Fault> {
    let uuid = Builder::from_random_bytes(random_bytes(ids)).into_uuid();
    // A run of its digits may look like a card number by chance, which an id must not.
    for text in [uuid.to_string(), uuid.simple().to_string()] {
        if let Ok(id) = text.parse() {
            return Ok(id);
        }
    }
    Err(Fault::other("The new key's id was not good; try again."))
}

/// The key as an application sends it.
pub(crate) fn header(kind: ApiKeyKind, identifier: &str, id: &ApiKeyId) -> String {
    format!("{} {identifier} {}", kind.as_str(), id.as_str())
}

async fn add(office: &Office, new: NewApiKeyArgs) -> Result<(), Fault> {
    let entity = new.entity;
    if office.entities().await?.iter().all(|known| known.id != entity) {
        return Err(Fault::usage(format!(
            "There is no entity {entity}; `cardfile entity list` shows those that there are."
        )));
    }
    let id = match new.id {
        Some(id) => id,
        None => new_id(&RandomIds::default())?,
    };
    let key = ApiKey {
        id,
        kind: new.kind,
        identifier: new.identifier,
        entity,
        created_at: SystemClock.now(),
    };
    let sessions = office.database.opened.sessions();
    if !sessions.add_api_key(&key).await.map_err(|error| failed(&error))? {
        return Err(Fault::usage("There is a key with this id already; name another one."));
    }
    let text = format!("X-Api-Key: {}\n", header(key.kind, &key.identifier, &key.id));
    answer(new.output, &shown(&key), &text)
}

async fn list(office: &Office, output: OutputArgs) -> Result<(), Fault> {
    let sessions = office.database.opened.sessions();
    let keys = sessions.list_api_keys().await.map_err(|error| failed(&error))?;
    let mut text = String::new();
    for key in &keys {
        let header = header(key.kind, &key.identifier, &key.id);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{header}  {}", key.entity);
    }
    let rows: Vec<_> = keys.iter().map(shown).collect();
    answer(output, &json!({"api_keys": rows}), &text)
}

async fn remove(office: &Office, id: &ApiKeyId, output: OutputArgs) -> Result<(), Fault> {
    let sessions = office.database.opened.sessions();
    if !sessions.remove_api_key(id).await.map_err(|error| failed(&error))? {
        return Err(Fault::usage(format!(
            "There is no key {}; `cardfile api-key list` shows those that there are.",
            id.as_str()
        )));
    }
    let text = format!("The key {} is removed.\n", id.as_str());
    answer(output, &json!({"id": id.as_str(), "removed": true}), &text)
}

fn shown(key: &ApiKey) -> Value {
    json!({
        "api_key": header(key.kind, &key.identifier, &key.id),
        "id": key.id.as_str(),
        "entity_id": key.entity,
        "created_at": key.created_at,
    })
}
