//! Absent keeps, null clears, and the empty text clears what is not a name.

use cardfile_tests::{app::App, served, suite::Case};
use serde_json::{Value, json};

use super::put;

pub(super) fn cases() -> Vec<Case> {
    served![
        what_is_absent_stays,
        null_and_the_empty_text_clear_what_is_optional,
        what_a_card_must_have_cannot_be_cleared,
        an_empty_update_is_an_update,
    ]
}

const OPTIONAL: [&str; 8] =
    ["addressLine1", "addressLine2", "city", "country", "email", "phone", "state", "zipCode"];

fn full() -> Value {
    json!({
        "addressLine1": "77 Main Street", "addressLine2": "Floor 2", "city": "Portland",
        "country": "United States", "email": "leo@example.com", "phone": "503-555-0100",
        "state": "Oregon", "zipCode": "97201",
    })
}

/// The optional fields as they are shown.
async fn holder(app: &App, card: &str) -> Value {
    let mut holder = app.shown(card).await["accountHolderInfo"].clone();
    holder.as_object_mut().unwrap().remove("accountHolderName");
    holder
}

async fn what_is_absent_stays(app: App) {
    let card = app.card().await;
    put(&app, &card, &full()).await.ok();
    for name in OPTIONAL {
        put(&app, &card, &json!({name: full()[name]})).await.ok();
        assert_eq!(holder(&app, &card).await, full());
    }
    put(&app, &card, &json!({"numConsecutiveFailures": 1})).await.ok();
    assert_eq!(holder(&app, &card).await, full());
}

async fn null_and_the_empty_text_clear_what_is_optional(app: App) {
    let card = app.card().await;
    for nothing in [json!(null), json!("")] {
        for name in OPTIONAL {
            put(&app, &card, &full()).await.ok();
            put(&app, &card, &json!({name: nothing})).await.ok();
            let mut expected = full();
            expected[name] = Value::Null;
            assert_eq!(holder(&app, &card).await, expected, "{name}: {nothing}");
        }
    }
}

async fn what_a_card_must_have_cannot_be_cleared(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    for (name, number) in [
        ("cardHolderName", 4),
        ("expirationMonth", 1),
        ("expirationYear", 2),
        ("numConsecutiveFailures", 0),
    ] {
        let reply = put(&app, &card, &json!({name: null})).await;
        let message = format!("'{name}' must not be null");
        reply.fails(400, 52_500_020 + number * 100, &message);
    }
    let reply = put(&app, &card, &json!({"cardHolderName": "", "securityCode": "111"})).await;
    reply.fails(400, 52_500_420, "'cardHolderName' must not be empty");
    assert_eq!(app.shown(&card).await, before);
}

async fn an_empty_update_is_an_update(app: App) {
    let card = app.card().await;
    put(&app, &card, &full()).await.ok();
    put(&app, &card, &json!({})).await.ok();
    assert_eq!(holder(&app, &card).await, full());
}
