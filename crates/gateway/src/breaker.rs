//! A circuit breaker: a gateway that keeps failing is left alone for a while.
//!
//! Nobody waits for an answer then that will not come, and the gateway is not burdened while it is
//! being mended. When the while is over, one question is let through; its fate decides.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Failures in a row after which a gateway is left alone.
const FAILURES_MAX: u32 = 5;
/// For how long.
const REST: Duration = Duration::from_secs(10);

/// Whether questions are let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// All of them.
    Closed,
    /// One, to try.
    Trying,
    /// None.
    Open,
}

impl State {
    /// The state as a figure.
    pub(crate) fn figure(self) -> f64 {
        match self {
            Self::Closed => 0.0,
            Self::Trying => 1.0,
            Self::Open => 2.0,
        }
    }
}

#[derive(Default)]
struct Record {
    failures: u32,
    /// Until when nobody is let through, once there were too many failures.
    rests_until: Option<Instant>,
    /// Somebody was let through to try.
    is_trying: bool,
}

/// The breaker of one gateway.
#[derive(Default)]
pub(crate) struct Breaker(Mutex<Record>);

/// The permission to ask. Dropped without a word, the question was given up, which says nothing.
pub(crate) struct Passage<'a> {
    breaker: &'a Breaker,
    is_try: bool,
}

impl Breaker {
    /// Lets a question through, or not.
    pub(crate) fn pass(&self, now: Instant) -> Option<Passage<'_>> {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_try = match record.rests_until {
            None => false,
            Some(until) if now < until || record.is_trying => return None,
            Some(_) => true,
        };
        record.is_trying |= is_try;
        Some(Passage { breaker: self, is_try })
    }

    /// Whether questions are let through.
    pub(crate) fn state(&self, now: Instant) -> State {
        let record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match record.rests_until {
            None => State::Closed,
            Some(until) if now < until => State::Open,
            Some(_) => State::Trying,
        }
    }
}

impl Passage<'_> {
    /// Notes whether the gateway answered.
    pub(crate) fn note(self, answered: bool, now: Instant) {
        let mut record = self.breaker.0.lock().unwrap_or_else(PoisonError::into_inner);
        if answered {
            *record = Record::default();
            return;
        }
        record.failures += 1;
        if self.is_try || record.failures >= FAILURES_MAX {
            record.rests_until = Some(now + REST);
        }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if self.is_try {
            let mut record = self.breaker.0.lock().unwrap_or_else(PoisonError::into_inner);
            record.is_trying = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, now: Instant) {
        breaker.pass(now).unwrap().note(false, now);
    }

    #[test]
    fn after_five_failures_in_a_row_nobody_is_let_through() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..4 {
            fail(&breaker, now);
        }
        breaker.pass(now).unwrap().note(true, now);
        for _ in 0..5 {
            assert_eq!(breaker.state(now), State::Closed);
            fail(&breaker, now);
        }
        assert_eq!(breaker.state(now), State::Open);
        assert!(breaker.pass(now).is_none());
    }

    #[test]
    fn after_a_rest_one_is_let_through_and_its_fate_decides() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..5 {
            fail(&breaker, now);
        }
        let later = now + REST;
        assert_eq!(breaker.state(later), State::Trying);
        let first = breaker.pass(later).unwrap();
        assert!(breaker.pass(later).is_none());
        first.note(false, later);
        assert!(breaker.pass(later).is_none());
        let much_later = later + REST;
        // Whoever gives up makes room for the next one.
        drop(breaker.pass(much_later).unwrap());
        breaker.pass(much_later).unwrap().note(true, much_later);
        assert_eq!(breaker.state(much_later), State::Closed);
        assert!(breaker.pass(much_later).is_some() && breaker.pass(much_later).is_some());
    }
}
