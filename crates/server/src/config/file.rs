//! The configuration file.

use std::{
    collections::BTreeMap,
    fs, io,
    net::SocketAddr,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use cardfile_domain::id::EntityId;
use serde::{Deserialize, Deserializer, de};

use super::{
    CONFIG_FILE, DATA_DIR_DEFAULT, LogFormat, parse_listen,
    tables::{EntityTable, GatewayTable},
};
use crate::fault::Fault;

/// What a configuration file may say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSettings {
    pub(super) data_dir: Option<PathBuf>,
    #[serde(default, deserialize_with = "listen")]
    pub(super) listen: Option<SocketAddr>,
    pub(super) database_url: Option<String>,
    pub(super) root_key_file: Option<PathBuf>,
    pub(super) sandbox: Option<bool>,
    pub(super) lanes: Option<NonZeroUsize>,
    pub(super) max_connections: Option<NonZeroUsize>,
    pub(super) stripe_back_open: Option<EntityId>,
    pub(super) log: Option<String>,
    pub(super) log_format: Option<LogFormat>,
    #[serde(default)]
    pub(super) gateways: BTreeMap<String, GatewayTable>,
    #[serde(default)]
    pub(super) entities: BTreeMap<String, EntityTable>,
}

impl FileSettings {
    /// Reads the file that is named, or the one in the data directory if there is one.
    pub(super) fn find(named: Option<&Path>, data_dir: Option<&Path>) -> Result<Self, Fault> {
        if let Some(path) = named {
            let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
            return Self::parse(path, &text);
        }
        let path = data_dir.unwrap_or(Path::new(DATA_DIR_DEFAULT)).join(CONFIG_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if is_absent(&error) => return Ok(Self::default()),
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let settings = Self::parse(&path, &text)?;
        if settings.data_dir.is_some() {
            return Err(Fault::usage(format!(
                "The key data_dir in \"{}\" would move the directory that the file itself is in; \
                 remove it, or name a file elsewhere with --config.",
                path.display()
            )));
        }
        Ok(settings)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, Fault> {
        // The error's own text quotes the line, which may hold the database's password.
        toml::from_str(text).map_err(|error: toml::de::Error| {
            let offset = error.span().map_or(0, |span| span.start);
            let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
            Fault::usage(format!(
                "The configuration file \"{}\" is wrong in line {line}: {}.",
                path.display(),
                error.message().replace('\n', " ").trim_end_matches('.')
            ))
        })
    }
}

/// A data directory that is no directory is found out about later, in better words.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, error: &io::Error) -> Fault {
    Fault::usage(format!("The configuration file \"{}\" cannot be read: {error}.", path.display()))
}

fn listen<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SocketAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_listen(&text).map(Some).map_err(|hint| de::Error::custom(format!("listen: {hint}")))
}
