//! What each derived key is for.
//!
//! A label is part of the stored format: changing one loses everything that its key protects.

use zeroize::Zeroizing;

/// What a key is for. Two labels never give the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    /// Tells root keys from each other, and sound ones from damaged ones.
    RootKeyName,
    /// Wraps an entity's keys.
    EntityKeys,
    /// Hashes clients' secrets.
    ClientSecrets,
    /// Signs tokens.
    Tokens,
    /// Vouches for publishable keys.
    PublishableKeys,
    /// Hashes session tokens.
    Sessions,
    /// Makes the keys that seal an entity's card numbers.
    CardNumbers,
    /// Seals one card number.
    CardNumber,
    /// Fingerprints an entity's card numbers.
    Fingerprints,
    /// Authenticates an entity's requests.
    Requests,
    /// Makes the keys that seal an entity's errands.
    Errands,
    /// Seals what is noted of one errand.
    Errand,
}

impl Label {
    fn as_bytes(self) -> &'static [u8] {
        match self {
            Self::RootKeyName => b"cardfile/1/root-key-name",
            Self::EntityKeys => b"cardfile/1/entity-keys",
            Self::ClientSecrets => b"cardfile/1/client-secrets",
            Self::Tokens => b"cardfile/1/tokens",
            Self::PublishableKeys => b"cardfile/1/publishable-keys",
            Self::Sessions => b"cardfile/1/sessions",
            Self::CardNumbers => b"cardfile/1/card-numbers",
            Self::CardNumber => b"cardfile/1/card-number",
            Self::Fingerprints => b"cardfile/1/fingerprints",
            Self::Requests => b"cardfile/1/requests",
            Self::Errands => b"cardfile/1/errands",
            Self::Errand => b"cardfile/1/errand",
        }
    }
}

/// What a key is for and whose it is: the input of a derivation, and associated data.
pub(crate) struct Subject(Vec<u8>);

impl Subject {
    /// A purpose and the ids of those it serves, which have a fixed length.
    pub(crate) fn new(label: Label, ids: &[&[u8; 16]]) -> Self {
        let mut bytes = Vec::with_capacity(label.as_bytes().len() + 1 + 16 * ids.len());
        bytes.extend_from_slice(label.as_bytes());
        // No label holds a zero, so no label with ids can be mistaken for a longer label.
        bytes.push(0);
        for id in ids {
            bytes.extend_from_slice(*id);
        }
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// 32 bytes that nobody may see, wiped when they are dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;
