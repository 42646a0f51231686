//! Writes a batch bucket by bucket, side by side, as a database wants it that is spread by bucket.
//!
//! What touches one bucket is one transaction, on one machine ([`super::write`]). An account whose write has
//! rows elsewhere, an answer to a claim or another name of a card, is a transaction of its own, and
//! so is a card that moves from one account to another.

use std::collections::BTreeMap;

use cardfile_domain::{id::Bucket, ports::StoreError};
use futures::future::join_all;
use sqlx::postgres::PgConnectOptions;

use super::{layout::Layout, link::Link};
use crate::lane::{Committed, Decided, Loaded, Needs, Outcomes, ReceiptWrite, Unit};

/// Connections over which a lane writes at the same time.
const LINKS: usize = 8;

/// The connections of a lane: one, or several where buckets are written side by side.
pub(super) struct Links {
    links: Vec<Link>,
    layout: Layout,
}

/// A part of a batch that is written by itself.
struct Share {
    decided: Decided,
    /// Where each of its units was in the batch.
    places: Vec<usize>,
}

impl Links {
    pub(super) fn new(options: &PgConnectOptions, layout: Layout) -> Self {
        let count = match layout {
            Layout::Whole => 1,
            Layout::Spread => LINKS,
        };
        let link = |_| Link::new(options.clone(), layout);
        Self { links: (0..count).map(link).collect(), layout }
    }

    /// Loads what a batch needs.
    pub(super) async fn load(&mut self, needs: &Needs) -> Result<Loaded, StoreError> {
        self.links[0].load(needs).await
    }

    /// Whether the next batch of an upload is likely to be all new, because the last one was.
    pub(super) fn expects_new(&self) -> bool {
        self.layout == Layout::Whole && self.links[0].expects_new()
    }

    /// Adds a batch that was decided as if nothing were stored; nothing if it cannot be added so.
    pub(super) async fn add_new(&mut self, decided: &Decided) -> Option<Outcomes> {
        self.links[0].add_new(decided).await
    }

    /// Writes what a batch came to, and says for each part of it how that ended. Where it is written
    /// in parts, they are taken out of it.
    pub(super) async fn commit(&mut self, decided: &mut Decided) -> Outcomes {
        if self.layout == Layout::Whole {
            return self.links[0].commit(decided).await;
        }
        let mut outcomes = Outcomes::all(decided.units.len(), &Committed::Written);
        let mut queues: Vec<Vec<Share>> = self.links.iter().map(|_| Vec::new()).collect();
        for (number, share) in shares(decided).into_iter().enumerate() {
            queues[number % LINKS].push(share);
        }
        let written = self.links.iter_mut().zip(queues).map(|(link, queue)| async move {
            let mut ended = Vec::with_capacity(queue.len());
            for Share { decided, places } in queue {
                ended.push((link.commit(&decided).await, places, decided.receipts.is_empty()));
            }
            ended
        });
        for (ended, places, is_without_receipts) in join_all(written).await.into_iter().flatten() {
            for (place, ended) in places.into_iter().zip(ended.units) {
                outcomes.units[place] = ended;
            }
            if !is_without_receipts {
                outcomes.receipts = worse(outcomes.receipts, ended.receipts);
            }
        }
        outcomes
    }

    /// Says goodbye to the server.
    pub(super) async fn close(self) {
        join_all(self.links.into_iter().map(Link::close)).await;
    }
}

/// Receipts that belong to no unit have one end for all of them. What was written all the same is
/// found when it is tried again.
fn worse(one: Committed, other: Committed) -> Committed {
    match (&one, &other) {
        (Committed::Failed(_), _) | (_, Committed::Written) => one,
        _ => other,
    }
}

/// Divides a batch into parts that do not depend on each other.
fn shares(decided: &mut Decided) -> Vec<Share> {
    let units = std::mem::take(&mut decided.units);
    let receipts = std::mem::take(&mut decided.receipts);
    if decided.together {
        let places = (0..units.len()).collect();
        return vec![Share { decided: part(units, receipts, true), places }];
    }
    let mut local: BTreeMap<Bucket, Share> = BTreeMap::new();
    let mut apart = Vec::new();
    for (place, unit) in units.into_iter().enumerate() {
        if is_local(&unit) {
            let share = local.entry(unit.bucket).or_insert_with(empty);
            share.decided.units.push(unit);
            share.places.push(place);
        } else {
            apart.push(Share { decided: part(vec![unit], Vec::new(), true), places: vec![place] });
        }
    }
    for receipt in receipts {
        local.entry(receipt.bucket).or_insert_with(empty).decided.receipts.push(receipt);
    }
    local.into_values().chain(apart).collect()
}

/// Whether every row of a unit is in its own bucket.
fn is_local(unit: &Unit) -> bool {
    let receipts = unit.receipts.iter().map(|receipt| receipt.bucket);
    let aliases = unit.aliases.iter().chain(&unit.unnamed).map(|alias| alias.bucket);
    let mut buckets = receipts.chain(aliases).chain(unit.erased.iter().map(|erased| erased.bucket));
    buckets.all(|bucket| bucket == unit.bucket)
}

fn empty() -> Share {
    Share { decided: part(Vec::new(), Vec::new(), false), places: Vec::new() }
}

fn part(units: Vec<Unit>, receipts: Vec<ReceiptWrite>, together: bool) -> Decided {
    Decided { units, receipts, together, verdicts: Vec::new() }
}

#[cfg(test)]
mod tests;
