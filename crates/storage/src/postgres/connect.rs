//! How connections are made, and what PostgreSQL is told about the sessions on them.

use std::{future::Future, io, str::FromStr as _, time::Duration};

use cardfile_domain::ports::StoreError;
use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

use super::{
    fault::{Fault, unavailable},
    layout::Layout,
};

/// How long a connection may take to come about.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a statement may take until this side gives the connection up. Longer than the server's
/// own limit, so that this only happens when the network swallows the answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// What every session is told. A statement that waits longer than this would only make more wait,
/// and a client that vanished must not keep its locks.
const SESSION: [(&str, &str); 4] = [
    ("statement_timeout", "15s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "15s"),
    // Our statements are short; compiling one takes longer than running it.
    ("jit", "off"),
];

/// What the sessions of lanes and of the reader are told on top. Their statements join an array of
/// keys with a table by its key, and only one plan is right for that, however few rows the table
/// had when the plan was made. It is made once and kept for a while ([`super::plans`]).
const BY_KEY: [(&str, &str); 5] = [
    ("plan_cache_mode", "force_generic_plan"),
    // First the card by its id, then its account. In another order every account of the bucket would
    // be looked at, of which there are the more the more there are in all.
    ("join_collapse_limit", "1"),
    ("enable_seqscan", "off"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
];

/// Reads a URL and adds what every session is told.
pub(super) fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(unavailable)?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("cardfile"),
    };
    Ok(options.options(SESSION).disable_statement_logging())
}

/// A connection of its own for statements that join keys with tables.
///
/// Where tables are spread, each machine makes plans of its own, and what the session is told would
/// keep the first machine from looking at the buckets.
pub(super) async fn connect(
    options: &PgConnectOptions,
    layout: Layout,
) -> Result<PgConnection, Fault> {
    let options = match layout {
        Layout::Whole => options.clone().options(BY_KEY),
        Layout::Spread => options.clone(),
    };
    within(CONNECT_TIMEOUT, options.connect()).await
}

/// Runs a statement, and gives up when no answer comes.
///
/// After that the connection is out of step and must be dropped, as with every [`Fault::Lost`].
pub(super) async fn answered<T, E: Into<Fault>>(
    statement: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    within(ANSWER_TIMEOUT, statement).await
}

async fn within<T, E: Into<Fault>>(
    limit: Duration,
    statement: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    match timeout(limit, statement).await {
        Ok(answer) => answer.map_err(E::into),
        Err(_) => Err(Fault::of(sqlx::Error::Io(io::ErrorKind::TimedOut.into()))),
    }
}
