//! Which row tells what an account's latest event is.

use serde_json::Map;

use super::*;

#[test]
fn a_change_of_a_lone_card_leaves_its_account_alone_unless_it_concerns_it() {
    let first = decided(Loaded::default(), [create("A", 1)]);
    let card = first.units[0].account.default_card.unwrap();
    let change = || write(Target::Card(ENTITY, card), update());
    let details = Map::from_iter([("n".to_owned(), 1.into())]);
    let named = Command::UpdateAccount(AccountPatch { default_card: None, details });
    let named = || write(Target::Account(account("A")), named.clone());
    let scrub = || write(Target::Card(ENTITY, card), Command::ScrubCard);
    let head = |writes: Vec<Write>| {
        let first = decided(Loaded::default(), [create("A", 1)]);
        let batch = decided(stored([first]), writes);
        let [unit] = &batch.units[..] else { panic!("one account is one unit") };
        assert_eq!((unit.expected, unit.first_seq()), (1, 2));
        (unit.head, unit.account.version)
    };
    assert_eq!(head(vec![change()]), (Head::InCard, 1));
    assert_eq!(head(vec![change(), change()]), (Head::InCard, 1));
    assert_eq!(head(vec![change(), scrub()]), (Head::InAccount, 2));
    assert_eq!(head(vec![named(), change()]), (Head::InAccount, 2));
}
