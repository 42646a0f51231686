//! The payments and snapshots of a batch.

use cardfile_domain::{payment::LogEntry, snapshot::Snapshot};
use uuid::Uuid;

use super::{IF_WRITTEN, Of, each};
use crate::{
    lane::Erasure,
    postgres::{
        place::{bucket_column, card_column},
        statement::Statement,
    },
    row::{face_text, log_text},
};

const ERASE_LOGS: &str = ", erased_logs AS (UPDATE payment_log p SET outcome = NULL FROM ";

const ERASE_SNAPSHOTS: &str = ", erased_snapshots AS (UPDATE snapshot p SET face = NULL FROM ";

const OF_CARD: &str =
    " WHERE p.bucket = i.bucket AND p.entity = i.entity AND p.card_id = i.card_id";

/// Writes the payments.
pub(super) fn insert_logs(statement: &mut Statement, logs: &[Of<'_, LogEntry>]) {
    if logs.is_empty() {
        return;
    }
    statement.text(", logged AS (");
    insert_all_logs(statement, logs);
    statement.text(" WHERE ").text(IF_WRITTEN).text(")");
}

/// Writes payments of accounts that are surely written, too.
pub(super) fn insert_all_logs(statement: &mut Statement, logs: &[Of<'_, LogEntry>]) {
    statement.insert("payment_log");
    statement
        .column("n", each(logs, |of| of.n))
        .column("bucket", each(logs, |of| bucket_column(of.unit.bucket)))
        .column("id", each(logs, |of| Uuid::from_bytes(*of.row.id.as_bytes())))
        .column("entity", each(logs, |of| of.row.entity.uuid()))
        .column("card_id", each(logs, |of| card_column(of.row.card)))
        .column("snapshot_id", each(logs, |of| Uuid::from_bytes(*of.row.snapshot.as_bytes())))
        .column("at", each(logs, |of| of.row.at.as_microsecond()))
        .json("outcome", each(logs, |of| log_text(of.row)));
    statement.end_insert();
}

/// Writes the snapshots.
pub(super) fn insert_snapshots(statement: &mut Statement, snapshots: &[Of<'_, Snapshot>]) {
    if snapshots.is_empty() {
        return;
    }
    statement.text(", taken AS (");
    insert_all_snapshots(statement, snapshots);
    statement.text(" WHERE ").text(IF_WRITTEN).text(")");
}

/// Writes snapshots of cards of accounts that are surely written, too.
pub(super) fn insert_all_snapshots(statement: &mut Statement, snapshots: &[Of<'_, Snapshot>]) {
    statement.insert("snapshot");
    statement
        .column("n", each(snapshots, |of| of.n))
        .column("bucket", each(snapshots, |of| bucket_column(of.unit.bucket)))
        .column("id", each(snapshots, |of| Uuid::from_bytes(*of.row.id.as_bytes())))
        .column("entity", each(snapshots, |of| of.row.entity.uuid()))
        .column("card_id", each(snapshots, |of| card_column(of.row.card)))
        .column("at", each(snapshots, |of| of.row.at.as_microsecond()))
        .json("face", each(snapshots, |of| face_text(of.row)));
    statement.end_insert();
}

/// Takes the contents from the payments and snapshots of cards. What the same statement writes of
/// them has none.
pub(super) fn erase(statement: &mut Statement, cards: &[Of<'_, Erasure>], is_loose: bool) {
    if cards.is_empty() {
        return;
    }
    for sql in [ERASE_LOGS, ERASE_SNAPSHOTS] {
        statement.text(sql).rows();
        statement
            .column("n", each(cards, |of| of.n))
            .column("bucket", each(cards, |of| bucket_column(of.row.bucket)))
            .column("entity", each(cards, |of| of.row.entity.uuid()))
            .column("card_id", each(cards, |of| card_column(of.row.card)));
        statement.end_rows().text(OF_CARD);
        if !is_loose {
            statement.text(" AND ").text(IF_WRITTEN);
        }
        statement.text(")");
    }
}
