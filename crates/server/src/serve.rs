//! `cardfile serve`: from a directory that may be empty to a server that answers, and down again.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use cardfile_domain::{
    client::Entity,
    id::EntityId,
    ports::{Directory, SettableClock, Store},
    test_numbers::NumbersTaken,
};
use cardfile_gateway::Gateways;
use cardfile_http::{ApiParts, ErrandRunner};
use cardfile_service::{Parts, Service};
use cardfile_vault::Vault;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::{net::TcpListener, runtime::Handle, time::timeout};

use crate::{
    bootstrap::{Bootstrap, FirstStart, Started, failed},
    config::Settings,
    connections,
    data_dir::DataDir,
    database::{Database, Place},
    fault::Fault,
    gateways,
    greeting::greeting,
    jobs::{self, Jobs},
    keys::{self, Keys},
    metrics::Metrics,
    output::mention,
    policies::Configured,
    sandbox::{self, SandboxClock},
    shutdown::Signals,
    threads::Threads,
    world::World,
};

/// How long requests under way may take after the first signal.
const DRAIN_WITHIN: Duration = Duration::from_secs(30);
/// How long writes that nobody waits for any more may take after that.
const STORE_DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// Serves until a signal says stop.
pub(crate) async fn serve(settings: &Settings, world: World) -> Result<(), Fault> {
    let data = DataDir::create(&settings.data_dir)?;
    let _lock = data.lock()?;
    let (world, sandbox) = around(settings, &data, world)?;
    if let Some(entity) = settings.stripe_back_open {
        may_be_open(entity, settings.listen)?;
    }
    let listener = bind(settings.listen).await?;
    let address = local_address(&listener)?;
    let base_url = format!("http://{}", reachable(address));
    let ready = Box::pin(prepare(settings, &data, &base_url, &world)).await?;
    if let Some(entity) = settings.stripe_back_open {
        must_be_there(entity, &*ready.database.opened.directory()).await?;
        warn_of_open(entity);
    }
    let opened = Arc::clone(&ready.database.opened);
    let metrics = Metrics::install(
        Arc::clone(&world.clock),
        ready.database.backend().as_str(),
        Box::new(move || opened.queue_depth()),
    )?;
    let store = ready.database.opened.store();
    let directory = ready.database.opened.directory();
    let (gateways, webhooks) = gateways::build(settings, &*directory, &world).await?;
    let gateways = Arc::new(gateways);
    let service = Arc::new(Service::new(Parts {
        store: Arc::clone(&store),
        directory: ready.database.opened.directory(),
        errands: ready.database.opened.errands(),
        questions: ready.database.opened.questions(),
        sessions: ready.database.opened.sessions(),
        gateway: Arc::<Gateways>::clone(&gateways),
        keeper: gateways,
        policies: Arc::new(Configured::read(settings, &*ready.database.opened.directory()).await?),
        webhooks,
        vault: Arc::new(ready.vault),
        clock: Arc::clone(&world.clock),
        ids: world.ids,
        numbers: if settings.sandbox { NumbersTaken::Test } else { NumbersTaken::Real },
    }));
    let figures = Arc::clone(&metrics);
    let api = cardfile_http::api(ApiParts {
        service: Arc::clone(&service),
        metrics: Arc::new(move || figures.render()),
        sandbox,
        stripe_back_open: settings.stripe_back_open,
        common: Handle::current(),
    });
    let errands = ErrandRunner::new(Arc::clone(&service), api.clone());
    connections::allow_files_for(settings.max_connections, &ready.threads);
    let mut signals = Signals::listen()?;
    let jobs = jobs::start(service, metrics, errands);
    // The system queues connections since the address was bound, so from here on it answers.
    mention(&format!("listening on http://{address}\n"));
    mention(&greeting(ready.credentials.as_ref(), settings, &data, &base_url, &*world.clock));
    let signal = async {
        // Outside the macro, which does not even look at its arguments when nobody wants the line.
        let signal = signals.next().await;
        tracing::info!(signal, "draining");
    };
    let max = settings.max_connections;
    let open = connections::serve(listener, api, max, &ready.threads, signal).await;
    tokio::select! {
        () = drain(open, jobs, &*store) => Ok(()),
        signal = signals.next() => Err(Fault::other(format!(
            "A second signal, {signal}, ended the server with requests under way."
        ))),
    }
}

/// The world as the server sees it, and the clock that its callers may move.
fn around(
    settings: &Settings,
    data: &DataDir,
    world: World,
) -> Result<(World, Option<Arc<dyn SettableClock>>), Fault> {
    if !settings.sandbox {
        sandbox::refuse_played_with(data)?;
        return Ok((world, None));
    }
    let clock = Arc::new(SandboxClock::open(data, Arc::clone(&world.clock))?);
    let around = World { clock: Arc::<SandboxClock>::clone(&clock), ..world };
    Ok((around, Some(clock)))
}

