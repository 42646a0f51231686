//! What is in one bucket where tables are spread over machines, in a few plain statements.
//!
//! Citus hands a statement as it is to the machine of the bucket if it changes or removes rows, in as many parts
//! as may be, or if it adds rows of one table by their values. So a unit is written in three steps: its
//! account is opened if it is new; whatever is there is changed, if its account is as it was loaded;
//! and then follows what is new. All of it is one transaction. If that is all it has, no other machine hears of it.

use std::collections::HashMap;

use cardfile_domain::id::Bucket;
use sqlx::{Connection as _, PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{Lone, Of, account, card, cards, end, every, flags, note, numbers, payment};
use crate::{
    lane::{Head, How, ReceiptWrite, Unit},
    postgres::{connect::answered, fault::Fault, place::bucket_column, statement::Statement},
};

/// Writes units and answers, and tells for each unit whether it was written.
pub(super) async fn write(
    connection: &mut PgConnection,
    units: &[&Unit],
    loose: &[&ReceiptWrite],
    bucket: Bucket,
) -> Result<Vec<bool>, Fault> {
    if units.is_empty() {
        // That is one statement.
        return write_within(connection, units, loose, bucket).await;
    }
    let mut transaction = answered(connection.begin()).await?;
    let written = write_within(&mut transaction, units, loose, bucket).await?;
    end(transaction).await?;
    Ok(written)
}

/// The same within a transaction.
pub(in crate::postgres) async fn write_within(
    connection: &mut PgConnection,
    units: &[&Unit],
    loose: &[&ReceiptWrite],
    bucket: Bucket,
) -> Result<Vec<bool>, Fault> {
    let mut step = Step { connection, bucket };
    let opened = step.open(units).await?;
    let written = step.change(units, &opened).await?;
    step.add(units, loose, &written).await?;
    Ok(flags(units, &written))
}

/// Writes what belongs to units of other buckets and is in this one, within their transaction.
pub(in crate::postgres) async fn write_strays(
    connection: &mut PgConnection,
    units: &[Unit],
    bucket: Bucket,
) -> Result<(), Fault> {
    let others: Vec<_> = units.iter().filter(|unit| unit.bucket != bucket).collect();
    let mut step = Step { connection, bucket };
    let unnamed = step.own(every(&others, |unit| &unit.unnamed), |row| row.bucket);
    let erased = step.own(every(&others, |unit| &unit.erased), |row| row.bucket);
    if !unnamed.is_empty() || !erased.is_empty() {
        let mut statement = step.begin();
        account::write(&mut statement, &[], &Lone::default(), Some(&[]));
        note::remove_loose_aliases(&mut statement, &unnamed);
        payment::erase(&mut statement, &erased, true);
        statement.text(" SELECT n FROM written");
        step.run(statement).await?;
    }
    step.add_notes(&others, &[], |_| true).await
}

/// Waits for whoever is opening an account, and leaves it at that.
pub(in crate::postgres) async fn wait_for_opening(
    connection: &mut PgConnection,
    unit: &Unit,
) -> Result<(), Fault> {
    let mut transaction = answered(connection.begin()).await?;
    Step { connection: &mut transaction, bucket: unit.bucket }.open(&[unit]).await?;
    answered(transaction.rollback()).await
}

/// A step of what is done in a bucket.
struct Step<'c> {
    connection: &'c mut PgConnection,
    bucket: Bucket,
}

