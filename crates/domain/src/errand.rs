//! Errands: requests that were accepted to be carried out later, and the port to where they wait.
//! Writes that wait for a gateway's word are errands of another kind, and wait behind the same port.
//!
//! An errand is filed before its caller is answered. Any process takes it from there, for a short
//! time that it can extend; if the process dies, the time runs out and another one takes the errand
//! up. So it can be carried out more than once: that it takes effect once is for the claim to see to
//! under which it is carried out.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    id::{ClientId, EntityId, ErrandId},
    ports::StoreError,
};

/// What an errand is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ErrandName {
    /// The entity that it works in.
    pub entity: EntityId,
    /// Its id.
    pub id: ErrandId,
}

/// What only the vault can read: a request before it is carried out, and what came of it after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedNote {
    /// Nonce, ciphertext and tag.
    pub bytes: Vec<u8>,
    /// Which of the entity's keys sealed it.
    pub key_version: u16,
}

/// An errand to file.
#[derive(Clone, Debug)]
pub struct NewErrand {
    /// Its name.
    pub name: ErrandName,
    /// Who wants it done.
    pub client: ClientId,
    /// A keyed hash of the request, by which a repeated one is recognised.
    pub request: [u8; 32],
    /// When it was accepted.
    pub at: Timestamp,
    /// The request.
    pub note: SealedNote,
}

/// What is filed under the name of an errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The keyed hash of its request, which may be another one's.
    pub request: [u8; 32],
}

/// An errand as it is filed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Its name.
    pub name: ErrandName,
    /// Who wants it done.
    pub client: ClientId,
    /// When it was accepted.
    pub at: Timestamp,
    /// How often it was taken.
    pub tries: u16,
    /// When it was finished, if it is.
    pub finished: Option<Timestamp>,
    /// Until when whoever took it may take; until then nobody else does.
    pub due: Timestamp,
    /// The request, or once it is finished what came of it.
    pub note: SealedNote,
}

/// Where errands wait, and where their answers are kept.
#[async_trait]
pub trait Errands: Send + Sync + 'static {
    /// Files an errand for good, unless one of that name is filed, and tells which is.
    ///
    /// One that was accepted before `outdated` and is finished gives way.
    async fn file(&self, errand: &NewErrand, outdated: Timestamp) -> Result<Filed, StoreError>;

    /// How many errands of an entity are not finished.
    async fn count_waiting(&self, entity: EntityId) -> Result<u64, StoreError>;

    /// Finds an errand.
    async fn find(&self, name: ErrandName) -> Result<Option<Errand>, StoreError>;

    /// Takes errands that are due, oldest first, and keeps them from others until a moment.
    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Errand>, StoreError>;

    /// Moves the moment at which a taken errand is due again; false if somebody else has it.
    async fn keep(&self, errand: &Errand, until: Timestamp) -> Result<bool, StoreError>;

    /// Puts the answer in place of the request; false if somebody else has the errand.
    async fn finish(
        &self,
        errand: &Errand,
        at: Timestamp,
        answer: &SealedNote,
    ) -> Result<bool, StoreError>;

    /// Forgets an errand that is finished; false if somebody else did, or it is not finished.
    async fn discard(&self, name: ErrandName) -> Result<bool, StoreError>;

    /// Forgets errands that were finished before a moment and tells how many.
    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError>;
}
