//! The one statement by which a batch is written; many new accounts have a plainer one ([`fresh`]), and where
//! tables are spread a bucket has a few ([`bucket`]).
//!
//! It first writes the accounts whose stored version is the one that was loaded, and then, for
//! those and no others, their cards, events, answers and aliases. So each account is written whole
//! or not at all, however many are in the batch, and the numbers that come back say which were.
//!
//! A part that has nothing to write is left out of the text: the most common batch, changed cards,
//! has three.

mod account;
mod bucket;
mod card;
mod fresh;
mod note;
mod payment;

pub(super) use bucket::{wait_for_opening, write_strays, write_within};
pub(super) use fresh::write_fresh;

use cardfile_domain::{card::Card, event::RecordedEvent, id::Bucket};
use sqlx::{PgConnection, Postgres, Row as _, Transaction, postgres::PgRow};

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

/// What is written at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope<'s> {
    /// All that it is given, of which some cards are known to lie here.
    Everything(&'s Spots),
    /// Units of one bucket, and of what belongs to them the rows that are there.
    One(Bucket),
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
    match scope {
        Scope::Everything(spots) => {
            let statement = statement(units, loose, spots);
            let rows = answered(statement.fetch(connection)).await?;
            Ok(flags(units, &numbers(&rows)?))
        }
        Scope::One(bucket) => {
            let loose: Vec<_> = loose.iter().collect();
            bucket::write(connection, units, &loose, bucket).await
        }
    }
}

/// Commits what was written. Where tables are spread that is done on another machine before it is done
/// here, and a refusal may only mean that nobody knows.
pub(super) async fn end(transaction: Transaction<'_, Postgres>) -> Result<(), Fault> {
    answered(transaction.commit()).await.map_err(Fault::left_open)
}

/// The numbers that a statement returns.
fn numbers(rows: &[PgRow]) -> Result<Vec<i32>, Fault> {
    rows.iter().map(|row| row.try_get(0).map_err(Fault::of)).collect()
}

/// For each unit whether its number is among these.
fn flags(units: &[&Unit], numbers: &[i32]) -> Vec<bool> {
    let mut flags = vec![false; units.len()];
    for n in numbers {
        if let Some(flag) = usize::try_from(*n).ok().and_then(|n| flags.get_mut(n)) {
            *flag = true;
        }
    }
    flags
}

fn statement(units: &[&Unit], loose: &[ReceiptWrite], spots: &Spots) -> Statement {
    let mut statement = Statement::default();
    let loose: Vec<_> = loose.iter().collect();
    let (latest, events) = events(units);
    account::write(&mut statement, units, &Lone { latest, spots: Some(spots) }, None);
    card::change(&mut statement, &cards(units, Head::InAccount, How::Change));
    card::replace(&mut statement, &cards(units, Head::InAccount, How::Replace));
    card::insert(&mut statement, &cards(units, Head::InAccount, How::Insert));
    card::outdate(&mut statement, &every(units, |unit| unit.outdated.as_slice()));
    card::remove(&mut statement, &every(units, |unit| &unit.removed));
    note::insert_events(&mut statement, &events);
    note::insert_receipts(&mut statement, &every(units, |unit| &unit.receipts));
    note::insert_loose_receipts(&mut statement, &loose);
    note::insert_aliases(&mut statement, &every(units, |unit| &unit.aliases));
    note::remove_aliases(&mut statement, &every(units, |unit| &unit.unnamed));
    payment::insert_logs(&mut statement, &every(units, |unit| &unit.logs));
    payment::insert_snapshots(&mut statement, &every(units, |unit| &unit.snapshots));
    payment::erase(&mut statement, &every(units, |unit| &unit.erased), false);
    statement.text(" SELECT n FROM written");
    statement
}

/// The latest events, as far as they are added with the lone card that they are about, and all others.
fn events<'u>(units: &[&'u Unit]) -> (Vec<Of<'u, RecordedEvent>>, Vec<Of<'u, RecordedEvent>>) {
    every(units, |unit| &unit.events)
        .into_iter()
        .partition(|of| of.unit.head == Head::InCard && of.row.seq == of.unit.account.event_seq)
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
