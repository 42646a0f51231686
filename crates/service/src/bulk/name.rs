//! What a line is known by when it is sent again.
//!
//! A line with a key of the caller's is known by that. One without is known by its content: a card
//! that is sent twice is put on file once. Changes of a card are different, because setting a value,
//! setting another and setting the first again are three changes. So their place among the lines about
//! the card counts, too, and an upload that is sent again from its beginning finds each of them where
//! it was.

use cardfile_domain::{
    command::Claim,
    id::{Bucket, PaymentMethodId},
};

use super::{Action, Line, Upload};
use crate::Failure;

/// Places that are counted one by one; a power of two. Cards that share a place only count on: their
/// lines are still known when the upload is sent again from its beginning.
const PLACES: usize = 1 << 20;

/// How many lines about each card, or about those that share its place, there were.
#[derive(Default)]
pub(super) struct Repeats(Vec<u32>);

impl Repeats {
    pub(super) fn next(&mut self, card: PaymentMethodId) -> u32 {
        if self.0.is_empty() {
            self.0 = vec![0; PLACES];
        }
        let [.., a, b, c, d] = *card.as_bytes();
        let place = &mut self.0[u32::from_be_bytes([a, b, c, d]) as usize % PLACES];
        *place = place.wrapping_add(1);
        *place
    }
}

impl Upload {
    /// The claim that a line makes.
    pub(super) async fn claim(&mut self, line: &Line) -> Result<Claim, Failure> {
        let entity = line.caller.entity;
        self.service.load_keys(entity).await?;
        let upload = self.key.as_deref().unwrap_or_default().as_bytes();
        let client: &[u8] = line.caller.client.as_bytes();
        let mac = |parts: &[&[u8]]| self.service.vault.request_mac(entity, parts);
        if let Some(key) = &line.external_key {
            return Ok(Claim {
                key: mac(&[b"line key", client, upload, key.as_bytes()])?,
                request: mac(&[b"line", &line.content])?,
            });
        }
        let repeat = match &line.action {
            Action::Create(..) => 0,
            Action::Update(card, _) | Action::Delete(card) => self.repeats.next(*card),
        };
        let key = mac(&[b"line", client, upload, &line.content, &repeat.to_be_bytes()])?;
        Ok(Claim { key, request: key })
    }
}

/// The bucket of a card without an account: the same for the same line, so that a line that comes in
/// twice at the same time meets itself in one lane.
pub(super) fn bucket(claim: &Claim) -> Bucket {
    Bucket::new(u16::from_be_bytes([claim.key[0], claim.key[1]]))
}
