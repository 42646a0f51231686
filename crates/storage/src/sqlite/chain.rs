//! The events of an account, each a row that knows where the one before it is.
//!
//! There is no index of events. It would hold the account of each, and a write would change a page of it
//! that no other write of its batch does, beside the last page of events, which all of them share. The
//! row that tells an account's latest event tells its place as well.

use cardfile_domain::{
    event::RecordedEvent,
    id::{AccountRef, PaymentMethodId},
    ports::StoreError,
    track_id::TrackId,
};
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::{cells, load::find, query::Rows, sql};
use crate::lane::Chain;

/// Adds an event to a chain.
pub(super) fn add(
    chain: Chain,
    connection: &Connection,
    event: &RecordedEvent,
) -> rusqlite::Result<Chain> {
    connection.prepare_cached(sql::INSERT_EVENT)?.execute((
        event.account.bucket().get(),
        event.account.entity.as_bytes(),
        event.account.key.as_str(),
        event.seq,
        event.kind.as_ref(),
        event.card.as_ref().map(PaymentMethodId::as_bytes),
        event.at.as_microsecond(),
        event.by.as_bytes(),
        event.track.as_ref().map(TrackId::as_str),
        event.body.as_str(),
        &event.previous.0,
        &event.hash.0,
        chain.latest,
        chain.marked,
    ))?;
    Ok(chain.with(event.seq, connection.last_insert_rowid()))
}

/// Whether what was decided on an account can still be written, in another transaction than the one in which
/// it was decided.
pub(super) fn still_holds(
    connection: &Connection,
    account: &AccountRef,
    chain: Chain,
) -> rusqlite::Result<bool> {
    let found = find_end(connection, account)?;
    Ok(found.map(|(_, chain)| chain).unwrap_or_default() == chain)
}

/// The number and the place of an account's latest event.
fn find_end(
    connection: &Connection,
    account: &AccountRef,
) -> rusqlite::Result<Option<(i64, Chain)>> {
    let key = (account.bucket().get(), account.entity.as_bytes(), account.key.as_str());
    let read =
        |row: &Row<'_>| Ok((row.get(0)?, Chain { latest: row.get(1)?, marked: row.get(2)? }));
    connection.prepare_cached(sql::FIND_END)?.query_row(key, read).optional()
}

/// The events of an account from the one after a number, oldest first.
pub(super) fn list_events(
    connection: &Connection,
    account: &AccountRef,
    after: i64,
    limit: i64,
) -> rusqlite::Result<Rows<RecordedEvent>> {
    let Some((latest, chain)) = find_end(connection, account)? else { return Ok(Ok(Vec::new())) };
    let after = after.max(0);
    let last = after.saturating_add(limit).min(latest);
    let mut place = Place { account, seq: latest, row: chain.latest };
    while place.seq > last {
        match place.before(connection, last)? {
            Ok(before) => place = before,
            Err(error) => return Ok(Err(error)),
        }
    }
    let mut events = Vec::new();
    while place.seq > after {
        let found = find(connection, sql::FIND_EVENT, (place.row,), |row| {
            Ok((cells::event(row)?, row.get("before").unwrap_or_default()))
        })?;
        match found.unwrap_or_else(|| Err(place.missing())) {
            // No index vouches for it, and it may be an event of another's account.
            Ok((event, _)) if event.account != *account || event.seq != place.seq => {
                return Ok(Err(place.missing()));
            }
            Ok((event, before)) => {
                events.push(event);
                place = Place { seq: place.seq - 1, row: before, ..place };
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    events.reverse();
    Ok(Ok(events))
}

/// An event that is yet to be read.
struct Place<'a> {
    account: &'a AccountRef,
    seq: i64,
    row: Option<i64>,
}

impl Place<'_> {
    /// The event before, or one further back that is not before the last that is wanted.
    fn before(
        &self,
        connection: &Connection,
        last: i64,
    ) -> rusqlite::Result<Result<Self, StoreError>> {
        let mut links = connection.prepare_cached(sql::FIND_LINKS)?;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let found: Option<(Option<i64>, Option<i64>)> =
            links.query_row((self.row,), read).optional()?;
        let Some((before, marked)) = found else { return Ok(Err(self.missing())) };
        let account = self.account;
        Ok(Ok(match Chain::mark_before(self.seq, last) {
            Some(seq) => Self { account, seq, row: marked },
            None => Self { account, seq: self.seq - 1, row: before },
        }))
    }

    fn missing(&self) -> StoreError {
        StoreError::Inconsistent {
            table: "event",
            column: "before",
            row: format!("{}/{}", self.account.key.as_str(), self.seq),
        }
    }
}
