//! A duplicate is what looks the same: holder, expiry and mask, among the account's active cards.

use cardfile_tests::{
    app::{App, new_account, seed_path},
    cards, served,
    suite::Case,
};
use serde_json::json;

pub(super) fn cases() -> Vec<Case> {
    served![
        a_duplicate_is_refused_where_it_is_asked_for,
        what_looks_different_is_no_duplicate,
        a_closed_card_is_nobody_s_duplicate,
        another_account_s_card_is_no_duplicate,
        an_update_can_be_asked_to_make_no_duplicate,
    ]
}

const MESSAGE: &str = "The account already has an active payment method like this one.";

async fn a_duplicate_is_refused_where_it_is_asked_for(app: App) {
    let account = new_account();
    app.card_of(&account).await;
    // Unless somebody asks, a card may be there twice.
    app.card_of(&account).await;
    for more in [
        json!({"checkDuplicated": true}),
        json!({"checkDuplicated": "true"}),
        json!({"processingOptions": {"checkDuplicated": true}}),
    ] {
        let body = cards::with(cards::of_account(&account), &more);
        let reply = app.client.post("/v1/payment-methods").json(&body).await;
        reply.fails(400, 52_000_030, MESSAGE);
    }
    let older = cards::with(cards::older(&account), &json!({"checkDuplicated": true}));
    let reply = app.client.post("/v1/payment-methods/credit-cards").json(&older).await;
    reply.fails(400, 52_000_030, MESSAGE);
    for no in [json!({"checkDuplicated": false}), json!({"processingOptions": {}})] {
        app.create(&cards::with(cards::of_account(&account), &no)).await;
    }
}

async fn what_looks_different_is_no_duplicate(app: App) {
    let account = new_account();
    app.card_of(&account).await;
    for more in [
        json!({"cardHolderInfo": {"cardHolderName": "leo"}}),
        json!({"expirationMonth": 9}),
        json!({"expirationYear": cards::year() + 1}),
        json!({"cardNumber": cards::VISA_2}),
    ] {
        let more = cards::with(more, &json!({"checkDuplicated": true}));
        app.create(&cards::with(cards::of_account(&account), &more)).await;
    }
}

async fn a_closed_card_is_nobody_s_duplicate(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let record = format!("/v1/object/payment-method/{card}");
    app.client.put(record).json(&json!({"PaymentMethodStatus": "Closed"})).await.ok();
    let asking = json!({"checkDuplicated": true});
    app.create(&cards::with(cards::of_account(&account), &asking)).await;
}

async fn another_account_s_card_is_no_duplicate(app: App) {
    let asking = json!({"checkDuplicated": true});
    for account in [new_account(), new_account()] {
        app.create(&cards::with(cards::of_account(&account), &asking)).await;
    }
    // Cards without an account have no account in common.
    for _ in 0..2 {
        app.create(&cards::with(cards::bare(), &asking)).await;
    }
}

async fn an_update_can_be_asked_to_make_no_duplicate(app: App) {
    let account = new_account();
    app.card_of(&account).await;
    let other = json!({"expirationMonth": 9});
    let other = app.create(&cards::with(cards::of_account(&account), &other)).await;
    let body = json!({"expirationMonth": 8, "processingOptions": {"checkDuplicated": true}});
    let path = format!("/v1/payment-methods/{other}");
    app.client.put(&path).json(&body).await.fails(400, 52_500_030, MESSAGE);
    assert_eq!(app.shown(&other).await["expirationMonth"], json!(9));
    // A card is not its own duplicate.
    let body = json!({"expirationMonth": 9, "processingOptions": {"checkDuplicated": true}});
    app.client.put(&path).json(&body).await.ok();
    app.client.put(seed_path(&other)).json(&json!({"city": "Berlin"})).await.ok();
}
