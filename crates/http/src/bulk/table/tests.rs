use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::*;

/// The rows of a table that comes in pieces of this size, as objects.
fn rows(text: &[u8], size: usize, holder_apart: bool) -> Vec<(u64, Value)> {
    let mut table = Table::default();
    let mut found = Vec::new();
    let mut take = |table: &mut Table| {
        while let Split::Line(number, row) = table.next().unwrap() {
            assert!(row.fault().is_none());
            let entries = row.entries(holder_apart).into_iter();
            let map = value::MapDeserializer::<_, value::Error>::new(entries);
            found.push((number, Value::Object(Map::deserialize(map).unwrap())));
        }
    };
    for piece in text.chunks(size) {
        table.push(piece);
        take(&mut table);
    }
    table.finish();
    take(&mut table);
    found
}

const TABLE: &[u8] =
    b"\r\nid, city ,cardHolderInfo.phone,gatewayOptions.a,gatewayOptions.b,x__c\r\n\r\n\
    1,Ulm,,,,\"a \"\"b\"\", c\"\n\n2,\"New\nYork\",5,x,y,";

#[test]
fn rows_are_split_alike_however_they_come() {
    let expected = [
        (4, json!({"id": "1", "city": "Ulm", "x__c": "a \"b\", c"})),
        (
            6,
            json!({
                "id": "2", "city": "New\nYork", "phone": "5", "gatewayOptions": {"a": "x", "b": "y"},
            }),
        ),
    ];
    for size in 1..=TABLE.len() {
        assert_eq!(rows(TABLE, size, false), expected, "{size}");
    }
}

#[test]
fn the_holder_of_a_new_card_is_an_object_of_its_own() {
    let rows = rows(TABLE, TABLE.len(), true);
    assert_eq!(rows[0].1["cardHolderInfo"], json!({"city": "Ulm"}));
    assert_eq!(rows[1].1["cardHolderInfo"], json!({"city": "New\nYork", "phone": "5"}));
    assert_eq!(rows[1].1["gatewayOptions"], json!({"a": "x", "b": "y"}));
}

#[test]
fn a_quote_that_is_never_closed_takes_no_more_than_a_row_may() {
    let mut table = Table::default();
    table.push(b"id\n1\n\"");
    assert!(matches!(table.next(), Ok(Split::Line(2, _))));
    for _ in 0..=BULK_LINE_BYTES_MAX / 1000 {
        table.push(&[b'x'; 1000]);
        if matches!(table.next(), Ok(Split::TooLong)) {
            assert_eq!(table.number(), 3);
            return;
        }
    }
    panic!("the row is longer than rows may be");
}

#[test]
fn a_column_that_is_named_twice_is_no_column() {
    for head in ["a,b,a\n", "city,cardHolderInfo.city\n"] {
        let mut table = Table::default();
        table.push(head.as_bytes());
        assert!(matches!(table.next(), Err(Failure::Malformed(_))), "{head}");
        assert_eq!(table.number(), 1);
    }
}
