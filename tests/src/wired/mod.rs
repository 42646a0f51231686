//! The parts of the program put together in the test's own process, where the clock stands still
//! until it is moved, the gateway waits to be told, and the store breaks on demand.

mod sessions;
mod store;
mod world;

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use cardfile_domain::{
    client::Right,
    errand::Errands,
    id::EntityId,
    policy::Policy,
    ports::{Clock as _, Store},
    test_numbers::NumbersTaken,
};
use cardfile_http::{ApiParts, ErrandRunner};
use cardfile_service::{Parts, Service, WebhookSecret};
use cardfile_storage::{Opened, Options};
use cardfile_vault::{RootKey, Vault};
use futures::future::BoxFuture;
use http_body_util::{BodyExt as _, Full, combinators::BoxBody};
use hyper::body::Body;
use jiff::{Timestamp, tz::TimeZone};
use reqwest::header::HeaderMap;
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) use self::world::counted;
use self::{store::Breakable, world::CountedIds};
pub use self::{
    store::{Fault, Faults},
    world::{ManualClock, TestGateway},
};
use crate::{
    app::{Database, Shared},
    client::{Client, Transport},
    message::Request,
    office::Office,
    postgres,
};

/// The year on this machine's calendar.
pub fn this_year() -> i64 {
    real_now().to_zoned(TimeZone::UTC).year().into()
}

/// Now, on this machine.
pub fn real_now() -> Timestamp {
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

/// What webhooks about the test's own entity are signed with.
pub const WEBHOOK_SECRET: &str = "whsec_of_the_tests";

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
    /// Where what was accepted waits, never broken.
    pub waiting: Arc<dyn Errands>,
    /// The test's own entity.
    pub entity: EntityId,
    /// A client of it with every right, signed in.
    pub client: Client,
    /// The router itself.
    pub router: Arc<dyn Router>,
    /// Makes entities and clients.
    pub office: Office,
    /// Carries out what was accepted to be carried out later, when it is told to.
    pub errands: ErrandRunner,
    parts: Parts,
    _files: Option<TempDir>,
}

impl Wired {
    /// Puts the parts together over a database.
    pub async fn new(database: Database) -> Self {
        let (opened, vault, files) = match database {
            Database::Sqlite => {
                let dir = TempDir::with_prefix("cardfile-api-").expect("a directory can be made");
                let url = format!("sqlite://{}", dir.path().join("cards.sqlite").display());
                let opened = cardfile_storage::open(&url, &Options::default()).await;
                let root = RootKey::generate().expect("there is randomness");
                (opened.expect("a new database can be opened"), Vault::new(root), Some(dir))
            }
            Database::Postgres => {
                // One database, one root key: the server that is on it has made it.
                let shared = Shared::on(database).await;
                (shared.home.open().await, shared.home.vault(), None)
            }
        };
        Self::over(&opened, Arc::new(vault), files).await
    }

    /// Puts the parts together over a database that nothing else uses, where nobody but the test
    /// carries out what was accepted to be carried out later.
    pub async fn apart(database: Database) -> Self {
        if database == Database::Sqlite {
            return Self::new(database).await;
        }
        let url = postgres::new_database();
        cardfile_storage::migrate(&url).await.expect("a new database gets its tables");
        let opened = cardfile_storage::open(&url, &Options::default()).await;
        let vault = Vault::new(RootKey::generate().expect("there is randomness"));
        Self::over(&opened.expect("a new database can be opened"), Arc::new(vault), None).await
    }

    async fn over(opened: &Opened, vault: Arc<Vault>, files: Option<TempDir>) -> Self {
        let (store, directory) = (opened.store(), opened.directory());
        let clock = Arc::new(ManualClock::default());
        let gateway = Arc::new(TestGateway::default());
        let faults = Arc::new(Faults::default());
        let breakable = Arc::new(Breakable::new(opened, &faults));
        let office = Office::new(directory, opened.sessions(), Arc::clone(&vault));
        let entity = office.new_entity(clock.now()).await;
        let parts = Parts {
            store: breakable.clone(),
            directory: breakable.clone(),
            errands: breakable.clone(),
            questions: opened.questions(),
            sessions: breakable,
            gateway: gateway.clone(),
            keeper: Arc::new(cardfile_domain::gateway::NoKeeper),
            policies: Arc::new(Policy::default()),
            webhooks: Arc::new([WebhookSecret {
                secret: WEBHOOK_SECRET.to_owned().into(),
                entities: vec![entity],
            }]),
            vault,
            clock: clock.clone(),
            ids: Arc::new(CountedIds),
            numbers: NumbersTaken::Test,
        };
        let service = Arc::new(Service::new(parts.clone()));
        let api = cardfile_http::api(ApiParts {
            service: Arc::clone(&service),
            metrics: Arc::new(|| "# nothing is counted here\n".to_owned()),
            sandbox: Some(clock.clone()),
            stripe_back_open: None,
            common: tokio::runtime::Handle::current(),
        });
        let errands = ErrandRunner::new(Arc::clone(&service), api.clone());
        let router: Arc<dyn Router> = Arc::new(Here(api));
        let client = Client::new(Arc::new(Direct(Arc::clone(&router))));
        let mut wired = Self {
            clock,
            gateway,
            faults,
            service,
            store,
            waiting: opened.errands(),
            entity,
            client,
            router,
            office,
            errands,
            parts,
            _files: files,
        };
        wired.client = wired.fresh_client().await;
        wired
    }

    /// The use cases as another process has them: over the same database, without a memory.
    pub fn another_process(&self) -> Service {
        Service::new(self.parts.clone())
    }

    /// Adds a client and signs it in.
    pub async fn sign_in(&self, entities: &[EntityId], rights: &[Right]) -> Client {
        let (id, secret) = self.office.new_client(entities, rights, self.clock.now()).await;
        self.client.sign_in(&id, &secret).await
    }

    /// The same caller after a new token, which a long journey through time makes necessary.
    pub async fn fresh_client(&self) -> Client {
        self.sign_in(&[self.entity], &Right::ALL).await
    }
}
