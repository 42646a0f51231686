//! How an export is going. How many cards there are in all, nobody counts beforehand.

use std::time::Duration;

use crate::progress;

/// Shows how it goes, by the cards that were read.
pub(super) struct Reporter(progress::Reporter);

impl Reporter {
    pub(super) fn new(quiet: bool) -> Self {
        Self(progress::Reporter::new(quiet, "{spinner} {human_pos} {msg}  {per_sec}", None))
    }

    /// So many cards were read, and this was done with them.
    pub(super) fn update(&mut self, cards: u64, done: &'static str) {
        self.0.update(cards, || format!("cards {done}"), |elapsed| line(cards, done, elapsed));
    }
}

impl Drop for Reporter {
    /// Whatever ends the export takes the bar away before it is told.
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// What is said after so long.
fn line(cards: u64, done: &str, elapsed: Duration) -> String {
    format!("{cards} cards {done}, {} cards/s", cards / elapsed.as_secs().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_many_and_how_fast() {
        let told = line(1005, "written", Duration::from_secs(10));
        assert_eq!(told, "1005 cards written, 100 cards/s");
        assert_eq!(line(7, "looked through", Duration::ZERO), "7 cards looked through, 7 cards/s");
    }
}
