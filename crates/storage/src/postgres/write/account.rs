//! The accounts of a batch: what decides whether anything else of theirs is written.

use cardfile_domain::text::AccountNumber;
use uuid::Uuid;

use super::{Of, account_key, each};
use crate::{
    lane::Unit,
    postgres::{place::card_column, statement::Statement},
    row::json_text,
};

const INSERT: &str = "opened AS (INSERT INTO account (bucket, entity, account_key, id, number, \
    default_card, version, event_seq, event_head, details, created_at, updated_at) \
    SELECT bucket, entity, account_key, id, number, default_card, version, event_seq, event_head, \
    CAST(details AS JSON), created_at, updated_at FROM opening \
    ON CONFLICT (bucket, entity, account_key) DO NOTHING \
    RETURNING bucket, entity, account_key), ";

/// What is inserted cannot return the number of its unit, so that is found by the key again.
const OPENED: &str = "SELECT i.n FROM opening i WHERE ((i.bucket, i.entity, i.account_key) \
    IN (SELECT bucket, entity, account_key FROM opened)) IS TRUE";

const UPDATE: &str = "updated AS (UPDATE account a SET default_card = i.default_card, \
    version = i.version, event_seq = i.event_seq, event_head = i.event_head, \
    details = CAST(i.details AS JSON), updated_at = i.updated_at FROM ";

const IF_AS_LOADED: &str = " WHERE a.bucket = i.bucket AND a.entity = i.entity \
    AND a.account_key = i.account_key AND a.version = i.version - 1 RETURNING i.n), ";

/// Begins the statement: `written` holds the numbers of the units that are written by it.
///
/// An account is updated if it still has the version that was loaded, and opened if there is none.
/// A row that went missing is not made up again from what was loaded of it.
pub(super) fn write(statement: &mut Statement, units: &[&Unit]) {
    let whole = (0..).zip(units).map(|(n, unit)| Of { n, unit, row: *unit });
    let (opened, updated): (Vec<_>, Vec<_>) = whole.partition(|of| of.row.expected == 0);
    statement.text("WITH ");
    if !opened.is_empty() {
        statement.text("opening AS (SELECT * FROM ").rows();
        columns(statement, &opened);
        statement.end_rows().text("), ").text(INSERT);
    }
    if !updated.is_empty() {
        statement.text(UPDATE).rows();
        columns(statement, &updated);
        statement.end_rows().text(IF_AS_LOADED);
    }
    statement.text("written AS (");
    match (opened.is_empty(), updated.is_empty()) {
        (true, true) => statement.text("SELECT 0 AS n WHERE FALSE"),
        (true, false) => statement.text("SELECT n FROM updated"),
        (false, true) => statement.text(OPENED),
        (false, false) => statement.text("SELECT n FROM updated UNION ALL ").text(OPENED),
    };
    statement.text(")");
}

fn columns(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    let micros = |at: jiff::Timestamp| at.as_microsecond();
    account_key(statement, units);
    statement
        .column("id", each(units, |of| Uuid::from_bytes(*of.row.account.id.as_bytes())))
        .column(
            "number",
            each(units, |of| of.row.account.number.as_ref().map(AccountNumber::as_str)),
        )
        .column("default_card", each(units, |of| of.row.account.default_card.map(card_column)))
        .column("version", each(units, |of| of.row.account.version))
        .column("event_seq", each(units, |of| of.row.account.event_seq))
        .column("event_head", each(units, |of| &of.row.account.event_head.0[..]))
        .column("details", each(units, |of| json_text(&of.row.account.details)))
        .column("created_at", each(units, |of| micros(of.row.account.created_at)))
        .column("updated_at", each(units, |of| micros(of.row.account.updated_at)));
}
