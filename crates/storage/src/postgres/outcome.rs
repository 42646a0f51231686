//! Finds out what became of a write that nobody answered.
//!
//! The hash of an account's latest event stands for everything that a unit writes, because it
//! covers what happened, when, to whom, and all that came before; and a unit is written whole or
//! not at all. So a unit was written if its last event is there with that very hash.

use std::collections::HashMap;

use sqlx::{PgConnection, query};

use super::{
    chain::after,
    connect::answered,
    fault::Fault,
    layout::Layout,
    place::{AccountKeys, bucket_column, card_column},
    rows::Columns,
    write::wait_for_opening,
};
use crate::lane::{Committed, Decided, Head, Outcomes};

const FIND_HASHES: &str = "SELECT e.entity, e.account_key, e.hash \
    FROM unnest($1, $2, $3, $4, $5) AS i(bucket, entity, account_key, seq, at) \
    JOIN event e ON e.at = i.at AND e.bucket = i.bucket AND e.entity = i.entity \
    AND e.account_key = i.account_key AND e.seq = i.seq";

const LOCK_ACCOUNT: &str = "SELECT 1 FROM account \
    WHERE bucket = $1 AND entity = $2 AND account_key = $3 FOR UPDATE";

const LOCK_CARD: &str = "SELECT 1 FROM card WHERE bucket = $1 AND id = $2 FOR UPDATE";

const COUNT_RECEIPTS: &str = "SELECT count(*) \
    FROM unnest($1, $2, $3, $4, $5) AS i(bucket, entity, key, request, at) \
    JOIN receipt r ON r.bucket = i.bucket AND r.entity = i.entity AND r.key = i.key \
    AND r.request = i.request AND r.at = i.at";

/// Finds out for each part of a batch whether it was written.
///
/// The session that tried to write it must have ended, or the answer might not last.
pub(super) async fn find_out(
    connection: &mut PgConnection,
    decided: &Decided,
    layout: Layout,
) -> Result<Outcomes, Fault> {
    if layout == Layout::Spread {
        wait_for_machines(connection, decided).await?;
    }
    let mut outcomes = Outcomes::all(decided.units.len(), &Committed::Outdated);
    let hashes = find_hashes(connection, decided, layout).await?;
    for (unit, ended) in decided.units.iter().zip(&mut outcomes.units) {
        let account = &unit.account;
        let key = (account.name.entity.uuid(), account.name.key.as_str().to_owned());
        if hashes.get(&key).is_some_and(|hash| *hash == account.event_head.0) {
            *ended = Committed::Written;
        }
    }
    if receipts_are_kept(connection, decided, layout).await? {
        outcomes.receipts = Committed::Written;
    }
    Ok(outcomes)
}

/// Where tables are spread, what has ended is the session on the first machine, and a commit that it sent to
/// another may still be on its way. Until then the other machine holds the row that a unit changed, or the key of
/// the account that it opened, so whoever gets that is later.
async fn wait_for_machines(connection: &mut PgConnection, decided: &Decided) -> Result<(), Fault> {
    for unit in &decided.units {
        if unit.opens_account() {
            wait_for_opening(connection, unit).await?;
            continue;
        }
        let (name, bucket) = (&unit.account.name, bucket_column(unit.bucket));
        let lock = match (unit.head, unit.was_lone) {
            (Head::InCard, Some(card)) => query(LOCK_CARD).bind(bucket).bind(card_column(card)),
            _ => query(LOCK_ACCOUNT).bind(bucket).bind(name.entity.uuid()).bind(name.key.as_str()),
        };
        answered(lock.execute(&mut *connection)).await?;
    }
    Ok(())
}

type Hashes = HashMap<(uuid::Uuid, String), Vec<u8>>;

async fn find_hashes(
    connection: &mut PgConnection,
    decided: &Decided,
    layout: Layout,
) -> Result<Hashes, Fault> {
    let mut hashes = Hashes::new();
    if decided.units.is_empty() {
        return Ok(hashes);
    }
    let keys = AccountKeys::of(decided.units.iter().map(|unit| &unit.account.name));
    let seqs: Vec<_> = decided.units.iter().map(|unit| unit.account.event_seq).collect();
    let times: Vec<_> = decided.units.iter().map(|unit| after(unit).latest).collect();
    let find = layout.by_key(FIND_HASHES, &["e"]).bind(keys.buckets).bind(keys.entities);
    let find = find.bind(keys.keys).bind(seqs).bind(times);
    for row in answered(find.fetch_all(connection)).await? {
        let mut columns = Columns::of(&row);
        let mut read = || -> Result<_, sqlx::Error> {
            Ok(((columns.take()?, columns.take()?), columns.take()?))
        };
        let (key, hash) = read().map_err(Fault::of)?;
        hashes.insert(key, hash);
    }
    Ok(hashes)
}

async fn receipts_are_kept(
    connection: &mut PgConnection,
    decided: &Decided,
    layout: Layout,
) -> Result<bool, Fault> {
    let receipts = &decided.receipts;
    if receipts.is_empty() {
        return Ok(true);
    }
    let claims = receipts.iter().map(|keep| &keep.receipt.claim);
    let times = receipts.iter().map(|keep| keep.receipt.at.as_microsecond());
    let count = layout
        .by_key(COUNT_RECEIPTS, &["r"])
        .bind(receipts.iter().map(|keep| bucket_column(keep.bucket)).collect::<Vec<_>>())
        .bind(receipts.iter().map(|keep| keep.entity.uuid()).collect::<Vec<_>>())
        .bind(claims.clone().map(|claim| &claim.key[..]).collect::<Vec<_>>())
        .bind(claims.map(|claim| &claim.request[..]).collect::<Vec<_>>())
        .bind(times.collect::<Vec<_>>());
    let row = answered(count.fetch_one(connection)).await?;
    let kept: i64 = Columns::of(&row).take().map_err(Fault::of)?;
    Ok(usize::try_from(kept) == Ok(receipts.len()))
}
