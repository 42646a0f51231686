//! A closed loop: every connection sends its next request when it has the answer to the one before.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use clap::ValueEnum;
use fastrand::Rng;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::{
    cards::{CardId, Request, Stamp, read_ids},
    clock::now,
    connection::Connection,
    failed::Failed,
    order::{Lasts, Write},
    tally::Tally,
    token,
};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    Put,
    Get,
    /// The cards are few, and what is stored at the end must be what some legal order of the answers left
    PutOneAccount,
}

#[derive(clap::Args)]
pub(crate) struct Args {
    mode: Mode,
    /// Host and port of the server
    #[arg(long)]
    host: String,
    /// The file `bootstrap.json` of the server; without it no token is sent
    #[arg(long)]
    credentials: Option<PathBuf>,
    /// File with the ids of the cards
    #[arg(long)]
    ids: PathBuf,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Makes another order of the cards
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// What the connections share. There is one thread, so the locks are never waited for.
struct Shared {
    cards: Vec<CardId>,
    sent: AtomicU32,
    until: Instant,
    tally: Mutex<Tally>,
    lasts: Option<Mutex<Lasts>>,
}

pub(crate) async fn run(args: &Args) -> Result<Value, Failed> {
    let token = match &args.credentials {
        Some(credentials) => token::fetch(&args.host, credentials).await?,
        None => String::new(),
    };
    let mut cards = read_ids(&args.ids)?;
    Rng::with_seed(args.seed).shuffle(&mut cards);
    let mut open = Vec::with_capacity(args.connections);
    for _ in 0..args.connections {
        open.push(Connection::open(&args.host).await?);
    }
    let request = match args.mode {
        Mode::Get => Request::get(&args.host, &token),
        Mode::Put | Mode::PutOneAccount => Request::put(&args.host, &token),
    };
    // Each run begins with other stamps, or the first writes of one would repeat those of another.
    let first = Rng::with_seed(args.seed).u32(..);
    let start = now();
    let shared = Arc::new(Shared {
        cards,
        sent: AtomicU32::new(first),
        until: start + Duration::from_secs_f64(args.seconds),
        tally: Mutex::new(Tally::new()?),
        lasts: (args.mode == Mode::PutOneAccount).then(Mutex::default),
    });
    let mut asking = JoinSet::new();
    for (number, connection) in open.into_iter().enumerate() {
        asking.spawn(ask(shared.clone(), number, connection, request.clone()));
    }
    while let Some(done) = asking.join_next().await {
        done.map_err(|error| Failed::because(error.to_string()))??;
    }
    let elapsed = start.elapsed();
    if let Some(lasts) = &shared.lasts {
        let lasts = std::mem::take(&mut *lock(lasts));
        check(&lasts, args, &token).await?;
    }
    lock(&shared.tally).report(200, elapsed)
}

/// One connection's work. It asks at least once, however late it begins, and ends with an answer, so that nothing
/// is under way afterwards.
async fn ask(
    shared: Arc<Shared>,
    number: usize,
    mut connection: Connection,
    mut request: Request,
) -> Result<(), Failed> {
    let mut sent = now();
    loop {
        let n = shared.sent.fetch_add(1, Ordering::Relaxed);
        let card = shared.cards[n as usize % shared.cards.len()];
        let stamp = Stamp::nth(n);
        let status = connection.ask(request.of(&card, stamp)).await?.status;
        let answered = now();
        lock(&shared.tally).add(status, answered - sent)?;
        if let Some(lasts) = &shared.lasts {
            lock(lasts).note(card, number, Write { stamp, sent, answered });
        }
        if answered >= shared.until {
            return Ok(());
        }
        sent = answered;
    }
}

async fn check(lasts: &Lasts, args: &Args, token: &str) -> Result<(), Failed> {
    let mut connection = Connection::open(&args.host).await?;
    let mut request = Request::get(&args.host, token);
    for card in lasts.cards() {
        let stored = Stamp::of_answer(connection.must(request.of(card, Stamp::nth(0))).await?);
        if !stored.is_some_and(|stored| lasts.allow(card, stored)) {
            return Err(Failed::because(
                "a card is not as any legal order of the answers leaves it",
            ));
        }
    }
    Ok(())
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
