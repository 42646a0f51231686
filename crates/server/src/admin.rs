//! The commands that look after entities, clients, the schema and the keys.
//!
//! They work beside a running server: both databases let several processes in, and a server looks
//! up what it does not know or has not seen for a few seconds.

use std::{fmt::Write as _, sync::Arc};

use cardfile_domain::{
    client::{Client, Entity, Right, Rights},
    id::ClientId,
    ports::{Clock as _, Directory},
};
use cardfile_vault::Vault;
use serde_json::{Value, json};

use crate::{
    bootstrap::{failed, new_client_id, new_entity, new_entity_id, new_secret},
    cli::{ClientCommand, EntityCommand, KeysCommand, NewClientArgs, OutputArgs},
    config::Settings,
    data_dir::DataDir,
    database::{Database, Place},
    fault::Fault,
    keys::{self, Keys},
    output::say,
    world::{RandomIds, SystemClock},
};

/// What the commands work on.
pub(crate) struct Office {
    keys: Keys,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) database: Database,
}

impl Office {
    pub(crate) async fn open(settings: &Settings, need: Need) -> Result<Self, Fault> {
        let data = DataDir::named(&settings.data_dir);
        let place = Place::find(settings, &data)?;
        place.must_exist()?;
        let keys = Keys::new(settings, &data);
        if need == Need::RootKey {
            keys.must_read()?;
        }
        let database = place.open().await?;
        let directory = database.opened.directory();
        Ok(Self { keys, directory, database })
    }

    pub(crate) async fn entities(&self) -> Result<Vec<Entity>, Fault> {
        self.directory.list_entities().await.map_err(|error| failed(&error))
    }

    /// The vault, after a look whether its root key is the right one: what is made with a wrong one
    /// could never be used.
    pub(crate) fn vault(&self, entities: &[Entity]) -> Result<Vault, Fault> {
        let vault = Vault::new(self.keys.must_read()?);
        keys::load(&vault, entities, &self.keys)?;
        Ok(vault)
    }

    /// The vault, where the root key is at hand; what it is needed for can do without.
    fn vault_if_there(&self, entities: &[Entity]) -> Result<Option<Vault>, Fault> {
        let Some(found) = self.keys.read()? else { return Ok(None) };
        let vault = Vault::new(found.key);
        keys::load(&vault, entities, &self.keys)?;
        Ok(Some(vault))
    }

    /// Lets what was written get where it belongs, whatever came of it.
    pub(crate) async fn close(self, done: Result<(), Fault>) -> Result<(), Fault> {
        self.database.opened.store().drain().await;
        done
    }
}

/// What a command needs besides the database. It is looked for before the database is touched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Nothing,
    RootKey,
}

/// `cardfile entity …`
pub(crate) async fn entity(settings: &Settings, command: EntityCommand) -> Result<(), Fault> {
    let need = match command {
        EntityCommand::Create { .. } => Need::RootKey,
        EntityCommand::List { .. } => Need::Nothing,
    };
    let office = Office::open(settings, need).await?;
    let done = match command {
        EntityCommand::Create { name, output } => create_entity(&office, &name, output).await,
        EntityCommand::List { output } => list_entities(&office, output).await,
    };
    office.close(done).await
}

/// `cardfile client …`
pub(crate) async fn client(settings: &Settings, command: ClientCommand) -> Result<(), Fault> {
    let need = match command {
        ClientCommand::Create(_) => Need::RootKey,
        ClientCommand::List { .. } | ClientCommand::Disable { .. } => Need::Nothing,
    };
    let office = Office::open(settings, need).await?;
    let done = match command {
        ClientCommand::Create(new) => create_client(&office, new).await,
        ClientCommand::List { output } => list_clients(&office, output).await,
        ClientCommand::Disable { id, output } => disable_client(&office, id, output).await,
    };
    office.close(done).await
}

/// `cardfile keys …`
pub(crate) async fn keys(settings: &Settings, command: KeysCommand) -> Result<(), Fault> {
    let KeysCommand::Status { output } = command;
    let office = Office::open(settings, Need::RootKey).await?;
    let done = key_status(&office, output).await;
    office.close(done).await
}

async fn key_status(office: &Office, output: OutputArgs) -> Result<(), Fault> {
    let entities = office.entities().await?;
    let loaded = office.vault(&entities)?.key_status();
    let path = office.keys.path().display().to_string();
    let mut text = format!("The root key in {path} opens the keys of every entity.\n");
    let mut rows = Vec::new();
    for entity in &entities {
        let Some(status) = loaded.iter().find(|status| status.entity == entity.id) else {
            continue;
        };
        line(&mut text, &format!("{}  key {}  {}", entity.id, status.current, entity.name));
        rows.push(json!({
            "entity_id": entity.id,
            "name": entity.name,
            "key_versions": status.versions,
            "current_key_version": status.current,
        }));
    }
    answer(output, &json!({"root_key_file": path, "entities": rows}), &text)
}

