//! The gateway says yes, no, or nothing.

use cardfile_tests::{
    app::{App, card_path, create, new_account},
    cards, served,
    suite::Case,
    wired::Wired,
};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_card_is_verified_when_it_comes_in,
        a_declined_card_is_not_kept,
        a_card_that_nobody_vouched_for_is_not_kept,
        verification_can_be_skipped_and_made_up_for,
        a_verification_is_approved_declined_or_unknown,
        what_a_verification_takes,
        a_decline_has_its_reason,
    ];
    cases.extend(cardfile_tests::wired![the_gateway_is_asked_as_often_as_it_has_to_be]);
    cases
}

fn numbered(number: &str, more: &Value) -> Value {
    let body = cards::with(cards::of_account(&new_account()), &json!({"cardNumber": number}));
    cards::with(body, more)
}

async fn a_card_is_verified_when_it_comes_in(app: App) {
    let card = app.card().await;
    let shown = app.shown(&card).await;
    assert_eq!(shown["lastTransaction"], json!("Approved"));
    assert_eq!(shown["lastTransactionStatus"], json!("Approved"));
    // The gateway is asked first, perhaps in another second.
    let time = |field: &str| shown[field].as_str().unwrap().to_owned();
    assert!(time("lastTransactionDateTime") <= time("createdDate"), "{shown}");
}

async fn a_declined_card_is_not_kept(app: App) {
    let body = numbered(cards::DECLINED, &json!({}));
    let account = body["accountKey"].as_str().unwrap();
    let message = "Transaction declined.do_not_honor - The card was declined.";
    let reply = app.client.post("/v1/payment-methods").json(&body).await;
    reply.fails(400, 52_000_030, message);
    app.client.get(format!("/v1/accounts/{account}")).await.expect(404);
}

async fn a_card_that_nobody_vouched_for_is_not_kept(app: App) {
    let body = numbered(cards::NO_ANSWER, &json!({}));
    let account = body["accountKey"].as_str().unwrap();
    let reply = app.client.post("/v1/payment-methods").json(&body).await;
    reply.fails_with(500, &[52_000_099]);
    app.client.get(format!("/v1/accounts/{account}")).await.expect(404);
}

async fn verification_can_be_skipped_and_made_up_for(app: App) {
    let card = app.create(&numbered(cards::VISA, &json!({"skipValidation": true}))).await;
    assert_eq!(app.shown(&card).await["lastTransactionStatus"], Value::Null);
    let body = json!({"currencyCode": "USD", "securityCode": "111"});
    let done = app.client.put(format!("{}/verify", card_path(&card))).json(&body).await.ok();
    assert_eq!(done, json!({"paymentMethodId": card, "success": true}));
    assert_eq!(app.shown(&card).await["lastTransactionStatus"], json!("Approved"));
}

async fn a_verification_is_approved_declined_or_unknown(app: App) {
    let skip = json!({"skipValidation": true});
    for (number, status, code) in [
        (cards::DECLINED, 400, 52_500_030),
        (cards::NO_FUNDS, 400, 52_500_030),
        (cards::WRONG_CODE, 400, 52_500_030),
        (cards::NO_ANSWER, 500, 52_500_099),
    ] {
        let card = app.create(&numbered(number, &skip)).await;
        let before = app.shown(&card).await;
        let verify = app.client.put(format!("{}/verify", card_path(&card)));
        let reply = verify.json(&json!({"securityCode": "111"})).await;
        reply.fails_with(status, &[code]);
        assert_eq!(app.shown(&card).await, before);
    }
}

async fn what_a_verification_takes(app: App) {
    let card = app.card().await;
    let verify = |body: Value| app.client.put(format!("{}/verify", card_path(&card))).json(&body);
    verify(json!({})).await.ok();
    verify(json!({
        "currencyCode": "EUR", "securityCode": "111", "gatewayOptions": {"a": "b"},
        "paymentGatewayName": "Sandbox", "paymentGatewayNumber": "PG-1", "cryptogram": "c",
    }))
    .await
    .ok();
    for (body, code) in [
        (json!({"securityCode": "12"}), 52_501_120),
        (json!({"securityCode": "1234"}), 52_501_120),
        (json!({"currencyCode": "usd"}), 52_500_020),
        (json!({"cryptogram": "x".repeat(51)}), 52_500_020),
        (json!({"paymentGatewayNumber": "x".repeat(41)}), 52_500_020),
        (json!({"gatewayOptions": 7}), 52_500_020),
        (json!({"cvv": "111"}), 52_500_021),
        (json!({"note__c": "x"}), 52_500_021),
    ] {
        verify(body).await.fails_with(400, &[code]);
    }
    let nobody = format!("{}/verify", card_path(&"0".repeat(32)));
    app.client.put(nobody).json(&json!({})).await.fails_with(404, &[52_500_040]);
}

async fn a_decline_has_its_reason(app: App) {
    for (number, reason) in [
        (cards::DECLINED, "do_not_honor"),
        (cards::NO_FUNDS, "insufficient_funds"),
        (cards::WRONG_CODE, "incorrect_cvc"),
    ] {
        let body = numbered(number, &json!({"securityCode": "111"}));
        let message = format!("Transaction declined.{reason} - The card was declined.");
        let reply = app.client.post("/v1/payment-methods").json(&body).await;
        reply.fails(400, 52_000_030, &message);
        let more = json!({"CreditCardNumber": number, "CreditCardSecurityCode": "111"});
        let record = cards::with(cards::record(&new_account()), &more);
        let reply = app.client.post("/v1/object/payment-method").json(&record).await;
        let expected = json!([{"Code": "TRANSACTION_FAILED", "Message": message}]);
        assert_eq!(reply.expect(400)["Errors"], expected);
    }
}

async fn the_gateway_is_asked_as_often_as_it_has_to_be(database: cardfile_tests::app::Database) {
    let wired = Wired::new(database).await;
    let client = &wired.client;
    let asked = |times: usize| assert_eq!(wired.gateway.asked(), times);
    let card = create(client, &cards::bare()).await;
    asked(1);
    create(client, &cards::with(cards::bare(), &json!({"skipValidation": true}))).await;
    asked(1);
    // What is refused anyway is refused without asking.
    let past = cards::with(cards::bare(), &json!({"expirationYear": cards::past_year()}));
    client.post("/v1/payment-methods").json(&past).await.expect(400);
    let brand = cards::with(cards::bare(), &json!({"cardType": "JCB"}));
    client.post("/v1/payment-methods").json(&brand).await.expect(400);
    asked(1);
    client.put(card_path(&card)).json(&json!({"expirationMonth": 9})).await.ok();
    asked(1);
    client.put(card_path(&card)).json(&json!({"securityCode": "111"})).await.ok();
    asked(2);
    client.put(format!("{}/verify", card_path(&card))).json(&json!({})).await.ok();
    asked(3);
}
