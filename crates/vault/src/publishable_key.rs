//! The key with which a browser may make tokens, and nothing else.

use std::{fmt, str::FromStr};

use cardfile_domain::id::EntityId;

use crate::error::VaultError;

const PREFIX: &str = "pk_";
const ENTITY_LEN: usize = 16;
/// As many bytes as nobody can guess in the time that a rate limit leaves.
pub(crate) const PROOF_LEN: usize = 16;

/// What shows that a key was made here.
pub(crate) type Proof = [u8; PROOF_LEN];

/// `pk_`, the entity and the proof, in hexadecimal.
///
/// It names an entity, and whether it is one of ours only the vault can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublishableKey {
    entity: EntityId,
    proof: Proof,
}

impl PublishableKey {
    pub(crate) fn new(entity: EntityId, proof: Proof) -> Self {
        Self { entity, proof }
    }

    pub(crate) fn entity(self) -> EntityId {
        self.entity
    }

    pub(crate) fn proof(&self) -> &Proof {
        &self.proof
    }
}

impl fmt::Display for PublishableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        for byte in self.entity.as_bytes().iter().chain(&self.proof) {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl FromStr for PublishableKey {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, VaultError> {
        let digits = text.strip_prefix(PREFIX).ok_or(VaultError::NotAPublishableKey)?;
        let bytes = bytes(digits.as_bytes()).ok_or(VaultError::NotAPublishableKey)?;
        let (mut entity, mut proof) = ([0; ENTITY_LEN], Proof::default());
        entity.copy_from_slice(&bytes[..ENTITY_LEN]);
        proof.copy_from_slice(&bytes[ENTITY_LEN..]);
        Ok(Self { entity: EntityId::from_bytes(entity), proof })
    }
}

/// The bytes that hexadecimal digits stand for; upper case is nothing that we write.
fn bytes(digits: &[u8]) -> Option<[u8; ENTITY_LEN + PROOF_LEN]> {
    let mut bytes = [0; ENTITY_LEN + PROOF_LEN];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = (*byte << 4) | value;
        }
    }
    Some(bytes)
}
