//! Where the database is, without letting its password slip.

use std::{fmt, path::Path, str::FromStr};

/// Which kind of database a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Backend {
    /// The name used in figures and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// The URL of a database. Shown, it lacks user, password and parameters.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    backend: Backend,
    text: String,
}

impl DatabaseUrl {
    /// Which kind of database it is.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The URL of a file.
    pub(crate) fn of_file(path: &Path) -> Option<Self> {
        let text = format!("sqlite://{}", path.to_str()?);
        Some(Self { backend: Backend::Sqlite, text })
    }

    /// The file, if the database is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self.backend {
            Backend::Sqlite => self.text.strip_prefix("sqlite://").map(Path::new),
            Backend::Postgres => None,
        }
    }

    /// The whole URL, password included.
    pub(crate) fn reveal(&self) -> &str {
        &self.text
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let backend = match text.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() && path != ":memory:" => Backend::Sqlite,
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => Backend::Postgres,
            _ => {
                return Err("The database URL is not understood; write \
                            postgres://USER:PASSWORD@HOST/DATABASE or sqlite://PATH."
                    .to_owned());
            }
        };
        Ok(Self { backend, text: text.to_owned() })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.backend == Backend::Sqlite {
            return f.write_str(&self.text);
        }
        let (scheme, rest) = self.text.split_once("://").unwrap_or_default();
        // A password may hold an `@` or a `?` that nobody escaped: what follows the last `@` is the
        // place, and only from there on does a `?` begin the parameters.
        let place = rest.rsplit('@').next().unwrap_or_default();
        write!(f, "{scheme}://{}", place.split('?').next().unwrap_or_default())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_url_has_no_password() {
        for text in [
            "postgres://me:hunter2@db:5432/cards?sslmode=require",
            "postgresql://me:hun@ter2@db:5432/cards?password=hunter2",
            "postgres://db:5432/cards?user=me&password=hunter2",
            "postgres://me:hun?ter2@db:5432/cards",
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.backend(), Backend::Postgres);
            let shown = format!("{url} {url:?}");
            assert!(!shown.contains("ter2") && !shown.contains("me:"), "{shown}");
            assert!(shown.contains("db:5432/cards"), "{shown}");
        }
    }

    #[test]
    fn only_two_kinds_of_databases_are_known() {
        for text in [
            "",
            "mysql://x",
            "postgres",
            "postgres://",
            "sqlite://",
            "sqlite:x",
            "sqlite://:memory:",
            "/tmp/x",
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(error.contains("sqlite://PATH"), "{error}");
        }
    }

    #[test]
    fn a_sqlite_url_shows_its_path() {
        let url: DatabaseUrl = "sqlite:///srv/a@b/cards?.sqlite".parse().unwrap();
        assert_eq!(url.to_string(), "sqlite:///srv/a@b/cards?.sqlite");
        assert_eq!(url.file(), Some(Path::new("/srv/a@b/cards?.sqlite")));
    }
}
