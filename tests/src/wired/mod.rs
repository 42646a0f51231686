//! The parts of the program put together in the test's own process, where the clock stands still
//! until it is moved, the gateway waits to be told, and the store breaks on demand.

mod store;
mod world;

use std::{convert::Infallible, fs, sync::Arc};

use bytes::Bytes;
use cardfile_domain::{
    client::{Client as DomainClient, Entity, Right, Rights},
    id::{ClientId, EntityId},
    ports::{Clock as _, Directory, Store},
};
use cardfile_http::AppState;
use cardfile_service::{Parts, Service};
use cardfile_vault::{RootKey, Vault};
use futures::future::BoxFuture;
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::Body;
use jiff::{Timestamp, tz::TimeZone};
use reqwest::header::HeaderMap;
use tempfile::TempDir;
use tower::ServiceExt as _;

use self::{store::Breakable, world::CountedIds};
pub use self::{
    store::{Fault, Faults},
    world::{ManualClock, TestGateway},
};
use crate::{
    app::{Database, Shared, unique},
    client::{Client, Transport},
    message::Request,
    postgres,
};

/// The year on this machine's calendar.
pub fn this_year() -> i64 {
    real_now().to_zoned(TimeZone::UTC).year().into()
}

pub(crate) fn real_now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the clock of a test begins at some moment")]
    let now = Timestamp::now();
    Timestamp::from_microsecond(now.as_microsecond()).expect("now is a moment")
}

/// A request as the router takes it.
pub type Incoming = hyper::Request<BoxBody<Bytes, Infallible>>;

/// The router, called without a connection.
pub trait Router: Send + Sync + 'static {
    /// Status, headers and body of the answer.
    fn answer(&self, request: Incoming) -> BoxFuture<'static, (u16, HeaderMap, Bytes)>;
}

struct Here<S>(S);

impl<S, B> Router for Here<S>
where
    S: tower::Service<Incoming, Response = hyper::Response<B>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Debug,
{
    fn answer(&self, request: Incoming) -> BoxFuture<'static, (u16, HeaderMap, Bytes)> {
        let service = self.0.clone();
        Box::pin(async move {
            let Ok(response) = service.oneshot(request).await;
            let (parts, body) = response.into_parts();
            let body = body.collect().await.expect("the body is whole").to_bytes();
            (parts.status.as_u16(), parts.headers, body)
        })
    }
}

struct Direct(Arc<dyn Router>);

impl Transport for Direct {
    fn carry<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, (u16, HeaderMap, Bytes)> {
        let mut incoming = hyper::Request::builder().method(&*request.method).uri(&request.target);
        for (name, value) in &request.headers {
            incoming = incoming.header(name, value);
        }
        let body = Full::new(request.body.clone()).boxed();
        self.0.answer(incoming.body(body).expect("the request is one of HTTP"))
    }
}

/// The parts, and how to play the world to them.
pub struct Wired {
    /// The clock.
    pub clock: Arc<ManualClock>,
    /// The gateway.
    pub gateway: Arc<TestGateway>,
    /// What is wrong with the store, and with the directory.
    pub faults: Arc<Faults>,
    /// The use cases, for jobs that no request starts.
    pub service: Arc<Service>,
    /// The store itself, never broken.
    pub store: Arc<dyn Store>,
    /// Entities and clients.
    pub directory: Arc<dyn Directory>,
    /// The test's own entity.
    pub entity: EntityId,
    /// A client of it with every right, signed in.
    pub client: Client,
    /// The router itself.
    pub router: Arc<dyn Router>,
    vault: Arc<Vault>,
    _files: Option<TempDir>,
}

impl Wired {
    /// Puts the parts together over a database.
    pub async fn new(database: Database) -> Self {
        let (url, root, files) = match database {
            Database::Sqlite => {
                let dir = TempDir::with_prefix("cardfile-api-").expect("a directory can be made");
                let url = format!("sqlite://{}", dir.path().join("cards.sqlite").display());
                (url, RootKey::generate().expect("there is randomness"), Some(dir))
            }
            Database::Postgres => {
                // One database, one root key: the server that is on it has made it.
                let path = Shared::on(database).home.root_key();
                let text = fs::read_to_string(path).expect("the root key can be read");
                (postgres::url(), RootKey::from_file_text(&text).expect("a root key"), None)
            }
        };
        let opened = cardfile_storage::open(&url, &cardfile_storage::Options::default()).await;
        let opened = opened.unwrap_or_else(|error| panic!("{error}: {error:?}"));
        Self::over(opened.store(), opened.directory(), Arc::new(Vault::new(root)), files).await
    }

    async fn over(
        store: Arc<dyn Store>,
        directory: Arc<dyn Directory>,
        vault: Arc<Vault>,
        files: Option<TempDir>,
    ) -> Self {
        let clock = Arc::new(ManualClock::default());
        let gateway = Arc::new(TestGateway::default());
        let faults = Arc::new(Faults::default());
        let breakable = Arc::new(Breakable::new(&store, &directory, &faults));
        let service = Arc::new(Service::new(Parts {
            store: breakable.clone(),
            directory: breakable,
            gateway: gateway.clone(),
            vault: Arc::clone(&vault),
            clock: clock.clone(),
            ids: Arc::new(CountedIds),
        }));
        let router = cardfile_http::router(AppState {
            service: Arc::clone(&service),
            metrics: Arc::new(|| "# nothing is counted here\n".to_owned()),
        });
        let router: Arc<dyn Router> = Arc::new(Here(router));
        let client = Client::new(Arc::new(Direct(Arc::clone(&router))));
        let mut wired = Self {
            clock,
            gateway,
            faults,
            service,
            store,
            directory,
            entity: EntityId::from_bytes([0; 16]),
            client,
            router,
            vault,
            _files: files,
        };
        wired.entity = wired.new_entity().await;
        let (id, secret) = wired.new_client(&[wired.entity], &Right::ALL).await;
        wired.client = wired.client.sign_in(&id.to_string(), &secret).await;
        wired
    }

    /// Adds an entity.
    pub async fn new_entity(&self) -> EntityId {
        let id = EntityId::from_uuid(new_uuid());
        let entity = Entity {
            id,
            name: format!("Wired entity {} of {}", unique(), std::process::id()),
            wrapped_keys: self.vault.new_entity(id).expect("keys can be drawn"),
            created_at: self.clock.now(),
        };
        assert!(self.directory.add_entity(&entity).await.expect("the database answers"));
        id
    }

    /// Adds a client: its id and its secret.
    pub async fn new_client(&self, entities: &[EntityId], rights: &[Right]) -> (ClientId, String) {
        let id = ClientId::from_uuid(new_uuid());
        let secret = format!("a secret of no meaning {}", unique());
        let client = DomainClient {
            id,
            name: "test".to_owned(),
            secret_hash: self.vault.secret_hash(id, &secret),
            entities: entities.to_vec(),
            rights: Rights::of(rights.iter().copied()),
            created_at: self.clock.now(),
            disabled_at: None,
        };
        assert!(self.directory.add_client(&client).await.expect("the database answers"));
        (id, secret)
    }

    /// The same caller after a new token, which a long journey through time makes necessary.
    pub async fn fresh_client(&self) -> Client {
        let (id, secret) = self.new_client(&[self.entity], &Right::ALL).await;
        self.client.sign_in(&id.to_string(), &secret).await
    }
}

fn new_uuid() -> uuid::Uuid {
    let bytes = ((u128::from(world::counted()) << 64) | u128::from(world::counted())).to_be_bytes();
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
