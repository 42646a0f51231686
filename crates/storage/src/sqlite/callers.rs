//! Whether callers come one at a time.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// So many callers in a row have to have found nobody else, before one is taken to be alone.
const IN_TURN_MIN: usize = 8;

/// Counts those who read a row or write. What is counted guards nothing: it is a guess at the next moment.
#[derive(Debug, Default)]
pub(super) struct Callers {
    here: AtomicUsize,
    in_turn: AtomicUsize,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(super) struct Visit<'a>(&'a Callers);

impl Callers {
    /// Somebody comes.
    pub(super) fn enter(&self) -> Visit<'_> {
        if self.here.fetch_add(1, Relaxed) == 0 {
            self.in_turn.fetch_add(1, Relaxed);
        } else {
            self.in_turn.store(0, Relaxed);
        }
        Visit(self)
    }
}

impl Visit<'_> {
    /// Nobody else is here, nor has been beside anybody for a while.
    pub(super) fn is_alone(&self) -> bool {
        self.0.in_turn.load(Relaxed) >= IN_TURN_MIN
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        self.0.here.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_after_enough_others_is_alone_until_somebody_comes_beside() {
        let callers = Callers::default();
        let alone = |_| callers.enter().is_alone();
        let expected: Vec<_> = (1..12).map(|turn| turn >= IN_TURN_MIN).collect();
        assert_eq!((1..12).map(alone).collect::<Vec<_>>(), expected);
        let first = callers.enter();
        assert!(first.is_alone());
        let second = callers.enter();
        assert!(!second.is_alone() && !first.is_alone());
        drop((first, second));
        assert_eq!((1..12).map(alone).collect::<Vec<_>>(), expected);
    }
}
