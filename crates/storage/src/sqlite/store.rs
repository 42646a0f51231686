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
use rusqlite::Connection;
use tokio::task::yield_now;

use super::{
    SqliteStore, cells, chain,
    load::{find, find_alias, find_key, find_new_home},
    place::find_card,
    query::{canonical, list, list_cards, number, query_cards},
    sql,
};
use crate::lane::{name_alias, named_card, receipt_bucket};

/// Receipts forgotten at a time, so that no write waits long for it.
const FORGOTTEN_AT_ONCE: usize = 500;

#[async_trait]
impl Store for SqliteStore {
    async fn execute(&self, write: Write) -> Result<Answer, StoreError> {
        self.write(write).await
    }

    async fn queue(&self, writes: Vec<Write>, mode: Mode) -> Answers {
        self.lanes.queue(writes, mode).await
    }

    async fn find_card(
        &self,
        entity: EntityId,
        id: PaymentMethodId,
    ) -> Result<Option<FiledCard>, StoreError> {
        // Who comes to this thread before the answer goes has to be told that somebody else is here.
        let _visit = self.callers.enter();
        let found = self.readers.read(|connection| find_filed(connection, entity, id))?;
        // Others on this thread find theirs first. Answers that leave one after the other wake whoever waits
        // for them once, and not each time.
        yield_now().await;
        found.transpose()
    }

    async fn find_named(
        &self,
        entity: EntityId,
        name: &CardName,
    ) -> Result<Option<PaymentMethodId>, StoreError> {
        let alias = name_alias(name);
        let bucket = alias.bucket(entity);
        let key = self.read(|connection| find_alias(connection, entity, bucket, &alias))?;
        key.map(named_card).transpose()
    }

    async fn find_log_entry(
        &self,
        entity: EntityId,
        id: LogId,
    ) -> Result<Option<LogEntry>, StoreError> {
        self.find_log(entity, id)
    }

    async fn find_snapshot(
        &self,
        entity: EntityId,
        id: SnapshotId,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.find_taken(entity, id)
    }

    async fn list_snapshots(
        &self,
        entity: EntityId,
        page: &SnapshotPage,
    ) -> Result<Vec<Snapshot>, StoreError> {
        self.list_taken(entity, page.clone()).await
    }

    async fn find_account(
        &self,
        entity: EntityId,
        key: &AccountKey,
    ) -> Result<Option<Account>, StoreError> {
        let name = AccountRef { entity, key: key.clone() };
        self.read(|connection| find_account(connection, name))?.transpose()
    }

    async fn list_cards(
        &self,
        account: &AccountRef,
        page: &CardPage,
    ) -> Result<Vec<FiledCard>, StoreError> {
        let (account, page) = (account.clone(), page.clone());
        self.readers.read_long(move |connection| list_cards(connection, &account, &page)).await?
    }

    async fn query_cards(
        &self,
        entity: EntityId,
        query: &CardQuery,
    ) -> Result<Vec<FiledCard>, StoreError> {
        let query = query.clone();
        self.readers.read_long(move |connection| query_cards(connection, entity, query)).await?
    }

    async fn find_receipt(
        &self,
        entity: EntityId,
        key: &[u8; 32],
        since: Timestamp,
    ) -> Result<Option<Receipt>, StoreError> {
        let row = (receipt_bucket(entity, key).get(), entity.as_bytes(), key);
        let found =
            self.read(|connection| find(connection, sql::FIND_RECEIPT, row, cells::receipt));
        Ok(found?.transpose()?.filter(|receipt| receipt.at >= since))
    }

    async fn list_events(
        &self,
        account: &AccountRef,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let account = account.clone();
        let read = move |connection: &Connection| {
            let account = canonical(connection, &account)?;
            chain::list_events(connection, &account, after, number(limit))
        };
        self.readers.read_long(read).await?
    }

    async fn forget_receipts(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let delete = move |connection: &Connection| {
                let mut delete = connection.prepare_cached(sql::FORGET_RECEIPTS)?;
                delete.execute((before.as_microsecond(), number(FORGOTTEN_AT_ONCE)))
            };
            let deleted = self.on_writer(delete).await?;
            forgotten += deleted as u64;
            if deleted < FORGOTTEN_AT_ONCE {
                return Ok(forgotten);
            }
        }
    }

    async fn list_orphans(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError> {
        let read = move |connection: &Connection| {
            let params = (before.as_microsecond(), number(limit));
            list(connection, sql::LIST_ORPHANS, params, cells::orphan)
        };
        self.readers.read_long(read).await?
    }

    async fn list_tokens(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError> {
        let read = move |connection: &Connection| {
            let params = (before.as_microsecond(), number(limit));
            list(connection, sql::LIST_TOKENS, params, cells::orphan)
        };
        self.readers.read_long(read).await?
    }

    async fn list_accounts(
        &self,
        entity: EntityId,
        before: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        let before = before.unwrap_or(AccountId::from_bytes([0xff; 16]));
        let read = move |connection: &Connection| {
            let params = (entity.as_bytes(), before.as_bytes(), number(limit));
            list(connection, sql::LIST_ACCOUNTS, params, cells::account)
        };
        self.readers.read_long(read).await?
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.read(|connection| {
            let mut ping = connection.prepare_cached(sql::PING)?;
            ping.query_row((), |_| Ok(()))
        })?;
        self.lanes.probe().await
    }

    async fn drain(&self) {
        self.lanes.drain().await;
        self.readers.close();
    }
}

fn find_filed(
    connection: &Connection,
    entity: EntityId,
    id: PaymentMethodId,
) -> rusqlite::Result<Option<Result<FiledCard, StoreError>>> {
    let look = |bucket| {
        find_card(connection, sql::FIND_FILED_CARD, (bucket, entity, id), cells::filed_card)
    };
    if let Some(found) = look(id.bucket())? {
        return Ok(Some(found));
    }
    match find_new_home(connection, entity, id)? {
        Some(home) => look(home.bucket()),
        None => Ok(None),
    }
}

fn find_account(
    connection: &Connection,
    mut name: AccountRef,
) -> rusqlite::Result<Option<Result<Account, StoreError>>> {
    let bucket = name.bucket();
    let look = |name: &AccountRef| {
        let key = (bucket.get(), name.entity.as_bytes(), name.key.as_str());
        find(connection, sql::FIND_ACCOUNT, key, cells::account)
    };
    if let Some(found) = look(&name)? {
        return Ok(Some(found));
    }
    match find_key(connection, &name)? {
        Some(key) => {
            name.key = key;
            look(&name)
        }
        None => Ok(None),
    }
}
