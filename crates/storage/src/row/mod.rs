//! Rows as both databases hand them over, and what they mean.
//!
//! The databases differ in how they keep an id or a text, not in what it says. So a backend reads
//! its columns into these plain rows, and everything that can be wrong with their values is found
//! here: a value that no program of ours wrote becomes [`StoreError::Inconsistent`], which names
//! the table, the column and the row.

mod account;
mod card;
mod directory;
mod errand;
mod event;
mod payment;
mod receipt;
mod session;
#[cfg(test)]
mod tests;

pub(crate) use account::{AccountRow, NotedRow};
pub(crate) use card::CardRow;
pub(crate) use directory::{ClientRow, EntityRow};
pub(crate) use errand::{ErrandRow, readable};
pub(crate) use event::EventRow;
pub(crate) use payment::{LogRow, SnapshotRow, face_text, log_text};
pub(crate) use receipt::{ReceiptRow, outcome_text};
pub(crate) use session::{ApiKeyRow, SessionRow};

use std::fmt::Display;

use cardfile_domain::ports::StoreError;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

/// Where a value was read, for the case that it cannot be understood.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'r> {
    /// The table.
    pub(crate) table: &'static str,
    /// The row's key.
    pub(crate) row: &'r dyn Display,
}

impl Origin<'_> {
    /// The value of this column cannot be understood.
    pub(crate) fn bad(self, column: &'static str) -> StoreError {
        StoreError::Inconsistent { table: self.table, column, row: self.row.to_string() }
    }

    /// Names the column of a value that could not be converted.
    fn check<T, E>(self, column: &'static str, value: Result<T, E>) -> Result<T, StoreError> {
        value.map_err(|_| self.bad(column))
    }

    fn time(self, column: &'static str, micros: i64) -> Result<Timestamp, StoreError> {
        self.check(column, Timestamp::from_microsecond(micros))
    }

    fn json<T: DeserializeOwned>(self, column: &'static str, text: &str) -> Result<T, StoreError> {
        self.check(column, serde_json::from_str(text))
    }
}

/// A value as JSON text, as it is kept in a column.
///
/// Every type that is kept has text for keys and cannot fail; an empty object would be read back
/// as the type's default.
pub(crate) fn json_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
}
