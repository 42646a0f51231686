//! Tests of what is decided about lines before anybody is asked.

use cardfile_domain::{
    client::Rights,
    id::{Bucket, ClientId, EntityId},
    security_code::SecurityCode,
};
use serde_json::Map;

use super::*;
use crate::CodePolicy;

fn card(number: u64) -> PaymentMethodId {
    PaymentMethodId::new(Bucket::new(1), 1, number)
}

fn line(number: u64, code: Option<&str>) -> Line {
    let security_code: Option<SecurityCode> = code.map(|code| code.parse().unwrap());
    let change = CardChange {
        patch: Box::default(),
        account: None,
        security_code,
        policy: CodePolicy::WhenIdentityChanges,
        gateway_options: Map::new(),
    };
    Line {
        caller: Caller {
            client: ClientId::from_bytes([1; 16]),
            entity: EntityId::from_bytes([2; 16]),
            rights: Rights::default(),
            track: None,
        },
        external_key: None,
        content: Vec::new(),
        action: Action::Update(card(number), Box::new(change)),
    }
}

fn sizes(lines: Vec<Line>) -> Vec<usize> {
    runs(lines).iter().map(Vec::len).collect()
}

#[test]
fn a_line_with_a_code_waits_for_those_about_its_card() {
    let plain = |number| line(number, None);
    let coded = |number| line(number, Some("111"));
    assert_eq!(sizes(Vec::new()), [0; 0]);
    assert_eq!(sizes(vec![plain(1), plain(1), plain(2)]), [3]);
    assert_eq!(sizes(vec![plain(1), coded(2), coded(3), plain(3)]), [4]);
    assert_eq!(sizes(vec![plain(1), coded(1), plain(1), coded(2), coded(1)]), [1, 3, 1]);
}

#[test]
fn lines_about_a_card_are_counted() {
    let mut repeats = Repeats::default();
    let counts = [1, 2, 1, 1, 3].map(|number| repeats.next(card(number)));
    assert_eq!(counts, [1, 1, 2, 3, 1]);
}
