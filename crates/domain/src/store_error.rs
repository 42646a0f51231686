//! Why a store could not do as told.

use std::sync::Arc;

use thiserror::Error;

/// Why the store could not do as told.
#[derive(Clone, Debug, Error)]
pub enum StoreError {
    /// Too many writes are waiting.
    #[error("too many writes are waiting")]
    Busy,
    /// Other processes kept changing the same account.
    #[error("the account kept changing")]
    Contended,
    /// The database does not answer.
    #[error("the database is not available")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// A row holds what no program of ours wrote.
    #[error("table {table}, column {column}: unreadable value in row {row}")]
    Inconsistent {
        /// Which table.
        table: &'static str,
        /// Which column.
        column: &'static str,
        /// The row's key.
        row: String,
    },
}

impl StoreError {
    /// Wraps what a driver said.
    pub fn unavailable(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Arc::new(source))
    }
}
