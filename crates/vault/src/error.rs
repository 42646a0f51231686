//! Why the vault could not do as told.

use thiserror::Error;

/// Why the vault could not do as told, and what to do about it. Holds no input and no secret.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum VaultError {
    /// A text is something else than a root key.
    #[error(
        "this is not a root key file, which is one line that begins with \"cardfile-root-key-1:\"; \
         name the right file"
    )]
    NotARootKey,
    /// A root key was cut short or altered.
    #[error("the root key file is damaged; restore it from a copy")]
    RootKeyDamaged,
    /// The root key is sound, but other keys were wrapped by another one.
    #[error(
        "the root key does not belong to this database; restore the root key file that was made \
         with it"
    )]
    WrongRootKey,
    /// An entity's wrapped keys are not those that were stored for it.
    #[error("the stored keys of an entity are damaged; restore the database from a backup")]
    KeysDamaged,
    /// An entity's wrapped keys have a layout that this program does not know.
    #[error(
        "the keys of an entity were stored by a newer Cardfile; run that version or a later one"
    )]
    KeysTooNew,
    /// Nobody loaded the keys of this entity.
    #[error("the keys of the entity are not loaded; load them from the database first")]
    UnknownEntity,
    /// A number was sealed by a key that the entity's loaded keys lack.
    #[error("a card number was sealed by a key that is not loaded; load the entity's keys again")]
    UnknownKeyVersion,
    /// A sealed number was altered, or belongs to another card or another entity.
    #[error("a sealed card number is damaged or was moved; restore the card from a backup")]
    NumberDamaged,
    /// What was noted of an errand was altered, or belongs to another one.
    #[error("what was noted of an asynchronous request is damaged or was moved")]
    NoteDamaged,
    /// A text is no publishable key.
    #[error("this is not a publishable key")]
    NotAPublishableKey,
    /// There were no random numbers or no memory.
    #[error("the cryptographic library failed; check the machine and start again")]
    Unavailable,
}

impl From<aws_lc_rs::error::Unspecified> for VaultError {
    /// The library never says why. Where a failure can mean a wrong key, the caller says so instead.
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Unavailable
    }
}
