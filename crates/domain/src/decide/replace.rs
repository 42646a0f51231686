//! What follows a card when another replaces it.

use super::stamp;
use crate::{
    account::State,
    card::Card,
    command::{Context, NewCard},
    failures::ConsecutiveFailures,
    refusal::Refusal,
    retry_rule::RetryRule,
    tally::Tally,
};

/// What a card leaves to the one that replaces it.
pub(super) struct Heir {
    /// What the old card is now.
    pub(super) old: Box<Card>,
    /// The new one is what the account is charged with.
    pub(super) is_default: bool,
}

/// Lets a new card come after the one that it replaces, if it replaces one.
///
/// What a caller gives counts more than what is left to the card.
pub(super) fn replace(
    state: &State,
    new: &NewCard,
    card: &mut Card,
    context: &Context,
) -> Result<Option<Heir>, Refusal> {
    let Some(replacement) = new.replaces else { return Ok(None) };
    let own = state.cards.get(&replacement.card).filter(|old| old.account == card.account);
    let old = own.ok_or(Refusal::NothingToReplace)?;
    if old.extras.replaced_by.is_some() {
        return Err(Refusal::AlreadyReplaced);
    }
    let policy = replacement.policy;
    if policy.keeps_counter && new.failures == ConsecutiveFailures::default() {
        // The times behind the count go along, so that counting goes on as with one card.
        card.failures = old.failures;
        let tally = || Tally::with(old.failures);
        card.activity.tally = Some(old.activity.tally.clone().unwrap_or_else(tally));
    }
    if policy.keeps_retry_rule && new.retry_rule == RetryRule::default() {
        card.retry_rule = old.retry_rule;
    }
    let mut old = old.clone();
    let was_default = state.account.default_card == Some(old.id);
    old.extras.replaced_by = Some(card.id);
    old.updated = stamp(context);
    Ok(Some(Heir { old: Box::new(old), is_default: was_default && policy.keeps_default }))
}
