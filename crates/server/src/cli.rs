//! The command line, which is also the manual.

mod api_key;
mod directory;
mod text;
mod transfer;

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use cardfile_domain::id::EntityId;
use clap::{Args, Parser, Subcommand, builder::BoolishValueParser};

pub use self::api_key::{ApiKeyCommand, NewApiKeyArgs};
pub use self::directory::{ClientCommand, EntityCommand, NAME_CHARS_MAX, NewClientArgs};
pub use self::transfer::{ExportArgs, ImportArgs, ServerArgs};
use crate::config::{LogFormat, parse_listen};

/// Keeps cards on file for billing systems, behind Zuora's payment-method API
///
/// One program, with its database inside or on a PostgreSQL server. Card numbers are sealed with
/// keys that the root key opens; security codes are never kept.
#[derive(Debug, Parser)]
#[command(name = "cardfile", version, after_help = text::MANUAL, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command can be told.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub struct CommonArgs {
    /// Directory with the database, the root key and the credentials of the first start
    /// [default: ./cardfile-data]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "CARDFILE_DATA_DIR",
        hide_env_values = true
    )]
    pub data_dir: Option<PathBuf>,
    /// `postgres://USER:PASSWORD@HOST/DATABASE` or `sqlite://PATH` [default: a SQLite file in the
    /// data directory]
    ///
    /// A password given here can be seen in the list of processes: use the environment variable or
    /// the file for it.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "CARDFILE_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// File with the root key [default: root.key in the data directory]
    ///
    /// It opens every card number in the database. Nobody but its owner, or its owner's group, may
    /// be able to read it.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CARDFILE_ROOT_KEY_FILE",
        hide_env_values = true
    )]
    pub root_key_file: Option<PathBuf>,
    /// TOML file with settings [default: cardfile.toml in the data directory, if it is there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CARDFILE_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// What to log to standard error: error, warn, info, debug or trace [default: info while
    /// serving, else warn]
    #[arg(long, global = true, value_name = "LEVEL", env = "CARDFILE_LOG", hide_env_values = true)]
    pub log: Option<String>,
    /// How to write log lines [default: auto]
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        env = "CARDFILE_LOG_FORMAT",
        hide_env_values = true
    )]
    pub log_format: Option<LogFormat>,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API
    ///
    /// The first start makes the data directory, the root key, the database, an entity named Main
    /// and a client with every right, whose credentials go to bootstrap.json in the data directory.
    /// Later starts find all that and change none of it; bootstrap.json keeps the address of the
    /// first start even when a later one listens elsewhere. On PostgreSQL, run `cardfile migrate`
    /// first.
    ///
    /// SIGTERM and SIGINT drain: no new connection is accepted, requests under way are answered for
    /// up to 30 seconds, and the exit code is 0. A second signal ends the program at once.
    #[command(after_help = text::SERVE)]
    Serve(ServeArgs),
    /// Add and list entities, the legal units between which a wall runs
    ///
    /// Each entity has keys of its own: cards and accounts of one entity cannot be seen from
    /// another. A running server knows a new entity at once.
    #[command(after_help = text::ENTITY)]
    Entity {
        #[command(subcommand)]
        command: EntityCommand,
    },
    /// Add, list and disable clients, the programs that call the API
    ///
    /// A client has an id and a secret, a list of entities it may work in and a list of rights.
    /// The secret is shown once, when it is made; only a keyed hash of it is stored.
    #[command(after_help = text::CLIENT)]
    Client {
        #[command(subcommand)]
        command: ClientCommand,
    },
    /// Add, list and remove the keys of applications that speak the Catalyze dialect
    ///
    /// An application sends its key as `X-Api-Key: TYPE IDENTIFIER ID`. The key says in which entity
    /// the application works, and opens nothing: its users sign in as our clients do.
    #[command(after_help = text::API_KEY)]
    ApiKey {
        #[command(subcommand)]
        command: ApiKeyCommand,
    },
    /// Bring the database's schema up to date
    ///
    /// Needed once before the first start on PostgreSQL, and after an update of Cardfile that says
    /// so when it starts. A SQLite database in the data directory migrates by itself. Running it
    /// twice, or on two machines at once, does no harm.
    #[command(after_help = text::MIGRATE)]
    Migrate {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Send a file of cards to a running server
    ///
    /// Each line makes, changes or deletes a card, by the rules of the bulk upload. The server judges
    /// each line by itself and answers it; one that is refused does not stop the next. Lines that were
    /// carried out before, up to 24 hours ago, are known and not carried out again, so an import can
    /// be repeated whenever in doubt. One that was cut off leaves FILE.progress, and the next goes on
    /// from there.
    #[command(after_help = text::IMPORT)]
    Import(ImportArgs),
    /// Write the cards of an entity to a file
    ///
    /// Each card is a line that would make it again. Without more its number is masked, and the file
    /// is for looking at. Sealed for the age key of a receiver the numbers are in it, and `cardfile
    /// import --identity` puts the cards on file elsewhere; nobody without that key can read any of
    /// it. It reads the database itself, and a server may be running.
    #[command(after_help = text::EXPORT)]
    Export(ExportArgs),
    /// Look at the keys
    ///
    /// The root key is a file; losing it loses every card number, so keep a copy of it where the
    /// database's backups are not.
    #[command(after_help = text::KEYS)]
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
}

