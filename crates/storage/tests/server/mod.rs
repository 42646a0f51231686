//! Databases that live as long as a test, on the server that the environment names.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod breaks;
mod busy;
mod chain;
mod citus;
mod many;
mod open;
mod plans;
mod proxy;
mod races;

use std::sync::atomic::{AtomicU32, Ordering};

use cardfile_storage::{Options, migrate, open};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

use crate::conformance::bench::Bench;

/// Names a server on which databases may be made.
const SERVER: &str = "CARDFILE_TEST_POSTGRES_URL";

/// A database that goes away with its test.
pub(crate) struct Fresh {
    server: String,
    /// Servers that have a database of the same name.
    others: Vec<String>,
    name: String,
    /// How to get at it.
    pub(crate) url: String,
}

/// An open store on an empty database, or nothing if there is no server to make one on.
pub(crate) async fn fresh() -> Option<Bench> {
    let database = Fresh::make().await?;
    migrate(&database.url).await.unwrap();
    Some(Bench::open(database.url.clone(), Box::new(database)).await)
}

/// The same with several lanes, between which cards that move have to be handed over, on two threads.
pub(crate) async fn fresh_with_lanes() -> Option<Bench> {
    let database = Fresh::make().await?;
    migrate(&database.url).await.unwrap();
    let threads = [Thread::start(), Thread::start()];
    let runtimes = threads.iter().map(|thread| thread.runtime.clone()).collect();
    let mut bench = Bench::open(database.url.clone(), Box::new((database, threads))).await;
    bench.opened.store().drain().await;
    let options = Options { lanes: 3, runtimes, ..Options::default() };
    bench.opened = open(&bench.url, &options).await.unwrap();
    Some(bench)
}

/// A thread with a runtime of its own, until it is dropped.
struct Thread {
    runtime: Handle,
    _end: oneshot::Sender<()>,
}

impl Thread {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let (end, ended) = oneshot::channel();
        let thread = Self { runtime: runtime.handle().clone(), _end: end };
        std::thread::spawn(move || drop(runtime.block_on(ended)));
        thread
    }
}

/// The same, where a batch is written bucket by bucket as if the tables were spread.
pub(crate) async fn fresh_by_bucket() -> Option<Bench> {
    let database = Fresh::make().await?;
    migrate(&database.url).await.unwrap();
    Some(Bench::open_as(database.url.clone(), true, Box::new(database)).await)
}

/// An open store on an empty database whose tables are spread over the machines of Citus.
pub(crate) async fn fresh_spread() -> Option<Bench> {
    let database = citus::make().await?;
    migrate(&database.url).await.unwrap();
    Some(Bench::open(database.url.clone(), Box::new(database)).await)
}

/// The server that a variable names, or nothing and a word about it.
fn server(variable: &str) -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "only the environment knows the server")]
    let server = std::env::var(variable).ok();
    if server.is_none() {
        eprintln!("skipped: {variable} names no server");
    }
    server
}

/// A name that no other test's database has.
fn new_name() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    format!("cardfile_test_{}_{number}", std::process::id())
}

impl Fresh {
    /// Makes a database without tables.
    pub(crate) async fn make() -> Option<Self> {
        let (server, name) = (server(SERVER)?, new_name());
        run_on(&server, &format!("CREATE DATABASE {name}")).await;
        let url = with_database(&server, &name);
        Some(Self { others: Vec::new(), server, name, url })
    }

    /// Host and port of a URL.
    fn address(url: &str) -> String {
        let (from, to) = host_of(url);
        let host = &url[from..to];
        if host.contains(':') { host.to_owned() } else { format!("{host}:5432") }
    }

    /// The URL with a port of this machine instead of its host.
    fn through(url: &str, port: u16) -> String {
        let (from, to) = host_of(url);
        format!("{}127.0.0.1:{port}{}", &url[..from], &url[to..])
    }
}

/// Where in a URL the host and its port are.
fn host_of(url: &str) -> (usize, usize) {
    let from = url.find("://").map_or(0, |at| at + 3);
    let to = url[from..].find(['/', '?']).map_or(url.len(), |at| from + at);
    let from = url[from..to].rfind('@').map_or(from, |at| from + at + 1);
    (from, to)
}

impl Drop for Fresh {
    /// Removes the database, whoever is still connected to it.
    fn drop(&mut self) {
        let is_cluster = !self.others.is_empty();
        let servers = [vec![self.server.clone()], std::mem::take(&mut self.others)].concat();
        let name = self.name.clone();
        let removed = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                for server in servers {
                    if is_cluster {
                        citus::end_what_is_left(&server, &name).await;
                    }
                    let drop_it = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                    run_on(&server, &drop_it).await;
                }
            });
        });
        // A test that failed should say why it failed, and not that this did.
        drop(removed.join());
    }
}

/// The URL with another database in it.
fn with_database(server: &str, name: &str) -> String {
    let (_, path_from) = host_of(server);
    let query = server.find('?').map_or("", |at| &server[at..]);
    format!("{}/{name}{query}", &server[..path_from])
}

async fn run_on(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
