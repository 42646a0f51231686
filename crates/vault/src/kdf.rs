//! Derivation of keys from keys: HKDF-SHA-256 of RFC 5869.

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::label::{Label, Secret, Subject};

/// A key whose only use is to make other keys. The library wipes it when it is dropped.
pub(crate) struct Kdf(Prk);

impl Kdf {
    /// Starts from a secret of which nothing is known but that it is hard to guess.
    pub(crate) fn extract(secret: &[u8; 32]) -> Self {
        Self(Salt::new(HKDF_SHA256, b"cardfile").extract(secret))
    }

    /// Starts from a key that was drawn at random or derived, which needs no extraction.
    pub(crate) fn from_key(key: &Secret) -> Self {
        Self(Prk::new_less_safe(HKDF_SHA256, key.as_slice()))
    }

    /// The key for a subject.
    pub(crate) fn key(&self, subject: &Subject) -> Result<Secret, VaultError> {
        let mut key = Zeroizing::new([0; 32]);
        self.0.expand(&[subject.as_bytes()], KeyLength)?.fill(key.as_mut_slice())?;
        Ok(key)
    }

    /// The key for a purpose, to derive more keys from.
    pub(crate) fn child(&self, label: Label) -> Result<Self, VaultError> {
        Ok(Self::from_key(&self.key(&Subject::new(label, &[]))?))
    }

    /// The key for a purpose, to authenticate with.
    pub(crate) fn mac_key(&self, label: Label) -> Result<hmac::Key, VaultError> {
        let key = self.key(&Subject::new(label, &[]))?;
        Ok(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        32
    }
}

/// The HMAC-SHA-256 of some parts, written one after the other.
pub(crate) fn mac(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part);
    }
    finish(context)
}

/// The HMAC-SHA-256 of some parts, each written after its length.
pub(crate) fn mac_framed(key: &hmac::Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    finish(context)
}

fn finish(context: hmac::Context) -> [u8; 32] {
    let mut mac = [0; 32];
    mac.copy_from_slice(context.sign().as_ref());
    mac
}
