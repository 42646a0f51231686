//! A store and a directory that break on demand.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use cardfile_domain::{
    account::Account,
    client::{Client, Entity},
    command::{Mode, Write},
    errand::{Errand, ErrandName, Errands, Filed, NewErrand, SealedNote},
    event::RecordedEvent,
    id::{
        AccountId, AccountKey, AccountRef, ClientId, EntityId, LogId, PaymentMethodId, SnapshotId,
    },
    payment::LogEntry,
    ports::{
        Answer, Answers, CardPage, Directory, FiledCard, Receipt, SnapshotPage, Store, StoreError,
    },
    query::CardQuery,
    session::Sessions,
    snapshot::Snapshot,
    text::CardName,
};
use cardfile_storage::Opened;
use jiff::Timestamp;
use tokio::sync::Semaphore;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too many writes wait.
    Busy,
    /// Others keep changing the account.
    Contended,
    /// The database is gone.
    Gone,
    /// The database never answers.
    Mute,
    /// The code panics.
    Panic,
}

/// What is wrong with which part, and whether writes are held.
pub struct Faults {
    store: Mutex<Option<Fault>>,
    directory: Mutex<Option<Fault>>,
    /// How many writes are spared before the store breaks.
    spared: Mutex<Option<(u32, Fault)>>,
    held: Mutex<bool>,
    arrivals: Semaphore,
    door: Semaphore,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            store: Mutex::default(),
            directory: Mutex::default(),
            spared: Mutex::default(),
            held: Mutex::default(),
            arrivals: Semaphore::new(0),
            door: Semaphore::new(0),
        }
    }
}

impl Faults {
    /// Breaks the store, or mends it.
    pub fn store(&self, fault: Option<Fault>) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Breaks the directory, or mends it.
    pub fn directory(&self, fault: Option<Fault>) {
        *self.directory.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// Breaks the store for the write after so many others.
    pub fn store_after(&self, writes: u32, fault: Fault) {
        *self.spared.lock().unwrap_or_else(PoisonError::into_inner) = Some((writes, fault));
    }

    /// Counts a write that is going to be made.
    fn count(&self) {
        let mut spared = self.spared.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *spared {
            Some((0, fault)) => {
                self.store(Some(*fault));
                *spared = None;
            }
            Some((left, _)) => *left -= 1,
            None => {}
        }
    }

    /// Holds every write from now on.
    pub fn hold_writes(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// Waits until a write is held.
    pub async fn a_write_is_held(&self) {
        self.arrivals.acquire().await.expect("it is never closed").forget();
    }

    /// Lets the write that is held go on, and all from now on.
    pub fn release_write(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.door.add_permits(1);
    }

    async fn pass(&self) {
        if *self.held.lock().unwrap_or_else(PoisonError::into_inner) {
            self.arrivals.add_permits(1);
            self.door.acquire().await.expect("it is never closed").forget();
        }
    }
}

#[derive(Debug)]
struct TestFault;

impl fmt::Display for TestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a test broke it")
    }
}

impl std::error::Error for TestFault {}

async fn suffer(fault: &Mutex<Option<Fault>>) -> Result<(), StoreError> {
    let fault = *fault.lock().unwrap_or_else(PoisonError::into_inner);
    match fault {
        None => Ok(()),
        Some(Fault::Busy) => Err(StoreError::Busy),
        Some(Fault::Contended) => Err(StoreError::Contended),
        Some(Fault::Gone) => Err(StoreError::unavailable(TestFault)),
        Some(Fault::Mute) => std::future::pending().await,
        Some(Fault::Panic) => panic!("a test broke it"),
    }
}

pub(super) struct Breakable {
    store: Arc<dyn Store>,
    directory: Arc<dyn Directory>,
    errands: Arc<dyn Errands>,
    sessions: Arc<dyn Sessions>,
    faults: Arc<Faults>,
}

impl Breakable {
    pub(super) fn new(opened: &Opened, faults: &Arc<Faults>) -> Self {
        Self {
            store: opened.store(),
            directory: opened.directory(),
            errands: opened.errands(),
            sessions: opened.sessions(),
            faults: Arc::clone(faults),
        }
    }

    async fn store(&self) -> Result<&dyn Store, StoreError> {
        suffer(&self.faults.store).await?;
        Ok(&*self.store)
    }

    async fn errands(&self) -> Result<&dyn Errands, StoreError> {
        suffer(&self.faults.store).await?;
        Ok(&*self.errands)
    }

    pub(super) async fn sessions(&self) -> Result<&dyn Sessions, StoreError> {
        suffer(&self.faults.directory).await?;
        Ok(&*self.sessions)
    }

    async fn directory(&self) -> Result<&dyn Directory, StoreError> {
        suffer(&self.faults.directory).await?;
        Ok(&*self.directory)
    }
}

#[async_trait]
impl Store for Breakable {
    async fn execute(&self, write: Write) -> Result<Answer, StoreError> {
        self.faults.pass().await;
        self.faults.count();
        self.store().await?.execute(write).await
    }

