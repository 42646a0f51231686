//! Reads the columns of a row one after the other.

mod access;
mod account;

use std::cell::Cell;

use cardfile_domain::{
    card::Card,
    errand::Errand,
    event::RecordedEvent,
    id::{AccountId, EntityId, PaymentMethodId},
    payment::LogEntry,
    ports::{FiledCard, Receipt, StoreError},
    snapshot::Snapshot,
};
use rusqlite::{Row, types::ValueRef};

use super::columns::{CARD, column};
use crate::{
    lane::hex,
    row::{CardRow, ErrandRow, EventRow, LogRow, Origin, ReceiptRow, SnapshotRow},
};

pub(super) use self::{
    access::{api_key, client, entity, session},
    account::{account, account_after_card, chained_account},
};

/// The cells of a row, read from left to right.
///
/// The tables are STRICT, so a cell can only be wrong if the file was changed by hand or damaged.
struct Cells<'r> {
    row: &'r Row<'r>,
    table: &'static str,
    /// Where the row's key starts, for naming a row that cannot be read.
    key: usize,
    /// Where the table's columns start.
    first: usize,
    next: Cell<usize>,
}

impl<'r> Cells<'r> {
    fn new(row: &'r Row<'r>, table: &'static str, key: usize) -> Self {
        Self { row, table, key, first: 0, next: Cell::new(0) }
    }

    /// The cells of another table, which come after those of a card.
    fn after_card(row: &'r Row<'r>, table: &'static str, key: usize) -> Self {
        let first = CARD.len();
        Self { row, table, key: first + key, first, next: Cell::new(first) }
    }

    fn id(&self) -> Result<[u8; 16], StoreError> {
        self.read(|value| value.as_blob().ok()?.try_into().ok())
    }

    fn id_or_null(&self) -> Result<Option<[u8; 16]>, StoreError> {
        self.read(|value| match value {
            ValueRef::Null => Some(None),
            value => value.as_blob().ok()?.try_into().ok().map(Some),
        })
    }

    fn text(&self) -> Result<&'r str, StoreError> {
        self.read(|value| value.as_str().ok())
    }

    fn text_or_null(&self) -> Result<Option<&'r str>, StoreError> {
        self.read(|value| value.as_str_or_null().ok())
    }

    fn bytes(&self) -> Result<&'r [u8], StoreError> {
        self.read(|value| value.as_blob().ok())
    }

    fn bytes_or_null(&self) -> Result<Option<&'r [u8]>, StoreError> {
        self.read(|value| value.as_blob_or_null().ok())
    }

    fn number(&self) -> Result<i64, StoreError> {
        self.read(|value| value.as_i64().ok())
    }

    fn number_or_null(&self) -> Result<Option<i64>, StoreError> {
        self.read(|value| value.as_i64_or_null().ok())
    }

    fn flag(&self) -> Result<bool, StoreError> {
        self.read(|value| match value.as_i64().ok()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })
    }

    fn read<T>(&self, read: impl FnOnce(ValueRef<'r>) -> Option<T>) -> Result<T, StoreError> {
        let index = self.next.replace(self.next.get() + 1);
        let value = self.row.get_ref(index).ok().and_then(read);
        value.ok_or_else(|| self.bad(index))
    }

    fn bad(&self, index: usize) -> StoreError {
        let key = match self.row.get_ref(self.key) {
            Ok(ValueRef::Blob(bytes)) => hex(bytes),
            Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
            _ => String::new(),
        };
        Origin { table: self.table, row: &key }.bad(column(self.table, index - self.first))
    }
}

