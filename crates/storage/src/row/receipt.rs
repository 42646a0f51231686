//! The row of a receipt.

use cardfile_domain::{
    command::Claim,
    ports::{Outcome, Receipt, StoreError},
};

use super::{Origin, json_text};
use crate::lane::hex;

/// The columns of `receipt`.
#[derive(Clone, Debug)]
pub(crate) struct ReceiptRow<'r> {
    pub(crate) key: &'r [u8],
    pub(crate) request: &'r [u8],
    pub(crate) outcome: &'r str,
    pub(crate) at: i64,
}

impl ReceiptRow<'_> {
    /// The receipt.
    pub(crate) fn read(&self) -> Result<Receipt, StoreError> {
        let row = hex(self.key);
        let origin = Origin { table: "receipt", row: &row };
        Ok(Receipt {
            claim: Claim {
                key: origin.check("key", self.key.try_into())?,
                request: origin.check("request", self.request.try_into())?,
            },
            outcome: origin.json("outcome", self.outcome)?,
            at: origin.time("at", self.at)?,
        })
    }
}

/// An outcome as it is kept.
pub(crate) fn outcome_text(outcome: &Outcome) -> String {
    json_text(outcome)
}
