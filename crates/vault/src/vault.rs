//! The vault: every operation that needs a key.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aws_lc_rs::constant_time;
use cardfile_domain::card::{Fingerprint, SealedNumber};
use cardfile_domain::card_number::CardNumber;
use cardfile_domain::errand::{ErrandName, SealedNote};
use cardfile_domain::id::{ClientId, EntityId, PaymentMethodId};

use zeroize::Zeroizing;

use crate::entity_keys::{EntityKeys, Seeds};
use crate::error::VaultError;
use crate::kdf::{mac, mac_framed};
use crate::label::{Label, Subject};
use crate::publishable_key::{PROOF_LEN, Proof, PublishableKey};
use crate::root_key::RootKey;
use crate::sealing;

/// The root key and the keys of the entities that were loaded; to be shared in an `Arc`.
pub struct Vault {
    root: RootKey,
    entities: RwLock<Entities>,
}

type Entities = HashMap<EntityId, Arc<EntityKeys>>;

/// Which keys of an entity are loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// The entity.
    pub entity: EntityId,
    /// The versions of its keys, ascending.
    pub versions: Vec<u16>,
    /// The version that seals what is new.
    pub current: u16,
}

impl Vault {
    /// A vault that knows no entity yet.
    pub fn new(root: RootKey) -> Self {
        Self { root, entities: RwLock::default() }
    }

    /// Draws keys for a new entity and wraps them, to be stored with it.
    ///
    /// The vault does not know the entity before [`Vault::load_entity`], so that keys which lost the
    /// race to the database are never used.
    pub fn new_entity(&self, entity: EntityId) -> Result<Vec<u8>, VaultError> {
        Seeds::generate()?.wrap(&self.root, entity)
    }

    /// Makes the vault know an entity by its stored keys, in place of those it knew before.
    pub fn load_entity(&self, entity: EntityId, wrapped: &[u8]) -> Result<(), VaultError> {
        let seeds = Seeds::unwrap(&self.root, entity, wrapped)?;
        let keys = Arc::new(EntityKeys::derive(&seeds)?);
        self.entities.write().unwrap_or_else(PoisonError::into_inner).insert(entity, keys);
        Ok(())
    }

    /// Whether the vault knows the entity.
    pub fn has_entity(&self, entity: EntityId) -> bool {
        self.entities().contains_key(&entity)
    }

    /// Seals a card's number with the entity's current key.
    pub fn seal(
        &self,
        entity: EntityId,
        card: PaymentMethodId,
        number: &CardNumber,
    ) -> Result<SealedNumber, VaultError> {
        let keys = self.keys(entity)?;
        let keys = keys.current();
        let digits = number.expose().as_bytes();
        Ok(SealedNumber {
            bytes: sealing::seal(&keys.numbers, &number_of(entity, card), digits)?,
            key_version: keys.version,
        })
    }

