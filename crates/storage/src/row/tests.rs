//! Tests of the rows.

use cardfile_domain::{
    ports::{Done, NotedPayment, StoreError},
    refusal::{Decline, Refusal},
};

use super::*;

fn row() -> CardRow<'static> {
    CardRow {
        id: [0xab; 16],
        entity: [1; 16],
        account_key: "A-1",
        card_type: "Visa",
        bin: Some("41111111"),
        last4: Some("1111"),
        digits: Some(16),
        sealed: Some(&[1, 2, 3]),
        key_version: Some(0),
        fingerprint: Some(&[9; 32]),
        expiry_month: 12,
        expiry_year: 2030,
        holder_name: Some("Ada"),
        holder: "{}",
        extras: "{}",
        custom: "{}",
        activity: "{}",
        failures: 0,
        status: "Active",
        retry_use_default: true,
        retry_window: None,
        retry_max: None,
        created_at: 1,
        created_by: [2; 16],
        updated_at: 2,
        updated_by: [3; 16],
    }
}

#[track_caller]
fn bad_column(row: &CardRow<'_>) -> &'static str {
    match row.read() {
        Err(StoreError::Inconsistent { table: "card", column, row }) => {
            assert_eq!(row, "ab".repeat(16));
            column
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_row_is_read() {
    let card = row().read().unwrap();
    let number = card.number.unwrap();
    assert_eq!(number.masked.to_string(), "************1111");
    let sealed = number.vaulted.unwrap().sealed;
    assert_eq!((sealed.bytes, sealed.key_version), (vec![1, 2, 3], 0));
    assert_eq!(card.created.at.as_microsecond(), 1);
}

#[test]
fn of_a_scrubbed_number_nothing_may_be_left() {
    let nothing = CardRow {
        bin: None,
        last4: None,
        digits: None,
        sealed: None,
        key_version: None,
        fingerprint: None,
        ..row()
    };
    assert_eq!(nothing.read().unwrap().number, None);
    let left = [
        ("bin", CardRow { bin: row().bin, ..nothing.clone() }),
        ("digits", CardRow { last4: row().last4, ..nothing.clone() }),
        ("digits", CardRow { digits: row().digits, ..nothing.clone() }),
        ("key_version", CardRow { key_version: row().key_version, ..nothing.clone() }),
        ("fingerprint", CardRow { fingerprint: row().fingerprint, ..nothing.clone() }),
    ];
    for (column, row) in left {
        assert_eq!(bad_column(&row), column);
    }
}

#[test]
fn of_a_number_that_a_gateway_keeps_its_end_is_enough() {
    let kept = CardRow { bin: None, sealed: None, key_version: None, fingerprint: None, ..row() };
    let number = kept.read().unwrap().number.unwrap();
    assert_eq!((number.bin, number.vaulted), (None, None));
    assert_eq!(number.masked.to_string(), "************1111");
}

#[test]
fn of_a_sealed_number_nothing_may_be_missing() {
    let missing = [
        ("bin", CardRow { bin: None, ..row() }),
        ("last4", CardRow { last4: None, ..row() }),
        ("digits", CardRow { digits: None, ..row() }),
        ("key_version", CardRow { key_version: None, ..row() }),
        ("fingerprint", CardRow { fingerprint: None, ..row() }),
    ];
    for (column, row) in missing {
        assert_eq!(bad_column(&row), column);
    }
}

#[test]
fn an_outcome_is_read_as_it_was_written() {
    let done = Done {
        card: None,
        account_id: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        account_number: Some("A \"1\"".parse().unwrap()),
        unchanged: false,
        payment: Some(NotedPayment {
            log: "0123456789abcdef0123456789abcdee".parse().unwrap(),
            snapshot: "0123456789abcdef0123456789abcded".parse().unwrap(),
        }),
    };
    for outcome in [Ok(done), Err(Refusal::Declined(Decline::ExpiredCard)), Err(Refusal::Closed)] {
        let text = outcome_text(&outcome);
        let row = ReceiptRow { key: &[1; 32], request: &[2; 32], outcome: &text, at: 5 };
        assert_eq!(row.read().unwrap().outcome, outcome);
    }
    let row = ReceiptRow { key: &[0xfe; 31], request: &[2; 32], outcome: "{}", at: 5 };
    let error = row.read().unwrap_err().to_string();
    assert!(error.contains("fefefe") && error.contains("receipt"), "{error}");
}
