//! What the API tests stand on: servers, callers, and a reader of `openapi.yaml` that looks at
//! everything that is said.
//!
//! The tests go through the front door. [`server`] starts the real program on a port of its own,
//! over SQLite and over PostgreSQL, and one process of each serves all tests: every test works in an
//! entity of its own, so nothing of one is seen by another. Where a test has to move the clock, hold
//! the gateway or break the store, [`mod@wired`] puts the same parts together inside the test's process.
//!
//! Whichever way a request goes, [`contract`] compares it and its answer with `openapi.yaml`, and
//! [`seen`] remembers which operation answered with which status; at the end of a whole run,
//! [`suite`] fails if the contract promises an answer that no test has seen.
#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::print_stdout,
    reason = "a test fails by panicking, wherever its code stands"
)]

pub mod app;
pub mod call;
pub mod cards;
pub mod cli;
pub mod client;
pub mod contract;
pub mod dialects;
pub mod gzip;
pub mod message;
pub mod office;
pub mod postgres;
pub mod raw;
pub mod seen;
pub mod server;
pub mod spec;
pub mod suite;
pub mod wired;

use std::{
    future::Future,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::runtime::Runtime;

/// The one runtime of the process: connections that tests share must not end with a test.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));

/// Runs a future to its end on the shared runtime.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    RUNTIME.block_on(future)
}

/// A number that nothing else in this process has.
pub fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
