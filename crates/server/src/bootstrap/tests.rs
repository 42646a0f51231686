//! First starts that are cut short, or that another server is faster than.

use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use cardfile_domain::session::{ApiKeyId, Session};
use cardfile_vault::RootKey;
use jiff::Timestamp;
use tempfile::TempDir;

use super::*;

/// A directory in memory.
#[derive(Default)]
struct Memory {
    entities: Mutex<Vec<Entity>>,
    clients: Mutex<Vec<Client>>,
    keys: Mutex<Vec<ApiKey>>,
    /// Another server adds this entity just before we do.
    rival: Mutex<Option<Entity>>,
    /// The power fails before a client is added.
    fails: bool,
}

#[async_trait]
impl Directory for Memory {
    async fn list_entities(&self) -> Result<Vec<Entity>, StoreError> {
        Ok(self.entities.lock().unwrap().clone())
    }

    async fn add_entity(&self, entity: &Entity) -> Result<bool, StoreError> {
        let mut entities = self.entities.lock().unwrap();
        entities.extend(self.rival.lock().unwrap().take());
        let free = entities.iter().all(|other| other.name != entity.name);
        if free {
            entities.push(entity.clone());
        }
        Ok(free)
    }

    async fn list_clients(&self) -> Result<Vec<Client>, StoreError> {
        Ok(self.clients.lock().unwrap().clone())
    }

    async fn find_client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        Ok(self.clients.lock().unwrap().iter().find(|client| client.id == id).cloned())
    }

    async fn add_client(&self, client: &Client) -> Result<bool, StoreError> {
        if self.fails {
            return Err(StoreError::Busy);
        }
        self.clients.lock().unwrap().push(client.clone());
        Ok(true)
    }

    async fn disable_client(&self, _: ClientId, _: Timestamp) -> Result<bool, StoreError> {
        Ok(false)
    }
}

#[async_trait]
impl Sessions for Memory {
    async fn list_api_keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        Ok(self.keys.lock().unwrap().clone())
    }

    async fn find_api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
        Ok(self.keys.lock().unwrap().iter().find(|key| key.id == *id).cloned())
    }

    async fn add_api_key(&self, key: &ApiKey) -> Result<bool, StoreError> {
        self.keys.lock().unwrap().push(key.clone());
        Ok(true)
    }

    async fn remove_api_key(&self, _: &ApiKeyId) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn add_session(&self, _: &Session) -> Result<(), StoreError> {
        Ok(())
    }

    async fn find_session(&self, _: &[u8; 32]) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn remove_session(&self, _: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn forget_sessions(&self, _: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }
}

struct Frozen;

impl Clock for Frozen {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// Counts through all benches, so that no two servers draw the same.
struct Counting;

impl Ids for Counting {
    fn random(&self) -> u64 {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        NEXT.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
    }
}

struct Bench {
    home: TempDir,
    vault: Vault,
    ids: Counting,
}

impl Bench {
    fn new() -> Self {
        Self {
            home: TempDir::new().unwrap(),
            vault: Vault::new(RootKey::generate().unwrap()),
            ids: Counting,
        }
    }

    async fn start(&self, directory: &Memory) -> Result<Started, Fault> {
        let entities = directory.list_entities().await.unwrap();
        let first = FirstStart {
            file: &self.home.path().join("bootstrap.json"),
            base_url: "http://127.0.0.1:1",
            directory,
            sessions: directory,
            vault: &self.vault,
            clock: &Frozen,
            ids: &self.ids,
        };
        first.run(&entities).await
    }

    fn has_file(&self) -> bool {
        self.home.path().join("bootstrap.json").exists()
    }
}

#[tokio::test]
async fn a_first_start_makes_one_entity_and_one_client_that_knows_its_secret() {
    let (bench, memory) = (Bench::new(), Memory::default());
    let Started::First(made) = bench.start(&memory).await.unwrap() else { panic!("not first") };
    let client = memory.find_client(made.client_id).await.unwrap().unwrap();
    assert!(bench.vault.secret_matches(client.id, &made.client_secret, &client.secret_hash));
    assert_eq!(client.entities, [made.entity_id]);
    let keys = memory.list_api_keys().await.unwrap();
    assert_eq!(keys[0].entity, made.entity_id);
    assert!(made.api_key.unwrap().ends_with(keys[0].id.as_str()));
    assert!(matches!(bench.start(&memory).await.unwrap(), Started::Again(_)));
    assert_eq!(memory.list_clients().await.unwrap().len(), 1);
    assert_eq!(memory.list_entities().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_start_that_was_cut_short_after_the_entity_is_finished_by_the_next() {
    let (bench, mut memory) = (Bench::new(), Memory { fails: true, ..Memory::default() });
    assert!(bench.start(&memory).await.is_err());
    assert!(bench.has_file());
    memory.fails = false;
    let Started::First(made) = bench.start(&memory).await.unwrap() else { panic!("not first") };
    assert_eq!(memory.list_entities().await.unwrap()[0].id, made.entity_id);
    assert_eq!(memory.list_clients().await.unwrap()[0].id, made.client_id);
}

#[tokio::test]
async fn a_server_that_was_overtaken_leaves_no_credentials_behind() {
    let bench = Bench::new();
    let rival_id = new_entity_id(&bench.ids);
    let rival = new_entity(&bench.vault, rival_id, ENTITY_NAME, &Frozen).unwrap();
    let memory = Memory { rival: Mutex::new(Some(rival)), ..Memory::default() };
    assert!(matches!(bench.start(&memory).await.unwrap(), Started::Overtaken));
    assert!(!bench.has_file());
    assert!(memory.list_clients().await.unwrap().is_empty());
    // From then on it is a server like any other.
    assert!(matches!(bench.start(&memory).await.unwrap(), Started::Without));
}

#[tokio::test]
async fn credentials_of_another_database_are_left_alone() {
    let bench = Bench::new();
    let (own, other) = (Memory::default(), Memory::default());
    bench.start(&own).await.unwrap();
    let elsewhere = Bench::new();
    elsewhere.start(&other).await.unwrap();
    assert!(matches!(bench.start(&other).await.unwrap(), Started::Without));
    assert!(bench.has_file());
    assert_eq!(other.list_clients().await.unwrap().len(), 1);
}
