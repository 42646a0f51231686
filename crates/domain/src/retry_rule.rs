//! How often and how long a failed payment of a card is tried again.

/// Why a part of a retry rule was refused. Never holds the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetryRuleError {
    /// The window is outside [`RetryWindow::MIN`] to [`RetryWindow::MAX`].
    #[error("must be from 1 to 1000 hours")]
    Window,
    /// The bound is outside [`MaxFailures::MIN`] to [`MaxFailures::MAX`].
    #[error("must be from 1 to 100")]
    MaxFailures,
}

/// `paymentRetryWindow`: the hours between two tries, 1 to 1000.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "i64")]
pub struct RetryWindow(u16);

impl RetryWindow {
    /// The shortest window, in hours.
    pub const MIN: u16 = 1;
    /// The longest window, in hours.
    pub const MAX: u16 = 1000;

    /// The window in hours.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<i64> for RetryWindow {
    type Error = RetryRuleError;

    fn try_from(hours: i64) -> Result<Self, RetryRuleError> {
        match u16::try_from(hours) {
            Ok(hours @ Self::MIN..=Self::MAX) => Ok(Self(hours)),
            _ => Err(RetryRuleError::Window),
        }
    }
}

/// `maxConsecutivePaymentFailures`: the failures after which retries stop, 1 to 100.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "i64")]
pub struct MaxFailures(u8);

impl MaxFailures {
    /// The smallest bound.
    pub const MIN: u8 = 1;
    /// The largest bound.
    pub const MAX: u8 = 100;

    /// The number of failures.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for MaxFailures {
    type Error = RetryRuleError;

    fn try_from(failures: i64) -> Result<Self, RetryRuleError> {
        match u8::try_from(failures) {
            Ok(failures @ Self::MIN..=Self::MAX) => Ok(Self(failures)),
            _ => Err(RetryRuleError::MaxFailures),
        }
    }
}

/// The retry rule of a card: the default one, or its own.
///
/// The two bounds count only while `use_default` is false; they are kept while it
/// is true, so that switching back and forth loses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RetryRule {
    /// `useDefaultRetryRule`.
    pub use_default: bool,
    /// `paymentRetryWindow`.
    pub window_hours: Option<RetryWindow>,
    /// `maxConsecutivePaymentFailures`.
    pub max_failures: Option<MaxFailures>,
}

impl Default for RetryRule {
    fn default() -> Self {
        Self { use_default: true, window_hours: None, max_failures: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_1_to_1000_hours() {
        for hours in [1, 1000] {
            assert_eq!(i64::from(RetryWindow::try_from(hours).unwrap().get()), hours);
        }
        for hours in [i64::MIN, -1, 0, 1001, 65_536 + 1, i64::MAX] {
            assert_eq!(RetryWindow::try_from(hours), Err(RetryRuleError::Window), "{hours}");
        }
    }

    #[test]
    fn failures_are_bounded_by_1_to_100() {
        for failures in [1, 100] {
            assert_eq!(i64::from(MaxFailures::try_from(failures).unwrap().get()), failures);
        }
        for failures in [i64::MIN, -1, 0, 101, 256 + 1, i64::MAX] {
            let refused = MaxFailures::try_from(failures);
            assert_eq!(refused, Err(RetryRuleError::MaxFailures), "{failures}");
        }
    }

    #[test]
    fn a_new_card_uses_the_default_rule() {
        let rule = RetryRule { use_default: true, window_hours: None, max_failures: None };
        assert_eq!(RetryRule::default(), rule);
    }

    #[test]
    fn json_is_made_of_integers_and_is_checked() {
        let rule = RetryRule {
            use_default: false,
            window_hours: Some(RetryWindow::try_from(24).unwrap()),
            max_failures: Some(MaxFailures::try_from(3).unwrap()),
        };
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(json, r#"{"use_default":false,"window_hours":24,"max_failures":3}"#);
        assert_eq!(serde_json::from_str::<RetryRule>(&json).unwrap(), rule);
        assert!(serde_json::from_str::<RetryWindow>("0").is_err());
        assert!(serde_json::from_str::<MaxFailures>("101").is_err());
    }
}