/// `cardfile migrate`
pub(crate) async fn migrate(settings: &Settings, output: OutputArgs) -> Result<(), Fault> {
    let data = DataDir::named(&settings.data_dir);
    let place = Place::find(settings, &data)?;
    place.must_exist()?;
    place.migrate().await?;
    let backend = place.backend().as_str();
    let text = format!("The schema of {} is up to date.\n", place.shown());
    answer(output, &json!({"database": backend, "schema": "current"}), &text)
}

async fn create_entity(office: &Office, name: &str, output: OutputArgs) -> Result<(), Fault> {
    let vault = office.vault(&office.entities().await?)?;
    let id = new_entity_id(&RandomIds::default());
    let entity = new_entity(&vault, id, name, &SystemClock)?;
    if !office.directory.add_entity(&entity).await.map_err(|error| failed(&error))? {
        return Err(Fault::usage(format!(
            "There is an entity named \"{name}\" already; `cardfile entity list` shows it."
        )));
    }
    let key = vault.publishable_key(id).to_string();
    let text = format!("{id}  {name}\npublishable key  {key}\n");
    answer(output, &entity_json(&entity, Some(&key)), &text)
}

async fn list_entities(office: &Office, output: OutputArgs) -> Result<(), Fault> {
    let entities = office.entities().await?;
    // Whoever looks for the right root key needs the list as well.
    let vault = office.vault_if_there(&entities).ok().flatten();
    let mut text = String::new();
    let mut rows = Vec::new();
    for entity in &entities {
        let key = vault.as_ref().map(|vault| vault.publishable_key(entity.id).to_string());
        line(&mut text, &format!("{}  {}  {}", entity.id, entity.created_at, entity.name));
        if let Some(key) = &key {
            line(&mut text, &format!("    publishable key  {key}"));
        }
        rows.push(entity_json(entity, key.as_deref()));
    }
    answer(output, &json!({"entities": rows}), &text)
}

async fn create_client(office: &Office, new: NewClientArgs) -> Result<(), Fault> {
    let entities = office.entities().await?;
    let vault = office.vault(&entities)?;
    let mut allowed = new.entities;
    allowed.sort_unstable();
    allowed.dedup();
    if let Some(unknown) = allowed.iter().find(|id| entities.iter().all(|e| e.id != **id)) {
        return Err(Fault::usage(format!(
            "There is no entity {unknown}; `cardfile entity list` shows those that there are."
        )));
    }
    let ids = RandomIds::default();
    let id = new_client_id(&ids);
    let secret = new_secret(&ids);
    let client = Client {
        id,
        name: new.name,
        secret_hash: vault.secret_hash(id, &secret),
        entities: allowed,
        rights: Rights::of(new.rights),
        created_at: SystemClock.now(),
        disabled_at: None,
    };
    if !office.directory.add_client(&client).await.map_err(|error| failed(&error))? {
        return Err(Fault::other("The new client's id was taken; try again."));
    }
    let mut shown = client_json(&client);
    shown["client_secret"] = json!(secret);
    let text =
        format!("client_id      {id}\nclient_secret  {secret}\n\nThe secret is not shown again.\n");
    answer(new.output, &shown, &text)
}

async fn list_clients(office: &Office, output: OutputArgs) -> Result<(), Fault> {
    let clients = office.directory.list_clients().await.map_err(|error| failed(&error))?;
    let mut text = String::new();
    for client in &clients {
        let rights: Vec<_> = client.rights.iter().map(Right::as_str).collect();
        let state = if client.disabled_at.is_some() { "disabled" } else { "enabled" };
        line(&mut text, &format!("{}  {state}  {}  {}", client.id, rights.join(","), client.name));
    }
    let rows: Vec<_> = clients.iter().map(client_json).collect();
    answer(output, &json!({"clients": rows}), &text)
}

async fn disable_client(office: &Office, id: ClientId, output: OutputArgs) -> Result<(), Fault> {
    let at = SystemClock.now();
    if !office.directory.disable_client(id, at).await.map_err(|error| failed(&error))? {
        return Err(Fault::usage(format!(
            "There is no client {id}; `cardfile client list` shows those that there are."
        )));
    }
    // One that was disabled before keeps the time of that.
    let found = office.directory.find_client(id).await.map_err(|error| failed(&error))?;
    let shown = found.as_ref().map_or(Value::Null, client_json);
    answer(output, &shown, &format!("The client {id} is disabled.\n"))
}

fn entity_json(entity: &Entity, publishable_key: Option<&str>) -> Value {
    json!({
        "entity_id": entity.id,
        "name": entity.name,
        "created_at": entity.created_at,
        "publishable_key": publishable_key,
    })
}

fn client_json(client: &Client) -> Value {
    json!({
        "client_id": client.id,
        "name": client.name,
        "entity_ids": client.entities,
        "rights": client.rights.iter().map(Right::as_str).collect::<Vec<_>>(),
        "created_at": client.created_at,
        "disabled_at": client.disabled_at,
    })
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

pub(crate) fn answer(output: OutputArgs, json: &Value, text: &str) -> Result<(), Fault> {
    if output.json { say(&format!("{json}\n")) } else { say(text) }
}
