//! An event as it is stored: with its place in the chain, and its hash.

use std::borrow::Cow;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::EventHash;
use crate::{
    id::{AccountRef, ClientId, PaymentMethodId},
    track_id::TrackId,
};

/// An event in its account's chain, as it is stored and fed to others.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// The account whose chain this is.
    pub account: AccountRef,
    /// The event's number in the account, from 1.
    pub seq: i64,
    /// What happened.
    pub kind: Cow<'static, str>,
    /// The card it is about.
    pub card: Option<PaymentMethodId>,
    /// When.
    pub at: Timestamp,
    /// Who asked for it.
    pub by: ClientId,
    /// Under which trace id.
    pub track: Option<TrackId>,
    /// What changed, as a JSON object.
    pub body: String,
    /// The hash of the event before.
    pub previous: EventHash,
    /// The hash of this one.
    pub hash: EventHash,
}

impl RecordedEvent {
    /// Computes the hash that an event with these contents must have.
    pub fn expected_hash(&self) -> EventHash {
        let mut hasher = Sha256::new_with_prefix(b"cardfile event 1");
        hasher.update(self.previous.0);
        hasher.update(self.account.entity.as_bytes());
        hasher.update(self.seq.to_be_bytes());
        hasher.update(self.at.as_microsecond().to_be_bytes());
        hasher.update(self.by.as_bytes());
        hasher.update(self.card.map_or([0; 16], |card| *card.as_bytes()));
        // Lengths go in too, so that no two different events are one string of bytes.
        let track = self.track.as_ref().map_or("", TrackId::as_str);
        for text in [self.account.key.as_str(), &self.kind, track, &self.body] {
            hasher.update((text.len() as u64).to_be_bytes());
            hasher.update(text);
        }
        EventHash(hasher.finalize().into())
    }
}
