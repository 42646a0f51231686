//! Many new accounts with all that is theirs, as an upload brings them.
//!
//! Nothing of them is stored, as far as was seen: so there is no version to compare and nothing to ask of
//! the rows of one table before those of the next are written. If any row is there all the same,
//! because another process was faster or an outdated answer is to give way, nothing of it is done.

use sqlx::PgConnection;

use super::{Of, account, card, cards, every, note};
use crate::{
    lane::{Head, How, Unit},
    postgres::{connect::answered, fault::Fault, statement::Statement},
};

/// So many that it pays to try. If it was for nothing, everything is sent twice.
const MANY: usize = 32;

/// Writes units if they are many and all of them fresh, and tells whether it did.
pub(in crate::postgres) async fn write_fresh(
    connection: &mut PgConnection,
    units: &[&Unit],
) -> Result<bool, Fault> {
    if units.len() < MANY || !units.iter().all(|unit| is_fresh(unit)) {
        return Ok(false);
    }
    answered(statement(units).fetch(connection)).await.map(|_| true)
}

/// Whether a unit needs nothing that is stored, and changes nothing.
fn is_fresh(unit: &Unit) -> bool {
    let has_no_payments = unit.logs.is_empty() && unit.snapshots.is_empty();
    unit.opens_account() && unit.has_only_new_cards() && has_no_payments
}

fn statement(units: &[&Unit]) -> Statement {
    let accounts: Vec<_> = (0..).zip(units).map(|(n, unit)| Of { n, unit, row: *unit }).collect();
    let cards = cards(units, Head::InAccount, How::Insert);
    let events = every(units, |unit| &unit.events);
    let receipts: Vec<_> = units.iter().flat_map(|unit| &unit.receipts).collect();
    let aliases = every(units, |unit| &unit.aliases);
    let mut statement = Statement::default();
    statement.text("WITH opened AS (");
    account::insert(&mut statement, &accounts);
    if !cards.is_empty() {
        statement.text("), inserted AS (");
        card::insert_all(&mut statement, &cards);
    }
    if !events.is_empty() {
        statement.text("), noted AS (");
        note::insert_all_events(&mut statement, &events);
    }
    if !receipts.is_empty() {
        statement.text("), kept AS (");
        note::insert_all_receipts(&mut statement, &receipts);
    }
    if !aliases.is_empty() {
        statement.text("), named AS (");
        note::insert_all_aliases(&mut statement, &aliases);
    }
    statement.text(") SELECT 0 WHERE FALSE");
    statement
}