    async fn queue(&self, writes: Vec<Write>, mode: Mode) -> Answers {
        self.faults.pass().await;
        match self.store().await {
            Ok(store) => store.queue(writes, mode).await,
            Err(error) => {
                let answers = writes.iter().map(|_| Err(error.clone())).collect();
                Box::pin(std::future::ready(answers))
            }
        }
    }

    async fn find_card(
        &self,
        entity: EntityId,
        id: PaymentMethodId,
    ) -> Result<Option<FiledCard>, StoreError> {
        self.store().await?.find_card(entity, id).await
    }

    async fn find_named(
        &self,
        entity: EntityId,
        name: &CardName,
    ) -> Result<Option<PaymentMethodId>, StoreError> {
        self.store().await?.find_named(entity, name).await
    }

    async fn find_log_entry(
        &self,
        entity: EntityId,
        id: LogId,
    ) -> Result<Option<LogEntry>, StoreError> {
        self.store().await?.find_log_entry(entity, id).await
    }

    async fn find_snapshot(
        &self,
        entity: EntityId,
        id: SnapshotId,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.store().await?.find_snapshot(entity, id).await
    }

    async fn list_snapshots(
        &self,
        entity: EntityId,
        page: &SnapshotPage,
    ) -> Result<Vec<Snapshot>, StoreError> {
        self.store().await?.list_snapshots(entity, page).await
    }

    async fn find_account(
        &self,
        entity: EntityId,
        key: &AccountKey,
    ) -> Result<Option<Account>, StoreError> {
        self.store().await?.find_account(entity, key).await
    }

    async fn list_cards(
        &self,
        account: &AccountRef,
        page: &CardPage,
    ) -> Result<Vec<FiledCard>, StoreError> {
        self.store().await?.list_cards(account, page).await
    }

    async fn query_cards(
        &self,
        entity: EntityId,
        query: &CardQuery,
    ) -> Result<Vec<FiledCard>, StoreError> {
        self.store().await?.query_cards(entity, query).await
    }

    async fn find_receipt(
        &self,
        entity: EntityId,
        key: &[u8; 32],
        since: Timestamp,
    ) -> Result<Option<Receipt>, StoreError> {
        self.store().await?.find_receipt(entity, key, since).await
    }

    async fn find_receipts(
        &self,
        entity: EntityId,
        keys: &[[u8; 32]],
        since: Timestamp,
    ) -> Result<Vec<Receipt>, StoreError> {
        self.store().await?.find_receipts(entity, keys, since).await
    }

    async fn list_events(
        &self,
        account: &AccountRef,
        after: i64,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        self.store().await?.list_events(account, after, limit).await
    }

    async fn forget_receipts(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.store().await?.forget_receipts(before).await
    }

    async fn list_orphans(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError> {
        self.store().await?.list_orphans(before, limit).await
    }

    async fn list_tokens(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError> {
        self.store().await?.list_tokens(before, limit).await
    }

    async fn list_accounts(
        &self,
        entity: EntityId,
        before: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Account>, StoreError> {
        self.store().await?.list_accounts(entity, before, limit).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.store().await?.ready().await
    }

    async fn drain(&self) {
        self.store.drain().await;
    }
}

#[async_trait]
impl Directory for Breakable {
    async fn list_entities(&self) -> Result<Vec<Entity>, StoreError> {
        self.directory().await?.list_entities().await
    }

    async fn add_entity(&self, entity: &Entity) -> Result<bool, StoreError> {
        self.directory().await?.add_entity(entity).await
    }

    async fn list_clients(&self) -> Result<Vec<Client>, StoreError> {
        self.directory().await?.list_clients().await
    }

    async fn find_client(&self, id: ClientId) -> Result<Option<Client>, StoreError> {
        self.directory().await?.find_client(id).await
    }

    async fn add_client(&self, client: &Client) -> Result<bool, StoreError> {
        self.directory().await?.add_client(client).await
    }

    async fn disable_client(&self, id: ClientId, at: Timestamp) -> Result<bool, StoreError> {
        self.directory().await?.disable_client(id, at).await
    }
}

#[async_trait]
impl Errands for Breakable {
    async fn file(&self, errand: &NewErrand, outdated: Timestamp) -> Result<Filed, StoreError> {
        self.errands().await?.file(errand, outdated).await
    }

    async fn count_waiting(&self, entity: EntityId) -> Result<u64, StoreError> {
        self.errands().await?.count_waiting(entity).await
    }

    async fn find(&self, name: ErrandName) -> Result<Option<Errand>, StoreError> {
        self.errands().await?.find(name).await
    }

    async fn take(
        &self,
        now: Timestamp,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<Errand>, StoreError> {
        // The runner is told what to carry out, and fails over that and not over this.
        self.errands.take(now, until, limit).await
    }

    async fn keep(&self, errand: &Errand, until: Timestamp) -> Result<bool, StoreError> {
        self.errands.keep(errand, until).await
    }

    async fn finish(
        &self,
        errand: &Errand,
        at: Timestamp,
        answer: &SealedNote,
    ) -> Result<bool, StoreError> {
        self.errands.finish(errand, at, answer).await
    }

    async fn discard(&self, name: ErrandName) -> Result<bool, StoreError> {
        self.errands.discard(name).await
    }

    async fn forget(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.errands().await?.forget(before).await
    }
}
