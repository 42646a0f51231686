//! Loads what a batch needs, row by row: inside one transaction that is the fastest there is.

use cardfile_domain::{
    account::Account,
    card::Card,
    id::{AccountKey, AccountRef, Bucket, EntityId, PaymentMethodId},
    ports::StoreError,
};
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

use super::{cells, place::find_card, sql};
use crate::lane::{
    Arrival, CardNeed, Chain, ClaimKey, Loaded, Needs, Twins, card_alias, name_alias,
    receipt_bucket,
};

/// A row as it was understood, or why it could not be.
type Read<T> = Result<T, StoreError>;

/// Loads what the batch needs. An error here concerns the database and not one row.
pub(super) fn load(connection: &Connection, needs: &Needs) -> rusqlite::Result<Loaded> {
    let mut load = Load { connection, loaded: Loaded::default() };
    for name in &needs.accounts {
        load.account(name)?;
    }
    for need in &needs.cards {
        load.needed_card(need)?;
    }
    for twins in &needs.twins {
        load.twins(twins)?;
    }
    for (account, card) in &needs.candidates {
        load.candidate(account, *card)?;
    }
    for arrival in &needs.arrivals {
        load.arrival(arrival)?;
    }
    for (entity, name) in &needs.names {
        let alias = name_alias(name);
        if find_alias(connection, *entity, alias.bucket(*entity), &alias)?.is_some() {
            load.loaded.add_taken(name.clone());
        }
    }
    for key in &needs.receipts {
        load.receipt(key)?;
    }
    Ok(load.loaded)
}

/// The key under which the account is filed whose id is a name.
pub(super) fn find_key(
    connection: &Connection,
    name: &AccountRef,
) -> rusqlite::Result<Option<AccountKey>> {
    let Some(id) = name.key.as_account_id() else { return Ok(None) };
    let mut find = connection.prepare_cached(sql::FIND_KEY)?;
    let key = find.query_row((name.entity.as_bytes(), id.as_bytes()), |row| row.get(0));
    Ok(key.optional()?.map(AccountKey::from_stored))
}

/// The key that an alias leads to.
pub(super) fn find_alias(
    connection: &Connection,
    entity: EntityId,
    bucket: Bucket,
    alias: &AccountKey,
) -> rusqlite::Result<Option<AccountKey>> {
    let mut find = connection.prepare_cached(sql::FIND_ALIAS)?;
    let key = find
        .query_row((bucket.get(), entity.as_bytes(), alias.as_str()), |row| row.get(0))
        .optional()?;
    Ok(key.map(AccountKey::from_stored))
}

/// The bucket to which a card that was made in another has moved.
pub(super) fn find_new_home(
    connection: &Connection,
    entity: EntityId,
    card: PaymentMethodId,
) -> rusqlite::Result<Option<AccountRef>> {
    let key = find_alias(connection, entity, card.bucket(), &card_alias(card))?;
    Ok(key.map(|key| AccountRef { entity, key }))
}

/// Runs a statement that finds one row at the most.
pub(super) fn find<T>(
    connection: &Connection,
    sql: &'static str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Read<T>,
) -> rusqlite::Result<Option<Read<T>>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    Ok(rows.next()?.map(read))
}

struct Load<'c> {
    connection: &'c Connection,
    loaded: Loaded,
}

