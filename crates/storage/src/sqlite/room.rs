//! Room to grow in the rows of cards.
//!
//! The row of a card that is put on file grows with the first payment, and a little now and then. A page that
//! is too small for it then gives some of its rows to another, and when that is committed SQLite walks through
//! all pages that it keeps at hand. So a row takes as much as each of the rows of a page can have; what it
//! does not need is zeros.

use cardfile_domain::card::Card;

use super::query::number;
use crate::row::json_text;

/// What rows share in a page of [`super::PAGE_BYTES`], without what a row may be longer than it seems.
const SHARED_BYTES: usize = 2040;
const UNCERTAIN_BYTES: usize = 16;
/// How many share a page at the most. A row for which half of a page is not enough gets no room.
const ROWS_MAX: usize = 6;
/// What the columns take that are about as long in every card, with their lengths and the row's number.
const ALIKE_BYTES: usize = 312;
/// What a new card grows by before long.
const GROWTH_BYTES: usize = 64;

/// What a card holds as JSON.
pub(super) struct Texts {
    pub(super) holder: String,
    pub(super) extras: String,
    pub(super) custom: String,
    pub(super) activity: String,
}

impl Texts {
    pub(super) fn of(card: &Card) -> Self {
        Self {
            holder: json_text(&card.holder),
            extras: json_text(&card.extras),
            custom: json_text(&card.custom),
            activity: json_text(&card.activity),
        }
    }

    /// How much room the row of the card is left.
    pub(super) fn room(&self, card: &Card) -> i64 {
        left(self.row_bytes(card), 0)
    }

    /// The same of a card that is put on file.
    pub(super) fn room_at_first(&self, card: &Card) -> i64 {
        left(self.row_bytes(card), GROWTH_BYTES)
    }

    fn row_bytes(&self, card: &Card) -> usize {
        let name = card.holder_name.as_ref().map_or(0, |name| name.as_ref().len());
        let texts = [&self.holder, &self.extras, &self.custom, &self.activity];
        let texts: usize = texts.into_iter().map(String::len).sum();
        ALIKE_BYTES + card.account.as_str().len() + name + texts
    }
}

/// What is left of the smallest share that is large enough.
fn left(bytes: usize, growth: usize) -> i64 {
    let shares = (2..=ROWS_MAX).rev().map(|rows| SHARED_BYTES / rows - UNCERTAIN_BYTES);
    shares
        .into_iter()
        .find(|share| *share >= bytes + growth)
        .map_or(0, |share| number(share - bytes))
}
