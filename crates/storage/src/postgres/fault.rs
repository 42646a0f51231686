//! What went wrong with a statement, and what that says about whether it was done.
//!
//! PostgreSQL's own words may quote rows (`Failing row contains (…)`), so of a refused statement only
//! the code is kept. Where no row can be involved, at sign-in, when a table is missing or when Citus cannot do
//! something, its words are kept too: an operator needs them.

use std::{error::Error, io};

use cardfile_domain::ports::StoreError;

/// How a statement failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// PostgreSQL undid it, because another process wrote the same rows.
    Conflict,
    /// PostgreSQL undid it.
    Refused(StoreError),
    /// The connection is gone, or a commit was refused: it may have been done, may be undone, or may still run.
    Lost(StoreError),
}

/// Why PostgreSQL could not be asked, or what it said no with.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error("PostgreSQL refused a statement with SQLSTATE {code}")]
    Statement { code: String },
    #[error("PostgreSQL refused with SQLSTATE {code}: {message}")]
    Server { code: String, message: String },
    #[error("the connection to PostgreSQL failed")]
    Connection(#[source] io::Error),
    #[error("no connection to PostgreSQL came about in time")]
    NoConnection,
    #[error("the connection to PostgreSQL could not be secured")]
    Tls(#[source] Box<dyn Error + Send + Sync>),
    #[error("PostgreSQL takes no writes: it is a standby or set to read only")]
    ReadOnly,
    #[error("the connection to PostgreSQL is out of step")]
    Protocol,
}

impl Fault {
    /// Judges what the driver returned.
    pub(super) fn of(error: sqlx::Error) -> Self {
        match sort(&error) {
            Sort::Conflict => Self::Conflict,
            Sort::Refused => Self::Refused(unavailable(error)),
            Sort::Lost => Self::Lost(unavailable(error)),
        }
    }

    /// The same where what the server says leaves open whether it was done.
    pub(super) fn left_open(self) -> Self {
        Self::Lost(self.into_error())
    }

    /// The server is there but would refuse every write.
    pub(super) fn read_only() -> Self {
        Self::Refused(StoreError::unavailable(Cause::ReadOnly))
    }

    /// The error to hand on where it makes no difference which fault it was.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Conflict => StoreError::Contended,
            Self::Refused(error) | Self::Lost(error) => error,
        }
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::of(error)
    }
}

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(source) => Self::Connection(source),
            sqlx::Error::Tls(source) => Self::Tls(source),
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::NoConnection,
            sqlx::Error::Database(refusal) => {
                let code = refusal.code().unwrap_or_default().into_owned();
                match code.get(..2) {
                    Some("08" | "0A" | "25" | "28" | "3D" | "42" | "53" | "55" | "57") => {
                        Self::Server { code, message: refusal.message().to_owned() }
                    }
                    _ => Self::Statement { code },
                }
            }
            _ => Self::Protocol,
        }
    }
}

/// What the driver returned, without anything of a row.
pub(super) fn unavailable(error: sqlx::Error) -> StoreError {
    StoreError::unavailable(Cause::from(error))
}

enum Sort {
    Conflict,
    Refused,
    Lost,
}

fn sort(error: &sqlx::Error) -> Sort {
    let sqlx::Error::Database(refusal) = error else {
        return match error {
            // Nothing was sent.
            sqlx::Error::Encode(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                Sort::Refused
            }
            _ => Sort::Lost,
        };
    };
    let code = refusal.code().unwrap_or_default();
    match (code.get(..2), &*code) {
        // A key that exists, a receipt that still counts, a deadlock.
        (Some("40"), _) | (_, "23505" | "23502") => Sort::Conflict,
        // The server goes down or cut us off. It says so while a statement runs, but it may also
        // say so between the commit and the word that it is done.
        (Some("08"), _) | (_, "57P01" | "57P02" | "57P03" | "57P05" | "25P03") => Sort::Lost,
        _ => Sort::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_leaves_the_outcome_open() {
        let broken = sqlx::Error::Io(io::ErrorKind::ConnectionReset.into());
        let Fault::Lost(error) = Fault::of(broken) else { panic!("not lost") };
        assert_eq!(error.to_string(), "the database is not available");
        assert_eq!(error.source().unwrap().to_string(), "the connection to PostgreSQL failed");
    }

    #[test]
    fn what_is_said_of_a_commit_leaves_it_open() {
        for said in [Fault::Conflict, Fault::read_only(), Fault::of(sqlx::Error::PoolClosed)] {
            assert!(matches!(said.left_open(), Fault::Lost(_)));
        }
    }

    #[test]
    fn what_was_never_sent_was_not_done() {
        assert!(matches!(Fault::of(sqlx::Error::PoolTimedOut), Fault::Refused(_)));
        assert!(matches!(Fault::of(sqlx::Error::Encode("x".into())), Fault::Refused(_)));
    }
}
