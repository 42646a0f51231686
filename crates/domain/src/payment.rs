//! What became of payments with a card: made elsewhere, and told here.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    card_number::looks_like_issued_number,
    id::{EntityId, LogId, PaymentMethodId, SnapshotId},
    text::{CurrencyCode, GatewayCode, GatewayName, PaymentId, TextError},
};

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentOutcome {
    /// What the payment is called where it was made; one payment counts once.
    pub payment: PaymentId,
    /// Whether the money came.
    pub result: PaymentResult,
    /// When that was known.
    pub at: Timestamp,
    /// How much it was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<PaymentAmount>,
    /// In which currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<CurrencyCode>,
    /// Through which gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
}

/// Whether the money came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PaymentResult {
    /// It did.
    Succeeded,
    /// It did not.
    Failed {
        /// The gateway's code for why.
        code: Option<GatewayCode>,
        /// The gateway's words for it.
        message: Option<GatewayMessage>,
    },
}

impl PaymentResult {
    /// Whether the money came.
    pub fn is_success(&self) -> bool {
        *self == Self::Succeeded
    }
}

/// What a gateway said, in its own words, as far as they may be kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct GatewayMessage(String);

impl TryFrom<String> for GatewayMessage {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::of(&text).ok_or(TextError::CardNumber)
    }
}

impl GatewayMessage {
    /// The most characters that are kept.
    pub const MAX_CHARS: usize = 255;

    /// Keeps the beginning of what a gateway said; nothing of it if there is what looks like a card
    /// number anywhere, because nobody chose these words with care for what is kept.
    pub fn of(text: &str) -> Option<Self> {
        if looks_like_issued_number(text) {
            return None;
        }
        let printed = |letter: char| if letter.is_control() { ' ' } else { letter };
        let kept: String = text.chars().take(Self::MAX_CHARS).map(printed).collect();
        let kept = kept.trim();
        (!kept.is_empty()).then(|| Self(kept.to_owned()))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why an amount was refused. Never holds the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of at most 12 digits, with at most 3 more after a point")]
pub struct AmountError;

/// An amount of money as it was written: nobody calculates with it here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PaymentAmount(String);

impl FromStr for PaymentAmount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |text: &str, max| {
            (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if digits(whole, 12) && digits(part, 3) {
            Ok(Self(text.to_owned()))
        } else {
            Err(AmountError)
        }
    }
}

impl TryFrom<String> for PaymentAmount {
    type Error = AmountError;

    fn try_from(text: String) -> Result<Self, AmountError> {
        text.parse()
    }
}

impl From<PaymentAmount> for String {
    fn from(amount: PaymentAmount) -> Self {
        amount.0
    }
}

impl fmt::Display for PaymentAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One payment in the transaction log: it stays when the card is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Its id, which says in which bucket it is.
    pub id: LogId,
    /// The entity of the card.
    pub entity: EntityId,
    /// The card that was to be charged.
    pub card: PaymentMethodId,
    /// The card as it was then.
    pub snapshot: SnapshotId,
    /// When the outcome was known.
    pub at: Timestamp,
    /// What became of the payment; nothing once the card was scrubbed.
    pub outcome: Option<PaymentOutcome>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_gateways_words_the_beginning_is_kept() {
        let message = GatewayMessage::of(&format!(" No\tmoney.\u{0} {}", "é".repeat(300))).unwrap();
        assert!(message.as_str().starts_with("No money."));
        assert!(message.as_str().chars().count() <= GatewayMessage::MAX_CHARS);
        for nothing in ["", " ", "\r\n"] {
            assert_eq!(GatewayMessage::of(nothing), None);
        }
    }

    #[test]
    fn words_with_a_card_number_are_not_kept() {
        let tail = "x".repeat(300);
        for text in [
            "card 4111 1111 1111 1111 declined",
            "4242424242424242",
            &format!("{tail} 4111111111111111"),
        ] {
            assert_eq!(GatewayMessage::of(text), None, "{text}");
        }
        assert!(GatewayMessage::of("reference 1234567").is_some());
    }

    #[test]
    fn an_amount_is_digits_with_at_most_one_point() {
        for text in ["0", "10", "19.99", "0.005", "999999999999.999"] {
            assert_eq!(text.parse::<PaymentAmount>().unwrap().to_string(), text);
        }
        for text in
            ["", ".", "1.", ".5", "-1", "+1", "1e3", "1,5", "1.0000", "1000000000000", "1.2.3"]
        {
            assert_eq!(text.parse::<PaymentAmount>(), Err(AmountError), "{text}");
        }
    }
}
