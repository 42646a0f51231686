//! What is to be written of one account, while its batch is being decided.

use std::collections::BTreeMap;

use cardfile_domain::{
    account::{Account, State},
    card::{Card, Stamp},
    command::Context,
    event::{Event, RecordedEvent},
    id::{AccountId, AccountRef, PaymentMethodId},
    payment::LogEntry,
    snapshot::Snapshot,
    text::CardName,
};

use super::{
    AliasWrite, CardWrite, Chain, Erasure, Head, How, ReceiptWrite, Unit, card_alias, name_alias,
};

/// What is to be written of one account.
#[derive(Default)]
pub(super) struct Draft {
    expected: i64,
    /// The account's lone card as it is stored.
    lone_card: Option<PaymentMethodId>,
    /// A card whose row another account writes.
    released: Option<PaymentMethodId>,
    writes_account: bool,
    new_details: bool,
    events: Vec<RecordedEvent>,
    touched: BTreeMap<PaymentMethodId, How>,
    pub(super) receipts: Vec<ReceiptWrite>,
    pub(super) aliases: Vec<AliasWrite>,
    unnamed: Vec<AliasWrite>,
    logs: Vec<LogEntry>,
    snapshots: Vec<Snapshot>,
    erased: Vec<Erasure>,
}

impl Draft {
    /// Whether nothing happened to the account in this batch.
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Lets an event happen to the account.
    pub(super) fn record(&mut self, state: &mut State, event: Event, context: &Context) {
        if self.is_empty() {
            self.expected = state.account.version;
            self.lone_card = state.account.lone_card;
        }
        if !self.writes_account && !concerns_only_lone_card(state, &event, context) {
            self.writes_account = true;
            state.account.version += 1;
        }
        self.unnamed.extend(lost_names(state, &event).into_iter().flatten());
        self.aliases.extend(given_names(&event).into_iter().flatten());
        match &event {
            Event::PaymentNoted { log, snapshot, .. } => {
                self.logs.push(LogEntry::clone(log));
                self.snapshots.extend(snapshot.as_deref().cloned());
            }
            Event::CardScrubbed { card, .. } => self.erase(card),
            _ => {}
        }
        self.new_details |= sets_details(&event);
        if let Event::CardCreated { replaced: Some(old), .. } = &event {
            self.touched.entry(old.id).or_insert(How::Change);
        }
        if let Some((card, how)) = touched(&event) {
            let kept = self.touched.entry(card).or_insert(how);
            *kept = how.max(*kept);
        }
        self.events.push(state.record(event, context));
    }

    /// Takes the contents from a card's payments and snapshots, those of this batch included.
    fn erase(&mut self, card: &Card) {
        let mut buckets = vec![card.bucket(), card.id.bucket()];
        buckets.dedup();
        let erasure = |bucket| Erasure { bucket, entity: card.entity, card: card.id };
        self.erased.extend(buckets.into_iter().map(erasure));
        for log in self.logs.iter_mut().filter(|log| log.card == card.id) {
            log.outcome = None;
        }
        for snapshot in self.snapshots.iter_mut().filter(|snapshot| snapshot.card == card.id) {
            snapshot.face = None;
        }
    }

    /// Leaves a card's row alone: another account has taken it over where it is.
    pub(super) fn release(&mut self, card: PaymentMethodId) {
        self.touched.remove(&card);
        self.released = Some(card);
    }

    /// Takes over a card's row from another account.
    pub(super) fn take_over(&mut self, card: PaymentMethodId) {
        self.touched.insert(card, How::Replace);
    }

