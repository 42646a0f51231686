//! Rules for the warnings that a card expires.

use crate::{
    card::Card,
    command::Context,
    event::{Changes, Event},
    expiry_warning,
};

/// The next warning, if it is due: whoever asks for it twice gets it once, because the card says
/// which ones were given. Otherwise nothing that is worth an event.
pub(super) fn warn(card: &Card, context: &Context) -> Event {
    let due = expiry_warning::due(card.expiry, card.activity.warned, context.at).next();
    match due {
        Some(warning) if card.is_active() && !card.account.is_orphan() => {
            let mut card = card.clone();
            card.activity.warned += 1;
            Event::CardExpiring { card: Box::new(card), warning }
        }
        _ => Event::CardUpdated {
            card: Box::new(card.clone()),
            changes: Changes::default(),
            made_default: false,
        },
    }
}
