//! The events of an account: each knows when the one before it happened.
//!
//! Events are found by time, because that is the order in which they come: all writes add theirs to the same
//! page of the table, and to the same of its index. By account each would have a page of its own.

use cardfile_domain::{account::Account, event::RecordedEvent, ports::StoreError};
use sqlx::{Postgres, postgres::PgArguments, query, query::Query};

use super::{PostgresStore, fault::unavailable, place::bucket_column, rows::Columns};
use crate::lane::{Chain, MARKED, Unit};

/// What a step leads to, for as long as there is one to make.
macro_rules! event_at {
    ($seq:literal, $at:literal) => {
        concat!(
            "SELECT e.* FROM event e WHERE e.at = ",
            $at,
            " AND e.bucket = $1 AND e.entity = $2 AND e.account_key = $3 AND e.seq = ",
            $seq
        )
    };
}

/// Whether the event to which a longer step leads is not before the last that is wanted.
macro_rules! mark_or {
    ($mark:literal, $before:literal) => {
        concat!(
            "CASE WHEN (w.seq - 1) / $8 * $8 >= GREATEST($7, 1) THEN ",
            $mark,
            " ELSE ",
            $before,
            " END"
        )
    };
}

/// The events after number `$6` up to number `$7`, from the latest on, whose number is `$4`.
const FOLLOW: &str = concat!(
    "WITH RECURSIVE walk AS (",
    event_at!("$4", "$5"),
    " UNION ALL SELECT s.* FROM walk w CROSS JOIN LATERAL (",
    "SELECT e.* FROM event e WHERE e.at = ",
    mark_or!("w.marked_at", "w.before_at"),
    " AND e.bucket = $1 AND e.entity = $2 AND e.account_key = $3 AND e.seq = ",
    mark_or!("(w.seq - 1) / $8 * $8", "w.seq - 1"),
    " LIMIT 1) s WHERE w.seq > $6 + 1) \
     SELECT entity, account_key, seq, kind, card_id, at, client, track, body, previous, hash FROM walk \
     WHERE seq <= $7 OR seq = (SELECT min(seq) FROM walk) ORDER BY seq"
);

/// Where the account's events were before the one with this number.
pub(super) fn before(unit: &Unit, seq: i64) -> Chain {
    let earlier = unit.events.iter().take_while(|event| event.seq < seq);
    earlier.fold(unit.chain, |chain, event| chain.with(event.seq, event.at.as_microsecond()))
}

/// Where the account's events are once all of a unit are added.
pub(super) fn after(unit: &Unit) -> Chain {
    before(unit, i64::MAX)
}

impl PostgresStore {
    /// The events of an account from the one after a number, oldest first.
    pub(super) async fn follow(
        &self,
        account: &Account,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let latest = account.event_seq;
        let last = after.saturating_add(limit).min(latest);
        if last <= after {
            return Ok(Vec::new());
        }
        let rows = self.pool.fetch(|| from_latest(account, after, last)).await?;
        let read = |row| Columns::of(row).event().map_err(unavailable)?.read();
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            events.push(read(row)?);
        }
        match events.first().map(|event: &RecordedEvent| event.seq) {
            Some(oldest) if oldest == after + 1 => Ok(events),
            Some(oldest) => {
                let next = Chain::mark_before(oldest, last).unwrap_or(oldest - 1);
                Err(missing(account, next))
            }
            None => Err(missing(account, latest)),
        }
    }
}

fn from_latest(account: &Account, after: i64, last: i64) -> Query<'static, Postgres, PgArguments> {
    query(FOLLOW)
        .bind(bucket_column(account.name.bucket()))
        .bind(account.name.entity.uuid())
        .bind(account.name.key.as_str().to_owned())
        .bind(account.event_seq)
        .bind(account.updated_at.as_microsecond())
        .bind(after)
        .bind(last)
        .bind(MARKED)
}

fn missing(account: &Account, seq: i64) -> StoreError {
    StoreError::Inconsistent {
        table: "event",
        column: "before_at",
        row: format!("{}/{seq}", account.name.key.as_str()),
    }
}