impl Load<'_> {
    /// Loads an account by a name of it.
    fn account(&mut self, name: &AccountRef) -> rusqlite::Result<()> {
        if self.loaded.has_account(name) || self.account_row(name)? {
            return Ok(());
        }
        if let Some(key) = find_key(self.connection, name)? {
            let row = AccountRef { entity: name.entity, key };
            self.account_row(&row)?;
            self.loaded.add_alias(name.clone(), &row);
        }
        Ok(())
    }

    /// Loads an account by the key of its row, and tells whether there is one.
    fn account_row(&mut self, name: &AccountRef) -> rusqlite::Result<bool> {
        if self.loaded.has_account(name) {
            return Ok(true);
        }
        let key = (name.bucket().get(), name.entity.as_bytes(), name.key.as_str());
        match find(self.connection, sql::FIND_ACCOUNT, key, cells::chained_account)? {
            None => return Ok(false),
            Some(found) => self.add_account(name, found),
        }
        Ok(true)
    }

    fn add_account(&mut self, name: &AccountRef, found: Read<(Account, Chain)>) {
        match found {
            Ok((account, chain)) => self.loaded.add_account(account, chain),
            Err(error) => self.loaded.spoil_account(name, error),
        }
    }

    /// Loads a card with its account, wherever it lives now.
    fn needed_card(&mut self, need: &CardNeed) -> rusqlite::Result<()> {
        if !self.loaded.has_card(need.id)
            && !self.card_row(need.entity, need.bucket, need.id)?
            && let Some(home) = find_new_home(self.connection, need.entity, need.id)?
        {
            self.card_row(need.entity, home.bucket(), need.id)?;
        }
        if need.with_twins
            && let Some(card) = self.loaded.card(need.id).cloned()
        {
            self.lookalikes(&card.account_ref(), &card)?;
        }
        Ok(())
    }

    fn card_row(
        &mut self,
        entity: EntityId,
        bucket: Bucket,
        id: PaymentMethodId,
    ) -> rusqlite::Result<bool> {
        let read = |row: &Row<'_>| {
            let card = cells::card(row)?;
            let is_known = self.loaded.has_account(&card.account_ref());
            let account = if is_known { None } else { cells::account_after_card(row, &card) };
            Ok((card, account))
        };
        let key = (bucket, entity, id);
        match find_card(self.connection, sql::FIND_CARD_AND_ACCOUNT, key, read)? {
            None => return Ok(false),
            Some(Ok((card, account))) => {
                if let Some(account) = account {
                    self.add_account(&card.account_ref(), account);
                }
                self.loaded.add_card(card);
            }
            Some(Err(error)) => self.loaded.spoil_card(id, error),
        }
        Ok(true)
    }

    fn twins(&mut self, twins: &Twins) -> rusqlite::Result<()> {
        let Some(account) = self.loaded.account(&twins.account) else {
            return Ok(());
        };
        let name = account.name.clone();
        self.alike(&name, twins.last4.as_str())
    }

    fn arrival(&mut self, arrival: &Arrival) -> rusqlite::Result<()> {
        let card = self.loaded.card(arrival.card).cloned();
        let account = self.loaded.account(&arrival.account);
        match (account.map(|account| account.name.clone()), card) {
            (Some(name), Some(card)) => self.lookalikes(&name, &card),
            _ => Ok(()),
        }
    }

    /// Loads the cards of an account that end like one.
    fn lookalikes(&mut self, account: &AccountRef, card: &Card) -> rusqlite::Result<()> {
        match &card.number {
            Some(number) => self.alike(account, number.masked.last4().as_str()),
            None => Ok(()),
        }
    }

    fn alike(&mut self, account: &AccountRef, last4: &str) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql::FIND_LOOKALIKES)?;
        let mut rows = statement.query((
            account.bucket().get(),
            account.entity.as_bytes(),
            account.key.as_str(),
            last4,
        ))?;
        while let Some(row) = rows.next()? {
            match cells::card(row) {
                Ok(card) => self.loaded.add_card(card),
                Err(error) => self.loaded.spoil_account(account, error),
            }
        }
        Ok(())
    }

    fn candidate(&mut self, name: &AccountRef, id: PaymentMethodId) -> rusqlite::Result<()> {
        let Some(account) = self.loaded.account(name) else {
            return Ok(());
        };
        let account = account.name.clone();
        if self.loaded.has_card(id) {
            return Ok(());
        }
        let key = (account.bucket(), account.entity, id);
        match find_card(self.connection, sql::FIND_CARD, key, cells::card)? {
            // Another account's card is no candidate, so its account is not needed.
            Some(Ok(card)) if card.account == account.key => self.loaded.add_card(card),
            Some(Err(error)) => self.loaded.spoil_account(&account, error),
            _ => {}
        }
        Ok(())
    }

    fn receipt(&mut self, key: &ClaimKey) -> rusqlite::Result<()> {
        let (entity, hash) = key;
        let row = (receipt_bucket(*entity, hash).get(), entity.as_bytes(), hash);
        match find(self.connection, sql::FIND_RECEIPT, row, cells::receipt)? {
            None => {}
            Some(Ok(receipt)) => self.loaded.add_receipt(*entity, receipt),
            Some(Err(error)) => self.loaded.spoil_receipt(*key, error),
        }
        Ok(())
    }
}
