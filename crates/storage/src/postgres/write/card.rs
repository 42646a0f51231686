//! The cards of a batch.

use cardfile_domain::{
    card::{Card, StoredNumber, VaultedNumber},
    id::PaymentMethodId,
    retry_rule::{MaxFailures, RetryWindow},
    text::CardHolderName,
};

use uuid::Uuid;

use super::{IF_WRITTEN, Lone, Of, each, note};
use crate::{
    lane::Told,
    postgres::{
        chain::after,
        place::{bucket_column, card_column},
        spot::{Spot, Spots},
        statement::Statement,
    },
    row::json_text,
};

/// What an ordinary change may touch. None of it is in an index.
const CHANGE: &str = "expiry_month = i.expiry_month, expiry_year = i.expiry_year, \
    holder_name = i.holder_name, holder = CAST(i.holder AS JSON), \
    extras = CAST(i.extras AS JSON), custom = CAST(i.custom AS JSON), \
    activity = CAST(i.activity AS JSON), failures = i.failures, status = i.status, \
    retry_use_default = i.retry_use_default, retry_window = i.retry_window, \
    retry_max = i.retry_max, updated_at = i.updated_at, updated_by = i.updated_by";

/// What the card told of its account, whose row is written now, it tells no longer.
const SILENCE: &str = "account_id = NULL, is_default = NULL";

/// What else is noted in an account's lone card if nothing but the card changed.
const HEAD: &str =
    ", event_seq = i.event_seq, event_head = i.event_head, event_marked = i.event_marked";

/// What is noted in a card that stood for its account, whose row is written now: who still wants to note an
/// event in the card sees that it is not the next one. Cards that did not stand for it keep what they have.
const HEAD_IF_LONE: &str = ", event_seq = COALESCE(i.event_seq, c.event_seq), \
    event_head = COALESCE(i.event_head, c.event_head), event_marked = COALESCE(i.event_marked, c.event_marked)";

/// The same for a card that another account may have taken over, where it tells nothing.
const HEAD_IF_LONE_STILL: &str = ", event_seq = CASE WHEN c.account_key = i.account_key \
    THEN COALESCE(i.event_seq, c.event_seq) ELSE 0 END, \
    event_head = CASE WHEN c.account_key = i.account_key \
    THEN COALESCE(i.event_head, c.event_head) END, \
    event_marked = CASE WHEN c.account_key = i.account_key \
    THEN COALESCE(i.event_marked, c.event_marked) END";

/// Nobody else noted an event since the account was loaded, nor took the card away. As a plain condition the
/// account would fit another index.
const IF_AS_LOADED: &str =
    "(c.account_key = i.account_key AND c.event_seq < i.first_seq) IS TRUE RETURNING i.n";

/// The latest event says of itself much of what the card is told, so it needs few values of its own.
const TELL: &str = ", i.bucket, i.entity, i.account_key, i.event_seq, i.kind, i.id, i.updated_at, \
    i.updated_by, i.track, i.body, i.previous, i.event_head, i.before_at, i.marked_at), \
    told AS (INSERT INTO event (bucket, entity, account_key, seq, kind, card_id, at, client, track, \
    body, previous, hash, before_at, marked_at) SELECT bucket, entity, account_key, event_seq, kind, id, \
    updated_at, updated_by, track, body, previous, event_head, before_at, marked_at FROM lone";

/// What else a change may touch that scrubs a card or gives it to another account.
const REPLACE: &str = ", account_key = i.account_key, card_type = i.card_type, bin = i.bin, \
    last4 = i.last4, digits = i.digits, sealed = i.sealed, key_version = i.key_version, \
    fingerprint = i.fingerprint, created_at = i.created_at, created_by = i.created_by";

/// That the entity is the right one is asked of the row that the key leads to. As a plain condition it
/// would fit another index as well, and the planner may take that one while it knows of few cards.
const BY_ID: &str =
    " WHERE c.bucket = i.bucket AND c.id = i.id AND (c.entity = i.entity) IS TRUE AND ";

/// Where the row was found. Whether it is the one is asked in a way that no index fits.
const BY_SPOT: &str = " WHERE c.ctid = i.spot \
    AND (c.bucket = i.bucket AND c.id = i.id AND c.entity = i.entity) IS TRUE AND ";

/// Writes the cards whose account, number and creation stay.
pub(super) fn change(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    if cards.is_empty() {
        return;
    }
    statement.text(", changed AS (UPDATE card c SET ").text(SILENCE).text(", ").text(CHANGE);
    statement.text(HEAD_IF_LONE).text(" FROM ").rows();
    key(statement, cards);
    changing(statement, cards);
    heads(statement, cards, |card| card.id);
    statement.end_rows().text(BY_ID).text(IF_WRITTEN).text(")");
}

