//! What can be done with entities and clients.

use cardfile_domain::{
    client::Right,
    id::{ClientId, EntityId},
};
use clap::{
    Args, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser as _},
};

use super::{OutputArgs, text};

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
    /// the time when it was added and the name. Where the root key is at hand, the next line has the
    /// key with which a browser makes tokens in the entity; it opens nothing else.
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

pub(super) fn parse_entity(text: &str) -> Result<EntityId, String> {
    text.parse().map_err(|_| "`cardfile entity list` shows the ids of entities".to_owned())
}

pub(super) fn parse_client(text: &str) -> Result<ClientId, String> {
    text.parse().map_err(|_| "`cardfile client list` shows the ids of clients".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_bounds() {
        assert!(parse_name(&"x".repeat(NAME_CHARS_MAX)).is_ok());
        for bad in ["", " x", "x ", "a\nb", &"x".repeat(NAME_CHARS_MAX + 1)] {
            assert!(parse_name(bad).is_err(), "{bad:?}");
        }
    }
}
