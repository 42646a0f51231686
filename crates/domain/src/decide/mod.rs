//! Every rule about defaults, counters, expiry, duplicates and deletion. Pure and total.
//!
//! A lane loads the state, calls [`decide`], and writes what came of it. Nothing here reads a
//! clock, waits, or knows a database; the same inputs always give the same answer.

pub mod change;
mod create;
mod expiring;
mod news;
mod outcome;
mod replace;

use crate::{
    account::State,
    card::{Activity, Card, CardStatus, Extras, HolderDetails, Stamp, TransactionStatus},
    command::{AccountPatch, Attach, Command, Context, DropCard, Target},
    custom_fields::CustomFields,
    event::{Changes, Event},
    expiry::Expiry,
    id::PaymentMethodId,
    limits::DETAILS_BYTES_MAX,
    refusal::Refusal,
    retry_rule::RetryRule,
};
use serde_json::Value;

/// What a command does to an account, or why it may not.
pub fn decide(
    state: &State,
    target: &Target,
    command: &Command,
    context: &Context,
) -> Result<Event, Refusal> {
    match command {
        Command::OpenAccount(open) => create::open_account(state, open, context),
        Command::UpdateAccount(patch) => update_account(state, patch),
        Command::CreateCard(new) => create::create_card(state, new, context),
        Command::UpdateCard(patch) => {
            let patch = &news::latest(find(state, target)?, patch);
            let (card, made_default, changes) =
                change::update_card(state, find(state, target)?, patch, context)?;
            Ok(Event::CardUpdated { card: Box::new(card), changes, made_default })
        }
        // A card that has left its private account cannot leave it again.
        Command::AttachCard(_) => find(state, target).and(Err(Refusal::AlreadyAttached)),
        // It may have been given to one since somebody looked.
        Command::ForgetOrphan if !state.account.name.key.is_orphan() => {
            find(state, target).and(Err(Refusal::AlreadyAttached))
        }
        Command::ForgetOrphan => delete_card(state, filed(state, target)?.id),
        Command::DeleteCard => delete_card(state, find(state, target)?.id),
        Command::DropCard(drop) => drop_card(state, *drop),
        Command::ScrubCard => scrub_card(state, find(state, target)?, context),
        Command::NoteOutcome(outcome) => {
            outcome::note_outcome(find(state, target)?, outcome, context)
        }
        Command::NoteVerified => note_verified(find(state, target)?, context),
        Command::WarnOfExpiry => Ok(expiring::warn(find(state, target)?, context)),
        Command::NoteDeclined(reason) => {
            Ok(Event::CardDeclined { card: find(state, target)?.id, reason: *reason })
        }
        Command::NoteRefusal(refusal) => Err(*refusal),
    }
}

/// Whether what a command came to is to be left out: its card would stay as it is, and its caller
/// wants no event of that. An approval by the gateway is noted on the card, and so is a difference.
pub fn is_left_out(command: &Command, event: &Event) -> bool {
    match (command, event) {
        (Command::UpdateCard(patch), Event::CardUpdated { changes, made_default, .. }) => {
            let same = changes.is_empty() && !made_default && !patch.security_code.approved;
            same && patch.unless_same
        }
        // No warning was due: somebody else gave it, or the card has another expiry by now.
        (Command::WarnOfExpiry, Event::CardUpdated { .. }) => true,
        _ => false,
    }
}

/// What giving a card to an account does: first to its private account, then to the new one.
pub fn decide_attach(
    source: &State,
    target: &State,
    attach: &Attach,
    context: &Context,
) -> Result<[Event; 2], Refusal> {
    let card = source.cards.get(&attach.card).ok_or(Refusal::CardNotFound)?;
    if card.extras.is_token && !attach.may_be_token || card.is_outdated_token(context.at) {
        return Err(Refusal::CardNotFound);
    }
    if !source.account.name.key.is_orphan() {
        return Err(Refusal::AlreadyAttached);
    }
    if attach.open.is_some() && target.account.is_stored() {
        return Err(Refusal::AccountExists);
    }
    let mut moved = Card { account: target.account.name.key.clone(), ..card.clone() };
    // A token is used once.
    moved.extras.is_token = false;
    let (card, asked, changes) = change::update_card(target, &moved, &attach.patch, context)?;
    let made_default = asked || (target.account.default_card.is_none() && card.is_active());
    let details = match &attach.open {
        Some(open) => Some(create::bounded_details(open.details.clone())?),
        None => None,
    };
    Ok([
        Event::CardMoved { card: card.id },
        Event::CardAttached { card: Box::new(card), changes, made_default, details },
    ])
}

