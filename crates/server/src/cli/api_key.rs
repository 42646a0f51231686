//! What can be done with the keys of applications.

use cardfile_domain::{
    id::EntityId,
    session::{ApiKeyId, ApiKeyKind},
};
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};

use super::{OutputArgs, directory::parse_entity, text};

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Add a key
    ///
    /// A running server knows it at once.
    #[command(after_help = text::API_KEY_ADD)]
    Add(NewApiKeyArgs),
    /// List all keys, oldest first
    ///
    /// Each line is what an application sends, and the entity that it works in.
    #[command(after_help = text::API_KEY_LIST)]
    List {
        #[command(flatten)]
        output: OutputArgs,
    },
    /// Remove a key
    ///
    /// Applications that send it are let in no more, and neither are the sessions that they hold. A key
    /// is never changed: add the new one first, and remove the old one when nobody sends it any more.
    #[command(after_help = text::API_KEY_REMOVE)]
    Remove {
        /// The last part of the key
        #[arg(value_name = "ID", value_parser = parse_id)]
        id: ApiKeyId,
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// A key to add.
#[derive(Args, Debug)]
pub struct NewApiKeyArgs {
    /// Id of the entity that the application works in
    #[arg(long, value_name = "ENTITY", value_parser = parse_entity)]
    pub entity: EntityId,
    /// What kind of application it is for
    #[arg(
        long = "type",
        value_name = "TYPE",
        default_value = "browser",
        value_parser = PossibleValuesParser::new(ApiKeyKind::ALL.map(ApiKeyKind::as_str))
            .try_map(|name| name.parse::<ApiKeyKind>())
    )]
    pub kind: ApiKeyKind,
    /// What people call the application; one word
    #[arg(long, default_value = "cardfile", value_parser = parse_identifier)]
    pub identifier: String,
    /// The last part of the key, for one that was made elsewhere [default: a new one]
    #[arg(long, value_parser = parse_id)]
    pub id: Option<ApiKeyId>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// As long as an identifier may be.
const IDENTIFIER_CHARS_MAX: usize = 100;

fn parse_identifier(text: &str) -> Result<String, String> {
    let good = |letter: char| letter.is_ascii_graphic();
    if (1..=IDENTIFIER_CHARS_MAX).contains(&text.len()) && text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err(format!("an identifier has 1 to {IDENTIFIER_CHARS_MAX} characters and no space"))
    }
}

fn parse_id(text: &str) -> Result<ApiKeyId, String> {
    text.parse().map_err(|_| "a key's id has letters, digits and dashes".to_owned())
}
