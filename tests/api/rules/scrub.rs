//! Scrubbing erases what is sensitive, for good.

use cardfile_tests::{
    app::{App, card_path, new_account, seed_path},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    served![
        a_scrubbed_card_shows_that_it_was_scrubbed,
        a_scrubbed_card_cannot_be_used_any_more,
        a_scrubbed_card_is_no_default_any_more,
        a_scrubbed_card_can_be_deleted,
        nothing_of_a_scrubbed_card_is_found,
    ]
}

async fn full_card(app: &App, account: &str) -> String {
    let more = json!({
        "accountKey": account,
        "cardHolderInfo": {
            "cardHolderName": "Amy Lawrence", "addressLine1": "77 Main Street",
            "addressLine2": "Floor 2", "city": "Portland", "state": "OR", "country": "US",
            "email": "amy@example.com", "phone": "503-555-0100", "zipCode": "97201",
        },
        "ipAddress": "192.0.2.7", "identityNumber": "ID-7", "deviceSessionId": "D-7",
        "paymentMethodNumber": "PM-7", "mandateInfo": {"mandateId": "M-7"}, "note__c": "secret",
    });
    app.create(&cards::with(cards::bare(), &more)).await
}

async fn scrub(app: &App, card: &str) {
    let done = app.client.put(format!("{}/scrub", card_path(card))).await.ok();
    assert_eq!(done, json!({"success": true}));
}

async fn a_scrubbed_card_shows_that_it_was_scrubbed(app: App) {
    let card = full_card(&app, &new_account()).await;
    scrub(&app, &card).await;
    let shown = app.shown(&card).await;
    let gone = "Record Scrubbed";
    for (name, value) in [
        ("status", json!("Scrubbed")),
        ("cardNumber", json!(gone)),
        ("expirationMonth", json!(12)),
        ("expirationYear", json!(2000)),
        ("bankIdentificationNumber", Value::Null),
        ("ipAddress", Value::Null),
        ("identityNumber", Value::Null),
        ("deviceSessionId", Value::Null),
        ("isDefault", json!(false)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    let expected = json!({
        "accountHolderName": gone, "addressLine1": gone, "addressLine2": gone, "city": gone,
        "country": "0", "email": gone, "phone": gone, "state": gone, "zipCode": gone,
    });
    assert_eq!(shown["accountHolderInfo"], expected);
    assert_eq!(shown.get("note__c"), None);
    let record = app.client.get(format!("/v1/object/payment-method/{card}")).await.ok();
    for name in ["CreditCardMaskNumber", "CreditCardHolderName", "CreditCardCity", "Email"] {
        assert_eq!(record[name], json!(gone), "{name}");
    }
    assert_eq!(record["CreditCardCountry"], json!("0"));
    for name in ["BankIdentificationNumber", "IPAddress", "DeviceSessionId", "MandateID", "note__c"]
    {
        assert_eq!(record.get(name), None, "{name}");
    }
}

async fn a_scrubbed_card_cannot_be_used_any_more(app: App) {
    let card = full_card(&app, &new_account()).await;
    scrub(&app, &card).await;
    let before = app.shown(&card).await;
    let message = "The payment method was scrubbed and cannot be used any more.";
    let path = card_path(&card);
    for call in [
        app.client.put(seed_path(&card)).json(&json!({"city": "Berlin"})),
        app.client.put(seed_path(&card)).json(&json!({"defaultPaymentMethod": true})),
        app.client.put(seed_path(&card)).json(&json!({"securityCode": "111"})),
        app.client.put(&path).json(&json!({"ipAddress": "192.0.2.8"})),
        app.client.put(format!("{path}/scrub")),
        app.client.put(format!("{path}/verify")).json(&json!({})),
    ] {
        call.await.fails(400, 52_500_030, message);
    }
    let record = app.client.put(format!("/v1/object/payment-method/{card}"));
    let reply = record.json(&json!({"PaymentMethodStatus": "Active"})).await;
    assert_eq!(reply.expect(400)["Errors"][0]["Message"], json!(message));
    assert_eq!(app.shown(&card).await, before);
}

async fn a_scrubbed_card_is_no_default_any_more(app: App) {
    let account = new_account();
    let first = full_card(&app, &account).await;
    let second = app.card_of(&account).await;
    scrub(&app, &first).await;
    assert_eq!(app.default_of(&account).await, Value::Null);
    let path = format!("/v1/accounts/{account}");
    let reply = app.client.put(&path).json(&json!({"defaultPaymentMethodId": first})).await;
    reply.fails_with(400, &[51_500_030]);
    app.client.put(&path).json(&json!({"defaultPaymentMethodId": second})).await.ok();
    assert_eq!(app.default_of(&account).await, json!(second));
}

async fn a_scrubbed_card_can_be_deleted(app: App) {
    let card = full_card(&app, &new_account()).await;
    scrub(&app, &card).await;
    app.client.delete(card_path(&card)).await.ok();
    app.client.get(card_path(&card)).await.expect(404);
}

async fn nothing_of_a_scrubbed_card_is_found(app: App) {
    let account = new_account();
    let card = full_card(&app, &account).await;
    let count = async |condition: &str| {
        let zoql = format!("select Id from PaymentMethod where {condition}");
        let reply = app.client.post("/v1/action/query").json(&json!({"queryString": zoql})).await;
        reply.ok()["records"].as_array().unwrap().len()
    };
    let conditions = ["CreditCardHolderName = 'Amy Lawrence'", "Email = 'amy@example.com'"];
    for condition in conditions {
        assert_eq!(count(condition).await, 1, "{condition}");
    }
    scrub(&app, &card).await;
    for condition in conditions {
        assert_eq!(count(condition).await, 0, "{condition}");
    }
    let list = app.client.get(format!("/v1/accounts/{account}/payment-methods"));
    assert_eq!(list.clone().await.ok()["creditcard"][0]["id"], json!(card));
    let active = list.query("isActiveOnly", "true").await.ok();
    assert_eq!(active["creditcard"], json!([]));
}
