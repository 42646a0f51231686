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
    // One in ten thousand has a run of digits that looks like a card number, which an id must not:
    // then the next one is drawn. This ends soon unless the numbers are not random.
    (0..DRAWS)
        .find_map(|_| {
            Builder::from_random_bytes(random_bytes(ids)).into_uuid().to_string().parse().ok()
        })
        .ok_or_else(|| Fault::other("No id for the new key could be made; try again."))
}

/// How many ids are drawn for one key.
const DRAWS: usize = 16;

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;

    /// Gives the halves of an id that looks like a card number, a number of times, and then zeros.
    struct Unlucky {
        halves: usize,
        drawn: AtomicUsize,
    }

    impl Unlucky {
        fn ids(count: usize) -> Self {
            Self { halves: 2 * count, drawn: AtomicUsize::new(0) }
        }
    }

    impl Ids for Unlucky {
        fn random(&self) -> u64 {
            let at = self.drawn.fetch_add(1, Relaxed);
            let half =
                if at.is_multiple_of(2) { 0x4111_1111_1111_4107 } else { 0xa000_0000_0000_0000 };
            if at < self.halves { u64::from_ne_bytes(u64::to_be_bytes(half)) } else { 0 }
        }
    }

    #[test]
    fn an_id_that_looks_like_a_card_number_is_drawn_again() {
        let id = new_id(&Unlucky::ids(3)).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(id.as_str(), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn numbers_that_are_not_random_do_not_hold_it_up_for_ever() {
        assert!(new_id(&Unlucky::ids(usize::MAX / 2)).is_err());
    }
}
