//! How a batch is divided.

use cardfile_domain::{
    account::Account,
    command::Claim,
    id::{AccountId, AccountKey, AccountRef, EntityId, PaymentMethodId},
    ports::Receipt,
    refusal::Refusal,
};
use jiff::Timestamp;

use super::*;
use crate::lane::{AliasWrite, Chain, Head};

fn entity() -> EntityId {
    EntityId::from_bytes([1; 16])
}

/// A unit with nothing in it, in the bucket of a card without an account.
fn unit(bucket: u16) -> Unit {
    let key = AccountKey::orphan(PaymentMethodId::new(Bucket::new(bucket), 1, 1));
    let name = AccountRef { entity: entity(), key };
    let id = AccountId::new(Bucket::new(bucket), 1, 1);
    Unit {
        bucket: Bucket::new(bucket),
        account: Account::unopened(name, id, Timestamp::UNIX_EPOCH),
        head: Head::InAccount,
        expected: 0,
        new_details: false,
        cards: Vec::new(),
        chain: Chain::default(),
        was_lone: None,
        outdated: None,
        removed: Vec::new(),
        events: Vec::new(),
        receipts: Vec::new(),
        aliases: Vec::new(),
        unnamed: Vec::new(),
        logs: Vec::new(),
        snapshots: Vec::new(),
        erased: Vec::new(),
    }
}

fn receipt(bucket: u16) -> ReceiptWrite {
    ReceiptWrite {
        bucket: Bucket::new(bucket),
        entity: entity(),
        receipt: Receipt {
            claim: Claim { key: [1; 32], request: [2; 32] },
            outcome: Err(Refusal::CardNotFound),
            at: Timestamp::UNIX_EPOCH,
        },
    }
}

fn alias(bucket: u16) -> AliasWrite {
    let key = AccountKey::orphan(PaymentMethodId::new(Bucket::new(bucket), 2, 2));
    AliasWrite {
        bucket: Bucket::new(bucket),
        entity: entity(),
        alias: key.clone(),
        account_key: key,
    }
}

/// Of each share the places of its units, its buckets, and whether it is all or nothing.
fn divided(units: Vec<Unit>, receipts: Vec<ReceiptWrite>) -> Vec<(Vec<usize>, Vec<u16>, bool)> {
    let face = |share: Share| {
        let buckets = share.decided.buckets().into_iter().map(Bucket::get).collect();
        (share.places, buckets, share.decided.together)
    };
    shares(&mut part(units, receipts, false)).into_iter().map(face).collect()
}

#[test]
fn units_of_a_bucket_are_written_together_and_those_of_others_apart() {
    let units = [7, 3, 7, 9].map(unit).into();
    let expected =
        vec![(vec![1], vec![3], false), (vec![0, 2], vec![7], false), (vec![3], vec![9], false)];
    assert_eq!(divided(units, Vec::new()), expected);
}

#[test]
fn what_reaches_into_another_bucket_is_a_transaction_of_its_own() {
    let mut claimed = unit(7);
    claimed.receipts.push(receipt(8));
    let mut named = unit(7);
    named.aliases.push(alias(9));
    let mut unnamed = unit(7);
    unnamed.unnamed.push(alias(6));
    let mut at_home = unit(7);
    at_home.receipts.push(receipt(7));
    at_home.aliases.push(alias(7));
    let expected = vec![
        (vec![3], vec![7], false),
        (vec![0], vec![7, 8], true),
        (vec![1], vec![7, 9], true),
        (vec![2], vec![6, 7], true),
    ];
    assert_eq!(divided(vec![claimed, named, unnamed, at_home], Vec::new()), expected);
}

#[test]
fn answers_go_where_they_are_filed() {
    let expected = vec![(vec![0], vec![7], false), (vec![], vec![8], false)];
    assert_eq!(divided(vec![unit(7)], [8, 7, 8].map(receipt).into()), expected);
}

#[test]
fn a_card_that_moves_is_not_divided() {
    let mut decided = part([7, 9].map(unit).into(), Vec::new(), true);
    let shares = shares(&mut decided);
    assert_eq!(shares.len(), 1);
    assert_eq!((shares[0].places.clone(), shares[0].decided.together), (vec![0, 1], true));
}

#[test]
fn the_worst_end_is_the_end_of_all_answers() {
    let failed = || Committed::Failed(StoreError::Busy);
    for (one, other, worst) in [
        (Committed::Written, Committed::Written, "Written"),
        (Committed::Written, Committed::Outdated, "Outdated"),
        (Committed::Outdated, Committed::Written, "Outdated"),
        (Committed::Outdated, failed(), "Failed"),
        (failed(), Committed::Outdated, "Failed"),
    ] {
        assert!(format!("{:?}", worse(one, other)).starts_with(worst));
    }
}
