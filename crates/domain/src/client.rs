//! Who may call: entities, clients and their rights.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{ClientId, EntityId, IdError};

/// A legal unit inside the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its id.
    pub id: EntityId,
    /// What people call it.
    pub name: String,
    /// Its keys, wrapped by the root key.
    pub wrapped_keys: Vec<u8>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// A program that calls the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id, which it calls itself by.
    pub id: ClientId,
    /// What people call it.
    pub name: String,
    /// A keyed hash of its secret.
    pub secret_hash: [u8; 32],
    /// The entities it may work in.
    pub entities: Vec<EntityId>,
    /// What it may do there.
    pub rights: Rights,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
}

/// Something that a client may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Look at cards and accounts.
    Read,
    /// Make and change them.
    Write,
    /// Erase a card's sensitive data.
    Scrub,
    /// Upload in bulk.
    Bulk,
    /// Do what operators do.
    Admin,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Scrub, Self::Bulk, Self::Admin];

    /// The right's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Scrub => "scrub",
            Self::Bulk => "bulk",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Right {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|right| right.as_str() == text).ok_or(IdError)
    }
}

/// A set of rights.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// The set of these rights.
    pub fn of(rights: impl IntoIterator<Item = Right>) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | 1 << right as u8))
    }

    /// Whether the right is in the set.
    pub fn has(self, right: Right) -> bool {
        self.0 & (1 << right as u8) != 0
    }

    /// The rights in the set.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.has(*right))
    }

    /// The set as a number, for the database and the token.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// The set with this number; bits that name no right are dropped.
    pub fn from_bits(bits: u8) -> Self {
        Self::of(Right::ALL.into_iter().filter(|right| bits & (1 << *right as u8) != 0))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
