//! What an event says.

use cardfile_domain::{
    command::{AccountPatch, Command, Target},
    decide::decide,
};
use serde_json::{Map, Value, json};

use crate::support::{account_with, context, id, record};

/// The body of what changing an account leaves.
fn body_of(details: &Value, default: Option<u64>) -> String {
    let mut state = account_with(2);
    let known = json!({"notes": "secret", "batch": "Batch1", "crmId": 7});
    state.account.details = known.as_object().cloned().unwrap();
    let details: Map<String, Value> = details.as_object().cloned().unwrap();
    let patch = AccountPatch { default_card: default.map(id), details };
    let target = Target::Account(state.account.name.clone());
    let event = decide(&state, &target, &Command::UpdateAccount(patch), &context(1)).unwrap();
    record(&mut state, &event).body
}

#[test]
fn a_change_of_an_account_names_what_changed_and_gives_no_values() {
    let changes = json!({
        "autoPay": "secret", "batch": "Batch1", "crmId": null, "gone": null, "notes": "secret too",
    });
    assert_eq!(body_of(&changes, None), r#"{"fields":["autoPay","crmId","notes"]}"#);
    let both = r#"{"fields":["autoPay","crmId","notes"],"default":true}"#;
    assert_eq!(body_of(&changes, Some(2)), both);
    assert_eq!(body_of(&json!({}), Some(2)), r#"{"fields":[],"default":true}"#);
}
