//! Where the events of an account are, for whoever follows them from the latest.

/// Of so many events in a row one is known to all until the next of its kind, so that a long chain is not
/// followed link by link. The migrations that chained the events count in the same way.
pub(crate) const MARKED: i64 = 64;

/// Where the latest events of an account are. What a place is, is for the database to say: on SQLite the number
/// of a row, on PostgreSQL a time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Chain {
    /// The place of the latest.
    pub(crate) latest: Option<i64>,
    /// The place of the latest whose number is a multiple of [`MARKED`].
    pub(crate) marked: Option<i64>,
}

impl Chain {
    /// The chain with one more event, which has this number and is in this place.
    pub(crate) fn with(self, seq: i64, place: i64) -> Self {
        let latest = Some(place);
        Self { latest, marked: if seq % MARKED == 0 { latest } else { self.marked } }
    }

    /// The number of an event that is known to one with this number, which may be skipped to on the way to
    /// another.
    pub(crate) fn mark_before(seq: i64, wanted: i64) -> Option<i64> {
        let mark = (seq - 1) / MARKED * MARKED;
        (mark >= wanted && mark > 0).then_some(mark)
    }
}
