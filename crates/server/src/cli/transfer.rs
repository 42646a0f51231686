//! What `import` and `export` can be told.

use std::{num::NonZeroU64, path::PathBuf};

use cardfile_domain::id::{ClientId, EntityId};
use clap::Args;

use super::{
    OutputArgs,
    directory::{parse_client, parse_entity},
};
use crate::file_form::Format;

/// A file to send.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// The file, or - for standard input; a name that ends in .gz is sent compressed as it is
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What is in it [default: by its name, which ends in .ndjson, .jsonl or .csv before any .gz
    /// and .age]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    #[command(flatten)]
    pub server: ServerArgs,
    /// The entity of lines that name none; needed if the client may work in several
    #[arg(long, value_name = "ID", value_parser = parse_entity)]
    pub entity: Option<EntityId>,
    /// File with the age key that opens a sealed file, as `age-keygen` makes it
    #[arg(long, value_name = "KEYFILE")]
    pub identity: Option<PathBuf>,
    /// Write line number, code and message of each refused line to this file, as CSV
    ///
    /// The line itself is not in it.
    #[arg(long, value_name = "FILE")]
    pub failures: Option<PathBuf>,
    /// Tell what would happen, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Leave out the lines before this one, whatever FILE.progress says; 1 sends all
    #[arg(long, value_name = "LINE")]
    pub resume_from: Option<NonZeroU64>,
    /// Show no progress
    #[arg(long)]
    pub quiet: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which cards to write, and where.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// The file, or - for standard output; its name tells what it will be: .ndjson, .jsonl or .csv,
    /// then .gz if packed, then .age if sealed
    #[arg(long = "output", short = 'o', value_name = "FILE")]
    pub file: PathBuf,
    /// How to write the cards [default: by the name, else ndjson]
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// The entity whose cards these are [default: the only one]
    #[arg(long, value_name = "ID", value_parser = parse_entity)]
    pub entity: Option<EntityId>,
    /// Seal the export for this age recipient, with card numbers in it; may be given several times
    #[arg(long, value_name = "age1…", conflicts_with = "plain_card_numbers")]
    pub recipient: Vec<String>,
    /// File with such recipients, one a line
    #[arg(long, value_name = "FILE", conflicts_with = "plain_card_numbers")]
    pub recipients_file: Option<PathBuf>,
    /// Write card numbers for everybody to read
    ///
    /// Only for a client with the right admin, which proves itself with --client-id and the secret in
    /// `CARDFILE_CLIENT_SECRET`.
    #[arg(long)]
    pub plain_card_numbers: bool,
    /// The client that takes card numbers in the clear
    #[arg(long, value_name = "ID", value_parser = parse_client)]
    pub client_id: Option<ClientId>,
    /// Show no progress
    #[arg(long)]
    pub quiet: bool,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which server to call, and as whom.
#[derive(Args, Debug, Default)]
pub struct ServerArgs {
    /// Where the server is [default: as in bootstrap.json in the data directory]
    #[arg(long, value_name = "URL", env = "CARDFILE_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// The client as which to call it; its secret is taken from `CARDFILE_CLIENT_SECRET`
    /// [default: both as in bootstrap.json in the data directory]
    #[arg(long, value_name = "ID", value_parser = parse_client)]
    pub client_id: Option<ClientId>,
}
