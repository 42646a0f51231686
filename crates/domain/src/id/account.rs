//! What an account's row is filed under.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{AccountId, Bucket, EntityId, IdError, PaymentMethodId, parse_hex};
use crate::text::AccountNumber;

/// What an account's row is filed under: its number, or its id where it has no number.
///
/// A card made without an account lives under `~` and its own id until it is attached.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountKey(String);

impl AccountKey {
    /// As long as an account number may be.
    pub const MAX_CHARS: usize = AccountNumber::MAX_CHARS;
    const ORPHAN: char = '~';

    /// The private account of a card that was made without one.
    pub fn orphan(card: PaymentMethodId) -> Self {
        Self(format!("{}{card}", Self::ORPHAN))
    }

    /// The card whose private account this is.
    pub fn as_orphan(&self) -> Option<PaymentMethodId> {
        self.0.strip_prefix(Self::ORPHAN)?.parse().ok()
    }

    /// Whether this is the private account of a card without one.
    pub fn is_orphan(&self) -> bool {
        self.0.starts_with(Self::ORPHAN)
    }

    /// Restores a key that was stored, the private ones included.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The account id that the key spells, if it is one.
    pub fn as_account_id(&self) -> Option<AccountId> {
        self.0.parse().ok()
    }

    /// Where the account with this key is filed.
    ///
    /// A key that is a `UUIDv7` says so itself, which lets an account's id and number share a
    /// bucket; any other key is hashed.
    pub fn bucket(&self, entity: EntityId) -> Bucket {
        let hex = self.0.strip_prefix(Self::ORPHAN).unwrap_or(&self.0);
        match parse_hex(hex) {
            Ok(bytes) if bytes[6] >> 4 == 7 => AccountId(bytes).bucket(),
            _ => Bucket::of_name(entity, &self.0),
        }
    }
}

impl FromStr for AccountKey {
    type Err = IdError;

    /// Keys starting with `~` are ours alone: no caller can name one.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let hex = parse_hex(text);
        // The digits of an id that we made may look like those of a card by chance.
        if let Ok(bytes) = hex
            && bytes[6] >> 4 == 7
        {
            return Ok(Self(AccountId(bytes).to_string()));
        }
        let number: AccountNumber = text.parse().map_err(|_| IdError)?;
        if text.starts_with(Self::ORPHAN) {
            return Err(IdError);
        }
        match hex {
            Ok(bytes) => Ok(Self(AccountId(bytes).to_string())),
            Err(IdError) => Ok(Self(number.into_string())),
        }
    }
}

impl TryFrom<String> for AccountKey {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<AccountKey> for String {
    fn from(key: AccountKey) -> Self {
        key.0
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account within its entity: the unit of ordering and of locking.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountRef {
    /// The entity that owns the account.
    pub entity: EntityId,
    /// The key its row is filed under.
    pub key: AccountKey,
}

impl AccountRef {
    /// The account's bucket.
    pub fn bucket(&self) -> Bucket {
        self.key.bucket(self.entity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity() -> EntityId {
        EntityId::from_bytes([7; 16])
    }

    #[test]
    fn an_account_id_of_ours_shares_the_bucket_of_its_number() {
        let bucket = AccountKey::from_str("A-1").unwrap().bucket(entity());
        let id = AccountId::new(bucket, 5, 9);
        assert_eq!(AccountKey::from_str(&id.to_string()).unwrap().bucket(entity()), bucket);
    }

    #[test]
    fn the_same_number_in_two_entities_is_two_accounts() {
        let spread: std::collections::BTreeSet<_> = (0..64)
            .map(|n| AccountKey::from_str("A-1").unwrap().bucket(EntityId::from_bytes([n; 16])))
            .collect();
        assert!(spread.len() > 32);
    }

    #[test]
    fn no_caller_can_name_a_private_account() {
        let card = PaymentMethodId::new(Bucket::new(77), 1, 1);
        let key = AccountKey::orphan(card);
        assert!(key.is_orphan());
        assert_eq!(key.as_orphan(), Some(card));
        assert_eq!(key.bucket(entity()).get(), 77);
        assert_eq!(key.as_str().parse::<AccountKey>(), Err(IdError));
    }

    #[test]
    fn an_id_with_the_digits_of_a_card_is_still_the_name_of_its_account() {
        let id = "01a1fca8eb4e7a4111111111111111bc";
        assert!(id.parse::<AccountNumber>().is_err());
        assert_eq!(id.parse::<AccountKey>().unwrap().as_str(), id);
        assert!("2c92c0f9eb4e0a4111111111111111bc".parse::<AccountKey>().is_err());
    }
}
