//! Who signed a webhook, and when.

use std::collections::BTreeSet;

use cardfile_domain::{id::EntityId, limits::WEBHOOK_SECONDS};
use cardfile_vault::is_signed_by_stripe;
use thiserror::Error;

use crate::Service;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignatureFault {
    /// No secret is configured, so nothing can be believed.
    #[error("no webhook secret is configured")]
    NoSecret,
    /// The header is not one of Stripe's.
    #[error("unable to extract timestamp and signatures from the header")]
    Malformed,
    /// No signature in it belongs to the body.
    #[error("no signatures found matching the expected signature for the payload")]
    NoMatch,
    /// It was signed too long ago, or too far ahead.
    #[error("the timestamp is outside of the tolerance zone")]
    OutOfTime,
}

impl Service {
    /// Whether any webhook can be believed.
    pub fn knows_webhooks(&self) -> bool {
        !self.webhooks.is_empty()
    }

    /// The entities that a signed body may be about.
    pub fn entities_of_webhook(
        &self,
        header: &str,
        body: &[u8],
    ) -> Result<BTreeSet<EntityId>, SignatureFault> {
        if !self.knows_webhooks() {
            return Err(SignatureFault::NoSecret);
        }
        let signed = Signed::read(header).ok_or(SignatureFault::Malformed)?;
        let Signed { moment, signatures } = &signed;
        let matches = |secret: &str| is_signed_by_stripe(secret, moment, body, signatures);
        let matching = self.webhooks.iter().filter(|known| matches(&known.secret));
        let entities: Vec<_> = matching.map(|known| &known.entities).collect();
        if entities.is_empty() {
            return Err(SignatureFault::NoMatch);
        }
        // The signature first: whoever cannot sign learns nothing about our clock.
        let second: i64 = moment.parse().map_err(|_| SignatureFault::Malformed)?;
        if self.clock.now().as_second().abs_diff(second) > WEBHOOK_SECONDS {
            return Err(SignatureFault::OutOfTime);
        }
        Ok(entities.into_iter().flatten().copied().collect())
    }
}

/// What `Stripe-Signature` says: a moment, and any number of signatures of one or more versions.
#[derive(Debug, PartialEq, Eq)]
struct Signed<'a> {
    moment: &'a str,
    signatures: Vec<[u8; 32]>,
}

impl<'a> Signed<'a> {
    fn read(header: &'a str) -> Option<Self> {
        let mut moment = None;
        let mut signatures = Vec::new();
        for item in header.split(',') {
            match item.trim().split_once('=')? {
                ("t", text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                    moment = Some(text);
                }
                ("v1", text) => signatures.push(unhex(text)?),
                // Other versions are signatures that we do not know, and not believed.
                _ => {}
            }
        }
        Some(Self { moment: moment?, signatures })
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; 32];
    if text.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_has_a_moment_and_signatures_of_the_first_version() {
        let (a, b) = ("ab".repeat(32), "01".repeat(32));
        let header = format!("t=1700000000, v1={a},v0=ffff,v1={b}");
        let signed = Signed::read(&header).unwrap();
        assert_eq!(signed.moment, "1700000000");
        assert_eq!(signed.signatures, [[0xab; 32], [1; 32]]);
    }

    #[test]
    fn what_is_no_header_of_stripe_is_none() {
        let v1 = "ab".repeat(32);
        for bad in ["", "t", &format!("v1={v1}"), &format!("t=-1,v1={v1}"), "t=1,v1=zz"] {
            assert_eq!(Signed::read(bad), None, "{bad}");
        }
        assert_eq!(Signed::read("t=1").unwrap().signatures, [[0; 32]; 0]);
    }
}