/// The card that a write is about. One that is only a token yet is for nobody to see or change.
fn find<'state>(state: &'state State, target: &Target) -> Result<&'state Card, Refusal> {
    filed(state, target)
        .and_then(|card| if card.extras.is_token { Err(Refusal::CardNotFound) } else { Ok(card) })
}

fn filed<'state>(state: &'state State, target: &Target) -> Result<&'state Card, Refusal> {
    match target {
        Target::Card(_, id) => state.cards.get(id).ok_or(Refusal::CardNotFound),
        Target::Account(_) => Err(Refusal::CardNotFound),
    }
}

fn update_account(state: &State, patch: &AccountPatch) -> Result<Event, Refusal> {
    if !state.account.is_stored() {
        return Err(Refusal::AccountNotFound);
    }
    let default_card = match patch.default_card {
        Some(id) if state.account.default_card != Some(id) => {
            let card = state.cards.get(&id).ok_or(Refusal::NotOfAccount)?;
            may_be_default(card)?;
            Some(id)
        }
        _ => None,
    };
    let mut changes = Changes::default();
    let details = if patch.details.is_empty() {
        None
    } else {
        let mut details = state.account.details.clone();
        for (name, value) in &patch.details {
            if details.get(name).unwrap_or(&Value::Null) != value {
                changes.note_custom(name);
            }
            details.insert(name.clone(), value.clone());
        }
        Some(create::bounded_details(details)?)
    };
    Ok(Event::AccountUpdated { default_card, details, changes })
}

fn may_be_default(card: &Card) -> Result<(), Refusal> {
    match card.status {
        CardStatus::Active => Ok(()),
        CardStatus::Closed => Err(Refusal::Closed),
        CardStatus::Scrubbed => Err(Refusal::Scrubbed),
    }
}

fn delete_card(state: &State, card: PaymentMethodId) -> Result<Event, Refusal> {
    if state.account.default_card == Some(card) {
        return Err(Refusal::IsDefault);
    }
    Ok(Event::CardDeleted { card })
}

fn drop_card(state: &State, drop: DropCard) -> Result<Event, Refusal> {
    let card = state.cards.get(&drop.card).ok_or(Refusal::CardNotFound)?.id;
    if state.account.default_card != Some(card) {
        return Ok(Event::CardDeleted { card });
    }
    if let Some(next) = drop.next {
        may_be_default(state.cards.get(&next).ok_or(Refusal::NotOfAccount)?)?;
    }
    Ok(Event::DefaultDeleted { card, next: drop.next.filter(|next| *next != card) })
}

/// The moment no card can be valid after: what Zuora shows of a scrubbed card.
const SCRUBBED_EXPIRY: (i64, i64) = (2000, 12);

fn scrub_card(state: &State, card: &Card, context: &Context) -> Result<Event, Refusal> {
    if card.status == CardStatus::Scrubbed {
        return Err(Refusal::Scrubbed);
    }
    let (year, month) = SCRUBBED_EXPIRY;
    let expiry = match (year.try_into(), month.try_into()) {
        (Ok(year), Ok(month)) => Expiry { year, month },
        _ => card.expiry,
    };
    let left = Card {
        number: None,
        holder_name: None,
        holder: HolderDetails::default(),
        // The chain of cards says nothing about a person.
        extras: Extras {
            replaces: card.extras.replaces,
            replaced_by: card.extras.replaced_by,
            ..Extras::default()
        },
        custom: CustomFields::default(),
        activity: Activity::default(),
        retry_rule: RetryRule::default(),
        expiry,
        status: CardStatus::Scrubbed,
        updated: stamp(context),
        ..card.clone()
    };
    let was_default = state.account.default_card == Some(card.id);
    Ok(Event::CardScrubbed { card: Box::new(left), was_default })
}

fn note_verified(card: &Card, context: &Context) -> Result<Event, Refusal> {
    if card.status == CardStatus::Scrubbed {
        return Err(Refusal::Scrubbed);
    }
    let mut card = card.clone();
    note_approval(&mut card.activity, context);
    card.updated = stamp(context);
    Ok(Event::CardVerified { card: Box::new(card) })
}

fn note_approval(activity: &mut Activity, context: &Context) {
    activity.last_transaction_at = Some(context.at);
    activity.last_transaction_status = Some(TransactionStatus::Approved);
}

fn stamp(context: &Context) -> Stamp {
    Stamp { at: context.at, by: context.by }
}

fn within_details_limit(bytes: usize) -> Result<(), Refusal> {
    if bytes > DETAILS_BYTES_MAX { Err(Refusal::DetailsTooLarge) } else { Ok(()) }
}
