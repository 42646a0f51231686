//! "Only required if changing expirationMonth, expirationYear, or cardHolderName": changing, and not
//! sending.

use cardfile_tests::{
    app::{App, new_account},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::put;

pub(super) fn cases() -> Vec<Case> {
    served![
        a_change_of_month_year_or_name_needs_a_code,
        the_same_values_need_none,
        everything_else_needs_none,
        a_code_without_a_change_is_verified_and_welcome,
        a_declined_code_changes_nothing,
        a_gateway_that_does_not_answer_changes_nothing,
        an_expired_card_is_refused_before_a_code_is_asked_for,
    ]
}

const MISSING: &str =
    "'securityCode' is required when expirationMonth, expirationYear or cardHolderName changes.";

async fn a_change_of_month_year_or_name_needs_a_code(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    let changes = [
        json!({"expirationMonth": 9}),
        json!({"expirationYear": cards::year() + 1}),
        json!({"cardHolderName": "Leo the Second"}),
        json!({"cardHolderName": "leo"}),
        json!({"expirationMonth": 9, "city": "Berlin", "securityCode": null}),
    ];
    for change in &changes {
        put(&app, &card, change).await.fails(400, 52_501_122, MISSING);
    }
    assert_eq!(app.shown(&card).await, before);
    for change in &changes {
        let change = cards::with(change.clone(), &json!({"securityCode": "111"}));
        put(&app, &card, &change).await.ok();
    }
    let after = app.shown(&card).await;
    assert_eq!(after["expirationMonth"], json!(9));
    assert_eq!(after["expirationYear"], json!(cards::year() + 1));
    assert_eq!(after["accountHolderInfo"]["accountHolderName"], json!("leo"));
}

async fn the_same_values_need_none(app: App) {
    let card = app.card().await;
    for same in [
        json!({"expirationMonth": 8}),
        json!({"expirationMonth": "08"}),
        json!({"expirationYear": cards::year()}),
        json!({"expirationYear": cards::year().to_string()}),
        json!({"cardHolderName": "Leo"}),
        json!({"cardHolderName": "Leo", "expirationMonth": 8, "expirationYear": cards::year()}),
    ] {
        put(&app, &card, &same).await.ok();
    }
}

async fn everything_else_needs_none(app: App) {
    let card = app.card().await;
    let body = json!({
        "addressLine1": "1051 E Hillsdale Blvd", "addressLine2": "Floor 2", "city": "Foster City",
        "country": "USA", "state": "CA", "zipCode": "94404", "email": "leo@example.com",
        "phone": "650-555-0100", "numConsecutiveFailures": 3, "defaultPaymentMethod": true,
        "gatewayOptions": {"a": "b"}, "color__c": "red",
    });
    put(&app, &card, &body).await.ok();
    let shown = app.shown(&card).await;
    assert_eq!(shown["accountHolderInfo"]["city"], json!("Foster City"));
    assert_eq!(shown["lastTransactionStatus"], json!("Approved"), "of the create");
}

async fn a_code_without_a_change_is_verified_and_welcome(app: App) {
    let unverified = cards::with(cards::bare(), &json!({"skipValidation": true}));
    let card = app.create(&unverified).await;
    assert_eq!(app.shown(&card).await["lastTransactionStatus"], Value::Null);
    put(&app, &card, &json!({"securityCode": "111"})).await.ok();
    let shown = app.shown(&card).await;
    assert_eq!(shown["lastTransactionStatus"], json!("Approved"));
    assert_ne!(shown["lastTransactionDateTime"], Value::Null);
}

async fn a_declined_code_changes_nothing(app: App) {
    let number = json!({"cardNumber": cards::WRONG_CODE});
    let card = app.create(&cards::with(cards::of_account(&new_account()), &number)).await;
    let before = app.shown(&card).await;
    let change = json!({"cardHolderName": "Amy", "city": "Berlin", "securityCode": "111"});
    let message = "Transaction declined.incorrect_cvc - The card was declined.";
    put(&app, &card, &change).await.fails(400, 52_500_030, message);
    assert_eq!(app.shown(&card).await, before);
}

async fn a_gateway_that_does_not_answer_changes_nothing(app: App) {
    let mute = json!({"cardNumber": cards::NO_ANSWER, "skipValidation": true});
    let card = app.create(&cards::with(cards::of_account(&new_account()), &mute)).await;
    let before = app.shown(&card).await;
    let change = json!({"cardHolderName": "Amy", "securityCode": "111"});
    let reply = put(&app, &card, &change).await;
    let message = "The gateway did not answer in time; it is not known yet what became of the request. \
                   Nothing was changed. Send the same request again later, not a new one: it is \
                   then told what became of it, and not verified twice.";
    reply.fails(500, 52_500_099, message);
    assert_eq!(app.shown(&card).await, before);
}

async fn an_expired_card_is_refused_before_a_code_is_asked_for(app: App) {
    let card = app.card().await;
    for code in [json!(null), json!("111")] {
        let body = json!({"expirationYear": cards::past_year(), "securityCode": code});
        let reply = put(&app, &card, &body).await;
        reply.fails(400, 52_500_030, "Expiration date must be a future date.");
    }
}
