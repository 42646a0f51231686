//! The root key and the file it is kept in.

use std::fmt;

use aws_lc_rs::{hmac, rand};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::error::VaultError;
use crate::kdf::Kdf;
use crate::label::{Label, Secret, Subject};

const PREFIX: &str = "cardfile-root-key-1:";
const KEY_LEN: usize = 32;
/// Enough to notice damage; together with the key it also makes base64 without padding.
const NAME_LEN: usize = 4;
const BASE64_LEN: usize = (KEY_LEN + NAME_LEN) / 3 * 4;

/// The key of all keys. Who has it and the database can read every card number.
///
/// It cannot be copied:
/// ```compile_fail,E0599
/// let root = cardfile_vault::RootKey::generate().unwrap();
/// let _ = root.clone();
/// ```
/// nor printed:
/// ```compile_fail,E0277
/// let root = cardfile_vault::RootKey::generate().unwrap();
/// let _ = format!("{root}");
/// ```
/// nor compared:
/// ```compile_fail,E0369
/// let root = cardfile_vault::RootKey::generate().unwrap();
/// let _ = root == root;
/// ```
/// The same lines with what is allowed do compile:
/// ```
/// let root = cardfile_vault::RootKey::generate().unwrap();
/// assert_eq!(format!("{root:?}"), "RootKey(..)");
/// ```
pub struct RootKey {
    // On the heap, so that moving the root key leaves no copy behind.
    bytes: Box<Secret>,
    kdf: Kdf,
    name: RootKeyName,
    client_secrets: hmac::Key,
    tokens: hmac::Key,
    publishable_keys: hmac::Key,
    sessions: hmac::Key,
}

/// What tells root keys from each other; derived, so that it tells nothing else of the key.
///
/// It is the checksum of the root key's file, and stands in plain before each entity's wrapped keys.
pub(crate) type RootKeyName = [u8; NAME_LEN];

impl RootKey {
    /// Draws a new root key.
    pub fn generate() -> Result<Self, VaultError> {
        let mut bytes = Box::new(Secret::default());
        rand::fill(bytes.as_mut_slice())?;
        Self::new(bytes)
    }

    /// Reads what [`RootKey::to_file_text`] wrote; white space around it does not matter.
    pub fn from_file_text(text: &str) -> Result<Self, VaultError> {
        let base64 = text.trim().strip_prefix(PREFIX).ok_or(VaultError::NotARootKey)?;
        let mut decoded = Zeroizing::new([0; KEY_LEN + NAME_LEN]);
        // A text that is too short leaves zeros, which the checksum finds.
        STANDARD
            .decode_slice(base64, decoded.as_mut_slice())
            .map_err(|_| VaultError::RootKeyDamaged)?;
        let (key, name) = decoded.split_at(KEY_LEN);
        let mut bytes = Box::new(Secret::default());
        bytes.copy_from_slice(key);
        let root = Self::new(bytes)?;
        if root.name == name { Ok(root) } else { Err(VaultError::RootKeyDamaged) }
    }

    /// The root key as one line of text with a checksum, without a line break, to be kept in a file
    /// that only the server can read.
    pub fn to_file_text(&self) -> Zeroizing<String> {
        let mut decoded = Zeroizing::new([0; KEY_LEN + NAME_LEN]);
        decoded[..KEY_LEN].copy_from_slice(self.bytes.as_slice());
        decoded[KEY_LEN..].copy_from_slice(&self.name);
        // The room is there from the start, so that the text is never moved.
        let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + BASE64_LEN));
        text.push_str(PREFIX);
        STANDARD.encode_string(decoded.as_slice(), &mut text);
        text
    }

    /// From which the keys are derived that wrap the entities' keys.
    pub(crate) fn kdf(&self) -> &Kdf {
        &self.kdf
    }

    pub(crate) fn name(&self) -> &RootKeyName {
        &self.name
    }

    /// The key that hashes clients' secrets.
    pub(crate) fn client_secrets(&self) -> &hmac::Key {
        &self.client_secrets
    }

    /// The key that signs tokens.
    pub(crate) fn tokens(&self) -> &hmac::Key {
        &self.tokens
    }

    /// The key that vouches for publishable keys.
    pub(crate) fn publishable_keys(&self) -> &hmac::Key {
        &self.publishable_keys
    }

    /// The key that hashes session tokens.
    pub(crate) fn sessions(&self) -> &hmac::Key {
        &self.sessions
    }

    fn new(bytes: Box<Secret>) -> Result<Self, VaultError> {
        let kdf = Kdf::extract(&bytes);
        let derived = kdf.key(&Subject::new(Label::RootKeyName, &[]))?;
        let mut name = [0; NAME_LEN];
        name.copy_from_slice(&derived[..NAME_LEN]);
        Ok(Self {
            client_secrets: kdf.mac_key(Label::ClientSecrets)?,
            tokens: kdf.mac_key(Label::Tokens)?,
            publishable_keys: kdf.mac_key(Label::PublishableKeys)?,
            sessions: kdf.mac_key(Label::Sessions)?,
            name,
            kdf,
            bytes,
        })
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_key_survives_its_file() {
        let root = RootKey::generate().unwrap();
        let text = root.to_file_text();
        for file in [text.to_string(), format!("{}\n", *text), format!(" {}\r\n\n", *text)] {
            let read = RootKey::from_file_text(&file).unwrap();
            assert_eq!(read.bytes.as_slice(), root.bytes.as_slice());
        }
    }

    #[test]
    fn a_root_key_file_is_one_line() {
        let text = RootKey::generate().unwrap().to_file_text();
        assert_eq!(text.lines().count(), 1);
        assert_eq!(text.len(), PREFIX.len() + BASE64_LEN);
        assert_eq!(text.capacity(), text.len());
    }

    #[test]
    fn no_two_root_keys_are_alike() {
        let [one, other] = [(); 2].map(|()| RootKey::generate().unwrap());
        assert_ne!(one.bytes.as_slice(), other.bytes.as_slice());
    }

    #[test]
    fn a_damaged_file_is_told_from_another_file() {
        let text = RootKey::generate().unwrap().to_file_text();
        for other in ["", "\n", "hello", "cardfile-root-key-2:AAAA", &text[1..]] {
            assert_eq!(RootKey::from_file_text(other).unwrap_err(), VaultError::NotARootKey);
        }
        for len in PREFIX.len()..text.len() {
            let read = RootKey::from_file_text(&text[..len]);
            assert_eq!(read.unwrap_err(), VaultError::RootKeyDamaged, "{len} characters");
        }
        for grown in ["A", "AAAA", "\nAAAA", "===="] {
            let read = RootKey::from_file_text(&format!("{}{grown}", *text));
            assert_eq!(read.unwrap_err(), VaultError::RootKeyDamaged);
        }
    }

    #[test]
    fn a_changed_character_in_the_file_is_noticed() {
        let text = RootKey::generate().unwrap().to_file_text();
        for at in PREFIX.len()..text.len() {
            for other in ['A', 'Q', '/', '*'] {
                let mut changed = text.to_string();
                changed.replace_range(at..=at, &other.to_string());
                if changed != *text {
                    let read = RootKey::from_file_text(&changed);
                    assert_eq!(read.unwrap_err(), VaultError::RootKeyDamaged);
                }
            }
        }
    }
}