/// What a start has found or made.
struct Ready {
    database: Database,
    threads: Threads,
    vault: Vault,
    credentials: Option<Bootstrap>,
}

async fn prepare(
    settings: &Settings,
    data: &DataDir,
    base_url: &str,
    world: &World,
) -> Result<Ready, Fault> {
    let keys = Keys::new(settings, data);
    let place = Place::find(settings, data)?;
    // A file with a database comes after its key, so that a start which was cut short in between
    // does not look like a lost key.
    let early = match (keys.read()?, place.file()) {
        (Some(found), _) => Some(found),
        (None, Some(file)) if file.exists() => return Err(keys.missing()),
        (None, Some(_)) => Some(keys.make()?),
        (None, None) => None,
    };
    let threads = Threads::start()?;
    let database = place.open_for(settings.lanes, &threads).await?;
    let directory = database.opened.directory();
    let entities = list(&*directory).await?;
    let found = match early {
        Some(found) => found,
        None if entities.is_empty() => keys.make()?,
        None => return Err(keys.missing()),
    };
    let vault = Vault::new(found.key);
    if let Err(fault) = keys::load(&vault, &entities, &keys) {
        // A key made a moment ago, and entities: they came in between.
        return Err(if found.made { keys.overtaken(&fault) } else { fault });
    }
    let first = FirstStart {
        file: &data.bootstrap_file(),
        base_url,
        directory: &*directory,
        sessions: &*database.opened.sessions(),
        vault: &vault,
        clock: &*world.clock,
        ids: &*world.ids,
    };
    let credentials = match first.run(&entities).await? {
        Started::First(credentials) => {
            warn_of_losing(&keys);
            Some(credentials)
        }
        Started::Again(credentials) => Some(credentials),
        Started::Without => None,
        Started::Overtaken => {
            let entities = list(&*directory).await?;
            match keys::load(&vault, &entities, &keys) {
                Err(fault) if found.made => return Err(keys.overtaken(&fault)),
                loaded => loaded.map(|()| None)?,
            }
        }
    };
    Ok(Ready { database, threads, vault, credentials })
}

async fn list(directory: &dyn Directory) -> Result<Vec<Entity>, Fault> {
    directory.list_entities().await.map_err(|error| failed(&error))
}

async fn bind(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| {
        Fault::other(format!(
            "The address {address} cannot be listened on: {error}; choose another with --listen."
        ))
    })
}

fn local_address(listener: &TcpListener) -> Result<SocketAddr, Fault> {
    listener
        .local_addr()
        .map_err(|error| Fault::other(format!("The address cannot be found out: {error}.")))
}

/// Refuses to let everybody in who can reach the machine.
fn may_be_open(entity: EntityId, address: SocketAddr) -> Result<(), Fault> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    Err(Fault::usage(format!(
        "--stripe-back-open would give the cards of the entity {entity} to everybody who can reach \
         {address}; listen on 127.0.0.1 or [::1], or leave the option out and let callers sign in."
    )))
}

async fn must_be_there(entity: EntityId, directory: &dyn Directory) -> Result<(), Fault> {
    if list(directory).await?.iter().any(|known| known.id == entity) {
        return Ok(());
    }
    Err(Fault::usage(format!(
        "There is no entity {entity} for --stripe-back-open; `cardfile entity list` shows those that \
         there are."
    )))
}

fn warn_of_open(entity: EntityId) {
    eprintln!(
        "\n\
         ========================================================================\n\
         /api IS OPEN: everybody on this machine may read and change the cards\n\
         of the entity {entity} without signing in.\n\
         It is for trying things out. Leave --stripe-back-open out otherwise.\n\
         ========================================================================\n",
    );
}

/// An address under which this machine reaches the server.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

fn warn_of_losing(keys: &Keys) {
    eprintln!(
        "\n\
         ========================================================================\n\
         The root key is in {}\n\
         BACK IT UP NOW. Losing this file loses every card number in the database:\n\
         nobody can bring them back. Keep the copy apart from the database's.\n\
         ========================================================================\n",
        keys.path().display()
    );
}

/// Lets requests under way be answered, then lets the store finish.
async fn drain(open: GracefulShutdown, jobs: Jobs, store: &dyn Store) {
    let under_way = async { tokio::join!(open.shutdown(), jobs.finish()) };
    within(DRAIN_WITHIN, under_way, "requests under way were cut off").await;
    within(STORE_DRAIN_WITHIN, store.drain(), "the store did not finish its writes").await;
}

async fn within(limit: Duration, work: impl Future, otherwise: &str) {
    if timeout(limit, work).await.is_err() {
        tracing::warn!("{otherwise}");
    }
}
