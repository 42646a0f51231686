//! What a batch of decided writes puts into the database.

use std::collections::BTreeSet;

use super::Chain;
use cardfile_domain::{
    account::Account,
    card::Card,
    event::RecordedEvent,
    id::{AccountKey, Bucket, EntityId, PaymentMethodId},
    payment::LogEntry,
    ports::{Answer, Receipt, StoreError},
    snapshot::Snapshot,
};

/// All that a batch of writes came to.
#[derive(Debug)]
pub(crate) struct Decided {
    /// One unit per account that changed.
    pub(crate) units: Vec<Unit>,
    /// Refusals kept for claims on accounts that did not change.
    pub(crate) receipts: Vec<ReceiptWrite>,
    /// All units must be written or none of them: a card moves from one account to another.
    pub(crate) together: bool,
    /// What to say to each job, in the order of the jobs.
    pub(crate) verdicts: Vec<Verdict>,
}

impl Decided {
    /// Whether there is nothing to write.
    pub(crate) fn is_empty(&self) -> bool {
        self.units.is_empty() && self.receipts.is_empty()
    }

    /// Whether every answer is that something was written.
    pub(crate) fn writes_all(&self) -> bool {
        let writes = |verdict: &Verdict| {
            let is_done = matches!(&verdict.result, Ok(answer) if answer.outcome.is_ok());
            is_done && matches!(verdict.depends, Depends::Unit(_))
        };
        self.receipts.is_empty() && !self.together && self.verdicts.iter().all(writes)
    }

    /// The buckets that have a row in it.
    pub(crate) fn buckets(&self) -> BTreeSet<Bucket> {
        let of_unit = |unit: &Unit| {
            let receipts = unit.receipts.iter().map(|receipt| receipt.bucket);
            let aliases = unit.aliases.iter().chain(&unit.unnamed).map(|alias| alias.bucket);
            let erased = unit.erased.iter().map(|erased| erased.bucket);
            receipts.chain(aliases).chain(erased).chain([unit.bucket]).collect::<Vec<_>>()
        };
        let loose = self.receipts.iter().map(|receipt| receipt.bucket);
        self.units.iter().flat_map(of_unit).chain(loose).collect()
    }
}

/// Everything that happens to one account in a batch: written whole, or not at all.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The bucket of the account and of every row of this unit but the receipts.
    pub(crate) bucket: Bucket,
    /// The account as it is to be; if its row is written, its version is already `expected + 1`.
    pub(crate) account: Account,
    /// Where the latest event is noted.
    pub(crate) head: Head,
    /// The version that must be stored for this unit to be written; 0 if there must be no row.
    pub(crate) expected: i64,
    /// The account's details are not what is stored. They may be long, and seldom change.
    pub(crate) new_details: bool,
    /// Cards to write.
    pub(crate) cards: Vec<CardWrite>,
    /// Where the account's events were before these, if that was noted when it was loaded.
    pub(crate) chain: Chain,
    /// The account's lone card as it was stored, which may tell a later event than the account's row.
    pub(crate) was_lone: Option<PaymentMethodId>,
    /// That card, if its row is neither to be written nor to be removed, although the account's is: what
    /// it tells of the account is right no longer.
    pub(crate) outdated: Option<PaymentMethodId>,
    /// Cards to remove from the bucket. To be done before any card of the batch is written.
    pub(crate) removed: Vec<PaymentMethodId>,
    /// What happened, in order.
    pub(crate) events: Vec<RecordedEvent>,
    /// Answers to keep; each has a bucket of its own.
    pub(crate) receipts: Vec<ReceiptWrite>,
    /// Other names to keep; each has a bucket of its own.
    pub(crate) aliases: Vec<AliasWrite>,
    /// Other names to forget; each has a bucket of its own.
    pub(crate) unnamed: Vec<AliasWrite>,
    /// Payments to log.
    pub(crate) logs: Vec<LogEntry>,
    /// Snapshots to keep.
    pub(crate) snapshots: Vec<Snapshot>,
    /// Cards of whose payments and snapshots the contents go; each has a bucket of its own.
    pub(crate) erased: Vec<Erasure>,
}

