//! What a test works with: a server that it shares, in an entity that it does not.

use std::{fmt, sync::Arc};

use cardfile_domain::{client::Right, id::EntityId};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::{
    cards,
    client::{Client, Credentials},
    office::Office,
    postgres,
    server::{Home, Server},
    unique,
    wired::real_now,
};

/// The databases that there are servers on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// Inside the program.
    Sqlite,
    /// A cluster of our own.
    Postgres,
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// One server for all tests on its database.
pub struct Shared {
    /// Where it keeps things.
    pub home: Home,
    /// The server.
    pub server: Server,
    /// Makes entities, clients and keys.
    pub office: Office,
}

static SHARED: [Mutex<Option<Arc<Shared>>>; 2] = [Mutex::const_new(None), Mutex::const_new(None)];

impl Shared {
    /// The server on a database, which is started the first time.
    pub async fn on(database: Database) -> Arc<Self> {
        let mut slot = SHARED[database as usize].lock().await;
        if let Some(shared) = &*slot {
            return Arc::clone(shared);
        }
        let home = match database {
            Database::Sqlite => Home::sqlite(),
            Database::Postgres => Home::postgres(&postgres::url()),
        };
        let server = Server::start(&home);
        let opened = home.open().await;
        let office = Office::new(opened.directory(), opened.sessions(), Arc::new(home.vault()));
        Arc::clone(slot.insert(Arc::new(Self { home, server, office })))
    }

    /// Stops the servers, and tells what they logged.
    pub(crate) async fn stop_all() -> String {
        let mut logs = String::new();
        for slot in &SHARED {
            let shared = slot.lock().await.take();
            if let Some(shared) = shared.and_then(Arc::into_inner) {
                shared.server.stop();
                logs.push_str(&shared.home.log());
            }
        }
        logs
    }
}

/// The world of one test.
pub struct App {
    /// The database behind it.
    pub database: Database,
    /// The server, and what is known of it.
    pub shared: Arc<Shared>,
    /// The test's own entity.
    pub entity: EntityId,
    /// A client of this entity with every right, signed in.
    pub client: Client,
}

/// An account number that no other test uses.
pub fn new_account() -> String {
    format!("A-{:05}", unique())
}

impl App {
    /// A world on a database.
    pub async fn new(database: Database) -> Self {
        let shared = Shared::on(database).await;
        let anybody = shared.server.caller();
        let entity = shared.office.new_entity(real_now()).await;
        let mut app = Self { database, shared, entity, client: anybody };
        app.client = app.sign_in(&[entity], &Right::ALL).await;
        app
    }

    /// Somebody without credentials.
    pub fn anybody(&self) -> Client {
        self.client.showing(Credentials::None)
    }

    /// Adds an entity.
    pub async fn new_entity(&self) -> EntityId {
        self.shared.office.new_entity(real_now()).await
    }

    /// Adds a client: its id and its secret.
    pub async fn new_client(&self, entities: &[EntityId], rights: &[Right]) -> (String, String) {
        self.shared.office.new_client(entities, rights, real_now()).await
    }

    /// Disables a client.
    pub async fn disable(&self, client: &str) {
        self.shared.office.disable(client, real_now()).await;
    }

    /// Adds a client and signs it in.
    pub async fn sign_in(&self, entities: &[EntityId], rights: &[Right]) -> Client {
        let (id, secret) = self.new_client(entities, rights).await;
        self.anybody().sign_in(&id, &secret).await
    }

    /// Puts a card on file as the body of a `POST /v1/payment-methods` has it: its id.
    pub async fn create(&self, body: &Value) -> String {
        create(&self.client, body).await
    }

    /// Puts a Visa card on file for an account: its id.
    pub async fn card_of(&self, account: &str) -> String {
        self.create(&cards::of_account(account)).await
    }

    /// Puts a Visa card on file for an account of its own: its id.
    pub async fn card(&self) -> String {
        self.card_of(&new_account()).await
    }

    /// A card as `GET` shows it.
    pub async fn shown(&self, card: &str) -> Value {
        self.client.get(card_path(card)).await.ok()
    }

    /// What the account says of its default card.
    pub async fn default_of(&self, account: &str) -> Value {
        let path = format!("/v1/accounts/{account}/payment-methods");
        self.client.get(path).await.ok()["defaultPaymentMethodId"].clone()
    }
}

/// Puts a card on file as a caller: its id.
pub async fn create(client: &Client, body: &Value) -> String {
    text(&client.post("/v1/payment-methods").json(body).await.ok()["id"])
}

/// Where a card is.
pub fn card_path(card: &str) -> String {
    format!("/v1/payment-methods/{card}")
}

/// Where a card is updated in the older way.
pub fn seed_path(card: &str) -> String {
    format!("/v1/payment-methods/credit-cards/{card}")
}

/// A JSON text as text.
#[track_caller]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
