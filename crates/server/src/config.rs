//! Configuration: a flag beats an environment variable beats the file beats the default.
//!
//! The file is the one that `--config` names, or else `cardfile.toml` in the data directory if there
//! is one. A key that it does not know is an error: a misspelt limit must not go unnoticed.

mod database_url;
mod file;
pub mod tables;

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use cardfile_domain::id::EntityId;
use clap::ValueEnum;
use serde::Deserialize;
use tracing_subscriber::EnvFilter;
use zeroize::Zeroizing;

pub use self::database_url::{Backend, DatabaseUrl};
use self::{
    file::FileSettings,
    tables::{EntityTable, GatewayTable},
};
use crate::{
    cli::{CommonArgs, ServeArgs},
    fault::Fault,
};

/// The directory that is used where none is named.
pub const DATA_DIR_DEFAULT: &str = "./cardfile-data";
/// The configuration file's name in a data directory.
pub const CONFIG_FILE: &str = "cardfile.toml";
/// The address that is served where none is named: nobody but this machine.
pub const LISTEN_DEFAULT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// Connections that are served at once where no number is given; more wait to be accepted.
pub const CONNECTIONS_DEFAULT: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people on a terminal, JSON otherwise
    #[default]
    Auto,
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// Everything that can be configured.
#[derive(Debug)]
pub struct Settings {
    /// Where the database, the keys and the credentials of the first start are; absolute.
    pub data_dir: PathBuf,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where the database is, unless it is the file in the data directory.
    pub database: Option<DatabaseUrl>,
    /// Where the root key is, unless it is in the data directory; absolute.
    pub root_key_file: Option<PathBuf>,
    /// Whether it is for trying things out.
    pub sandbox: bool,
    /// How many lanes write, unless the database is to choose.
    pub lanes: Option<NonZeroUsize>,
    /// How many connections are served at once.
    pub max_connections: NonZeroUsize,
    /// The entity in which `/api` is open to everybody who reaches the server.
    pub stripe_back_open: Option<EntityId>,
    /// What is logged; the command chooses where nothing is set.
    pub log: Option<String>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// The gateways, by their names.
    pub gateways: BTreeMap<String, GatewayTable>,
    /// What is set for some entities, by their ids or names.
    pub entities: BTreeMap<String, EntityTable>,
}

impl Settings {
    /// Puts flags, environment (which the command line parser reads), file and defaults together.
    pub fn load(common: &CommonArgs, serve: &ServeArgs) -> Result<Self, Fault> {
        let file = FileSettings::find(common.config.as_deref(), common.data_dir.as_deref())?;
        let data_dir = common
            .data_dir
            .clone()
            .or(file.data_dir)
            .unwrap_or_else(|| PathBuf::from(DATA_DIR_DEFAULT));
        let root_key_file = common.root_key_file.clone().or(file.root_key_file);
        let url = common.database_url.as_ref().or(file.database_url.as_ref());
        let settings = Self {
            data_dir: absolute(&data_dir)?,
            listen: serve.listen.or(file.listen).unwrap_or(LISTEN_DEFAULT),
            database: url.map(|url| url.parse().map_err(Fault::usage)).transpose()?,
            root_key_file: root_key_file.as_deref().map(absolute).transpose()?,
            sandbox: serve.sandbox || file.sandbox.unwrap_or_default(),
            lanes: serve.lanes.or(file.lanes),
            max_connections: serve
                .max_connections
                .or(file.max_connections)
                .unwrap_or(CONNECTIONS_DEFAULT),
            stripe_back_open: serve.stripe_back_open.or(file.stripe_back_open),
            log: common.log.clone().or(file.log),
            log_format: common.log_format.or(file.log_format).unwrap_or_default(),
            gateways: file.gateways,
            entities: file.entities,
        };
        settings.log_filter("off")?;
        Ok(settings)
    }

    /// What is logged, where the command would log this much by itself.
    pub(crate) fn log_filter(&self, default: &str) -> Result<EnvFilter, Fault> {
        EnvFilter::try_new(self.log.as_deref().unwrap_or(default)).map_err(|_| {
            Fault::usage(
                "The log level is not understood; set --log to one of error, warn, info, debug \
                 and trace, or to a list such as \"info,cardfile_storage=debug\".",
            )
        })
    }
}

/// The secret of the client as which a command calls a server. There is no flag for it: flags can be
/// seen in the list of processes.
pub(crate) fn client_secret() -> Option<Zeroizing<String>> {
    #[expect(clippy::disallowed_methods, reason = "this is the configuration module")]
    let secret = std::env::var("CARDFILE_CLIENT_SECRET");
    secret.ok().filter(|secret| !secret.is_empty()).map(Zeroizing::new)
}

/// A secret that the configuration says is in an environment variable.
pub(crate) fn secret_variable(name: &str) -> Option<Zeroizing<String>> {
    #[expect(clippy::disallowed_methods, reason = "this is the configuration module")]
    let secret = std::env::var(name);
    secret.ok().map(Zeroizing::new)
}

/// Reads an address to listen on.
pub(crate) fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "write the address as IP:PORT, such as 127.0.0.1:8080, or [::]:8080 for every address; \
         port 0 takes a free one"
            .to_owned()
    })
}