pub(super) fn card(row: &Row<'_>) -> Result<Card, StoreError> {
    let cells = Cells::new(row, "card", 0);
    CardRow {
        id: cells.id()?,
        entity: cells.id()?,
        account_key: cells.text()?,
        card_type: cells.text()?,
        bin: cells.text_or_null()?,
        last4: cells.text_or_null()?,
        digits: cells.number_or_null()?,
        sealed: cells.bytes_or_null()?,
        key_version: cells.number_or_null()?,
        fingerprint: cells.bytes_or_null()?,
        expiry_month: cells.number()?,
        expiry_year: cells.number()?,
        holder_name: cells.text_or_null()?,
        holder: cells.text()?,
        extras: cells.text()?,
        custom: cells.text()?,
        activity: cells.text()?,
        failures: cells.number()?,
        status: cells.text()?,
        retry_use_default: cells.flag()?,
        retry_window: cells.number_or_null()?,
        retry_max: cells.number_or_null()?,
        created_at: cells.number()?,
        created_by: cells.id()?,
        updated_at: cells.number()?,
        updated_by: cells.id()?,
    }
    .read()
}

pub(super) fn filed_card(row: &Row<'_>) -> Result<FiledCard, StoreError> {
    let card = card(row)?;
    // Of the account there are but the third column and the fifth; the card's name it.
    let cells = Cells { key: 2, ..Cells::after_card(row, "account", 0) };
    let account_id = cells.id().map_err(|_| cells.bad(CARD.len() + 2))?;
    let default_card = cells.id_or_null().map_err(|_| cells.bad(CARD.len() + 4))?;
    Ok(FiledCard {
        is_default: default_card == Some(*card.id.as_bytes()),
        account_id: AccountId::from_bytes(account_id),
        card,
    })
}

pub(super) fn event(row: &Row<'_>) -> Result<RecordedEvent, StoreError> {
    let cells = Cells::new(row, "event", 1);
    EventRow {
        entity: cells.id()?,
        account_key: cells.text()?,
        seq: cells.number()?,
        kind: cells.text()?,
        card_id: cells.id_or_null()?,
        at: cells.number()?,
        client: cells.id()?,
        track: cells.text_or_null()?,
        body: cells.text()?,
        previous: cells.bytes()?,
        hash: cells.bytes()?,
    }
    .read()
}

pub(super) fn log_entry(row: &Row<'_>) -> Result<LogEntry, StoreError> {
    let cells = Cells::new(row, "payment_log", 0);
    LogRow {
        id: cells.id()?,
        entity: cells.id()?,
        card_id: cells.id()?,
        snapshot_id: cells.id()?,
        at: cells.number()?,
        outcome: cells.text_or_null()?,
    }
    .read()
}

pub(super) fn snapshot(row: &Row<'_>) -> Result<Snapshot, StoreError> {
    let cells = Cells::new(row, "snapshot", 0);
    SnapshotRow {
        id: cells.id()?,
        entity: cells.id()?,
        card_id: cells.id()?,
        at: cells.number()?,
        face: cells.text_or_null()?,
    }
    .read()
}

pub(super) fn errand(row: &Row<'_>) -> Result<Errand, StoreError> {
    let cells = Cells::new(row, "errand", 1);
    ErrandRow {
        entity: cells.id()?,
        id: cells.id()?,
        client: cells.id()?,
        note: cells.bytes()?,
        key_version: cells.number()?,
        tries: cells.number()?,
        at: cells.number()?,
        due: cells.number()?,
        finished_at: cells.number_or_null()?,
    }
    .read()
}

pub(super) fn receipt(row: &Row<'_>) -> Result<Receipt, StoreError> {
    let cells = Cells::new(row, "receipt", 0);
    ReceiptRow {
        key: cells.bytes()?,
        request: cells.bytes()?,
        outcome: cells.text()?,
        at: cells.number()?,
    }
    .read()
}

pub(super) fn orphan(row: &Row<'_>) -> Result<(EntityId, PaymentMethodId), StoreError> {
    // Read in the order of the key, which is not that of the other statements.
    let cells = Cells::new(row, "card", 1);
    let entity = cells.id().map_err(|_| cells.bad(1))?;
    let id = cells.id().map_err(|_| cells.bad(0))?;
    Ok((EntityId::from_bytes(entity), PaymentMethodId::from_bytes(id)))
}