/// How `serve` serves.
#[derive(Args, Debug, Default)]
pub struct ServeArgs {
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR", value_parser = parse_listen, env = "CARDFILE_LISTEN", hide_env_values = true)]
    pub listen: Option<SocketAddr>,
    /// Try things out: published test numbers only, a gateway that asks nobody, and a clock that
    /// `POST /sandbox/clock` moves ahead
    ///
    /// It is the same program, with the same rules. Without this flag published test numbers are
    /// refused; with it everything else is. A data directory is for one or for the other.
    #[arg(
        long,
        env = "CARDFILE_SANDBOX",
        hide_env_values = true,
        value_parser = BoolishValueParser::new()
    )]
    pub sandbox: bool,
    /// How many lanes write side by side; on SQLite there is always one [default: 2]
    #[arg(long, value_name = "COUNT", env = "CARDFILE_LANES", hide_env_values = true)]
    pub lanes: Option<NonZeroUsize>,
    /// How many connections are served at once; more wait to be accepted [default: 1024]
    #[arg(long, value_name = "COUNT", env = "CARDFILE_MAX_CONNECTIONS", hide_env_values = true)]
    pub max_connections: Option<NonZeroUsize>,
    /// Open the routes under /api to everybody on this machine, in this entity
    ///
    /// They speak the dialect of a backend that had no authentication. By default our own is asked
    /// for there as everywhere. Without it the server has to listen on a loopback address, and says
    /// so loudly; any other address is refused.
    #[arg(long, value_name = "ENTITY", value_parser = directory::parse_entity, env = "CARDFILE_STRIPE_BACK_OPEN", hide_env_values = true)]
    pub stripe_back_open: Option<EntityId>,
}

/// How an answer is written.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct OutputArgs {
    /// Answer with one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What can be asked about keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Check that the root key belongs to the database, and list the entities' keys
    ///
    /// Opens the keys of every entity with the root key and changes nothing: run it on a restored
    /// backup before serving from it.
    #[command(after_help = text::KEYS_STATUS)]
    Status {
        #[command(flatten)]
        output: OutputArgs,
    },
}

#[cfg(test)]
mod tests {
    use cardfile_domain::client::Right;
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn several_entities_and_rights_may_follow_one_flag_or_several() {
        let id = "00000000-0000-4000-8000-000000000001";
        for line in [
            vec!["--entity", id, id, "--right", "read", "bulk"],
            vec!["--entity", id, "--entity", id, "--right", "read,bulk"],
        ] {
            let args = ["cardfile", "client", "create", "--name", "x"].into_iter().chain(line);
            let cli = Cli::try_parse_from(args).unwrap();
            let Command::Client { command: ClientCommand::Create(new) } = cli.command else {
                panic!("another command was understood");
            };
            assert_eq!(new.entities.len(), 2);
            assert_eq!(new.rights, [Right::Read, Right::Bulk]);
        }
    }
}
