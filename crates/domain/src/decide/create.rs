//! Rules for what is new: accounts and cards.

use serde_json::{Map, Value};

use super::{may_be_default, replace, stamp, within_details_limit};
use crate::{
    account::State,
    card::{Activity, Card, CardStatus, Extras, HolderDetails},
    command::{Context, NewCard, OpenAccount},
    event::Event,
    expiry_warning,
    refusal::Refusal,
    region::Region,
    tally::Tally,
};

pub(super) fn open_account(
    state: &State,
    open: &OpenAccount,
    context: &Context,
) -> Result<Event, Refusal> {
    if state.account.is_stored() {
        return Err(Refusal::AccountExists);
    }
    let details = bounded_details(open.details.clone())?;
    let card = open.card.as_ref().map(|new| new_card(state, new, context)).transpose()?;
    if open.card.as_ref().is_some_and(|new| new.replaces.is_some()) {
        return Err(Refusal::NothingToReplace);
    }
    Ok(Event::AccountOpened { details, card: card.map(Box::new) })
}

pub(super) fn create_card(
    state: &State,
    new: &NewCard,
    context: &Context,
) -> Result<Event, Refusal> {
    let mut card = new_card(state, new, context)?;
    let heir = replace::replace(state, new, &mut card, context)?;
    let (follows, replaced) = heir.map_or((false, None), |heir| (heir.is_default, Some(heir.old)));
    if new.make_default {
        may_be_default(&card)?;
    }
    if new.check_duplicated {
        refuse_duplicate(state, &card)?;
    }
    // The first card of an account is what there is to charge, asked for or not, unless the account
    // had reason not to be charged with it where it comes from. A card without an account is charged
    // by nobody.
    let account = &state.account;
    let is_first = account.default_card.is_none() && !new.brought.not_default;
    let made_default = card.is_active()
        && !account.name.key.is_orphan()
        && (new.make_default || follows || is_first);
    Ok(Event::CardCreated { card: Box::new(card), made_default, replaced })
}

fn new_card(state: &State, new: &NewCard, context: &Context) -> Result<Card, Refusal> {
    if new.expiry.is_past(context.at) && !new.brought.may_be_expired {
        return Err(Refusal::Expired);
    }
    if new.names.iter().any(|name| state.taken.contains(name)) {
        return Err(Refusal::NameTaken);
    }
    Ok(Card {
        id: new.id,
        entity: state.account.name.entity,
        account: state.account.name.key.clone(),
        card_type: new.card_type,
        number: Some(new.number.clone()),
        expiry: new.expiry,
        holder_name: new.holder_name.clone(),
        holder: with_full_state(new.holder.clone())?,
        extras: named(new),
        custom: new.custom.clone(),
        failures: new.failures,
        status: if new.brought.closed { CardStatus::Closed } else { CardStatus::Active },
        retry_rule: new.retry_rule,
        activity: counted(new, context),
        created: stamp(context),
        updated: stamp(context),
    })
}

/// What gateways said so far. What a caller counted elsewhere is in its number, and of warnings that
/// were due before there is nothing more to say.
fn counted(new: &NewCard, context: &Context) -> Activity {
    let mut activity = new.activity.clone();
    activity.warned = expiry_warning::passed(new.expiry, context.at);
    if new.failures.get() > 0 {
        activity.tally = Some(Tally::set(new.failures, context.at));
    }
    activity
}

/// What is kept for gateways, with each name of the card once.
fn named(new: &NewCard) -> Extras {
    let mut names = new.names.clone();
    names.sort_unstable();
    names.dedup();
    let replaces = new.replaces.map(|replacement| replacement.card);
    Extras { replaces, names, ..new.extras.clone() }
}

/// Replaces a state's code by its name, as far as the country's states are known.
pub(super) fn with_full_state(mut holder: HolderDetails) -> Result<HolderDetails, Refusal> {
    if let Some(state) = &holder.state {
        let full = Region::resolve(state.as_str(), holder.country);
        holder.state = Some(full.map_err(|_| Refusal::UnknownState)?);
    }
    Ok(holder)
}

/// Zuora compares what may be shown of two cards, not their numbers.
pub(super) fn refuse_duplicate(state: &State, card: &Card) -> Result<(), Refusal> {
    let looks_the_same = |other: &Card| {
        other.id != card.id
            && other.is_active()
            && other.account == card.account
            && other.holder_name == card.holder_name
            && other.expiry == card.expiry
            && other.number.as_ref().map(|number| number.masked)
                == card.number.as_ref().map(|number| number.masked)
    };
    if state.cards.values().any(looks_the_same) { Err(Refusal::Duplicate) } else { Ok(()) }
}

pub(super) fn bounded_details(details: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let details: Map<_, _> = details.into_iter().filter(|(_, value)| !value.is_null()).collect();
    let bytes = serde_json::to_string(&details).map_or(usize::MAX, |text| text.len());
    within_details_limit(bytes).map(|()| details)
}
