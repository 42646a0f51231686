//! What a command asks of whoever carries it out.

use super::Command;
use crate::text::CardName;

impl Command {
    /// Whether what it did must be known as long as there is anybody who may ask for it again.
    pub fn is_lasting(&self) -> bool {
        matches!(self, Self::NoteOutcome(_))
    }

    /// The names that it gives to a card.
    pub fn names(&self) -> &[CardName] {
        match self {
            Self::CreateCard(new) => &new.names,
            Self::OpenAccount(open) => open.card.as_ref().map_or(&[], |new| &new.names),
            _ => &[],
        }
    }
}
