//! The one statement by which a batch is written; many new accounts have a plainer one ([`fresh`]).
//!
//! It first writes the accounts whose stored version is the one that was loaded, and then, for
//! those and no others, their cards, events, answers and aliases. So each account is written whole
//! or not at all, however many are in the batch, and the numbers that come back say which were.
//!
//! A part that has nothing to write is left out of the text: the most common batch, changed cards,
//! has three.

mod account;
mod card;
mod fresh;
mod note;
mod payment;

pub(super) use fresh::write_fresh;

use cardfile_domain::{card::Card, event::RecordedEvent, id::Bucket};
use sqlx::{PgConnection, Row as _};

use super::{
    connect::answered, fault::Fault, place::bucket_column, spot::Spots, statement::Statement,
};
use crate::lane::{Head, How, ReceiptWrite, Unit};

/// Only rows of accounts that were written just now. As an expression of its own it is answered
/// from a hash table; a plain `IN` would become a join that compares every row with every account.
const IF_WRITTEN: &str = "(i.n IN (SELECT n FROM written)) IS TRUE";

/// A row to write, and the unit that it belongs to with its number.
struct Of<'u, T> {
    n: i32,
    unit: &'u Unit,
    row: &'u T,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope<'s> {
    /// All that it is given, of which some cards are known to lie here.
    Everything(&'s Spots),
    /// Units of one bucket, and of what belongs to them the rows that are there.
    One(Bucket),
}

impl<'s> Scope<'s> {
    fn has(self, bucket: Bucket) -> bool {
        match self {
            Self::Everything(_) => true,
            Self::One(own) => own == bucket,
        }
    }

    fn spots(self) -> Option<&'s Spots> {
        match self {
            Self::Everything(spots) => Some(spots),
            Self::One(_) => None,
        }
    }

    fn begin(self) -> Statement {
        match self {
            Self::Everything(_) => Statement::default(),
            Self::One(bucket) => Statement::of_bucket(bucket_column(bucket)),
        }
    }
}

/// What is known of lone cards beside what is to be written of them.
#[derive(Default)]
struct Lone<'a> {
    /// Their latest events, if they are added with the cards.
    latest: Vec<Of<'a, RecordedEvent>>,
    /// Where they lie, if that is known of any card.
    spots: Option<&'a Spots>,
}

/// Writes units and answers, and tells for each unit whether it was written.
///
/// On [`Fault::Conflict`] and [`Fault::Refused`] nothing was written at all.
pub(super) async fn write(
    connection: &mut PgConnection,
    units: &[&Unit],
    loose: &[ReceiptWrite],
    scope: Scope<'_>,
) -> Result<Vec<bool>, Fault> {
    let statement = statement(units, loose, scope);
    let rows = answered(statement.fetch(connection)).await?;
    let mut written = vec![false; units.len()];
    for row in rows {
        let n: i32 = row.try_get(0).map_err(Fault::of)?;
        if let Some(unit) = usize::try_from(n).ok().and_then(|n| written.get_mut(n)) {
            *unit = true;
        }
    }
    Ok(written)
}

/// Writes what belongs to units of other buckets and is in this one. Whether the units are written is
/// for the transaction to see to.
pub(super) async fn write_strays(
    connection: &mut PgConnection,
    units: &[Unit],
    bucket: Bucket,
) -> Result<(), Fault> {
    let others: Vec<_> = units.iter().filter(|unit| unit.bucket != bucket).collect();
    let receipts = others.iter().flat_map(|unit| &unit.receipts);
    let receipts: Vec<_> = receipts.filter(|receipt| receipt.bucket == bucket).collect();
    let aliases = every(&others, |unit| &unit.aliases);
    let aliases: Vec<_> = aliases.into_iter().filter(|of| of.row.bucket == bucket).collect();
    let mut unnamed = every(&others, |unit| &unit.unnamed);
    unnamed.retain(|of| of.row.bucket == bucket);
    let mut erased = every(&others, |unit| &unit.erased);
    erased.retain(|of| of.row.bucket == bucket);
    let nothing_but_erased = receipts.is_empty() && aliases.is_empty() && unnamed.is_empty();
    if nothing_but_erased && erased.is_empty() {
        return Ok(());
    }
    let mut statement = Scope::One(bucket).begin();
    account::write(&mut statement, &[], &Lone::default());
    note::insert_loose_receipts(&mut statement, &receipts);
    note::insert_loose_aliases(&mut statement, &aliases);
    note::remove_loose_aliases(&mut statement, &unnamed);
    payment::erase(&mut statement, &erased, true);
    statement.text(" SELECT n FROM written");
    answered(statement.fetch(connection)).await.map(drop)
}

