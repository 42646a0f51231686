//! An account: the customer whose cards these are, and the one of them that is charged.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    card::Card,
    event::EventHash,
    id::{AccountId, AccountKey, AccountRef, PaymentMethodId},
    text::{AccountNumber, CardName},
};

/// An account's row.
///
/// The default card is one column here rather than a flag on each card, so that there can be no
/// two of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Entity and key.
    pub name: AccountRef,
    /// The id that the API returns as `accountKey`.
    pub id: AccountId,
    /// The account's number, if it was opened under one.
    pub number: Option<AccountNumber>,
    /// The card that is charged.
    pub default_card: Option<PaymentMethodId>,
    /// The card that came with the account, as long as it is there and no other has come.
    pub lone_card: Option<PaymentMethodId>,
    /// How often the row was written; 0 means it is not stored yet.
    pub version: i64,
    /// The number of the account's latest event.
    pub event_seq: i64,
    /// The hash of the account's latest event.
    pub event_head: EventHash,
    /// What a billing system told us that is not about cards, kept as given.
    pub details: Map<String, Value>,
    /// When it was first seen.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// An account that nobody has written yet.
    pub fn unopened(name: AccountRef, id: AccountId, now: Timestamp) -> Self {
        let number = Self::number_of(&name.key);
        Self {
            name,
            id,
            number,
            default_card: None,
            lone_card: None,
            version: 0,
            event_seq: 0,
            event_head: EventHash::default(),
            details: Map::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// The number under which an account of this key is opened, if it is one.
    pub fn number_of(key: &AccountKey) -> Option<AccountNumber> {
        match key.as_account_id() {
            Some(_) => None,
            None => key.as_str().parse().ok().filter(|_| !key.is_orphan()),
        }
    }

    /// Whether the account is in the database.
    pub fn is_stored(&self) -> bool {
        self.version > 0
    }
}

/// An account and as many of its cards as a command needs: what decisions are made on.
#[derive(Clone, Debug)]
pub struct State {
    /// The account's row.
    pub account: Account,
    /// The cards that were loaded; not necessarily all the account has.
    pub cards: BTreeMap<PaymentMethodId, Card>,
    /// Of the names that a command gives to a card, those that other cards of the entity have.
    pub taken: BTreeSet<CardName>,
}

impl State {
    /// The account without any of its cards.
    pub fn of(account: Account) -> Self {
        Self { account, cards: BTreeMap::new(), taken: BTreeSet::new() }
    }
}
