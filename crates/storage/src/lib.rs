//! Where accounts and cards are kept: the lanes, and two databases behind them.
//!
//! The crate implements the ports [`Store`](cardfile_domain::ports::Store),
//! [`Directory`](cardfile_domain::ports::Directory) and
//! [`Errands`](cardfile_domain::errand::Errands). Which database it is shows nowhere but in
//! [`open`]. It never meets a plain card number or a security code: the types that it takes have no
//! place for them.

mod lane;
mod open;
mod postgres;
mod query_sql;
#[cfg(doctest)]
mod refused;
mod row;
mod sqlite;

use std::path::Path;

pub use open::{OpenError, Opened, Options};

/// Opens the database that a URL names.
///
/// SQLite makes the file and brings its tables up to date by itself: there is nobody else to ask.
/// PostgreSQL must have been brought up to date with [`migrate`], as other servers may be using it.
pub async fn open(url: &str, options: &Options) -> Result<Opened, OpenError> {
    match Kind::of(url)? {
        Kind::Sqlite(path) => sqlite::open(path, options).await,
        Kind::Postgres => postgres::open(url, options).await,
    }
}

/// Brings the tables of a database up to date; once they are, it changes nothing.
pub async fn migrate(url: &str) -> Result<(), OpenError> {
    match Kind::of(url)? {
        Kind::Sqlite(path) => sqlite::migrate(path).await,
        Kind::Postgres => postgres::migrate(url).await,
    }
}

/// Which database a URL names. Nothing else looks at a URL's scheme.
#[derive(Debug, PartialEq)]
enum Kind<'url> {
    Sqlite(&'url Path),
    Postgres,
}

impl<'url> Kind<'url> {
    fn of(url: &'url str) -> Result<Self, OpenError> {
        if let Some(rest) = url.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            // Each connection to a database in memory would get one of its own.
            return if path.is_empty() || path == ":memory:" {
                Err(OpenError::Url)
            } else {
                Ok(Self::Sqlite(Path::new(path)))
            };
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres);
        }
        Err(OpenError::Scheme)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use super::*;

    fn migrations(database: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(database);
        let files = fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_version_is_of_one_migration_whichever_databases_it_is_for() {
        let all = [migrations("sqlite"), migrations("postgres")];
        assert!(all.iter().all(|names| !names.is_empty()));
        let names: BTreeSet<_> = all.into_iter().flatten().collect();
        let versions: BTreeSet<_> =
            names.iter().filter_map(|name| name.split('_').next()).collect();
        assert_eq!(versions.len(), names.len(), "{names:?}");
        assert_eq!(Some(names.len()), versions.last().and_then(|last| last.parse().ok()));
    }

    #[test]
    fn the_scheme_says_which_database_it_is() {
        for (url, kind) in [
            ("sqlite:///var/lib/cardfile/db", Kind::Sqlite(Path::new("/var/lib/cardfile/db"))),
            ("sqlite:cards.db", Kind::Sqlite(Path::new("cards.db"))),
            ("sqlite://data/cards.db", Kind::Sqlite(Path::new("data/cards.db"))),
            ("postgres://localhost/cards", Kind::Postgres),
            ("postgresql://localhost/cards", Kind::Postgres),
        ] {
            assert_eq!(Kind::of(url).unwrap(), kind, "{url}");
        }
    }

    #[test]
    fn another_scheme_is_refused() {
        for url in ["", "cards.db", "mysql://localhost/cards", "SQLITE:x"] {
            assert!(matches!(Kind::of(url), Err(OpenError::Scheme)), "{url}");
        }
    }

    #[test]
    fn a_database_must_be_a_file_with_a_name() {
        for url in ["sqlite:", "sqlite://", "sqlite::memory:"] {
            assert!(matches!(Kind::of(url), Err(OpenError::Url)), "{url}");
        }
    }
}
