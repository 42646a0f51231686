//! Which answers of the contract the tests have seen.

use std::{
    collections::BTreeSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use crate::spec::Spec;

/// Stands for whatever answers before an operation is reached.
pub const TRANSPORT: &str = "(any operation)";

static SEEN: LazyLock<Mutex<BTreeSet<(String, u16)>>> = LazyLock::new(Mutex::default);

/// Remembers an answer.
pub fn note(operation: &str, status: u16) {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !seen.contains(&(operation.to_owned(), status)) {
        seen.insert((operation.to_owned(), status));
    }
}

/// How many answers of the contract were seen, and those that were not.
pub fn account() -> (usize, Vec<String>) {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    compare(Spec::get(), &seen)
}

fn compare(spec: &Spec, seen: &BTreeSet<(String, u16)>) -> (usize, Vec<String>) {
    let of_operations = spec.operations.iter().flat_map(|operation| {
        operation.answers.keys().map(|status| (operation.id.clone(), *status))
    });
    let of_transport = spec.transport.keys().map(|status| (TRANSPORT.to_owned(), *status));
    let (found, missing): (Vec<_>, Vec<_>) =
        of_operations.chain(of_transport).partition(|pair| seen.contains(pair));
    let missing = missing.iter().map(|(operation, status)| format!("{operation} {status}"));
    (found.len(), missing.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_nobody_saw_is_named() {
        let spec = Spec::get();
        let all: BTreeSet<_> = compare(spec, &BTreeSet::new())
            .1
            .iter()
            .map(|pair| pair.rsplit_once(' ').unwrap())
            .map(|(operation, status)| (operation.to_owned(), status.parse().unwrap()))
            .collect();
        assert_eq!(compare(spec, &all), (all.len(), Vec::new()));
        let mut fewer = all.clone();
        assert!(fewer.remove(&("scrubPaymentMethod".to_owned(), 403)));
        assert_eq!(compare(spec, &fewer).1, ["scrubPaymentMethod 403"]);
    }
}
