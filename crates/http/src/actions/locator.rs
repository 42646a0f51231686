//! Where the next records of a query begin.
//!
//! A locator is the query itself and the id of the last record that was given out. So any process
//! can go on with it, at any time, and nobody keeps a list of open queries. It is read as a query
//! that the caller sent itself, in the caller's own entity: forging one gains nothing.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cardfile_domain::{
    id::PaymentMethodId,
    query::{CardField, Comparison, Condition, Operand},
};
use serde::{Deserialize, Serialize};

/// A query, and the last record of it that was given out.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Locator {
    #[serde(rename = "q")]
    pub(super) query: String,
    #[serde(rename = "a")]
    pub(super) after: PaymentMethodId,
}

impl Locator {
    pub(super) fn write(&self) -> String {
        // Strings and ids are always JSON.
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The records that are left, of those that the query asks for.
    pub(super) fn narrow(&self, condition: Option<Condition>) -> Condition {
        let after = Operand::Text(self.after.to_string());
        let later = Condition::Compare(CardField::Id, Comparison::Greater, after);
        match condition {
            Some(condition) => Condition::All(vec![condition, later]),
            None => later,
        }
    }
}

#[cfg(test)]
mod tests {
    use cardfile_domain::id::Bucket;

    use super::*;

    #[test]
    fn a_locator_is_read_as_it_was_written() {
        let locator = Locator {
            query: "select Id from PaymentMethod where Email = 'ü\"'".to_owned(),
            after: PaymentMethodId::new(Bucket::new(7), 1, 2),
        };
        let text = locator.write();
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        assert_eq!(Locator::read(&text), Some(locator));
    }

    #[test]
    fn what_nobody_wrote_is_no_locator() {
        for text in ["", "x", "2c92c0f9602fb240016049ac7e0b47e7-2000", "e30", "ü", "bnVsbA"] {
            assert_eq!(Locator::read(text), None, "{text}");
        }
    }
}
