//! Rules for news of a gateway that keeps a card: they come in any order, and the latest holds.

use std::borrow::Cow;

use crate::{
    card::{Card, Upstream},
    command::CardPatch,
    event::Changes,
};

/// What is left of a change once it is known what is later.
pub(super) fn latest<'a>(card: &Card, patch: &'a CardPatch) -> Cow<'a, CardPatch> {
    let Some(at) = patch.news_of else { return Cow::Borrowed(patch) };
    // Which default is the latest is known to whoever knows all of the account's cards.
    if patch.make_default {
        return Cow::Borrowed(patch);
    }
    let known = card.extras.upstream.as_ref().and_then(|upstream| upstream.as_of);
    if known.is_some_and(|known| at < known) {
        return Cow::Owned(nothing());
    }
    let mut patch = patch.clone();
    // An expiry that is over is news, too, and only a caller's mistake would be refused.
    if crate::decide::change::next_expiry(card, &patch) == card.expiry {
        patch.month = None;
        patch.year = None;
    }
    Cow::Owned(patch)
}

/// A change that leaves everything as it is.
fn nothing() -> CardPatch {
    CardPatch { unless_same: true, ..CardPatch::default() }
}

/// Notes of which moment the news was.
pub(super) fn note(card: &mut Card, patch: &CardPatch, changes: &mut Changes) {
    let (Some(at), Some(upstream)) = (patch.news_of, card.extras.upstream.as_mut()) else { return };
    let Upstream { as_of, default_as_of, .. } = upstream;
    let moment = if patch.make_default { default_as_of } else { as_of };
    changes.note(*moment != Some(at), "upstream");
    *moment = Some(at);
}
