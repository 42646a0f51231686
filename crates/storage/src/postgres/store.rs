//! The port to accounts and cards.

use async_trait::async_trait;
use cardfile_domain::{
    account::Account,
    command::{Mode, Write},
    event::RecordedEvent,
    id::{AccountId, AccountKey, AccountRef, EntityId, LogId, PaymentMethodId, SnapshotId},
    payment::LogEntry,
    ports::{Answer, Answers, CardPage, FiledCard, Receipt, SnapshotPage, Store, StoreError},
    query::CardQuery,
    snapshot::Snapshot,
    text::CardName,
};
use jiff::Timestamp;
use sqlx::{postgres::PgRow, query};
use uuid::Uuid;

use super::{
    PostgresStore,
    fault::unavailable,
    place::{account_column, bucket_column, named_by_3},
    rows::{Columns, account_columns, filed_columns},
    unowned,
};
use crate::lane::{name_alias, named_card, receipt_bucket};

macro_rules! find_account {
    ($by:tt) => {
        concat!(
            "SELECT ",
            account_columns!("h"),
            " FROM account a LEFT JOIN card h ON h.bucket = a.bucket AND h.id = a.lone_card WHERE",
            named_by_3!($by)
        )
    };
}
const FIND_ACCOUNT: &str = find_account!(key);
const FIND_ACCOUNT_BY_ID: &str = find_account!(id);

const FIND_ALIAS: &str =
    "SELECT account_key FROM alias WHERE bucket = $1 AND entity = $2 AND alias = $3";

macro_rules! list_cards {
    ($by:tt) => {
        concat!(
            "SELECT ",
            filed_columns!(),
            " FROM card c JOIN account a ON a.bucket = c.bucket AND a.entity = c.entity \
             AND a.account_key = c.account_key \
             WHERE c.bucket = $1 AND c.entity = $2 AND (c.status = 'Active' OR NOT $4) AND",
            named_by_3!($by),
            "ORDER BY c.updated_at DESC, c.id DESC LIMIT $5 OFFSET $6"
        )
    };
}
const LIST_CARDS: &str = list_cards!(key);
const LIST_CARDS_BY_ID: &str = list_cards!(id);

const FIND_RECEIPT: &str = "SELECT key, request, outcome, at FROM receipt \
    WHERE bucket = $1 AND entity = $2 AND key = $3 AND at >= $4";

const FIND_RECEIPTS: &str = "SELECT r.key, r.request, r.outcome, r.at \
    FROM unnest($1, $2) AS i(bucket, key) \
    JOIN receipt r ON r.bucket = i.bucket AND r.entity = $3 AND r.key = i.key AND r.at >= $4";

const FORGET_RECEIPTS: &str = "DELETE FROM receipt WHERE (bucket, entity, key) IN \
    (SELECT bucket, entity, key FROM receipt WHERE at < $1 LIMIT $2)";

const FORGET_SPREAD_RECEIPTS: &str = "DELETE FROM receipt WHERE bucket = $2 AND at < $1";

const LIST_ACCOUNTS: &str = concat!(
    "SELECT ",
    account_columns!("h"),
    " FROM account a LEFT JOIN card h ON h.bucket = a.bucket AND h.id = a.lone_card \
     WHERE a.entity = $1 AND a.account_key NOT LIKE '~%' AND a.id < $2 \
     ORDER BY a.id DESC LIMIT $3"
);

#[async_trait]
impl Store for PostgresStore {
    async fn execute(&self, write: Write) -> Result<Answer, StoreError> {
        self.lanes.execute(write).await
    }

    async fn queue(&self, writes: Vec<Write>, mode: Mode) -> Answers {
        self.lanes.queue(writes, mode).await
    }

    async fn find_card(
        &self,
        entity: EntityId,
        id: PaymentMethodId,
    ) -> Result<Option<FiledCard>, StoreError> {
        self.readers.nearest().find(entity, id).await
    }

    async fn find_named(
        &self,
        entity: EntityId,
        name: &CardName,
    ) -> Result<Option<PaymentMethodId>, StoreError> {
        let alias = name_alias(name);
        let bucket = bucket_column(alias.bucket(entity));
        let find = || query(FIND_ALIAS).bind(bucket).bind(entity.uuid()).bind(alias.as_str());
        let rows = self.pool.fetch(find).await?;
        let key = rows.first().map(|row| Columns::of(row).take().map_err(unavailable));
        key.transpose()?.map(|key| named_card(AccountKey::from_stored(key))).transpose()
    }

    async fn find_log_entry(
        &self,
        entity: EntityId,
        id: LogId,
    ) -> Result<Option<LogEntry>, StoreError> {
        self.find_log(entity, id).await
    }

    async fn find_snapshot(
        &self,
        entity: EntityId,
        id: SnapshotId,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.find_taken(entity, id).await
    }

