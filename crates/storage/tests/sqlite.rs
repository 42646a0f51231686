//! The conformance suite on SQLite, each test on a file of its own.

mod conformance;

use conformance::bench::Bench;

#[expect(clippy::unwrap_used, reason = "this is part of every test")]
async fn fresh() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("cards.db").display());
    Bench::open(url, Box::new(directory)).await
}

conformance::conformance!(crate::fresh);
