//! Identifiers, and where in the key space what they name is kept.
//!
//! Every row of the database is filed under a [`Bucket`]. A payment-method id carries its bucket in
//! the twelve `rand_a` bits of a `UUIDv7`, so whoever has an id knows where to look without asking.

mod account;
mod draw;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

pub use self::account::{AccountKey, AccountRef};

/// A text is no identifier of this kind.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("is not a valid identifier")]
pub struct IdError;

/// One of 4096 slices of the key space; an account and its cards share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(u16);

impl Bucket {
    /// Twelve bits: what the `rand_a` field of a `UUIDv7` can hold.
    pub const COUNT: u16 = 4096;

    /// The bucket with this number, folded into the range.
    pub fn new(number: u16) -> Self {
        Self(number % Self::COUNT)
    }

    /// The bucket that a name hashes to within an entity.
    ///
    /// The hash is part of the stored format: changing it would lose every account.
    pub fn of_name(entity: EntityId, name: &str) -> Self {
        let digest = Sha256::new().chain_update(entity.as_bytes()).chain_update(name).finalize();
        Self(u16::from_be_bytes([digest[0], digest[1]]) >> 4)
    }

    /// The bucket's number, `0..COUNT`.
    pub fn get(self) -> u16 {
        self.0
    }
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// A new id at `millis` since 1970 in `bucket`; only the 62 low bits of `random` count.
            ///
            /// It has no row of digits that passes for the number of a card: a field that refuses
            /// those may well be given an id.
            pub fn new(bucket: Bucket, millis: u64, random: u64) -> Self {
                Self(draw::plain(bucket, millis, random))
            }

            /// The id with these bytes, as a database hands them back.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The sixteen bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// The bucket in which the thing was made.
            pub fn bucket(&self) -> Bucket {
                Bucket((u16::from(self.0[6] & 0x0f) << 8) | u16::from(self.0[7]))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Uuid::from_bytes(self.0).simple().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_hex(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

hex_id! {
    /// A payment method, written as Zuora writes ids: 32 lower-case hex digits.
    PaymentMethodId
}
hex_id! {
    /// An account's id, in the same form.
    AccountId
}

hex_id! {
    /// A payment in the transaction log, in the same form.
    LogId
}
hex_id! {
    /// A snapshot of a card, in the same form.
    SnapshotId
}

fn parse_hex(text: &str) -> Result<[u8; 16], IdError> {
    // `Uuid::try_parse` also takes braces and URNs, which no caller of this API writes.
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(IdError);
    }
    Uuid::try_parse(text).map(Uuid::into_bytes).map_err(|_| IdError)
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id with this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The id with these bytes, as a database hands them back.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// The sixteen bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The UUID.
            pub fn uuid(&self) -> Uuid {
                self.0
            }

            /// 32 hex digits without dashes.
            pub fn simple(&self) -> String {
                self.0.simple().to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            /// Dashes are optional: older Zuora clients leave them out.
            fn from_str(text: &str) -> Result<Self, IdError> {
                match text.len() {
                    32 | 36 => Uuid::try_parse(text).map(Self).map_err(|_| IdError),
                    _ => Err(IdError),
                }
            }
        }
    };
}

uuid_id! {
    /// A legal unit inside the tenant; the wall between callers runs here.
    EntityId
}
uuid_id! {
    /// An OAuth client: a program that calls the API. Always 36 characters on the wire.
    ClientId
}
uuid_id! {
    /// A request that was accepted to be carried out later.
    ErrandId
}

impl ErrandId {
    /// Where an entity's errand is filed. It may be about anything, so its own name decides.
    pub fn bucket(&self, entity: EntityId) -> Bucket {
        Bucket::of_name(entity, &self.simple())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity() -> EntityId {
        EntityId::from_bytes([7; 16])
    }

    #[test]
    fn an_id_carries_its_bucket_and_grows_with_time() {
        for number in [0, 1, 255, 256, 4095] {
            let early = PaymentMethodId::new(Bucket::new(number), 1_000, u64::MAX);
            let late = PaymentMethodId::new(Bucket::new(number), 1_001, 0);
            assert_eq!(early.bucket().get(), number);
            assert_eq!(early.to_string().len(), 32);
            assert!(early < late);
            assert_eq!(early.to_string().parse(), Ok(early));
            let uuid = Uuid::from_bytes(*early.as_bytes());
            assert_eq!(uuid.get_version_num(), 7);
            assert_eq!(uuid.get_variant(), uuid::Variant::RFC4122);
        }
    }

    #[test]
    fn only_32_hex_digits_are_a_payment_method_id() {
        for text in
            ["", "1", "{2c92c0f952e407170152f11b73e65d85}", "2c92c0f952e407170152f11b73e65d8g"]
        {
            assert_eq!(text.parse::<PaymentMethodId>(), Err(IdError), "{text}");
        }
        assert!("2C92C0F952E407170152F11B73E65D85".parse::<PaymentMethodId>().is_ok());
    }

    #[test]
    fn an_entity_is_named_with_or_without_dashes() {
        let id = EntityId::from_bytes([0xab; 16]);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.simple().parse(), Ok(id));
        assert_eq!("x".parse::<EntityId>(), Err(IdError));
    }

    #[test]
    fn the_bucket_of_a_name_never_moves() {
        // Stored data depends on these two figures.
        assert_eq!(Bucket::of_name(entity(), "A-1").get(), 2910);
        assert_eq!(Bucket::of_name(EntityId::from_bytes([0; 16]), "A0000001").get(), 1329);
    }
}
