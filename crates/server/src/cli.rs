//! The command line, which is also the manual.

mod text;
mod transfer;

use std::{net::SocketAddr, num::NonZeroUsize, path::PathBuf};

use cardfile_domain::{
    client::Right,
    id::{ClientId, EntityId},
};
use clap::{
    Args, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};

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
    /// How many lanes write side by side; on SQLite there is always one [default: 2]
    #[arg(long, value_name = "COUNT", env = "CARDFILE_LANES", hide_env_values = true)]
    pub lanes: Option<NonZeroUsize>,
    /// How many connections are served at once; more wait to be accepted [default: 1024]
    #[arg(long, value_name = "COUNT", env = "CARDFILE_MAX_CONNECTIONS", hide_env_values = true)]
    pub max_connections: Option<NonZeroUsize>,
}

/// How an answer is written.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct OutputArgs {
    /// Answer with one JSON object
    #[arg(long)]
    pub json: bool,
}

/// What can be done with entities.
#[derive(Debug, Subcommand)]
pub enum EntityCommand {
    /// Add an entity
    ///
    /// Draws its keys and stores them wrapped by the root key, so the root key has to be at hand.
    /// Clients that may work in it are made with `cardfile client create`.
    #[command(after_help = text::ENTITY_CREATE)]
    Create {
        /// What people call it; no two entities share a name
        #[arg(long, value_parser = parse_name)]
        name: String,
        #[command(flatten)]
        output: OutputArgs,
    },
    /// List all entities, oldest first
    ///
    /// Each line has the id, which is what `Zuora-Entity-Ids` and `cardfile client create` ask for,
    /// the time when it was added and the name.
    #[command(after_help = text::ENTITY_LIST)]
    List {
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// What can be done with clients.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Add a client and show its secret, this once
    ///
    /// The secret cannot be shown again: store it where the calling program finds it. A client that
    /// may work in several entities names one in each request.
    #[command(after_help = text::CLIENT_CREATE)]
    Create(NewClientArgs),
    /// List all clients, oldest first
    ///
    /// Each line has the id, whether the client is enabled, its rights and its name; `--json` tells
    /// the entities too. No secret is shown.
    #[command(after_help = text::CLIENT_LIST)]
    List {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Disable a client for good; its tokens stop working within 10 seconds
    ///
    /// To change a secret, make a new client, let the program use it, and disable the old one.
    #[command(after_help = text::CLIENT_DISABLE)]
    Disable {
        /// The client's id
        #[arg(value_name = "ID", value_parser = parse_client)]
        id: ClientId,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// A client to add.
#[derive(Args, Debug)]
pub struct NewClientArgs {
    /// What people call it
    #[arg(long, value_parser = parse_name)]
    pub name: String,
    /// Ids of the entities it may work in
    #[arg(
        long = "entity",
        value_name = "ID",
        required = true,
        num_args = 1..,
        value_delimiter = ',',
        value_parser = parse_entity
    )]
    pub entities: Vec<EntityId>,
    /// What it may do there
    #[arg(
        long = "right",
        value_name = "RIGHT",
        required = true,
        num_args = 1..,
        value_delimiter = ',',
        value_parser = PossibleValuesParser::new(Right::ALL.map(Right::as_str))
            .try_map(|name| name.parse::<Right>())
    )]
    pub rights: Vec<Right>,
    #[command(flatten)]
    pub output: OutputArgs,
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

/// As long as a name of an entity or of a client may be.
pub const NAME_CHARS_MAX: usize = 100;

fn parse_name(text: &str) -> Result<String, String> {
    let chars = text.chars().count();
    if text.trim() != text || chars == 0 || chars > NAME_CHARS_MAX {
        return Err(format!("a name has 1 to {NAME_CHARS_MAX} characters and no space around it"));
    }
    if text.chars().any(char::is_control) {
        return Err("a name has no control characters".to_owned());
    }
    Ok(text.to_owned())
}

fn parse_entity(text: &str) -> Result<EntityId, String> {
    text.parse().map_err(|_| "`cardfile entity list` shows the ids of entities".to_owned())
}

fn parse_client(text: &str) -> Result<ClientId, String> {
    text.parse().map_err(|_| "`cardfile client list` shows the ids of clients".to_owned())
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_name_has_bounds() {
        assert!(parse_name(&"x".repeat(NAME_CHARS_MAX)).is_ok());
        for bad in ["", " x", "x ", "a\nb", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert!(parse_name(bad).is_err(), "{bad:?}");
        }
    }
}