fn statement(units: &[&Unit], loose: &[ReceiptWrite], scope: Scope<'_>) -> Statement {
    let mut statement = scope.begin();
    let mut receipts = every(units, |unit| &unit.receipts);
    receipts.retain(|of| scope.has(of.row.bucket));
    let mut aliases = every(units, |unit| &unit.aliases);
    aliases.retain(|of| scope.has(of.row.bucket));
    let mut unnamed = every(units, |unit| &unit.unnamed);
    unnamed.retain(|of| scope.has(of.row.bucket));
    let mut erased = every(units, |unit| &unit.erased);
    erased.retain(|of| scope.has(of.row.bucket));
    let loose: Vec<_> = loose.iter().filter(|receipt| scope.has(receipt.bucket)).collect();
    let (latest, events) = events(units, scope);
    account::write(&mut statement, units, &Lone { latest, spots: scope.spots() });
    card::change(&mut statement, &cards(units, Head::InAccount, How::Change));
    card::replace(&mut statement, &cards(units, Head::InAccount, How::Replace));
    card::insert(&mut statement, &cards(units, Head::InAccount, How::Insert));
    card::outdate(&mut statement, &every(units, |unit| unit.outdated.as_slice()));
    card::remove(&mut statement, &every(units, |unit| &unit.removed));
    note::insert_events(&mut statement, &events);
    note::insert_receipts(&mut statement, &receipts);
    note::insert_loose_receipts(&mut statement, &loose);
    note::insert_aliases(&mut statement, &aliases);
    note::remove_aliases(&mut statement, &unnamed);
    payment::insert_logs(&mut statement, &every(units, |unit| &unit.logs));
    payment::insert_snapshots(&mut statement, &every(units, |unit| &unit.snapshots));
    payment::erase(&mut statement, &erased, false);
    statement.text(" SELECT n FROM written");
    statement
}

/// The latest events, as far as they are added with the lone card that they are about, and all others. The
/// one form was never tried where tables are spread, so there all are among the others.
fn events<'u>(
    units: &[&'u Unit],
    scope: Scope<'_>,
) -> (Vec<Of<'u, RecordedEvent>>, Vec<Of<'u, RecordedEvent>>) {
    let is_latest = |of: &Of<'_, RecordedEvent>| {
        of.unit.head == Head::InCard && of.row.seq == of.unit.account.event_seq
    };
    let events = every(units, |unit| &unit.events);
    match scope {
        Scope::Everything(_) => events.into_iter().partition(is_latest),
        Scope::One(_) => (Vec::new(), events),
    }
}

/// The cards that are written in a way, of the units of which the latest event is noted in a place.
fn cards<'u>(units: &[&'u Unit], head: Head, how: How) -> Vec<Of<'u, Card>> {
    let mut cards = Vec::new();
    for Of { n, unit, row } in every(units, |unit| &unit.cards) {
        if row.how == how && unit.head == head {
            cards.push(Of { n, unit, row: &row.card });
        }
    }
    cards
}

/// Every row of a kind.
fn every<'u, T>(units: &[&'u Unit], rows: impl Fn(&'u Unit) -> &'u [T]) -> Vec<Of<'u, T>> {
    let mut every = Vec::new();
    for (n, unit) in (0..).zip(units) {
        every.extend(rows(unit).iter().map(|row| Of { n, unit, row }));
    }
    every
}

/// One value of every row: a column.
fn each<'u, T, V>(rows: &[Of<'u, T>], value: impl Fn(&Of<'u, T>) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

/// The columns by which the unit of a row is known, and its account found.
fn account_key<T>(statement: &mut Statement, rows: &[Of<'_, T>]) {
    statement
        .column("n", each(rows, |of| of.n))
        .column("bucket", each(rows, |of| bucket_column(of.unit.bucket)))
        .column("entity", each(rows, |of| of.unit.account.name.entity.uuid()))
        .column("account_key", each(rows, |of| of.unit.account.name.key.as_str()));
}
