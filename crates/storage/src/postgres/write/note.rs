//! What is noted beside the cards of a batch: events, answers and other names.

use cardfile_domain::{event::RecordedEvent, limits::RECEIPT_HOURS, track_id::TrackId};

use super::{IF_WRITTEN, Of, account_key, each};
use crate::{
    lane::{AliasWrite, ReceiptWrite},
    postgres::{
        chain::before,
        place::{bucket_column, card_column},
        statement::Statement,
    },
    row::outcome_text,
};

/// An answer that is outdated may be replaced. Where one that still counts is in the way, because
/// another process was faster, the null breaks the column's rule, and undoes all that is written with it:
/// nothing is written without its answer.
const UNLESS_ANSWERED: &str = " ON CONFLICT (bucket, entity, key) DO UPDATE SET \
    request = excluded.request, at = excluded.at, \
    outcome = CASE WHEN receipt.at < excluded.at - ";

const DELETE_ALIAS: &str = ", unnamed AS (DELETE FROM alias l USING ";

const BY_ALIAS: &str = " WHERE l.bucket = i.bucket AND l.entity = i.entity \
    AND l.alias = i.alias AND l.account_key = i.account_key";

const MICROS_PER_HOUR: i64 = 3_600_000_000;

pub(super) fn insert_events(statement: &mut Statement, events: &[Of<'_, RecordedEvent>]) {
    if events.is_empty() {
        return;
    }
    statement.text(", noted AS (");
    insert_all_events(statement, events);
    statement.text(" WHERE ").text(IF_WRITTEN).text(")");
}

/// Writes events of accounts that are surely written, too.
pub(super) fn insert_all_events(statement: &mut Statement, events: &[Of<'_, RecordedEvent>]) {
    let card = |of: &Of<'_, RecordedEvent>| of.row.card.map(card_column);
    statement.insert("event");
    account_key(statement, events);
    statement
        .column("seq", each(events, |of| of.row.seq))
        .column("card_id", each(events, card))
        .column("at", each(events, |of| of.row.at.as_microsecond()))
        .column("client", each(events, |of| of.row.by.uuid()))
        .column("hash", each(events, |of| &of.row.hash.0[..]));
    own_columns(statement, events);
    statement.end_insert();
}

/// What only the events say, and not what is written with them.
pub(super) fn own_columns(statement: &mut Statement, events: &[Of<'_, RecordedEvent>]) {
    let chains = each(events, |of| before(of.unit, of.row.seq));
    statement
        .column("before_at", chains.iter().map(|chain| chain.latest).collect())
        .column("marked_at", chains.iter().map(|chain| chain.marked).collect())
        .column("kind", each(events, |of| &*of.row.kind))
        .column("track", each(events, |of| of.row.track.as_ref().map(TrackId::as_str)))
        .column("body", each(events, |of| of.row.body.as_str()))
        .column("previous", each(events, |of| &of.row.previous.0[..]));
}

/// Keeps the answers to writes, each together with what was written.
pub(super) fn insert_receipts(statement: &mut Statement, receipts: &[Of<'_, ReceiptWrite>]) {
    if receipts.is_empty() {
        return;
    }
    let rows: Vec<_> = receipts.iter().map(|of| of.row).collect();
    statement.text(", kept AS (").insert("receipt");
    statement.column("n", each(receipts, |of| of.n));
    receipt_columns(statement, &rows);
    statement.end_insert().text(" WHERE ").text(IF_WRITTEN);
    unless_answered(statement);
    statement.text(")");
}

/// Keeps the answers that go with nothing written: refusals.
pub(super) fn insert_loose_receipts(statement: &mut Statement, receipts: &[&ReceiptWrite]) {
    if receipts.is_empty() {
        return;
    }
    statement.text(", refused AS (");
    insert_receipts_unless_answered(statement, receipts);
    statement.text(")");
}

/// Keeps answers, whatever becomes of anything else.
pub(super) fn insert_receipts_unless_answered(
    statement: &mut Statement,
    receipts: &[&ReceiptWrite],
) {
    insert_all_receipts(statement, receipts);
    unless_answered(statement);
}

/// Keeps answers where there are none yet.
pub(super) fn insert_all_receipts(statement: &mut Statement, receipts: &[&ReceiptWrite]) {
    statement.insert("receipt");
    receipt_columns(statement, receipts);
    statement.end_insert();
}

fn receipt_columns(statement: &mut Statement, receipts: &[&ReceiptWrite]) {
    let column = |value: fn(&ReceiptWrite) -> &[u8; 32]| {
        receipts.iter().map(|keep| &value(keep)[..]).collect::<Vec<_>>()
    };
    let outcome = |keep: &&ReceiptWrite| outcome_text(&keep.receipt.outcome);
    let buckets = receipts.iter().map(|keep| bucket_column(keep.bucket));
    let times = receipts.iter().map(|keep| keep.receipt.at.as_microsecond());
    statement
        .column("bucket", buckets.collect())
        .column("entity", receipts.iter().map(|keep| keep.entity.uuid()).collect())
        .column("key", column(|keep| &keep.receipt.claim.key))
        .column("request", column(|keep| &keep.receipt.claim.request))
        .column("outcome", receipts.iter().map(outcome).collect())
        .column("at", times.collect());
}

fn unless_answered(statement: &mut Statement) {
    statement.text(UNLESS_ANSWERED).value(RECEIPT_HOURS * MICROS_PER_HOUR);
    statement.text(" THEN excluded.outcome END");
}

pub(super) fn insert_aliases(statement: &mut Statement, aliases: &[Of<'_, AliasWrite>]) {
    if aliases.is_empty() {
        return;
    }
    statement.text(", named AS (");
    insert_all_aliases(statement, aliases);
    statement.text(" WHERE ").text(IF_WRITTEN).text(")");
}

/// Keeps other names of accounts that are surely written, too.
pub(super) fn insert_all_aliases(statement: &mut Statement, aliases: &[Of<'_, AliasWrite>]) {
    statement.insert("alias");
    alias_columns(statement, aliases);
    statement.end_insert();
}

pub(super) fn remove_aliases(statement: &mut Statement, aliases: &[Of<'_, AliasWrite>]) {
    if aliases.is_empty() {
        return;
    }
    statement.text(DELETE_ALIAS);
    alias_rows(statement, aliases);
    statement.text(BY_ALIAS).text(" AND ").text(IF_WRITTEN).text(")");
}

/// Forgets other names whose cards are written elsewhere.
pub(super) fn remove_loose_aliases(statement: &mut Statement, aliases: &[Of<'_, AliasWrite>]) {
    if aliases.is_empty() {
        return;
    }
    statement.text(DELETE_ALIAS);
    alias_rows(statement, aliases);
    statement.text(BY_ALIAS).text(")");
}

fn alias_rows(statement: &mut Statement, aliases: &[Of<'_, AliasWrite>]) {
    statement.rows();
    alias_columns(statement, aliases);
    statement.end_rows();
}

fn alias_columns(statement: &mut Statement, aliases: &[Of<'_, AliasWrite>]) {
    statement
        .column("n", each(aliases, |of| of.n))
        .column("bucket", each(aliases, |of| bucket_column(of.row.bucket)))
        .column("entity", each(aliases, |of| of.row.entity.uuid()))
        .column("alias", each(aliases, |of| of.row.alias.as_str()))
        .column("account_key", each(aliases, |of| of.row.account_key.as_str()));
}
