//! An entity's keys: the seeds they come from, how those are stored, and the keys in use.
//!
//! Stored, they are one blob:
//!
//! ```text
//! 1 byte    format, 1
//! 4 bytes   name of the root key that wraps the rest
//! sealed    current version          2 bytes, big-endian
//!           for each version: number 2 bytes, big-endian
//!                             seed  32 bytes
//! ```
//!
//! The versions ascend. Which of them is current is said apart from that, so that a new version can
//! be made known to every process before the first one seals with it. The key of the seal is derived
//! for the entity alone, so the blob opens for no other.

use aws_lc_rs::{hmac, rand};
use cardfile_domain::id::EntityId;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::kdf::Kdf;
use crate::label::{Label, Secret, Subject};
use crate::root_key::RootKey;
use crate::sealing;

const FORMAT: u8 = 1;
const FIRST_VERSION: u16 = 1;
const VERSION_LEN: usize = 2;
const ENTRY_LEN: usize = VERSION_LEN + size_of::<Secret>();

/// What an entity's keys are derived from, as it is stored.
pub(crate) struct Seeds {
    current: u16,
    seeds: Vec<(u16, Box<Secret>)>,
}

impl Seeds {
    /// The first seed of a new entity.
    pub(crate) fn generate() -> Result<Self, VaultError> {
        let mut seed = Box::new(Secret::default());
        rand::fill(seed.as_mut_slice())?;
        Ok(Self { current: FIRST_VERSION, seeds: vec![(FIRST_VERSION, seed)] })
    }

    /// The blob to store.
    pub(crate) fn wrap(&self, root: &RootKey, entity: EntityId) -> Result<Vec<u8>, VaultError> {
        let mut plain =
            Zeroizing::new(Vec::with_capacity(VERSION_LEN + ENTRY_LEN * self.seeds.len()));
        plain.extend_from_slice(&self.current.to_be_bytes());
        for (version, seed) in &self.seeds {
            plain.extend_from_slice(&version.to_be_bytes());
            plain.extend_from_slice(seed.as_slice());
        }
        let mut blob = vec![FORMAT];
        blob.extend_from_slice(root.name());
        blob.extend(sealing::seal(root.kdf(), &subject(entity), &plain)?);
        Ok(blob)
    }

    /// Reads a stored blob.
    pub(crate) fn unwrap(
        root: &RootKey,
        entity: EntityId,
        blob: &[u8],
    ) -> Result<Self, VaultError> {
        let (format, rest) = blob.split_first().ok_or(VaultError::KeysDamaged)?;
        if *format != FORMAT {
            return Err(VaultError::KeysTooNew);
        }
        let (name, sealed) = rest.split_first_chunk().ok_or(VaultError::KeysDamaged)?;
        if name != root.name() {
            return Err(VaultError::WrongRootKey);
        }
        let plain = sealing::open(root.kdf(), &subject(entity), sealed, VaultError::KeysDamaged)?;
        Self::parse(&plain).ok_or(VaultError::KeysDamaged)
    }

    fn parse(plain: &[u8]) -> Option<Self> {
        let (current, entries) = plain.split_first_chunk()?;
        let current = u16::from_be_bytes(*current);
        let mut seeds: Vec<(u16, Box<Secret>)> = Vec::new();
        let (entries, []) = entries.as_chunks::<ENTRY_LEN>() else {
            return None;
        };
        for entry in entries {
            let (version, bytes) = entry.split_first_chunk()?;
            let mut seed = Box::new(Secret::default());
            seed.copy_from_slice(bytes);
            seeds.push((u16::from_be_bytes(*version), seed));
        }
        seeds
            .is_sorted_by(|(version, _), (next, _)| version < next)
            .then_some(Self { current, seeds })
    }
}

fn subject(entity: EntityId) -> Subject {
    Subject::new(Label::EntityKeys, &[entity.as_bytes()])
}

/// An entity's keys, ready for use.
pub(crate) struct EntityKeys {
    current: KeySet,
    others: Vec<KeySet>,
}

impl EntityKeys {
    /// Derives the keys of every version.
    pub(crate) fn derive(seeds: &Seeds) -> Result<Self, VaultError> {
        let mut current = None;
        let mut others = Vec::new();
        for (version, seed) in &seeds.seeds {
            let keys = KeySet::derive(*version, seed)?;
            if *version == seeds.current {
                current = Some(keys);
            } else {
                others.push(keys);
            }
        }
        Ok(Self { current: current.ok_or(VaultError::KeysDamaged)?, others })
    }

    /// The keys to make new things with.
    pub(crate) fn current(&self) -> &KeySet {
        &self.current
    }

    /// The keys that made something older.
    pub(crate) fn find(&self, version: u16) -> Option<&KeySet> {
        self.all().find(|keys| keys.version == version)
    }

    /// Every version there is, ascending.
    pub(crate) fn versions(&self) -> Vec<u16> {
        let mut versions: Vec<u16> = self.all().map(|keys| keys.version).collect();
        versions.sort_unstable();
        versions
    }

    fn all(&self) -> impl Iterator<Item = &KeySet> {
        std::iter::once(&self.current).chain(&self.others)
    }
}

/// The keys that come from one seed.
pub(crate) struct KeySet {
    /// Which seed.
    pub(crate) version: u16,
    /// Makes the keys that seal card numbers.
    pub(crate) numbers: Kdf,
    /// Fingerprints card numbers.
    pub(crate) fingerprints: hmac::Key,
    /// Authenticates requests.
    pub(crate) requests: hmac::Key,
    /// Makes the keys that seal errands.
    pub(crate) errands: Kdf,
}

impl KeySet {
    fn derive(version: u16, seed: &Secret) -> Result<Self, VaultError> {
        let kdf = Kdf::from_key(seed);
        Ok(Self {
            version,
            numbers: kdf.child(Label::CardNumbers)?,
            fingerprints: kdf.mac_key(Label::Fingerprints)?,
            requests: kdf.mac_key(Label::Requests)?,
            errands: kdf.child(Label::Errands)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(current: u16, versions: &[u16]) -> Vec<u8> {
        let mut plain = current.to_be_bytes().to_vec();
        for version in versions {
            plain.extend(version.to_be_bytes());
            plain.extend([7; 32]);
        }
        plain
    }

    fn keys(current: u16, versions: &[u16]) -> Option<EntityKeys> {
        EntityKeys::derive(&Seeds::parse(&plain(current, versions))?).ok()
    }

    #[test]
    fn any_version_can_be_the_current_one() {
        for current in [1, 2, 9] {
            let keys = keys(current, &[1, 2, 9]).unwrap();
            assert_eq!(keys.current().version, current);
            assert_eq!(keys.versions(), [1, 2, 9]);
            assert_eq!(keys.find(9).map(|keys| keys.version), Some(9));
            assert!(keys.find(3).is_none());
        }
    }

    #[test]
    fn keys_without_sense_are_refused() {
        for (current, versions) in
            [(1, [].as_slice()), (3, &[1, 2]), (1, &[1, 1]), (1, &[2, 1]), (0, &[1])]
        {
            assert!(keys(current, versions).is_none(), "{current} of {versions:?}");
        }
        let whole = plain(1, &[1]);
        for len in 0..whole.len() {
            let parsed = Seeds::parse(&whole[..len]);
            assert!(parsed.is_none_or(|seeds| EntityKeys::derive(&seeds).is_err()), "{len} bytes");
        }
    }
}
