//! What was loaded for a batch.

use std::collections::{BTreeSet, HashMap};

use cardfile_domain::{
    account::{Account, State},
    card::Card,
    id::{AccountRef, Bucket, EntityId, PaymentMethodId},
    ports::{Receipt, StoreError},
    text::CardName,
};

use super::{Chain, ClaimKey};

/// The rows that a batch needs, as far as there are any.
///
/// A row that cannot be read spoils only the writes that need it: it is kept here as an error.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(super) states: Vec<Slot>,
    pub(super) names: HashMap<AccountRef, Result<usize, StoreError>>,
    pub(super) cards: HashMap<PaymentMethodId, Result<usize, StoreError>>,
    pub(super) receipts: HashMap<ClaimKey, Result<Receipt, StoreError>>,
    pub(super) taken: BTreeSet<CardName>,
}

/// An account with those of its cards that were loaded.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) state: State,
    pub(super) chain: Chain,
    pub(super) spoiled: Option<StoreError>,
}

impl Loaded {
    /// Whether it is known what the name stands for.
    pub(crate) fn has_account(&self, name: &AccountRef) -> bool {
        self.names.contains_key(name)
    }

    /// The account that a name stands for, if there is one and it can be read.
    pub(crate) fn account(&self, name: &AccountRef) -> Option<&Account> {
        match self.names.get(name) {
            Some(Ok(slot)) => Some(&self.states[*slot].state.account),
            _ => None,
        }
    }

    /// Adds an account under the key of its row, and where its events are; an account that is known already
    /// stays.
    pub(crate) fn add_account(&mut self, account: Account, chain: Chain) {
        if self.has_account(&account.name) {
            return;
        }
        self.names.insert(account.name.clone(), Ok(self.states.len()));
        self.states.push(Slot { state: State::of(account), chain, spoiled: None });
    }

    /// Notes that a name, which is an id, stands for the account under another, which was added before.
    pub(crate) fn add_alias(&mut self, alias: AccountRef, name: &AccountRef) {
        let found = self.names.get(name).cloned().unwrap_or_else(|| {
            Err(StoreError::Inconsistent {
                table: "account",
                column: "id",
                row: alias.key.as_str().to_owned(),
            })
        });
        self.names.insert(alias, found);
    }

    /// Whether the card was added or spoiled.
    pub(crate) fn has_card(&self, id: PaymentMethodId) -> bool {
        self.cards.contains_key(&id)
    }

    /// A card that was added.
    pub(crate) fn card(&self, id: PaymentMethodId) -> Option<&Card> {
        match self.cards.get(&id) {
            Some(Ok(slot)) => self.states[*slot].state.cards.get(&id),
            _ => None,
        }
    }

    /// Adds a card to its account, which was added before.
    pub(crate) fn add_card(&mut self, card: Card) {
        if self.has_card(card.id) {
            return;
        }
        let slot = match self.names.get(&card.account_ref()) {
            Some(Ok(slot)) => *slot,
            Some(Err(error)) => {
                self.cards.insert(card.id, Err(error.clone()));
                return;
            }
            None => {
                self.cards.insert(card.id, Err(no_account(card.id)));
                return;
            }
        };
        self.cards.insert(card.id, Ok(slot));
        self.states[slot].state.cards.insert(card.id, card);
    }

    /// Adds a kept answer.
    pub(crate) fn add_receipt(&mut self, entity: EntityId, receipt: Receipt) {
        self.receipts.insert((entity, receipt.claim.key), Ok(receipt));
    }

    /// Notes that a card of the batch's entity has a name; a write that gives names comes alone.
    pub(crate) fn add_taken(&mut self, name: CardName) {
        self.taken.insert(name);
    }

    /// Notes that an account cannot be worked on: its row, or that of a card of it, is unreadable.
    pub(crate) fn spoil_account(&mut self, name: &AccountRef, error: StoreError) {
        match self.names.get(name) {
            Some(Ok(slot)) => self.states[*slot].spoiled = Some(error),
            Some(Err(_)) => {}
            None => {
                self.names.insert(name.clone(), Err(error));
            }
        }
    }

    /// Notes that a card's row is unreadable.
    pub(crate) fn spoil_card(&mut self, id: PaymentMethodId, error: StoreError) {
        self.cards.insert(id, Err(error));
    }

    /// Notes that a kept answer is unreadable.
    pub(crate) fn spoil_receipt(&mut self, key: ClaimKey, error: StoreError) {
        self.receipts.insert(key, Err(error));
    }

    /// The bucket in which a card lives, if it was found.
    pub(crate) fn home(&self, id: PaymentMethodId) -> Option<Bucket> {
        self.card(id).map(Card::bucket)
    }
}

fn no_account(card: PaymentMethodId) -> StoreError {
    StoreError::Inconsistent { table: "card", column: "account_key", row: card.to_string() }
}