    async fn list_snapshots(
        &self,
        entity: EntityId,
        page: &SnapshotPage,
    ) -> Result<Vec<Snapshot>, StoreError> {
        self.list_taken(entity, page).await
    }

    async fn find_account(
        &self,
        entity: EntityId,
        key: &AccountKey,
    ) -> Result<Option<Account>, StoreError> {
        let bucket = bucket_column(key.bucket(entity));
        let find = || match key.as_account_id() {
            Some(id) => {
                query(FIND_ACCOUNT_BY_ID).bind(bucket).bind(entity.uuid()).bind(account_column(id))
            }
            None => query(FIND_ACCOUNT).bind(bucket).bind(entity.uuid()).bind(key.as_str()),
        };
        let rows = self.pool.fetch(find).await?;
        let account = rows.first().map(|row| Columns::of(row).account().map_err(unavailable));
        account.transpose()?.map(|account| account.read()).transpose()
    }

    async fn list_cards(
        &self,
        account: &AccountRef,
        page: &CardPage,
    ) -> Result<Vec<FiledCard>, StoreError> {
        let (bucket, entity) = (bucket_column(account.bucket()), account.entity.uuid());
        let list = || {
            let list = match account.key.as_account_id() {
                Some(id) => {
                    query(LIST_CARDS_BY_ID).bind(bucket).bind(entity).bind(account_column(id))
                }
                None => query(LIST_CARDS).bind(bucket).bind(entity).bind(account.key.as_str()),
            };
            list.bind(page.active_only).bind(number(page.limit)).bind(number(page.offset))
        };
        self.pool.fetch(list).await?.iter().map(read_filed_card).collect()
    }

    async fn query_cards(
        &self,
        entity: EntityId,
        query: &CardQuery,
    ) -> Result<Vec<FiledCard>, StoreError> {
        self.ask(entity, query.clone()).await?.iter().map(read_filed_card).collect()
    }

    async fn find_receipt(
        &self,
        entity: EntityId,
        key: &[u8; 32],
        since: Timestamp,
    ) -> Result<Option<Receipt>, StoreError> {
        let find = || {
            query(FIND_RECEIPT)
                .bind(bucket_column(receipt_bucket(entity, key)))
                .bind(entity.uuid())
                .bind(&key[..])
                .bind(since.as_microsecond())
        };
        let rows = self.pool.fetch(find).await?;
        let receipt = rows.first().map(|row| Columns::of(row).receipt().map_err(unavailable));
        receipt.transpose()?.map(|receipt| receipt.read()).transpose()
    }

    async fn find_receipts(
        &self,
        entity: EntityId,
        keys: &[[u8; 32]],
        since: Timestamp,
    ) -> Result<Vec<Receipt>, StoreError> {
        let bucket = |key: &[u8; 32]| bucket_column(receipt_bucket(entity, key));
        let find = || {
            self.layout
                .by_key(FIND_RECEIPTS, &["r"])
                .bind(keys.iter().map(bucket).collect::<Vec<_>>())
                .bind(keys.iter().map(|key| &key[..]).collect::<Vec<_>>())
                .bind(entity.uuid())
                .bind(since.as_microsecond())
        };
        let read = |row| Columns::of(row).receipt().map_err(unavailable)?.read();
        self.pool.fetch(find).await?.iter().map(read).collect()
    }

    async fn list_events(
        &self,
        account: &AccountRef,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.follow(account, after.max(0), number(limit)).await
    }

    async fn forget_receipts(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.forget(FORGET_RECEIPTS, FORGET_SPREAD_RECEIPTS, before).await
    }

    async fn list_orphans(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError> {
        self.list_unowned(unowned::LIST_ORPHANS, before, limit).await
    }

    async fn list_tokens(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError> {
        self.list_unowned(unowned::LIST_TOKENS, before, limit).await
    }

    async fn list_accounts(
        &self,
        entity: EntityId,
        before: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let before = before.map_or(Uuid::max(), |id| Uuid::from_bytes(*id.as_bytes()));
        let list = || query(LIST_ACCOUNTS).bind(entity.uuid()).bind(before).bind(number(limit));
        let read = |row| Columns::of(row).account().map_err(unavailable)?.read();
        self.pool.fetch(list).await?.iter().map(read).collect()
    }

    async fn ready(&self) -> Result<(), StoreError> {
        let nobody = EntityId::from_uuid(Uuid::nil());
        self.readers.nearest().find(nobody, PaymentMethodId::from_bytes([0; 16])).await?;
        self.lanes.probe().await
    }

    async fn drain(&self) {
        self.lanes.drain().await;
        self.pool.close().await;
    }
}

fn read_filed_card(row: &PgRow) -> Result<FiledCard, StoreError> {
    Columns::of(row).filed_card().map_err(unavailable)?.read()
}

/// A limit or an offset, as PostgreSQL counts.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
