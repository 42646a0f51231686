//! Rows of PostgreSQL, column by column in the order in which statements name them.

pub(super) mod account;

pub(super) use account::{
    AccountOf, account_columns, card_and_account_columns, its_account, its_account_unless_told,
    telling_card_columns,
};

use cardfile_domain::{
    id::{AccountId, EntityId},
    ports::{FiledCard, StoreError},
};
use sqlx::{Decode, Postgres, Row as _, postgres::PgRow};
use uuid::Uuid;

use crate::row::{
    ApiKeyRow, CardRow, ClientRow, EntityRow, ErrandRow, EventRow, LogRow, ReceiptRow, SessionRow,
    SnapshotRow,
};

/// The columns that [`Columns::card`] reads, of `card c`.
macro_rules! card_columns {
    () => {
        "c.id, c.entity, c.account_key, c.card_type, c.bin, c.last4, c.digits, c.sealed, \
         c.key_version, c.fingerprint, c.expiry_month, c.expiry_year, c.holder_name, c.holder, \
         c.extras, c.custom, c.activity, c.failures, c.status, c.retry_use_default, \
         c.retry_window, c.retry_max, c.created_at, c.created_by, c.updated_at, c.updated_by"
    };
}
pub(super) use card_columns;

/// The columns of a card and what its account says of it: [`Columns::filed_card`] reads them.
macro_rules! filed_columns {
    () => {
        concat!($crate::postgres::rows::card_columns!(), ", a.id, a.default_card")
    };
}
pub(super) use filed_columns;

/// The columns of a row, taken one after the other.
pub(super) struct Columns<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'r> Columns<'r> {
    /// Begins with the first column.
    pub(super) fn of(row: &'r PgRow) -> Self {
        Self { row, next: 0 }
    }