    /// What is to be written, now that the state is final.
    pub(super) fn into_unit(self, state: State, chain: Chain) -> Unit {
        let State { account, mut cards, taken: _ } = state;
        let is_left = |card: &_| !self.touched.contains_key(card) && self.released != Some(*card);
        let outdated = self.lone_card.filter(|card| self.writes_account && is_left(card));
        let mut writes = Vec::with_capacity(self.touched.len());
        let mut removed = Vec::new();
        for (id, how) in self.touched {
            match cards.remove(&id) {
                Some(card) => writes.push(CardWrite { card, how }),
                None => removed.push(id),
            }
        }
        Unit {
            bucket: account.name.bucket(),
            account,
            head: if self.writes_account { Head::InAccount } else { Head::InCard },
            expected: self.expected,
            new_details: self.new_details,
            cards: writes,
            chain,
            was_lone: self.lone_card,
            outdated,
            removed,
            events: self.events,
            receipts: self.receipts,
            aliases: self.aliases,
            unnamed: self.unnamed,
            logs: self.logs,
            snapshots: self.snapshots,
            erased: self.erased,
        }
    }
}

/// The card whose row an event concerns, and how the row is written if the card is still there.
pub(super) fn touched(event: &Event) -> Option<(PaymentMethodId, How)> {
    let how = match event {
        Event::AccountUpdated { .. } => return None,
        Event::AccountOpened { .. } | Event::CardCreated { .. } | Event::CardAttached { .. } => {
            How::Insert
        }
        Event::CardScrubbed { .. } => How::Replace,
        Event::CardUpdated { .. }
        | Event::CardVerified { .. }
        | Event::CardExpiring { .. }
        | Event::PaymentNoted { .. }
        | Event::CardDeclined { .. }
        | Event::CardMoved { .. }
        | Event::DefaultDeleted { .. }
        | Event::CardDeleted { .. } => How::Change,
    };
    event.card().map(|card| (card, how))
}

/// Whether the row of the account's lone card can tell all that the account's would have to. When the
/// account last changed, and by whom the event is, is told by the card's latest change.
fn concerns_only_lone_card(state: &State, event: &Event, context: &Context) -> bool {
    let account = &state.account;
    let stamp = Stamp { at: context.at, by: context.by };
    event.changed_card().is_some_and(|card| {
        account.lone_card == Some(card.id) && card.updated == stamp && account.is_stored()
    })
}

fn sets_details(event: &Event) -> bool {
    match event {
        Event::AccountOpened { .. } => true,
        Event::AccountUpdated { details, .. } | Event::CardAttached { details, .. } => {
            details.is_some()
        }
        _ => false,
    }
}

/// An account that a write may open.
///
/// An id that is made here shares the bucket of the account's number, so that either finds it.
pub(super) fn unopened(name: AccountRef, context: &Context) -> Account {
    let id = name.key.as_account_id().unwrap_or_else(|| {
        let millis = context.at.as_millisecond().try_into().unwrap_or_default();
        AccountId::new(name.bucket(), millis, context.random)
    });
    Account::unopened(name, id, context.at)
}

/// The rows by which a card that others gave names is found.
fn names_of(card: &Card) -> impl Iterator<Item = AliasWrite> {
    let alias = |name: &CardName| {
        let alias = name_alias(name);
        let bucket = alias.bucket(card.entity);
        AliasWrite { bucket, entity: card.entity, alias, account_key: card_alias(card.id) }
    };
    card.extras.names.iter().map(alias)
}

/// The names that come with a new card. One that is given to an account has them already.
fn given_names(event: &Event) -> Option<impl Iterator<Item = AliasWrite>> {
    match event {
        Event::AccountOpened { card, .. } => card.as_deref().map(names_of),
        Event::CardCreated { card, .. } => Some(names_of(card)),
        _ => None,
    }
}

/// The names that end with a card: another may have them.
fn lost_names<'s>(
    state: &'s State,
    event: &Event,
) -> Option<impl Iterator<Item = AliasWrite> + use<'s>> {
    let card = match event {
        Event::CardDeleted { card } => card,
        Event::CardScrubbed { card, .. } => &card.id,
        _ => return None,
    };
    state.cards.get(card).map(names_of)
}
