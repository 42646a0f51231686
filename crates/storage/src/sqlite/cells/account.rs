//! An account by itself or behind a card, and where its events are.

use cardfile_domain::{account::Account, card::Card, id::AccountId, ports::StoreError};
use rusqlite::{Row, types::ValueRef};

use super::Cells;
use crate::{
    lane::{Chain, Told},
    row::{AccountRow, NotedRow},
    sqlite::columns::{CARD, CHAIN_OF_CARD, NOTED, TOLD},
};

pub(in crate::sqlite) fn account(row: &Row<'_>) -> Result<Account, StoreError> {
    account_row(&Cells::new(row, "account", 1))?.read()
}

/// An account, and where its events are.
pub(in crate::sqlite) fn chained_account(row: &Row<'_>) -> Result<(Account, Chain), StoreError> {
    read_chained(&Cells::new(row, "account", 1))
}

/// The account behind the columns of a card, if it is there or the card tells of it, and where its events
/// are.
pub(in crate::sqlite) fn account_after_card(
    row: &Row<'_>,
    card: &Card,
) -> Option<Result<(Account, Chain), StoreError>> {
    let cells = Cells::after_card(row, "account", 1);
    let is_there = !matches!(row.get_ref(CARD.len()), Ok(ValueRef::Null));
    if is_there { Some(read_chained(&cells)) } else { told(row, card).transpose() }
}

/// The account as a card tells of it, if it does.
fn told(row: &Row<'_>, card: &Card) -> Result<Option<(Account, Chain)>, StoreError> {
    let cells = Cells::new(row, "card", 0);
    let from = |name| cells.next.set(CARD.len() + name);
    from(TOLD);
    let Some(account) = cells.id_or_null()? else { return Ok(None) };
    let told = Told { account: AccountId::from_bytes(account), is_default: cells.flag()? };
    from(NOTED);
    let Some(noted) = noted(&cells)? else { return Ok(None) };
    let (seq, head) = noted.head(card.id)?;
    from(CHAIN_OF_CARD);
    Ok(Some((told.account(card, seq, head), chain(&cells)?)))
}

fn read_chained(cells: &Cells<'_>) -> Result<(Account, Chain), StoreError> {
    let mut row = account_row(cells)?;
    row.chain = chain(cells)?;
    let of_card = chain(cells)?;
    row.noted = row.noted.map(|noted| NotedRow { chain: of_card, ..noted });
    Ok((row.read()?, row.chain()))
}

fn chain(cells: &Cells<'_>) -> Result<Chain, StoreError> {
    Ok(Chain { latest: cells.number_or_null()?, marked: cells.number_or_null()? })
}

fn account_row<'r>(cells: &Cells<'r>) -> Result<AccountRow<'r>, StoreError> {
    Ok(AccountRow {
        entity: cells.id()?,
        account_key: cells.text()?,
        id: cells.id()?,
        number: cells.text_or_null()?,
        default_card: cells.id_or_null()?,
        version: cells.number()?,
        event_seq: cells.number()?,
        event_head: cells.bytes()?,
        details: cells.text()?,
        created_at: cells.number()?,
        updated_at: cells.number()?,
        lone_card: cells.id_or_null()?,
        chain: Chain::default(),
        noted: noted(cells)?,
    })
}

fn noted<'r>(cells: &Cells<'r>) -> Result<Option<NotedRow<'r>>, StoreError> {
    let (event_seq, event_head) = (cells.number_or_null()?, cells.bytes_or_null()?);
    let noted = |(event_seq, updated_at)| NotedRow {
        event_seq,
        event_head,
        updated_at,
        chain: Chain::default(),
    };
    Ok(Option::zip(event_seq, cells.number_or_null()?).map(noted))
}
