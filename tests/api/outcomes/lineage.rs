//! Cards that replace others.

use cardfile_tests::{
    app::{App, card_path, new_account, text},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::{failed, succeeded, tell_all};

pub(super) fn cases() -> Vec<Case> {
    served![
        counter_rule_and_default_follow_a_card,
        every_call_that_makes_a_card_may_say_what_it_replaces,
        what_cannot_be_replaced_is_refused,
        a_chain_is_read_from_either_end,
    ]
}

fn replacing(card: &str) -> Value {
    cards::with(cards::bare(), &json!({"replaces": card}))
}

async fn counter_rule_and_default_follow_a_card(app: App) {
    let account = new_account();
    let old = app.card_of(&account).await;
    let rule = json!({"useDefaultRetryRule": false, "paymentRetryWindow": 24,
        "maxConsecutivePaymentFailures": 3});
    app.client.put(card_path(&old)).json(&rule).await.ok();
    tell_all(&app, &old, &[failed(1), failed(3)]).await;
    let new = app.create(&replacing(&old)).await;
    let shown = app.shown(&new).await;
    assert_eq!(shown["numConsecutiveFailures"], json!(2));
    for (name, value) in rule.as_object().unwrap() {
        assert_eq!(&shown[name], value, "{name}");
    }
    assert_eq!(app.default_of(&account).await, json!(new));
    // It is counted on as with one card: a late success takes away what was before it.
    tell_all(&app, &new, &[succeeded(2)]).await;
    assert_eq!(app.shown(&new).await["numConsecutiveFailures"], json!(1));
    assert_eq!(app.shown(&old).await["numConsecutiveFailures"], json!(2));
    assert_eq!(app.shown(&old).await["status"], json!("Active"));
}

async fn every_call_that_makes_a_card_may_say_what_it_replaces(app: App) {
    let account = new_account();
    let first = app.card_of(&account).await;
    tell_all(&app, &first, &[failed(1)]).await;
    let older = cards::with(cards::older(&account), &json!({"replaces": first}));
    let second = app.client.post("/v1/payment-methods/credit-cards").json(&older).await.ok();
    let second = text(&second["paymentMethodId"]);
    let line = cards::with(replacing(&second), &json!({"op": "create"})).to_string();
    let upload = app.client.post("/v1/payment-methods/credit-cards/bulk");
    let reply = upload.of_type("application/x-ndjson", line).await;
    let third = text(&reply.lines()[0]["id"]);
    let shown = app.shown(&third).await;
    assert_eq!((&shown["replaces"], &shown["numConsecutiveFailures"]), (&json!(second), &json!(1)));
    assert_eq!(app.default_of(&account).await, json!(third));
}

async fn what_cannot_be_replaced_is_refused(app: App) {
    let account = new_account();
    let (card, foreign) = (app.card_of(&account).await, app.card().await);
    let orphan = app.create(&cards::bare()).await;
    let nobody = "019a2c4e7b1e7c60a1b2c3d4e5f60718".to_owned();
    let message = "The account has no such payment method to replace.";
    for other in [&foreign, &orphan, &nobody] {
        let body = cards::with(replacing(other), &json!({"accountKey": account}));
        let reply = app.client.post("/v1/payment-methods").json(&body).await;
        reply.fails(400, 52_000_030, message);
    }
    for other in [&orphan, &nobody] {
        let reply = app.client.post("/v1/payment-methods").json(&replacing(other)).await;
        reply.fails(400, 52_000_030, message);
    }
    app.client.post("/v1/payment-methods").json(&replacing("x")).await.expect(400);
    app.create(&replacing(&card)).await;
    let again = app.client.post("/v1/payment-methods").json(&replacing(&card)).await;
    again.fails(400, 52_000_030, "The payment method was replaced by another before.");
}

async fn a_chain_is_read_from_either_end(app: App) {
    let first = app.card().await;
    for name in ["replaces", "replacedBy"] {
        assert_eq!(app.shown(&first).await.get(name), None);
    }
    let second = app.create(&replacing(&first)).await;
    let third = app.create(&replacing(&second)).await;
    assert_eq!(app.shown(&first).await["replacedBy"], json!(second));
    let shown = app.shown(&second).await;
    assert_eq!((&shown["replaces"], &shown["replacedBy"]), (&json!(first), &json!(third)));
    // What is erased of a card is not its place.
    app.client.put(format!("{}/scrub", card_path(&second))).await.ok();
    assert_eq!(app.shown(&second).await["replaces"], json!(first));
    app.client.delete(card_path(&first)).await.ok();
    assert_eq!(app.shown(&second).await["replaces"], json!(first));
}