    /// Opens a card's number; one that was sealed for another card or another entity does not open.
    pub fn open(
        &self,
        entity: EntityId,
        card: PaymentMethodId,
        sealed: &SealedNumber,
    ) -> Result<CardNumber, VaultError> {
        let keys = self.keys(entity)?;
        let keys = keys.find(sealed.key_version).ok_or(VaultError::UnknownKeyVersion)?;
        let digits = sealing::open(
            &keys.numbers,
            &number_of(entity, card),
            &sealed.bytes,
            VaultError::NumberDamaged,
        )?;
        str::from_utf8(&digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or(VaultError::NumberDamaged)
    }

    /// Seals what is noted of an errand with the entity's current key.
    pub fn seal_note(&self, errand: ErrandName, plain: &[u8]) -> Result<SealedNote, VaultError> {
        let keys = self.keys(errand.entity)?;
        let keys = keys.current();
        Ok(SealedNote {
            bytes: sealing::seal(&keys.errands, &note_of(errand), plain)?,
            key_version: keys.version,
        })
    }

    /// Opens what was noted of an errand; what was noted of another does not open.
    pub fn open_note(
        &self,
        errand: ErrandName,
        note: &SealedNote,
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let keys = self.keys(errand.entity)?;
        let keys = keys.find(note.key_version).ok_or(VaultError::UnknownKeyVersion)?;
        sealing::open(&keys.errands, &note_of(errand), &note.bytes, VaultError::NoteDamaged)
    }

    /// The keyed hash by which equal numbers of the entity are recognised.
    ///
    /// It is made with the current key, so it compares to those of numbers sealed under the same
    /// key version.
    pub fn fingerprint(
        &self,
        entity: EntityId,
        number: &CardNumber,
    ) -> Result<Fingerprint, VaultError> {
        let keys = self.keys(entity)?;
        let digits = number.expose().as_bytes();
        Ok(Fingerprint(mac(&keys.current().fingerprints, &[digits])))
    }

    /// The keyed hash of a request by which a repeated one is recognised.
    ///
    /// Where one part ends and the next begins counts. It is made with the current key, so a request
    /// that is repeated after the key has changed is not recognised.
    pub fn request_mac(&self, entity: EntityId, parts: &[&[u8]]) -> Result<[u8; 32], VaultError> {
        let keys = self.keys(entity)?;
        Ok(mac_framed(&keys.current().requests, parts))
    }

    /// The keyed hash of a client's secret, to be stored in its place.
    pub fn secret_hash(&self, client: ClientId, secret: &str) -> [u8; 32] {
        mac(self.root.client_secrets(), &[client.as_bytes(), secret.as_bytes()])
    }

    /// Whether a secret is the one that was hashed, in a time that does not depend on how much of it
    /// is right.
    pub fn secret_matches(&self, client: ClientId, secret: &str, hash: &[u8; 32]) -> bool {
        is_equal(&self.secret_hash(client, secret), hash)
    }

    /// The signature of a token.
    pub fn sign_token(&self, payload: &[u8]) -> [u8; 32] {
        mac(self.root.tokens(), &[payload])
    }

    /// Whether a signature is the token's, in a time that does not depend on how much of it is
    /// right.
    pub fn token_matches(&self, payload: &[u8], mac: &[u8]) -> bool {
        is_equal(&self.sign_token(payload), mac)
    }

    /// The hash of a session token, to be stored in its place.
    pub fn session_hash(&self, token: &str) -> [u8; 32] {
        mac(self.root.sessions(), &[token.as_bytes()])
    }

    /// The key with which a browser makes tokens in an entity. It opens nothing else, so it may stand
    /// in a page; the root key alone says which keys are good.
    pub fn publishable_key(&self, entity: EntityId) -> PublishableKey {
        PublishableKey::new(entity, self.vouch(entity))
    }

    /// The entity of a publishable key, if the key is one of ours.
    pub fn entity_of(&self, key: PublishableKey) -> Option<EntityId> {
        is_equal(&self.vouch(key.entity()), key.proof()).then_some(key.entity())
    }

    fn vouch(&self, entity: EntityId) -> Proof {
        let mut proof = Proof::default();
        proof
            .copy_from_slice(&mac(self.root.publishable_keys(), &[entity.as_bytes()])[..PROOF_LEN]);
        proof
    }

    /// Which keys are loaded, by entity.
    pub fn key_status(&self) -> Vec<KeyStatus> {
        let mut status: Vec<KeyStatus> = self
            .entities()
            .iter()
            .map(|(entity, keys)| KeyStatus {
                entity: *entity,
                versions: keys.versions(),
                current: keys.current().version,
            })
            .collect();
        status.sort_unstable_by_key(|status| status.entity);
        status
    }

    fn keys(&self, entity: EntityId) -> Result<Arc<EntityKeys>, VaultError> {
        self.entities().get(&entity).cloned().ok_or(VaultError::UnknownEntity)
    }

    /// A panic elsewhere cannot leave the map half written, so a poisoned lock is as good as any.
    fn entities(&self) -> RwLockReadGuard<'_, Entities> {
        self.entities.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(..)")
    }
}

fn is_equal(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

fn number_of(entity: EntityId, card: PaymentMethodId) -> Subject {
    Subject::new(Label::CardNumber, &[entity.as_bytes(), card.as_bytes()])
}

fn note_of(errand: ErrandName) -> Subject {
    Subject::new(Label::Errand, &[errand.entity.as_bytes(), errand.id.as_bytes()])
}

#[cfg(test)]
mod known_answers;
#[cfg(test)]
mod tests;
