//! The rules of the domain, one by one and over whole histories.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod decisions;
mod events;
mod expiring;
mod histories;
mod lineage;
mod outcomes;
mod support;
