//! What time it is, and how a time that is not real is moved.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// Now, to the microsecond.
    fn now(&self) -> Timestamp;
}

/// A clock of a time that is not real, and can be moved ahead.
pub trait SettableClock: Clock {
    /// Moves it ahead.
    fn advance(&self, goal: Goal) -> Result<(), ClockFault>;
}

/// How far ahead a clock is to go.
#[derive(Clone, Copy, Debug)]
pub enum Goal {
    /// To a moment.
    To(Timestamp),
    /// By a length of time, from when it is moved.
    By(SignedDuration),
}

impl Goal {
    /// How far that is from a moment.
    pub fn from(self, now: Timestamp) -> Result<SignedDuration, ClockFault> {
        let step = match self {
            Self::To(moment) => moment.duration_since(now),
            Self::By(step) => step,
        };
        if step.is_negative() { Err(ClockFault::Backwards) } else { Ok(step) }
    }
}

/// Why a clock was not moved.
#[derive(Debug, Error)]
pub enum ClockFault {
    /// What is written in the order of time would be written behind its end.
    #[error("the moment is past")]
    Backwards,
    /// The calendar ends before that.
    #[error("the moment is too far ahead")]
    TooFar,
    /// A restart would go back.
    #[error("the moment cannot be kept")]
    NotKept(#[source] std::io::Error),
}
