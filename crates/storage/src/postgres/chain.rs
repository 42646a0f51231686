//! The events of an account: each knows when the one before it happened.
//!
//! Events are found by time, because that is the order in which they come: all writes add theirs to the same
//! page of the table, and to the same of its index. By account each would have a page of its own.

use cardfile_domain::{
    event::RecordedEvent,
    id::{AccountKey, AccountRef, EntityId},
    ports::StoreError,
};
use sqlx::{
    Postgres,
    postgres::{PgArguments, PgRow},
    query,
    query::Query,
};

use super::{
    PostgresStore,
    fault::unavailable,
    place::{account_column, bucket_column, named_by_3},
    rows::Columns,
};
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

/// The latest event of an account, from which the others are followed.
struct End {
    account: AccountRef,
    seq: i64,
    at: i64,
}

impl End {
    /// Reads the key of an account, and the number and the time of its latest event.
    fn of(row: &PgRow, entity: EntityId) -> Result<Self, sqlx::Error> {
        let mut columns = Columns::of(row);
        let key = AccountKey::from_stored(columns.take()?);
        Ok(Self { account: AccountRef { entity, key }, seq: columns.take()?, at: columns.take()? })
    }
}

macro_rules! find_end {
    ($by:tt) => {
        concat!(
            "SELECT a.account_key, GREATEST(a.event_seq, h.event_seq), \
             CASE WHEN h.event_seq > a.event_seq THEN h.updated_at ELSE a.updated_at END \
             FROM account a LEFT JOIN card h ON h.bucket = a.bucket AND h.id = a.lone_card WHERE",
            named_by_3!($by)
        )
    };
}
const FIND_END: &str = find_end!(key);
const FIND_END_BY_ID: &str = find_end!(id);

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
        account: &AccountRef,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RecordedEvent>, StoreError> {
        let rows = self.pool.fetch(|| end_of(account)).await?;
        let Some(row) = rows.first() else { return Ok(Vec::new()) };
        let end = &End::of(row, account.entity).map_err(unavailable)?;
        let latest = end.seq;
        let last = after.saturating_add(limit).min(latest);
        if last <= after {
            return Ok(Vec::new());
        }
        let rows = self.pool.fetch(|| from_latest(end, after, last)).await?;
        let read = |row| Columns::of(row).event().map_err(unavailable)?.read();
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            events.push(read(row)?);
        }
        match events.first().map(|event: &RecordedEvent| event.seq) {
            Some(oldest) if oldest == after + 1 => Ok(events),
            Some(oldest) => {
                let next = Chain::mark_before(oldest, last).unwrap_or(oldest - 1);
                Err(missing(end, next))
            }
            None => Err(missing(end, latest)),
        }
    }
}

fn end_of(account: &AccountRef) -> Query<'static, Postgres, PgArguments> {
    let (bucket, entity) = (bucket_column(account.bucket()), account.entity.uuid());
    match account.key.as_account_id() {
        Some(id) => query(FIND_END_BY_ID).bind(bucket).bind(entity).bind(account_column(id)),
        None => query(FIND_END).bind(bucket).bind(entity).bind(account.key.as_str().to_owned()),
    }
}

fn from_latest(end: &End, after: i64, last: i64) -> Query<'static, Postgres, PgArguments> {
    query(FOLLOW)
        .bind(bucket_column(end.account.bucket()))
        .bind(end.account.entity.uuid())
        .bind(end.account.key.as_str().to_owned())
        .bind(end.seq)
        .bind(end.at)
        .bind(after)
        .bind(last)
        .bind(MARKED)
}

fn missing(end: &End, seq: i64) -> StoreError {
    StoreError::Inconsistent {
        table: "event",
        column: "before_at",
        row: format!("{}/{seq}", end.account.key.as_str()),
    }
}
