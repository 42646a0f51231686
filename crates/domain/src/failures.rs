//! The count of consecutive failed payments of a card.

/// Why a count was refused. Never holds the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsecutiveFailuresError {
    /// The count is negative or above [`ConsecutiveFailures::MAX`].
    #[error("must be from 0 to 100")]
    OutOfRange,
}

/// `numConsecutiveFailures`: 0 to 100, back to 0 when a payment succeeds.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(try_from = "i64")]
pub struct ConsecutiveFailures(u8);

impl ConsecutiveFailures {
    /// The most failures that are counted.
    pub const MAX: u8 = 100;

    /// The count.
    pub fn get(self) -> u8 {
        self.0
    }

    /// The count after one more failure; it stays at [`Self::MAX`] once there.
    #[must_use = "the count is a value and is not changed in place"]
    pub fn record(self) -> Self {
        Self(self.0.saturating_add(1).min(Self::MAX))
    }

    /// The count after a successful payment.
    #[must_use = "the count is a value and is not changed in place"]
    pub fn reset(self) -> Self {
        Self(0)
    }
}

impl TryFrom<i64> for ConsecutiveFailures {
    type Error = ConsecutiveFailuresError;

    fn try_from(count: i64) -> Result<Self, ConsecutiveFailuresError> {
        match u8::try_from(count) {
            Ok(count @ 0..=Self::MAX) => Ok(Self(count)),
            _ => Err(ConsecutiveFailuresError::OutOfRange),
        }
    }
}