fn absolute(path: &Path) -> Result<PathBuf, Fault> {
    std::path::absolute(path).map_err(|error| {
        Fault::usage(format!("The path \"{}\" cannot be used: {error}.", path.display()))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn common(dir: &TempDir) -> CommonArgs {
        CommonArgs { data_dir: Some(dir.path().to_owned()), ..CommonArgs::default() }
    }

    fn with_file(text: &str) -> TempDir {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join(CONFIG_FILE), text).unwrap();
        dir
    }

    fn load(common: &CommonArgs) -> Result<Settings, Fault> {
        Settings::load(common, &ServeArgs::default())
    }

    #[test]
    fn without_anything_the_defaults_hold() {
        let settings = load(&CommonArgs::default()).unwrap();
        assert_eq!(settings.listen, "127.0.0.1:8080".parse().unwrap());
        assert!(settings.data_dir.is_absolute());
        assert!(settings.data_dir.ends_with("cardfile-data"));
        assert!(settings.database.is_none());
        assert_eq!(settings.max_connections.get(), 1024);
    }

    #[test]
    fn the_file_beats_the_default_and_a_flag_beats_the_file() {
        let dir = with_file(
            "listen = \"127.0.0.1:1\"\nlanes = 3\nmax_connections = 9\nlog = \"warn\"\n\
             log_format = \"json\"\nroot_key_file = \"/keys/root.key\"\n\
             database_url = \"postgres://db/cards\"\n",
        );
        let from_file = load(&common(&dir)).unwrap();
        assert_eq!(from_file.listen, "127.0.0.1:1".parse().unwrap());
        assert_eq!(from_file.lanes, NonZeroUsize::new(3));
        assert_eq!(from_file.max_connections.get(), 9);
        assert_eq!(from_file.log.as_deref(), Some("warn"));
        assert_eq!(from_file.log_format, LogFormat::Json);
        assert_eq!(from_file.root_key_file.as_deref(), Some(Path::new("/keys/root.key")));
        assert_eq!(from_file.database.unwrap().backend(), Backend::Postgres);

        let flags = CommonArgs {
            log: Some("debug".to_owned()),
            log_format: Some(LogFormat::Human),
            root_key_file: Some("/other.key".into()),
            database_url: Some("sqlite:///tmp/x.sqlite".to_owned()),
            ..common(&dir)
        };
        let serve = ServeArgs {
            listen: Some("127.0.0.1:2".parse().unwrap()),
            sandbox: true,
            lanes: NonZeroUsize::new(4),
            max_connections: NonZeroUsize::new(10),
            stripe_back_open: None,
        };
        let from_flags = Settings::load(&flags, &serve).unwrap();
        assert_eq!(from_flags.listen, "127.0.0.1:2".parse().unwrap());
        assert_eq!(from_flags.lanes, NonZeroUsize::new(4));
        assert_eq!(from_flags.max_connections.get(), 10);
        assert_eq!(from_flags.log.as_deref(), Some("debug"));
        assert_eq!(from_flags.log_format, LogFormat::Human);
        assert_eq!(from_flags.root_key_file.as_deref(), Some(Path::new("/other.key")));
        assert_eq!(from_flags.database.unwrap().backend(), Backend::Sqlite);
    }

    #[test]
    fn a_named_file_is_read_instead_of_the_one_in_the_data_directory() {
        let dir = with_file("lanes = 3\n");
        let named = dir.path().join("other.toml");
        fs::write(&named, "lanes = 5\n").unwrap();
        let settings = load(&CommonArgs { config: Some(named), ..common(&dir) }).unwrap();
        assert_eq!(settings.lanes, NonZeroUsize::new(5));
    }

    #[test]
    fn a_named_file_may_say_where_the_data_directory_is() {
        let dir = with_file("data_dir = \"/srv/cards\"\n");
        let config = Some(dir.path().join(CONFIG_FILE));
        let settings = load(&CommonArgs { config, ..CommonArgs::default() }).unwrap();
        assert_eq!(settings.data_dir, Path::new("/srv/cards"));
    }

    #[test]
    fn the_file_in_a_data_directory_cannot_move_it() {
        let fault = load(&common(&with_file("data_dir = \"/srv/cards\"\n"))).unwrap_err();
        assert!(fault.to_string().contains("data_dir"), "{fault}");
    }

    #[test]
    fn an_unknown_key_is_named_together_with_the_file() {
        let dir = with_file("lanes = 3\nlisten_on = \"127.0.0.1:1\"\n");
        let text = load(&common(&dir)).unwrap_err().to_string();
        assert!(text.contains("listen_on"), "{text}");
        assert!(text.contains(&dir.path().join(CONFIG_FILE).display().to_string()), "{text}");
        assert!(text.contains("line 2"), "{text}");
    }

    #[test]
    fn a_bad_value_is_named_without_repeating_a_secret_beside_it() {
        for line in
            ["database_url = postgres://me:hunter2@db/cards\n", "database_url = [\"hunter2\""]
        {
            let text = load(&common(&with_file(line))).unwrap_err().to_string();
            assert!(!text.contains("hunter2"), "{text}");
            assert!(text.contains("line 1"), "{text}");
        }
        let text = load(&common(&with_file("listen = \"localhost\"\n"))).unwrap_err().to_string();
        assert!(text.contains("IP:PORT"), "{text}");
    }

    #[test]
    fn a_named_file_that_is_not_there_is_a_fault() {
        let args = CommonArgs { config: Some("/nowhere/x.toml".into()), ..CommonArgs::default() };
        assert!(load(&args).unwrap_err().to_string().contains("/nowhere/x.toml"));
    }

    #[test]
    fn a_log_level_that_does_not_exist_is_a_fault() {
        let args = CommonArgs { log: Some("loud=verbose".to_owned()), ..CommonArgs::default() };
        assert_eq!(load(&args).unwrap_err().exit_code(), 2);
    }
}
