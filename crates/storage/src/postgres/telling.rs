//! Whether it is asked first which cards tell of their accounts.
//!
//! Most cards do, and are found without them. Those that do not are looked for once more; where that is most of
//! them, this way is left for a while.

/// For so many statements it is not asked, once most did not.
const SILENCE: u8 = 64;

/// What was learned of the cards.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// Statements until it is asked again.
    silence: u8,
}

impl Telling {
    /// Whether to ask now.
    pub(super) fn asks(&mut self) -> bool {
        let asks = self.silence == 0;
        self.silence = self.silence.saturating_sub(1);
        asks
    }

    /// Takes down how many of those that were asked did tell.
    pub(super) fn learn(&mut self, asked: usize, told: usize) {
        if told * 2 < asked {
            self.silence = SILENCE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_most_cards_are_silent_none_is_asked_for_a_while() {
        let mut telling = Telling::default();
        for (asked, told) in [(4, 4), (4, 2), (1, 1)] {
            assert!(telling.asks());
            telling.learn(asked, told);
        }
        assert!(telling.asks());
        telling.learn(5, 2);
        assert!((0..SILENCE).all(|_| !telling.asks()));
        assert!(telling.asks());
    }
}
