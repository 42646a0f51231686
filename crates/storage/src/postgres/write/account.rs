//! The accounts of a batch: what decides whether anything else of theirs is written.

use cardfile_domain::text::AccountNumber;
use uuid::Uuid;

use super::{Lone, Of, account_key, card, cards, each};
use crate::{
    lane::{Head, How, Unit},
    postgres::{chain::after, place::card_column, statement::Statement},
    row::json_text,
};

/// What comes back is read by its place.
const UNLESS_THERE: &str =
    " ON CONFLICT (bucket, entity, account_key) DO NOTHING RETURNING entity, account_key, bucket";

/// What is inserted cannot return the number of its unit, so that is found by the key again.
const OPENED: &str = "SELECT i.n FROM opening i WHERE ((i.bucket, i.entity, i.account_key) \
    IN (SELECT bucket, entity, account_key FROM opened)) IS TRUE";

/// What any change of an account touches.
const UPDATE: &str = " AS (UPDATE account a SET default_card = i.default_card, \
    lone_card = i.lone_card, version = i.version, event_seq = i.event_seq, event_head = i.event_head, \
    event_marked = i.event_marked, updated_at = i.updated_at";

/// What most changes leave alone: it may be long.
const DETAILS: &str = ", details = CAST(i.details AS JSON)";

const IF_AS_LOADED: &str = " WHERE a.bucket = i.bucket AND a.entity = i.entity \
    AND a.account_key = i.account_key AND a.version = i.version - 1 ";

/// Where cards stood for accounts, those accounts only of which they tell nothing new.
const IF_HELD: &str = "AND (NOT i.has_lone OR i.n IN (SELECT n FROM held)) IS TRUE ";

/// The lone cards that tell no later event than is known. From here on none of them does, because nobody else
/// can write them.
const HELD: &str = "held AS (SELECT i.n FROM ";

const IF_TELLING_NOTHING_NEW: &str = " JOIN card c ON c.bucket = i.bucket AND c.id = i.id \
    AND (c.entity = i.entity AND c.account_key = i.account_key AND c.event_seq < i.first_seq) IS TRUE \
    FOR UPDATE OF c), ";

/// Begins the statement: `written` holds the numbers of the units that are written by it, and of those whose
/// accounts were opened before, if that was done in a statement of its own.
///
/// An account is updated if it still has the version that was loaded, and opened if there is none.
/// A row that went missing is not made up again from what was loaded of it. Where only the lone card
/// of an account changed, the card stands for the account, and the latest event may come with it.
pub(super) fn write(
    statement: &mut Statement,
    units: &[&Unit],
    told: &Lone<'_>,
    before: Option<&[i32]>,
) {
    let whole = (0..).zip(units).map(|(n, unit)| Of { n, unit, row: *unit });
    let whole = whole.filter(|of| of.row.head == Head::InAccount);
    let (opened, stored): (Vec<_>, Vec<_>) = whole.partition(|of| of.row.expected == 0);
    statement.text("WITH ");
    let any_held = hold(statement, &stored);
    let (detailed, updated): (Vec<_>, Vec<_>) = stored.into_iter().partition(has_new_details);
    let mut parts = Vec::with_capacity(4);
    let lone = cards(units, Head::InCard, How::Change);
    if !lone.is_empty() {
        card::change_lone(statement, &lone, told);
        parts.push("SELECT n FROM lone");
    }
    if !opened.is_empty() && before.is_none() {
        open(statement, &opened);
        parts.push(OPENED);
    }
    if !updated.is_empty() {
        statement.text("updated").text(UPDATE).text(" FROM ").rows();
        changing(statement, &updated);
        end_update(statement, &updated, any_held);
        parts.push("SELECT n FROM updated");
    }
    if !detailed.is_empty() {
        statement.text("detailed").text(UPDATE).text(DETAILS).text(" FROM ").rows();
        changing(statement, &detailed);
        details(statement, &detailed);
        end_update(statement, &detailed, any_held);
        parts.push("SELECT n FROM detailed");
    }
    if let Some(before) = before.filter(|numbers| !numbers.is_empty()) {
        statement.text("before AS (SELECT unnest(").value(before).text(") AS n), ");
        parts.push("SELECT n FROM before");
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

/// Keeps the lone cards of accounts from being written by others, and tells whether there are any.
fn hold(statement: &mut Statement, units: &[Of<'_, Unit>]) -> bool {
    let mut lone = Vec::new();
    for of in units {
        let card = of.row.was_lone.as_ref();
        lone.extend(card.map(|row| Of { n: of.n, unit: of.row, row }));
    }
    if lone.is_empty() {
        return false;
    }
    statement.text(HELD).rows();
    account_key(statement, &lone);
    statement
        .column("id", each(&lone, |of| card_column(*of.row)))
        .column("first_seq", each(&lone, |of| of.unit.first_seq()));
    statement.end_rows().text(IF_TELLING_NOTHING_NEW);
    true
}

fn end_update(statement: &mut Statement, units: &[Of<'_, Unit>], any_held: bool) {
    if any_held {
        statement.column("has_lone", each(units, |of| of.row.was_lone.is_some()));
    }
    statement.end_rows().text(IF_AS_LOADED);
    if any_held {
        statement.text(IF_HELD);
    }
    statement.text("RETURNING i.n), ");
}

fn open(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    statement.text("opening AS (SELECT * FROM ").rows();
    all(statement, units);
    statement.end_rows().text("), opened AS (").insert_from("account", "opening");
    statement.text(UNLESS_THERE).text("), ");
}

/// Writes accounts of which none is there.
pub(super) fn insert(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    statement.insert("account");
    all(statement, units);
    statement.end_insert();
}

/// Writes accounts unless they are there, and returns the keys of those that it did.
pub(super) fn insert_unless_there(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    insert(statement, units);
    statement.text(UNLESS_THERE);
}

fn all(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    changing(statement, units);
    details(statement, units);
    statement
        .column("id", each(units, |of| Uuid::from_bytes(*of.row.account.id.as_bytes())))
        .column(
            "number",
            each(units, |of| of.row.account.number.as_ref().map(AccountNumber::as_str)),
        )
        .column("created_at", each(units, |of| of.row.account.created_at.as_microsecond()));
}

fn changing(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    account_key(statement, units);
    statement
        .column("default_card", each(units, |of| of.row.account.default_card.map(card_column)))
        .column("lone_card", each(units, |of| of.row.account.lone_card.map(card_column)))
        .column("version", each(units, |of| of.row.account.version))
        .column("event_seq", each(units, |of| of.row.account.event_seq))
        .column("event_head", each(units, |of| &of.row.account.event_head.0[..]))
        .column("event_marked", each(units, |of| after(of.row).marked))
        .column("updated_at", each(units, |of| of.row.account.updated_at.as_microsecond()));
}

fn details(statement: &mut Statement, units: &[Of<'_, Unit>]) {
    statement.json("details", each(units, |of| json_text(&of.row.account.details)));
}
