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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_0_to_100() {
        for count in [0, 1, 99, 100] {
            let failures = ConsecutiveFailures::try_from(count).unwrap();
            assert_eq!(i64::from(failures.get()), count);
        }
        for count in [i64::MIN, -1, 101, 256, 256 + 5, i64::MAX] {
            let failures = ConsecutiveFailures::try_from(count);
            assert_eq!(failures, Err(ConsecutiveFailuresError::OutOfRange), "{count}");
        }
    }

    #[test]
    fn recording_stops_at_the_maximum() {
        for (count, next) in [(0, 1), (99, 100), (100, 100)] {
            let failures = ConsecutiveFailures::try_from(count).unwrap();
            assert_eq!(failures.record().get(), next);
        }
    }

    #[test]
    fn a_reset_count_is_the_count_of_a_new_card() {
        let failures = ConsecutiveFailures::try_from(7).unwrap();
        assert_eq!(failures.reset(), ConsecutiveFailures::default());
        assert_eq!(failures.reset().get(), 0);
    }

    #[test]
    fn json_is_an_integer_and_is_checked() {
        let failures = ConsecutiveFailures::try_from(7).unwrap();
        assert_eq!(serde_json::to_string(&failures).unwrap(), "7");
        assert_eq!(serde_json::from_str::<ConsecutiveFailures>("7").unwrap(), failures);
        for json in ["101", "-1", "7.5", "\"7\""] {
            assert!(serde_json::from_str::<ConsecutiveFailures>(json).is_err(), "{json}");
        }
    }
}
