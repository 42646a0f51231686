//! The names in a line that are about the line rather than about the card.

use std::marker::PhantomData;

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, Visitor,
        value::MapAccessDeserializer,
    },
};

pub(super) const OP: &str = "op";
pub(super) const ID: &str = "id";
pub(super) const EXTERNAL_KEY: &str = "externalKey";
pub(super) const ENTITY_ID: &str = "entityId";

pub(super) const STATUS: &str = "status";
pub(super) const USE_DEFAULT_RETRY_RULE: &str = "useDefaultRetryRule";
pub(super) const PAYMENT_RETRY_WINDOW: &str = "paymentRetryWindow";
pub(super) const MAX_FAILURES: &str = "maxConsecutivePaymentFailures";
pub(super) const MAY_BE_EXPIRED: &str = "mayBeExpired";

/// A field of the card, which says more in a line than in a single call.
pub(super) const MAKE_DEFAULT: &str = "makeDefault";

const OF_LINE: [&str; 4] = [OP, ID, EXTERNAL_KEY, ENTITY_ID];
/// What a line can tell of a card that was on file elsewhere, and no single call that makes one.
const OF_NEW: [&str; 5] =
    [STATUS, USE_DEFAULT_RETRY_RULE, PAYMENT_RETRY_WINDOW, MAX_FAILURES, MAY_BE_EXPIRED];

/// A line without those names: what a single call would be sent as its body.
pub(super) struct Rest<T, const NEW: bool>(pub(super) T);

impl<'de, T: Deserialize<'de>, const NEW: bool> Deserialize<'de> for Rest<T, NEW> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RestVisitor::<T, NEW>(PhantomData))
    }
}

struct RestVisitor<T, const NEW: bool>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const NEW: bool> Visitor<'de> for RestVisitor<T, NEW> {
    type Value = Rest<T, NEW>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(Others::<A, NEW>(entries))).map(Rest)
    }
}

/// The entries of a map whose names are not about the line.
struct Others<A, const NEW: bool>(A);

impl<'de, A: MapAccess<'de>, const NEW: bool> MapAccess<'de> for Others<A, NEW> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        mut seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        loop {
            match self.0.next_key_seed(Name::<K, NEW>(seed))? {
                None => return Ok(None),
                Some(Ok(name)) => return Ok(Some(name)),
                Some(Err(unused)) => {
                    self.0.next_value::<IgnoredAny>()?;
                    seed = unused;
                }
            }
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.0.next_value_seed(seed)
    }
}

/// Reads a name for a seed; if it is one about the line, the seed comes back.
struct Name<K, const NEW: bool>(K);

impl<'de, K: DeserializeSeed<'de>, const NEW: bool> DeserializeSeed<'de> for Name<K, NEW> {
    type Value = Result<K::Value, K>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, K: DeserializeSeed<'de>, const NEW: bool> Visitor<'de> for Name<K, NEW> {
    type Value = Result<K::Value, K>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if OF_LINE.contains(&name) || NEW && OF_NEW.contains(&name) {
            Ok(Err(self.0))
        } else {
            self.0.deserialize(name.into_deserializer()).map(Ok)
        }
    }
}