impl Step<'_> {
    /// The rows that are in this bucket.
    fn own<'u, T>(&self, mut rows: Vec<Of<'u, T>>, bucket: fn(&T) -> Bucket) -> Vec<Of<'u, T>> {
        rows.retain(|of| bucket(of.row) == self.bucket);
        rows
    }

    fn begin(&self) -> Statement {
        Statement::of_bucket(bucket_column(self.bucket))
    }

    async fn run(&mut self, statement: Statement) -> Result<Vec<PgRow>, Fault> {
        answered(statement.fetch(&mut *self.connection)).await
    }

    /// Opens accounts unless they are there, and returns the numbers of the units of which it did.
    async fn open(&mut self, units: &[&Unit]) -> Result<Vec<i32>, Fault> {
        let mut new: Vec<_> = every(units, |unit| std::slice::from_ref(unit));
        new.retain(|of| of.unit.opens_account());
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = self.begin();
        account::insert_unless_there(&mut statement, &new);
        let mut numbers: HashMap<(Uuid, &str), i32> = HashMap::new();
        for of in &new {
            let name = &of.unit.account.name;
            numbers.insert((name.entity.uuid(), name.key.as_str()), of.n);
        }
        let rows = self.run(statement).await?;
        let number = |row: &PgRow| -> Result<Option<i32>, sqlx::Error> {
            let key: (Uuid, &str) = (row.try_get(0)?, row.try_get(1)?);
            Ok(numbers.get(&key).copied())
        };
        rows.iter().filter_map(|row| number(row).map_err(Fault::of).transpose()).collect()
    }

    /// Changes and removes what is there, of units that are opened or as they were loaded, and returns the
    /// numbers of those.
    async fn change(&mut self, units: &[&Unit], opened: &[i32]) -> Result<Vec<i32>, Fault> {
        if units.iter().all(|unit| only_adds(unit)) {
            return Ok(opened.to_vec());
        }
        let unnamed = self.own(every(units, |unit| &unit.unnamed), |row| row.bucket);
        let erased = self.own(every(units, |unit| &unit.erased), |row| row.bucket);
        let mut statement = self.begin();
        account::write(&mut statement, units, &Lone::default(), Some(opened));
        card::change(&mut statement, &cards(units, Head::InAccount, How::Change));
        card::replace(&mut statement, &cards(units, Head::InAccount, How::Replace));
        card::outdate(&mut statement, &every(units, |unit| unit.outdated.as_slice()));
        card::remove(&mut statement, &every(units, |unit| &unit.removed));
        note::remove_aliases(&mut statement, &unnamed);
        payment::erase(&mut statement, &erased, false);
        statement.text(" SELECT n FROM written");
        numbers(&self.run(statement).await?)
    }

    /// Adds what is new of the units with these numbers, table by table.
    async fn add(
        &mut self,
        units: &[&Unit],
        loose: &[&ReceiptWrite],
        written: &[i32],
    ) -> Result<(), Fault> {
        let is_written = |n| written.contains(&n);
        let new_cards = cards(units, Head::InAccount, How::Insert);
        self.add_rows(new_cards, is_written, card::insert_all).await?;
        let events = every(units, |unit| &unit.events);
        self.add_rows(events, is_written, note::insert_all_events).await?;
        let logs = every(units, |unit| &unit.logs);
        self.add_rows(logs, is_written, payment::insert_all_logs).await?;
        let snapshots = every(units, |unit| &unit.snapshots);
        self.add_rows(snapshots, is_written, payment::insert_all_snapshots).await?;
        self.add_notes(units, loose, is_written).await
    }

    /// Adds answers and other names, of which a unit may have some in other buckets.
    async fn add_notes(
        &mut self,
        units: &[&Unit],
        loose: &[&ReceiptWrite],
        is_written: impl Fn(i32) -> bool,
    ) -> Result<(), Fault> {
        let aliases = self.own(every(units, |unit| &unit.aliases), |row| row.bucket);
        self.add_rows(aliases, &is_written, note::insert_all_aliases).await?;
        let of_units = every(units, |unit| &unit.receipts).into_iter();
        let of_units = of_units.filter(|of| is_written(of.n)).map(|of| of.row);
        let mut receipts: Vec<_> = of_units.chain(loose.iter().copied()).collect();
        receipts.retain(|receipt| receipt.bucket == self.bucket);
        if receipts.is_empty() {
            return Ok(());
        }
        let mut statement = self.begin();
        note::insert_receipts_unless_answered(&mut statement, &receipts);
        self.run(statement).await.map(drop)
    }

    async fn add_rows<'u, T>(
        &mut self,
        mut rows: Vec<Of<'u, T>>,
        is_written: impl Fn(i32) -> bool,
        insert: fn(&mut Statement, &[Of<'u, T>]),
    ) -> Result<(), Fault> {
        rows.retain(|of| is_written(of.n));
        if rows.is_empty() {
            return Ok(());
        }
        let mut statement = self.begin();
        insert(&mut statement, &rows);
        self.run(statement).await.map(drop)
    }
}

/// Whether a unit changes nothing that is there.
fn only_adds(unit: &Unit) -> bool {
    unit.opens_account() && unit.has_only_new_cards() && unit.outdated.is_none()
}
