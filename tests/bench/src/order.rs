//! Whether what is stored at the end can have come about by the answers in the order they were given.

use std::{collections::HashMap, time::Instant};

use crate::cards::{CardId, Stamp};

/// A write that was answered.
#[derive(Clone, Copy)]
pub(crate) struct Write {
    pub(crate) stamp: Stamp,
    pub(crate) sent: Instant,
    pub(crate) answered: Instant,
}

/// The last write of each connection to each card: a connection's earlier ones were over before.
#[derive(Default)]
pub(crate) struct Lasts(HashMap<CardId, HashMap<usize, Write>>);

impl Lasts {
    pub(crate) fn note(&mut self, card: CardId, connection: usize, write: Write) {
        self.0.entry(card).or_default().insert(connection, write);
    }

    pub(crate) fn cards(&self) -> impl Iterator<Item = &CardId> {
        self.0.keys()
    }

    /// The stored stamp is of some connection's last write, and nobody began another after it was answered.
    pub(crate) fn allow(&self, card: &CardId, stored: Stamp) -> bool {
        let Some(writes) = self.0.get(card) else { return false };
        let Some(last) = writes.values().find(|write| write.stamp == stored) else { return false };
        writes.values().all(|other| other.sent <= last.answered)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::now;

    const CARD: CardId = [b'a'; 32];

    /// Writes given as (connection, stamp, sent, answered).
    fn lasts(writes: &[(usize, u32, u64, u64)]) -> Lasts {
        let start = now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut lasts = Lasts::default();
        for (connection, n, sent, answered) in writes {
            let write = Write { stamp: Stamp::nth(*n), sent: at(*sent), answered: at(*answered) };
            lasts.note(CARD, *connection, write);
        }
        lasts
    }

    #[test]
    fn of_writes_at_the_same_time_either_may_be_the_last() {
        let lasts = lasts(&[(0, 1, 0, 10), (1, 2, 5, 15)]);
        assert!(lasts.allow(&CARD, Stamp::nth(1)));
        assert!(lasts.allow(&CARD, Stamp::nth(2)));
    }

    #[test]
    fn a_write_answered_before_another_was_sent_is_not_the_last() {
        let lasts = lasts(&[(0, 1, 0, 10), (1, 2, 11, 15)]);
        assert!(!lasts.allow(&CARD, Stamp::nth(1)));
        assert!(lasts.allow(&CARD, Stamp::nth(2)));
    }

    #[test]
    fn what_its_own_connection_wrote_over_is_not_the_last() {
        let lasts = lasts(&[(0, 1, 0, 10), (0, 2, 10, 15)]);
        assert!(!lasts.allow(&CARD, Stamp::nth(1)));
        assert!(lasts.allow(&CARD, Stamp::nth(2)));
    }
}
