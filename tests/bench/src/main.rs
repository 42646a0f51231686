//! What `make bench` measures with: a load that costs little beside what it asks for, and yardsticks.
//!
//! Each command prints one line of JSON. `tests/tools/bench.py` runs them; they judge nothing except that
//! every answer was the expected one.

mod bare;
mod cards;
mod clock;
mod connection;
mod direct;
mod failed;
mod inbox;
mod load;
mod order;
mod rows;
mod tally;
mod token;
mod upload;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use tokio::runtime::{Builder, Runtime};

use crate::failed::Failed;

// As in the program: the bare handler is the ceiling only if it stands on the same ground.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
#[command(name = "cardfile-bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Ask over connections that are kept open, each sending its next request when it has its answer
    Load(load::Args),
    /// Send a gzip file of lines to the bulk call, reading the receipts meanwhile
    Upload(upload::Args),
    /// Serve a handler that parses the same body, answers the same bytes and does nothing else
    Bare(bare::Args),
    /// Change rows of a SQLite file, a transaction each, from one thread
    SqliteRows(rows::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            #[expect(clippy::print_stderr, reason = "a program says why it failed")]
            {
                eprintln!("cardfile-bench: {failed}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failed> {
    let report = match command {
        Command::Load(args) => alone()?.block_on(load::run(&args))?,
        Command::Upload(args) => alone()?.block_on(upload::run(&args))?,
        Command::SqliteRows(args) => rows::run(&args)?,
        // As many threads as the program has.
        Command::Bare(args) => {
            return Builder::new_multi_thread().enable_all().build()?.block_on(bare::serve(args));
        }
    };
    #[expect(clippy::print_stdout, reason = "the report is the output")]
    {
        println!("{report}");
    }
    Ok(())
}

/// One thread: what asks must not take both cores from what answers.
fn alone() -> Result<Runtime, Failed> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
