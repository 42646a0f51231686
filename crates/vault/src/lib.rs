//! Keys, and what may be done with them: seal a card number, recognise it again, sign.
//!
//! One secret rules the rest. From the [`RootKey`], a file that the operator keeps, HKDF-SHA-256
//! derives separate keys that wrap the entities' keys, hash the clients' secrets and sign tokens.
//! Each entity has a random seed of its own, stored wrapped beside the entity, from which come the
//! keys that seal its card numbers, fingerprint them and authenticate its requests. So a row copied
//! from one entity to another does not open, and two entities share no fingerprint.
//!
//! # How a number is sealed
//!
//! AES-256-GCM under a key made for that one card (HKDF of the entity's key, the entity and the
//! card), with a random nonce of 96 bits, and with the same entity, card and purpose as associated
//! data. GCM breaks when a nonce repeats under one key, and under one key random nonces are good
//! for some 2³² messages. A key of its own for every card turns that into 2³² sealings of each
//! card, however many cards an entity has, without a counter that a restored backup or a second
//! process could rewind. It costs one derivation and one key schedule for each number.
//!
//! # What stays in memory
//!
//! Keys, opened numbers and every buffer that held one are wiped when they are dropped. The keys in
//! use stay in memory unwrapped, because each request needs them, and what the compiler leaves behind
//! when it moves a value is out of reach. This crate does not defend against somebody who can read
//! the memory of the process.
//!
//! # What is stored
//!
//! The layouts of wrapped keys and of sealed numbers are pinned by known-answer tests. Wrapped keys
//! begin with a format byte, so another layout of theirs takes another byte. A sealed number (nonce,
//! ciphertext, tag) is read as its key version says, so another way of sealing takes a new version.

mod entity_keys;
mod error;
mod kdf;
mod label;
mod publishable_key;
mod root_key;
mod sealing;
mod vault;
mod webhook;

pub use error::VaultError;
pub use publishable_key::PublishableKey;
pub use root_key::RootKey;
pub use vault::{KeyStatus, Vault};
pub use webhook::is_signed_by_stripe;
