//! What may be told, and what is refused.

use cardfile_tests::{
    app::{App, card_path},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::{failed, succeeded, tell};

pub(super) fn cases() -> Vec<Case> {
    served![
        what_is_wrong_is_told_field_by_field,
        an_amount_is_a_number_or_a_text,
        another_outcome_of_a_payment_is_refused,
        a_payment_with_a_missing_card_is_not_found,
        a_payment_with_a_scrubbed_card_is_refused,
        a_gateway_s_words_are_kept_without_card_numbers,
        a_payment_may_be_told_before_its_card_is_there,
    ]
}

async fn what_is_wrong_is_told_field_by_field(app: App) {
    let card = app.card().await;
    for (more, code) in [
        (json!({"paymentId": null}), 52_500_022),
        (json!({"paymentId": ""}), 52_500_020),
        (json!({"paymentId": "x".repeat(256)}), 52_500_020),
        (json!({"paymentId": cards::VISA}), 52_500_020),
        (json!({"result": "lost"}), 52_500_020),
        (json!({"result": null}), 52_500_022),
        (json!({"time": null}), 52_500_022),
        (json!({"time": "once"}), 52_500_020),
        (json!({"time": 1_769_860_800}), 52_500_020),
        (json!({"code": "x".repeat(65)}), 52_500_020),
        (json!({"message": 7}), 52_500_020),
        (json!({"amount": -1}), 52_500_020),
        (json!({"amount": "1e9"}), 52_500_020),
        (json!({"amount": true}), 52_500_020),
        (json!({"currency": "euro"}), 52_500_020),
        (json!({"gateway": ""}), 52_500_020),
        (json!({"result": "succeeded"}), 52_500_020),
        (json!({"note__c": "x"}), 52_500_021),
    ] {
        let body = cards::with(failed(1), &more);
        let reply = tell(&app, &card, &body).await;
        assert_eq!(reply.status, 400, "{more}");
        let codes = reply.json()["reasons"].clone();
        assert_eq!(codes[0]["code"], json!(code), "{more}\n{reply}");
    }
    assert_eq!(app.shown(&card).await["totalNumberOfErrorPayments"], json!(0));
    // Callers of old versions hear of it in their way.
    let body = cards::with(failed(1), &json!({"result": "lost"}));
    let old = tell(&app, &card, &body).version("186.0").await;
    assert_eq!((old.status, old.json()["success"].clone()), (200, Value::Bool(false)));
}

async fn an_amount_is_a_number_or_a_text(app: App) {
    let card = app.card().await;
    for (amount, kept) in [
        (json!(19.99), json!("19.99")),
        (json!(20), json!("20")),
        (json!("20.00"), json!("20.00")),
        (json!(null), Value::Null),
    ] {
        let told = cards::with(succeeded(1), &json!({"amount": amount, "currency": "EUR"}));
        let noted = tell(&app, &card, &told).await.ok();
        let log = noted["paymentMethodTransactionLogId"].as_str().unwrap().to_owned();
        let path = format!("/v1/object/payment-method-transaction-log/{log}");
        let shown = app.client.get(path).await.ok();
        let response: Value =
            serde_json::from_str(shown["ResponseString"].as_str().unwrap()).unwrap();
        assert_eq!(response, json!({"amount": kept, "currency": "EUR"}));
    }
}

async fn another_outcome_of_a_payment_is_refused(app: App) {
    let (card, other) = (app.card().await, app.card().await);
    let outcome = failed(1);
    let first = tell(&app, &card, &outcome).await.ok();
    let message = "Another outcome of the same payment was told before.";
    let changed = cards::with(outcome.clone(), &json!({"code": "expired_card"}));
    tell(&app, &card, &changed).await.fails(400, 52_500_030, message);
    tell(&app, &other, &outcome).await.fails(400, 52_500_030, message);
    assert_eq!(tell(&app, &card, &outcome).await.ok(), first);
    assert_eq!(app.shown(&other).await["numConsecutiveFailures"], json!(0));
}

async fn a_payment_with_a_missing_card_is_not_found(app: App) {
    let nobody = "019a2c4e7b1e7c60a1b2c3d4e5f60718";
    tell(&app, nobody, &failed(1)).await.expect(404);
    tell(&app, "nobody", &failed(1)).await.expect(404);
    // A foreign card is as missing as one that never was.
    let entity = app.new_entity().await;
    let stranger = app.sign_in(&[entity], &cardfile_domain::client::Right::ALL).await;
    let card = app.card().await;
    let path = format!("{}/outcomes", card_path(&card));
    stranger.post(path).json(&failed(1)).await.expect(404);
    assert_eq!(app.shown(&card).await["numConsecutiveFailures"], json!(0));
}

async fn a_payment_with_a_scrubbed_card_is_refused(app: App) {
    let card = app.card().await;
    app.client.put(format!("{}/scrub", card_path(&card))).await.ok();
    let message = "The payment method was scrubbed and cannot be used any more.";
    tell(&app, &card, &succeeded(1)).await.fails(400, 52_500_030, message);
}

async fn a_gateway_s_words_are_kept_without_card_numbers(app: App) {
    let card = app.card().await;
    for (said, shown) in [
        ("No\nmoney.".to_owned(), "No money.".to_owned()),
        ("w".repeat(400), "w".repeat(255)),
        (format!("{} was declined", cards::VISA), "Declined".to_owned()),
    ] {
        let told = cards::with(failed(1), &json!({"message": said}));
        let noted = tell(&app, &card, &told).await.ok();
        let log = noted["paymentMethodTransactionLogId"].as_str().unwrap().to_owned();
        let path = format!("/v1/object/payment-method-transaction-log/{log}");
        assert_eq!(app.client.get(path).await.ok()["GatewayReasonCodeDescription"], json!(shown));
    }
}

async fn a_payment_may_be_told_before_its_card_is_there(app: App) {
    let outcome = failed(1);
    let nobody = "019a2c4e7b1e7c60a1b2c3d4e5f60718";
    tell(&app, nobody, &outcome).await.expect(404);
    let card = app.card().await;
    tell(&app, &card, &outcome).await.ok();
    assert_eq!(app.shown(&card).await["numConsecutiveFailures"], json!(1));
}
