//! The accounts of a batch: what decides whether anything else of theirs is written.

use cardfile_domain::text::AccountNumber;
use uuid::Uuid;

use super::{Lone, Of, account_key, card, cards, each};
use crate::{
    lane::{Head, How, Unit},
    postgres::{place::card_column, statement::Statement},
    row::json_text,
};

const INSERT: &str = "INSERT INTO account (bucket, entity, account_key, id, number, \
    default_card, lone_card, version, event_seq, event_head, details, created_at, updated_at) \
    SELECT bucket, entity, account_key, id, number, default_card, lone_card, version, event_seq, \
    event_head, CAST(details AS JSON), created_at, updated_at FROM ";

const UNLESS_THERE: &str = "opening ON CONFLICT (bucket, entity, account_key) DO NOTHING \
    RETURNING bucket, entity, account_key), ";

/// What is inserted cannot return the number of its unit, so that is found by the key again.
const OPENED: &str = "SELECT i.n FROM opening i WHERE ((i.bucket, i.entity, i.account_key) \
    IN (SELECT bucket, entity, account_key FROM opened)) IS TRUE";

/// What any change of an account touches.
const UPDATE: &str = " AS (UPDATE account a SET default_card = i.default_card, \
    lone_card = i.lone_card, version = i.version, event_seq = i.event_seq, event_head = i.event_head, \
    updated_at = i.updated_at";

/// What most changes leave alone: it may be long.
const DETAILS: &str = ", details = CAST(i.details AS JSON)";

const IF_AS_LOADED: &str = " WHERE a.bucket = i.bucket AND a.entity = i.entity \
    AND a.account_key = i.account_key AND a.version = i.version - 1 RETURNING i.n), ";

/// Begins the statement: `written` holds the numbers of the units that are written by it.
///
/// An account is updated if it still has the version that was loaded, and opened if there is none.
/// A row that went missing is not made up again from what was loaded of it. Where only the lone card
/// of an account changed, the card stands for the account, and the latest event may come with it.
pub(super) fn write(statement: &mut Statement, units: &[&Unit], told: &Lone<'_>) {
    let whole = (0..).zip(units).map(|(n, unit)| Of { n, unit, row: *unit });
    let whole = whole.filter(|of| of.row.head == Head::InAccount);
    let (opened, stored): (Vec<_>, Vec<_>) = whole.partition(|of| of.row.expected == 0);
    let (detailed, updated): (Vec<_>, Vec<_>) = stored.into_iter().partition(has_new_details);
    statement.text("WITH ");
    let mut parts = Vec::with_capacity(4);
    let lone = cards(units, Head::InCard, How::Change);
    if !lone.is_empty() {
        card::change_lone(statement, &lone, told);
        parts.push("SELECT n FROM lone");
    }
    if !opened.is_empty() {
        open(statement, &opened);
        parts.push(OPENED);
    }
    if !updated.is_empty() {
        statement.text("updated").text(UPDATE).text(" FROM ").rows();
        changing(statement, &updated);
        statement.end_rows().text(IF_AS_LOADED);
        parts.push("SELECT n FROM updated");
    }
    if !detailed.is_empty() {
        statement.text("detailed").text(UPDATE).text(DETAILS).text(" FROM ").rows();
        changing(statement, &detailed);
        details(statement, &detailed);
        statement.end_rows().text(IF_AS_LOADED);
        parts.push("SELECT n FROM detailed");
    }
    statement.text("written AS (");
    match parts.split_first() {
        None => statement.text("SELECT 0 AS n WHERE FALSE"),
        Some((first, others)) => {
            let first = statement.text(first);
            others.iter().fold(first, |union, part| union.text(" UNION ALL ").text(part))
        }
    };
    statement.text(")");
}

fn has_new_details(of: &Of<'_, Unit>) -> bool {
    of.row.new_details
}

fn open(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    statement.text("opening AS (SELECT * FROM ");
    rows(statement, units);
    statement.text("), opened AS (").text(INSERT).text(UNLESS_THERE);
}

/// Writes accounts of which none is there.
pub(super) fn insert(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    statement.text(INSERT);
    rows(statement, units);
}

fn rows(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    statement.rows();
    changing(statement, units);
    details(statement, units);
    statement
        .column("id", each(units, |of| Uuid::from_bytes(*of.row.account.id.as_bytes())))
        .column(
            "number",
            each(units, |of| of.row.account.number.as_ref().map(AccountNumber::as_str)),
        )
        .column("created_at", each(units, |of| of.row.account.created_at.as_microsecond()));
    statement.end_rows();
}

fn changing(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    account_key(statement, units);
    statement
        .column("default_card", each(units, |of| of.row.account.default_card.map(card_column)))
        .column("lone_card", each(units, |of| of.row.account.lone_card.map(card_column)))
        .column("version", each(units, |of| of.row.account.version))
        .column("event_seq", each(units, |of| of.row.account.event_seq))
        .column("event_head", each(units, |of| &of.row.account.event_head.0[..]))
        .column("updated_at", each(units, |of| of.row.account.updated_at.as_microsecond()));
}

fn details(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    statement.column("details", each(units, |of| json_text(&of.row.account.details)));
}
