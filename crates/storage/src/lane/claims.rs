//! The answers that are kept for claims, those of the running batch included.

use std::collections::HashMap;

use cardfile_domain::{
    command::{Claim, Context, Write},
    limits::{LASTING_YEAR, RECEIPT_HOURS},
    ports::{Answer, Outcome, Receipt, StoreError},
    refusal::Refusal,
};
use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};

use super::{ClaimKey, Depends, ReceiptWrite, Verdict, receipt_bucket, target_entity};

/// The kept answers that a batch may come upon.
pub(super) struct Claims(HashMap<ClaimKey, Result<Kept, StoreError>>);

/// A kept answer, and what must be stored for it to hold.
struct Kept {
    receipt: Receipt,
    depends: Depends,
}

impl Claims {
    pub(super) fn new(loaded: HashMap<ClaimKey, Result<Receipt, StoreError>>) -> Self {
        let kept = loaded.into_iter().map(|(key, receipt)| {
            let kept = receipt.map(|receipt| Kept { receipt, depends: Depends::Nothing });
            (key, kept)
        });
        Self(kept.collect())
    }

    /// What an earlier write under the same claim makes of this one.
    pub(super) fn replay(&self, write: &Write, claim: &Claim) -> Option<Verdict> {
        let kept = match self.0.get(&(target_entity(&write.target), claim.key))? {
            Ok(kept) if is_outdated(&kept.receipt, &write.context) => return None,
            Ok(kept) => kept,
            Err(error) => {
                return Some(Verdict { result: Err(error.clone()), depends: Depends::Nothing });
            }
        };
        let same = kept.receipt.claim.request == claim.request;
        let outcome = if same { kept.receipt.outcome.clone() } else { Err(Refusal::KeyReused) };
        Some(Verdict { result: Ok(Answer { outcome, replayed: same }), depends: kept.depends })
    }

    /// Whether an answer to the claim was given in this batch.
    pub(super) fn was_answered_here(&self, write: &Write, claim: &Claim) -> bool {
        match self.0.get(&(target_entity(&write.target), claim.key)) {
            Some(Ok(kept)) => kept.depends != Depends::Nothing,
            _ => false,
        }
    }

    /// Notes the answer to a claim and returns what has to be written for it.
    pub(super) fn keep(
        &mut self,
        write: &Write,
        claim: Claim,
        outcome: &Outcome,
        depends: Depends,
    ) -> ReceiptWrite {
        let entity = target_entity(&write.target);
        let receipt = Receipt { claim, outcome: outcome.clone(), at: filed_at(write) };
        let kept = Kept { receipt: receipt.clone(), depends };
        self.0.insert((entity, claim.key), Ok(kept));
        ReceiptWrite { bucket: receipt_bucket(entity, &claim.key), entity, receipt }
    }
}

/// The moment from which on an answer grows old.
fn filed_at(write: &Write) -> Timestamp {
    if write.command.is_lasting() { far_ahead() } else { write.context.at }
}

/// A moment that nobody who is alive will see.
fn far_ahead() -> Timestamp {
    let begin = date(LASTING_YEAR, 1, 1).at(0, 0, 0, 0).to_zoned(TimeZone::UTC);
    begin.map_or(Timestamp::MAX, |begin| begin.timestamp())
}

fn is_outdated(receipt: &Receipt, context: &Context) -> bool {
    let oldest = context.at.checked_sub(SignedDuration::from_hours(RECEIPT_HOURS));
    oldest.is_ok_and(|oldest| receipt.at < oldest)
}