    /// The next column. Whether its type is the expected one is not asked for every value again: the
    /// migrations say so, and of JSON the driver does not know that it is text.
    pub(super) fn take<T: Decode<'r, Postgres>>(&mut self) -> Result<T, sqlx::Error> {
        let index = self.next;
        self.next += 1;
        self.row.try_get_unchecked(index)
    }

    /// The last column of the row.
    pub(super) fn last<T: Decode<'r, Postgres>>(&self) -> Result<T, sqlx::Error> {
        self.row.try_get_unchecked(self.row.len() - 1)
    }

    /// The next column, which is an id.
    pub(super) fn id(&mut self) -> Result<[u8; 16], sqlx::Error> {
        self.take().map(Uuid::into_bytes)
    }

    /// The next column, which is an id or null.
    pub(super) fn id_if_any(&mut self) -> Result<Option<[u8; 16]>, sqlx::Error> {
        Ok(self.take::<Option<Uuid>>()?.map(Uuid::into_bytes))
    }

    fn small(&mut self) -> Result<i64, sqlx::Error> {
        self.take::<i16>().map(i64::from)
    }

    fn small_if_any(&mut self) -> Result<Option<i64>, sqlx::Error> {
        Ok(self.take::<Option<i16>>()?.map(i64::from))
    }

    /// The next columns as a card.
    pub(super) fn card(&mut self) -> Result<CardRow<'r>, sqlx::Error> {
        Ok(CardRow {
            id: self.id()?,
            entity: self.id()?,
            account_key: self.take()?,
            card_type: self.take()?,
            bin: self.take()?,
            last4: self.take()?,
            digits: self.small_if_any()?,
            sealed: self.take()?,
            key_version: self.take::<Option<i32>>()?.map(i64::from),
            fingerprint: self.take()?,
            expiry_month: self.small()?,
            expiry_year: self.small()?,
            holder_name: self.take()?,
            holder: self.take()?,
            extras: self.take()?,
            custom: self.take()?,
            activity: self.take()?,
            failures: self.small()?,
            status: self.take()?,
            retry_use_default: self.take()?,
            retry_window: self.small_if_any()?,
            retry_max: self.small_if_any()?,
            created_at: self.take()?,
            created_by: self.id()?,
            updated_at: self.take()?,
            updated_by: self.id()?,
        })
    }

    /// The next columns as a card with what its account says of it.
    pub(super) fn filed_card(&mut self) -> Result<FiledRow<'r>, sqlx::Error> {
        Ok(FiledRow { card: self.card()?, account_id: self.id()?, default_card: self.id_if_any()? })
    }

    /// The columns of `event` but for the bucket, as an event.
    pub(super) fn event(&mut self) -> Result<EventRow<'r>, sqlx::Error> {
        Ok(EventRow {
            entity: self.id()?,
            account_key: self.take()?,
            seq: self.take()?,
            kind: self.take()?,
            card_id: self.id_if_any()?,
            at: self.take()?,
            client: self.id()?,
            track: self.take()?,
            body: self.take()?,
            previous: self.take()?,
            hash: self.take()?,
        })
    }

    /// The columns of `payment_log` but for the bucket, as a payment.
    pub(super) fn log_entry(&mut self) -> Result<LogRow<'r>, sqlx::Error> {
        Ok(LogRow {
            id: self.id()?,
            entity: self.id()?,
            card_id: self.id()?,
            snapshot_id: self.id()?,
            at: self.take()?,
            outcome: self.take()?,
        })
    }

    /// The columns of `snapshot` but for the bucket, as a snapshot.
    pub(super) fn snapshot(&mut self) -> Result<SnapshotRow<'r>, sqlx::Error> {
        Ok(SnapshotRow {
            id: self.id()?,
            entity: self.id()?,
            card_id: self.id()?,
            at: self.take()?,
            face: self.take()?,
        })
    }

    /// The columns of `errand` but for the bucket and the request, as an errand.
    pub(super) fn errand(&mut self) -> Result<ErrandRow<'r>, sqlx::Error> {
        Ok(ErrandRow {
            entity: self.id()?,
            id: self.id()?,
            client: self.id()?,
            note: self.take()?,
            key_version: self.take::<i32>()?.into(),
            tries: self.small()?,
            at: self.take()?,
            due: self.take()?,
            finished_at: self.take()?,
        })
    }

    /// `key, request, outcome, at` as a receipt.
    pub(super) fn receipt(&mut self) -> Result<ReceiptRow<'r>, sqlx::Error> {
        Ok(ReceiptRow {
            key: self.take()?,
            request: self.take()?,
            outcome: self.take()?,
            at: self.take()?,
        })
    }

    /// The columns of `entity` as an entity.
    pub(super) fn entity(&mut self) -> Result<EntityRow<'r>, sqlx::Error> {
        Ok(EntityRow {
            id: self.id()?,
            name: self.take()?,
            wrapped_keys: self.take()?,
            created_at: self.take()?,
        })
    }

    /// The columns of `api_key` as an application's key.
    pub(super) fn api_key(&mut self) -> Result<ApiKeyRow<'r>, sqlx::Error> {
        Ok(ApiKeyRow {
            id: self.take()?,
            kind: self.take()?,
            identifier: self.take()?,
            entity: self.id()?,
            created_at: self.take()?,
        })
    }

    /// The columns of `session` as a session.
    pub(super) fn session(&mut self) -> Result<SessionRow<'r>, sqlx::Error> {
        Ok(SessionRow {
            hash: self.take()?,
            entity: self.id()?,
            client: self.id()?,
            expires_at: self.take()?,
        })
    }

    /// The columns of `client` as a client.
    pub(super) fn client(&mut self) -> Result<ClientRow<'r>, sqlx::Error> {
        Ok(ClientRow {
            id: self.id()?,
            name: self.take()?,
            secret_hash: self.take()?,
            entities: self.take::<Vec<Uuid>>()?.into_iter().map(EntityId::from_uuid).collect(),
            rights: self.small()?,
            created_at: self.take()?,
            disabled_at: self.take()?,
        })
    }
}

/// A card's row with what its account's row says of it.
pub(super) struct FiledRow<'r> {
    pub(super) card: CardRow<'r>,
    account_id: [u8; 16],
    default_card: Option<[u8; 16]>,
}

impl FiledRow<'_> {
    /// The card.
    pub(super) fn read(&self) -> Result<FiledCard, StoreError> {
        Ok(FiledCard {
            card: self.card.read()?,
            account_id: AccountId::from_bytes(self.account_id),
            is_default: self.default_card == Some(self.card.id),
        })
    }
}
