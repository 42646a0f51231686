//! What SQLite does by itself: one row changed in each transaction, by one thread.

use std::{path::PathBuf, time::Duration};

use fastrand::Rng;
use rusqlite::{Connection, params};
use serde_json::Value;

use crate::{clock::now, failed::Failed, tally::Tally};

/// As durable as Cardfile's own writes.
const SETUP: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     CREATE TABLE IF NOT EXISTS card (entity BLOB NOT NULL, id TEXT NOT NULL, a TEXT NOT NULL, \
     b TEXT NOT NULL, c TEXT NOT NULL, n INTEGER NOT NULL, j TEXT NOT NULL, \
     PRIMARY KEY (entity, id)) STRICT, WITHOUT ROWID;";
const INSERT: &str = "INSERT OR IGNORE INTO card VALUES (?1, ?2, ?3, ?4, ?5, 0, '{}')";
const UPDATE: &str = "UPDATE card SET a = ?3, n = n + 1 WHERE entity = ?1 AND id = ?2";
const ENTITY: [u8; 16] = [1; 16];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The database; it is made if it is not there
    #[arg(long)]
    file: PathBuf,
    #[arg(long)]
    rows: u32,
    #[arg(long)]
    seconds: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(args: &Args) -> Result<Value, Failed> {
    let connection = Connection::open(&args.file)?;
    connection.execute_batch(SETUP)?;
    fill(&connection, args.rows)?;
    let mut change = connection.prepare(UPDATE)?;
    let mut rng = Rng::with_seed(args.seed);
    let mut tally = Tally::new()?;
    let start = now();
    let until = start + Duration::from_secs_f64(args.seconds);
    let mut sent = start;
    while sent < until {
        let text = format!("{:0>200}", rng.u32(..));
        let changed = change.execute(params![ENTITY, key(rng.u32(..args.rows)), text])?;
        let done = now();
        // A status, as of the others: the row was there.
        tally.add(if changed == 1 { 200 } else { 404 }, done - sent)?;
        sent = done;
    }
    tally.report(200, start.elapsed())
}

/// Rows of about 688 bytes, the size of a card's.
fn fill(connection: &Connection, rows: u32) -> Result<(), Failed> {
    let (a, b, c) = ("x".repeat(200), "y".repeat(200), "z".repeat(220));
    connection.execute_batch("BEGIN")?;
    let mut insert = connection.prepare(INSERT)?;
    for n in 0..rows {
        insert.execute(params![ENTITY, key(n), a, b, c])?;
    }
    connection.execute_batch("COMMIT")?;
    Ok(())
}

fn key(n: u32) -> String {
    format!("{n:032}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_finds_its_row() {
        let home = tempfile::tempdir().unwrap();
        let args = Args { file: home.path().join("rows.sqlite"), rows: 10, seconds: 0.01, seed: 1 };
        let report = run(&args).unwrap();
        assert!(report["requests"].as_u64().unwrap() > 0);
        // The file is there the second time.
        assert!(run(&args).is_ok());
    }
}
