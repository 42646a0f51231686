//! How a use case can end badly.

use cardfile_domain::{ports::StoreError, refusal::Refusal};
use cardfile_vault::VaultError;
use thiserror::Error;

/// The closed list of ways in which a use case fails.
#[derive(Debug, Error)]
pub enum Failure {
    /// The business says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The first request under this idempotency key is still running.
    #[error("the first request under this idempotency key is still running")]
    KeyInUse,
    /// Too much was asked for; it may be asked for again after so many seconds.
    #[error("too much was asked for")]
    TooOften {
        /// Whole seconds, at least one.
        seconds: u32,
    },
    /// The store could not do as told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault could not do as told: a key is missing or a row was tampered with.
    #[error(transparent)]
    Vault(#[from] VaultError),
}