/// Begins the statement where lone cards stand for their accounts: `lone` holds the numbers of the units
/// that are written by it. Their latest events are added with them if they are given, in the same order.
pub(super) fn change_lone(statement: &mut Statement, cards: &[Of<'_, Card>], told: &Lone<'_>) {
    let events = &told.latest;
    let spots = told.spots.and_then(|spots| spots_of(cards, spots));
    let which = if spots.is_some() { BY_SPOT } else { BY_ID };
    statement.text("lone AS (UPDATE card c SET ").text(CHANGE).text(HEAD).text(" FROM ").rows();
    key(statement, cards);
    changing(statement, cards);
    statement
        .column("first_seq", each(cards, |of| of.unit.first_seq()))
        .column("event_seq", each(cards, |of| of.unit.account.event_seq))
        .column("event_head", each(cards, |of| &of.unit.account.event_head.0[..]))
        .column("event_marked", each(cards, |of| after(of.unit).marked))
        .column("account_key", each(cards, |of| of.unit.account.name.key.as_str()));
    if let Some(spots) = spots {
        statement.column("spot", spots);
    }
    if events.is_empty() {
        statement.end_rows().text(which).text(IF_AS_LOADED).text("), ");
        return;
    }
    note::own_columns(statement, events);
    statement.end_rows().text(which).text(IF_AS_LOADED).text(TELL).text("), ");
}

/// Writes the cards of which anything but the key may differ.
pub(super) fn replace(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    if cards.is_empty() {
        return;
    }
    statement.text(", replaced AS (UPDATE card c SET ").text(SILENCE).text(", ").text(CHANGE);
    statement.text(REPLACE).text(HEAD_IF_LONE_STILL).text(" FROM ").rows();
    key(statement, cards);
    changing(statement, cards);
    heads(statement, cards, |card| card.id);
    lasting(statement, cards);
    statement.end_rows().text(BY_ID).text(IF_WRITTEN).text(")");
}

/// Writes the cards that have no row yet.
pub(super) fn insert(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    if cards.is_empty() {
        return;
    }
    statement.text(", inserted AS (");
    insert_all(statement, cards);
    statement.text(" WHERE ").text(IF_WRITTEN).text(")");
}

/// Writes cards of accounts that are surely written, too.
pub(super) fn insert_all(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    statement.insert("card");
    key(statement, cards);
    changing(statement, cards);
    lasting(statement, cards);
    telling(statement, cards);
    statement.end_insert();
}

/// Keeps cards that stood for accounts from telling of them, since the accounts are written.
pub(super) fn outdate(statement: &mut Statement, cards: &[Of<'_, PaymentMethodId>]) {
    if cards.is_empty() {
        return;
    }
    statement.text(", outdated AS (UPDATE card c SET ").text(SILENCE).text(HEAD_IF_LONE);
    statement.text(" FROM ").rows();
    keys(statement, cards, |id| *id);
    heads(statement, cards, |id| *id);
    statement.end_rows().text(BY_ID).text(IF_WRITTEN).text(")");
}

/// Removes cards from the bucket of their unit.
pub(super) fn remove(statement: &mut Statement, cards: &[Of<'_, PaymentMethodId>]) {
    if cards.is_empty() {
        return;
    }
    statement.text(", removed AS (DELETE FROM card c USING ").rows();
    keys(statement, cards, |id| *id);
    statement.end_rows().text(BY_ID).text(IF_WRITTEN).text(")");
}

fn key(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    keys(statement, cards, |card| card.id);
}

fn keys<T>(statement: &mut Statement, rows: &[Of<'_, T>], id: impl Fn(&T) -> PaymentMethodId) {
    statement
        .column("n", each(rows, |of| of.n))
        .column("bucket", each(rows, |of| bucket_column(of.unit.bucket)))
        .column("entity", each(rows, |of| of.unit.account.name.entity.uuid()))
        .column("id", each(rows, |of| card_column(id(of.row))));
}

/// The latest events of the accounts for which the cards stood.
fn heads<T>(statement: &mut Statement, rows: &[Of<'_, T>], id: impl Fn(&T) -> PaymentMethodId) {
    let mut units = Vec::with_capacity(rows.len());
    for of in rows {
        let unit = of.unit;
        units.push((unit.was_lone == Some(id(of.row))).then_some(unit));
    }
    let units = || units.iter().copied();
    statement
        .column("event_seq", units().map(|unit| Some(unit?.account.event_seq)).collect())
        .column("event_head", units().map(|unit| Some(&unit?.account.event_head.0[..])).collect())
        .column("event_marked", units().map(|unit| after(unit?).marked).collect());
}

fn changing(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    let window = |window: RetryWindow| window.get().cast_signed();
    let max = |max: MaxFailures| i16::from(max.get());
    statement
        .column("expiry_month", each(cards, |of| i16::from(of.row.expiry.month.get())))
        .column("expiry_year", each(cards, |of| of.row.expiry.year.get().cast_signed()))
        .column(
            "holder_name",
            each(cards, |of| of.row.holder_name.as_ref().map(CardHolderName::as_str)),
        )
        .json("holder", each(cards, |of| json_text(&of.row.holder)))
        .json("extras", each(cards, |of| json_text(&of.row.extras)))
        .json("custom", each(cards, |of| json_text(&of.row.custom)))
        .json("activity", each(cards, |of| json_text(&of.row.activity)))
        .column("failures", each(cards, |of| i16::from(of.row.failures.get())))
        .column("status", each(cards, |of| of.row.status.as_str()))
        .column("retry_use_default", each(cards, |of| of.row.retry_rule.use_default))
        .column("retry_window", each(cards, |of| of.row.retry_rule.window_hours.map(window)))
        .column("retry_max", each(cards, |of| of.row.retry_rule.max_failures.map(max)))
        .column("updated_at", each(cards, |of| of.row.updated.at.as_microsecond()))
        .column("updated_by", each(cards, |of| of.row.updated.by.uuid()));
}

fn lasting(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    statement
        .column("account_key", each(cards, |of| of.row.account.as_str()))
        .column("card_type", each(cards, |of| of.row.card_type.as_str()))
        .column(
            "bin",
            of_number(cards, |number| number.bin.as_ref().map(|bin| bin.as_str().to_owned())),
        )
        .column("last4", of_number(cards, |number| Some(number.masked.last4().as_str().to_owned())))
        .column("digits", of_number(cards, |number| Some(i16::from(number.masked.digits()))))
        .column("sealed", of_vaulted(cards, |number| number.sealed.bytes.as_slice()))
        .column("key_version", of_vaulted(cards, |number| i32::from(number.sealed.key_version)))
        .column("fingerprint", of_vaulted(cards, |number| &number.fingerprint.0[..]))
        .column("created_at", each(cards, |of| of.row.created.at.as_microsecond()))
        .column("created_by", each(cards, |of| of.row.created.by.uuid()));
}

/// What new cards tell of their accounts, which is nothing or everything.
fn telling(statement: &mut Statement, cards: &[Of<'_, Card>]) {
    let told = each(cards, |of| Told::by(of.unit, of.row).map(|told| (told, of.unit)));
    let all = || told.iter().map(Option::as_ref);
    statement
        .column(
            "event_seq",
            all().map(|it| it.map_or(0, |(_, unit)| unit.account.event_seq)).collect(),
        )
        .column(
            "event_head",
            all().map(|it| it.map(|(_, unit)| &unit.account.event_head.0[..])).collect(),
        )
        .column(
            "event_marked",
            all().map(|it| it.and_then(|(_, unit)| after(unit).marked)).collect(),
        )
        .column(
            "account_id",
            all()
                .map(|it| it.map(|(told, _)| Uuid::from_bytes(*told.account.as_bytes())))
                .collect(),
        )
        .column("is_default", all().map(|it| it.map(|(told, _)| told.is_default)).collect());
}

/// Where the cards lie, if that is known of each.
fn spots_of(cards: &[Of<'_, Card>], spots: &Spots) -> Option<Vec<Spot>> {
    cards.iter().map(|of| spots.get(&of.row.id).copied()).collect()
}

/// One value of what is kept of every card's number, null where nothing is kept.
fn of_number<'u, V>(
    cards: &[Of<'u, Card>],
    value: impl Fn(&'u StoredNumber) -> Option<V>,
) -> Vec<Option<V>> {
    cards.iter().map(|of| of.row.number.as_ref().and_then(&value)).collect()
}

/// One value of every number that is kept here.
fn of_vaulted<'u, V>(
    cards: &[Of<'u, Card>],
    value: impl Fn(&'u VaultedNumber) -> V,
) -> Vec<Option<V>> {
    of_number(cards, |number| number.vaulted.as_ref().map(&value))
}