/// Which row tells what an account's latest event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// That of the account.
    InAccount,
    /// That of its lone card, which is all that changed: so the account's row is not written. The
    /// later of the two is right.
    InCard,
}

impl Unit {
    /// The number of the first event.
    pub(crate) fn first_seq(&self) -> i64 {
        self.events.first().map_or(self.account.event_seq, |event| event.seq)
    }

    /// Whether there must be no row of the account, and one is written.
    pub(crate) fn opens_account(&self) -> bool {
        self.head == Head::InAccount && self.expected == 0
    }

    /// Whether no card is changed or removed, and nothing that belongs to one.
    pub(crate) fn has_only_new_cards(&self) -> bool {
        let takes_nothing_away =
            self.removed.is_empty() && self.unnamed.is_empty() && self.erased.is_empty();
        takes_nothing_away && self.cards.iter().all(|card| card.how == How::Insert)
    }
}

/// A card of whose payments and snapshots, as far as they are in a bucket, the contents go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Erasure {
    /// The bucket.
    pub(crate) bucket: Bucket,
    /// The entity of the card.
    pub(crate) entity: EntityId,
    /// The card.
    pub(crate) card: PaymentMethodId,
}

/// A card to write.
#[derive(Debug)]
pub(crate) struct CardWrite {
    /// The card as it is to be.
    pub(crate) card: Card,
    /// How it differs from what is stored.
    pub(crate) how: How,
}

/// How a card's row is written; the greater includes the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    /// The row exists, and its account, number and creation stay as they are.
    Change,
    /// The row exists, and anything but its key may differ.
    Replace,
    /// There is no row yet.
    Insert,
}

/// The answer to a claim, to be kept.
#[derive(Debug)]
pub(crate) struct ReceiptWrite {
    /// Where it is filed.
    pub(crate) bucket: Bucket,
    /// The entity that the claim was made in.
    pub(crate) entity: EntityId,
    /// The claim and its answer. An outdated answer to the same claim may be there; it gives way.
    pub(crate) receipt: Receipt,
}

/// Another name of a card, to be kept or forgotten.
#[derive(Debug)]
pub(crate) struct AliasWrite {
    /// Where it is filed.
    pub(crate) bucket: Bucket,
    /// The entity of what it names.
    pub(crate) entity: EntityId,
    /// The other name.
    pub(crate) alias: AccountKey,
    /// The key of the account's row; for a card that of its private account.
    pub(crate) account_key: AccountKey,
}

/// What to say to one job once that is true.
#[derive(Debug)]
pub(crate) struct Verdict {
    /// What to say.
    pub(crate) result: Result<Answer, StoreError>,
    /// What has to be written first.
    pub(crate) depends: Depends,
}

/// What must be written before an answer may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depends {
    /// Nothing.
    Nothing,
    /// The receipts that belong to no unit.
    Receipts,
    /// The unit with this index.
    Unit(usize),
}

/// How writing one part of a batch ended.
#[derive(Clone, Debug)]
pub(crate) enum Committed {
    /// It is stored for good.
    Written,
    /// Somebody else was faster: what was loaded is outdated, and nothing of it was written.
    Outdated,
    /// It could not be written, and nothing of it was.
    Failed(StoreError),
}

/// How writing a batch ended.
#[derive(Clone, Debug)]
pub(crate) struct Outcomes {
    /// Each unit, in order.
    pub(crate) units: Vec<Committed>,
    /// The receipts that belong to no unit.
    pub(crate) receipts: Committed,
}

impl Outcomes {
    /// Everything ended in the same way.
    pub(crate) fn all(units: usize, ended: &Committed) -> Self {
        Self { units: vec![ended.clone(); units], receipts: ended.clone() }
    }
}
