//! The `cardfile` program: configuration, commands, wiring, shutdown.
//!
//! This is where the parts meet: the only crate that reads the environment, the clock and the
//! operating system's randomness, and the only one that knows both the API and the databases.

mod admin;
mod api_keys;
pub mod bootstrap;
pub mod cli;
pub mod config;
mod connections;
pub mod data_dir;
mod database;
mod export;
pub mod fault;
pub mod file_form;
mod gateways;
mod greeting;
mod hints;
mod import;
mod jobs;
mod keys;
mod metrics;
mod output;
mod policies;
mod progress;
mod root_key;
mod sandbox;
mod serve;
mod shutdown;
mod telemetry;
mod threads;
pub mod world;

use std::process::ExitCode;

use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};

use crate::{
    cli::{Cli, Command, ServeArgs},
    config::Settings,
    fault::Fault,
    world::World,
};

/// An export is noted, and nothing else that does not need to be known.
const EXPORT_LOG: &str = "warn,cardfile_server::export=info";

/// Runs the command that the command line asks for.
pub fn run() -> ExitCode {
    run_in(World::real())
}

/// The same where `serve` finds another world around it.
pub fn run_in(world: World) -> ExitCode {
    let cli = Cli::parse();
    data_dir::keep_files_private();
    match execute(cli, world) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("cardfile: {fault}");
            ExitCode::from(fault.exit_code())
        }
    }
}

fn execute(cli: Cli, world: World) -> Result<(), Fault> {
    let (settings, log) = match &cli.command {
        Command::Serve(args) => (Settings::load(&cli.common, args)?, "info"),
        // An export is noted whoever makes it.
        Command::Export(_) => (Settings::load(&cli.common, &ServeArgs::default())?, EXPORT_LOG),
        _ => (Settings::load(&cli.common, &ServeArgs::default())?, "warn"),
    };
    telemetry::start(settings.log_filter(log)?, settings.log_format);
    let runtime = runtime(&cli.command)?;
    let done = runtime.block_on(dispatch(&settings, cli.command, world));
    // Whatever still runs was given its time already, or a second signal said to hurry.
    runtime.shutdown_background();
    done
}

async fn dispatch(settings: &Settings, command: Command, world: World) -> Result<(), Fault> {
    match command {
        Command::Serve(_) => Box::pin(serve::serve(settings, world)).await,
        Command::Entity { command } => admin::entity(settings, command).await,
        Command::Client { command } => admin::client(settings, command).await,
        Command::Export(args) => Box::pin(export::export(settings, &args)).await,
        Command::Import(args) => Box::pin(import::import(settings, &args)).await,
        Command::ApiKey { command } => api_keys::api_key(settings, command).await,
        Command::Migrate { output } => admin::migrate(settings, output).await,
        Command::Keys { command } => admin::keys(settings, command).await,
    }
}

fn runtime(command: &Command) -> Result<Runtime, Fault> {
    let mut builder = Builder::new_multi_thread();
    if !matches!(command, Command::Serve(_)) {
        builder.worker_threads(1);
    }
    builder
        .enable_all()
        .build()
        .map_err(|error| Fault::other(format!("No threads can be started: {error}.")))
}
