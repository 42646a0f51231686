//! `/v1/payment-methods`: the create and the update that the official SDK calls.

use cardfile_tests::{
    app::{App, card_path, new_account},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        a_card_is_made_as_the_official_sdk_asks_for_it,
        everything_that_can_be_sent_is_kept,
        what_is_required_is_missed,
        other_types_are_refused_by_name,
        what_is_not_kept_here_is_unknown,
        texts_have_their_limits,
        a_profile_needs_its_type_and_its_source,
        an_update_changes_what_is_sent_and_needs_no_code,
        an_update_with_a_code_is_verified,
        the_holder_s_name_is_not_changed_here,
        the_older_create_takes_what_it_always_took,
        a_shown_card_has_every_key,
    ]
}

const PATH: &str = "/v1/payment-methods";

async fn a_card_is_made_as_the_official_sdk_asks_for_it(app: App) {
    let year = cards::year();
    let body = format!(
        r#"{{"accountKey": "A0001", "makeDefault": true, "skipValidation": false, "type": "CreditCard", "tokenize": false, "cardHolderInfo": {{"cardHolderName": "Amy Lawrence"}}, "cardNumber": "4111111111111111", "cardType": "Visa", "expirationMonth": 8, "expirationYear": {year}, "securityCode": "111", "myField__c": "v"}}"#
    );
    let made = app.client.post(PATH).bytes(body).await.ok();
    let shown = app.shown(made["id"].as_str().unwrap()).await;
    assert_eq!(made, json!({"id": shown["id"], "success": true}));
    assert_eq!(shown["myField__c"], json!("v"));
    assert_eq!(shown["isDefault"], json!(true));
}

async fn everything_that_can_be_sent_is_kept(app: App) {
    let full = json!({
        "cardHolderInfo": {
            "cardHolderName": "Amy Lawrence", "addressLine1": "12 King Street",
            "addressLine2": "Floor 2", "city": "Toronto", "state": "ON", "country": "CAN",
            "email": "amy@example.com", "phone": "416-555-0100", "zipCode": "M5V 1A1",
        },
        "ipAddress": "2001:db8::7", "identityNumber": "ID-7", "deviceSessionId": "D-7",
        "paymentMethodNumber": "PM-7", "currencyCode": "CAD", "authGateway": "Sandbox",
        "paymentGatewayNumber": "PG-7", "numConsecutiveFailures": 4,
        "mandateInfo": {"mandateId": "M-7", "mandateReason": "why", "mandateStatus": "fine"},
        "mitProfileAction": "Persist", "mitProfileType": "Recurring",
        "mitConsentAgreementSrc": "External", "mitConsentAgreementRef": "C-7",
        "mitNetworkTransactionId": "N-7", "mitProfileAgreedOn": "2026-01-31",
        "screeningAmount": 1.5, "cryptogram": "c", "gatewayOptions": {"a": "b"}, "x__c": 1,
    });
    let card = app.create(&cards::with(cards::of_account(&new_account()), &full)).await;
    let shown = app.shown(&card).await;
    for name in ["ipAddress", "identityNumber", "deviceSessionId", "paymentMethodNumber", "x__c"] {
        assert_eq!(shown[name], full[name], "{name}");
    }
    assert_eq!(shown["numConsecutiveFailures"], json!(4));
    let mandate = json!({
        "mandateId": "M-7", "mandateReason": "why", "mandateStatus": "fine",
        "mitProfileAction": "Persist", "mitProfileType": "Recurring",
        "mitConsentAgreementSrc": "External", "mitConsentAgreementRef": "C-7",
        "mitTransactionId": "N-7", "mitProfileAgreedOn": "2026-01-31",
    });
    assert_eq!(shown["mandateInfo"], mandate);
    let holder = json!({
        "accountHolderName": "Amy Lawrence", "addressLine1": "12 King Street",
        "addressLine2": "Floor 2", "city": "Toronto", "state": "Ontario", "country": "Canada",
        "email": "amy@example.com", "phone": "416-555-0100", "zipCode": "M5V 1A1",
    });
    assert_eq!(shown["accountHolderInfo"], holder);
}

async fn what_is_required_is_missed(app: App) {
    for (name, code) in [
        ("type", 52_000_022),
        ("cardType", 52_000_222),
        ("cardNumber", 52_000_322),
        ("expirationMonth", 52_000_422),
        ("expirationYear", 52_000_522),
        ("cardHolderInfo", 52_000_822),
    ] {
        for body in
            [cards::without(cards::bare(), name), cards::with(cards::bare(), &json!({name: null}))]
        {
            let reply = app.client.post(PATH).json(&body).await;
            reply.fails(400, code, &format!("'{name}' is required"));
        }
    }
    let body = cards::with(cards::bare(), &json!({"cardHolderInfo": {}}));
    let message = "'cardHolderInfo.cardHolderName' is required";
    app.client.post(PATH).json(&body).await.fails(400, 52_000_822, message);
    let reply = app.client.post(PATH).json(&json!({})).await;
    assert_eq!(reply.codes(400).len(), 6);
}

async fn other_types_are_refused_by_name(app: App) {
    let message =
        "'type' value should be one of: CreditCard. Other payment methods are not kept here.";
    for kind in ["ACH", "SEPA", "PayPalEC", "CreditCardReferenceTransaction", "creditcard", "x"] {
        let body = cards::with(cards::bare(), &json!({"type": kind}));
        app.client.post(PATH).json(&body).await.fails(400, 52_000_020, message);
        // Their own fields do not hide what is the matter.
        let body = json!({"type": kind, "accountKey": "A", "BAID": "I-1TJ3GAGG82Y9"});
        app.client.post(PATH).json(&body).await.fails(400, 52_000_020, message);
    }
}

async fn what_is_not_kept_here_is_unknown(app: App) {
    for (more, names) in [
        (json!({"tokens": {"tokenId": "t"}}), "tokens"),
        (json!({"cardMaskNumber": "************1111"}), "cardMaskNumber"),
        (json!({"cardHolderName": "Leo"}), "cardHolderName"),
        (json!({"cardHolderInfo": {"cardHolderName": "Leo", "nickName": "L"}}), "nickName"),
        (json!({"mandateInfo": {"nonsense": 1}, "b": 1, "a": 1}), "a,b,nonsense"),
    ] {
        let reply = app.client.post(PATH).json(&cards::with(cards::bare(), &more)).await;
        reply.fails(400, 52_000_021, &format!("Invalid parameter(s): '{names}'."));
    }
    let tokenize = cards::with(cards::bare(), &json!({"tokenize": true}));
    app.client.post(PATH).json(&tokenize).await.fails_with(400, &[52_000_020]);
}

async fn texts_have_their_limits(app: App) {
    for (name, chars) in [
        ("identityNumber", 256),
        ("ipAddress", 45),
        ("authGateway", 64),
        ("paymentGatewayNumber", 40),
        ("paymentMethodNumber", 32),
        ("deviceSessionId", 255),
        ("mitConsentAgreementRef", 128),
        ("mitNetworkTransactionId", 128),
        ("cryptogram", 50),
        ("accountKey", 70),
    ] {
        let sized = |chars: usize| cards::with(cards::bare(), &json!({name: "x".repeat(chars)}));
        app.create(&sized(chars)).await;
        let reply = app.client.post(PATH).json(&sized(chars + 1)).await;
        let code = if name == "accountKey" { 52_000_120 } else { 52_000_020 };
        reply.fails_with(400, &[code]);
    }
    for (name, chars) in [("mandateId", 36), ("mandateReason", 64), ("mandateStatus", 64)] {
        let sized = |chars: usize| {
            cards::with(cards::bare(), &json!({"mandateInfo": {name: "x".repeat(chars)}}))
        };
        app.create(&sized(chars)).await;
        app.client.post(PATH).json(&sized(chars + 1)).await.fails_with(400, &[52_000_020]);
    }
    for currency in ["USD", "EUR"] {
        app.create(&cards::with(cards::bare(), &json!({"currencyCode": currency}))).await;
    }
    for currency in ["usd", "US", "USDX", ""] {
        let body = cards::with(cards::bare(), &json!({"currencyCode": currency}));
        app.client.post(PATH).json(&body).await.fails_with(400, &[52_000_020]);
    }
}

async fn a_profile_needs_its_type_and_its_source(app: App) {
    let profile = |more: Value| app.client.post(PATH).json(&cards::with(cards::bare(), &more));
    profile(json!({"mitProfileAction": "Activate"})).await.fails_with(400, &[52_000_022; 2]);
    let whole = json!({
        "mitProfileAction": "Activate", "mitProfileType": "Unscheduled",
        "mitConsentAgreementSrc": "External",
    });
    profile(whole.clone()).await.ok();
    for (name, bad) in [
        ("mitProfileAction", json!("Deactivate")),
        ("mitProfileType", json!("Sometimes")),
        ("mitConsentAgreementSrc", json!("Internal")),
        ("mitProfileAgreedOn", json!("31.01.2026")),
        ("mitProfileAgreedOn", json!("2026-02-30")),
        ("mitProfileType", json!(7)),
    ] {
        let body = cards::with(whole.clone(), &json!({name: bad}));
        profile(body).await.fails_with(400, &[52_000_020]);
    }
}

async fn an_update_changes_what_is_sent_and_needs_no_code(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    let put = |body: Value| app.client.put(card_path(&card)).json(&body);
    let body = json!({
        "accountHolderInfo": {"addressLine1": "address 1", "phone": "1333333333"},
        "expirationMonth": 9, "expirationYear": cards::year() + 1, "ipAddress": "192.0.2.7",
        "mandateInfo": {"mandateId": "M-7"}, "numConsecutiveFailures": 3, "x__c": 1,
    });
    assert_eq!(put(body).await.ok(), json!({"id": card, "success": true}));
    let shown = app.shown(&card).await;
    assert_eq!(shown["expirationMonth"], json!(9));
    assert_eq!(shown["accountHolderInfo"]["addressLine1"], json!("address 1"));
    assert_eq!(shown["accountHolderInfo"]["accountHolderName"], json!("Leo"));
    assert_eq!(shown["lastTransactionDateTime"], before["lastTransactionDateTime"]);
    put(json!({"ipAddress": null, "accountHolderInfo": {"phone": ""}, "x__c": null})).await.ok();
    let shown = app.shown(&card).await;
    assert_eq!(shown["ipAddress"], Value::Null);
    assert_eq!(shown["accountHolderInfo"]["phone"], Value::Null);
    assert_eq!(shown["accountHolderInfo"]["addressLine1"], json!("address 1"));
    assert_eq!(shown["mandateInfo"]["mandateId"], json!("M-7"));
    put(json!({})).await.ok();
    put(json!({"accountHolderInfo": null, "mandateInfo": null})).await.ok();
}

async fn an_update_with_a_code_is_verified(app: App) {
    let more = json!({"cardNumber": cards::WRONG_CODE});
    let card = app.create(&cards::with(cards::bare(), &more)).await;
    let put = |body: Value| app.client.put(card_path(&card)).json(&body);
    put(json!({"expirationMonth": 9})).await.ok();
    let body = json!({"expirationMonth": 10, "securityCode": "111"});
    put(body).await.fails_with(400, &[52_500_030]);
    assert_eq!(app.shown(&card).await["expirationMonth"], json!(9));
}

async fn the_holder_s_name_is_not_changed_here(app: App) {
    let card = app.card().await;
    for body in [
        json!({"cardHolderName": "Amy"}),
        json!({"cardHolderInfo": {"cardHolderName": "Amy"}}),
        json!({"accountHolderInfo": {"cardHolderName": "Amy"}}),
        json!({"accountHolderInfo": {"accountHolderName": "Amy"}}),
        json!({"cardNumber": "x"}),
        json!({"makeDefault": true}),
        json!({"paymentMethodNumber": "x"}),
    ] {
        app.client.put(card_path(&card)).json(&body).await.fails_with(400, &[52_500_021]);
    }
}

async fn the_older_create_takes_what_it_always_took(app: App) {
    let path = format!("{PATH}/credit-cards");
    let account = new_account();
    let more = json!({
        "expirationMonth": "03", "expirationYear": cards::year().to_string(), "securityCode": "111",
        "numConsecutiveFailures": 5, "x__c": "y",
    });
    let body = cards::with(cards::older(&account), &more);
    let made = app.client.post(&path).json(&body).await.ok();
    let shown = app.shown(made["paymentMethodId"].as_str().unwrap()).await;
    assert_eq!(shown["expirationMonth"], json!(3));
    assert_eq!(shown["numConsecutiveFailures"], json!(5));
    for (name, code) in [
        ("accountKey", 52_000_122),
        ("creditCardType", 52_000_222),
        ("creditCardNumber", 52_000_322),
        ("expirationMonth", 52_000_422),
        ("expirationYear", 52_000_522),
        ("cardHolderInfo", 52_000_822),
    ] {
        let body = cards::without(cards::older(&account), name);
        app.client.post(&path).json(&body).await.fails_with(400, &[code]);
    }
    let newer = cards::with(cards::older(&account), &json!({"cardType": "Visa", "type": "x"}));
    let reply = app.client.post(&path).json(&newer).await;
    reply.fails(400, 52_000_021, "Invalid parameter(s): 'cardType,type'.");
}

async fn a_shown_card_has_every_key(app: App) {
    // The keys themselves are those of the contract, and all of them are required there.
    let shown = app.shown(&app.card().await).await;
    assert_eq!(shown["type"], json!("CreditCard"));
    for name in ["cardBinInfo", "existingMandate", "lastFailedSaleTransactionDate"] {
        assert_eq!(shown.get(name), Some(&Value::Null), "{name}");
    }
    assert_eq!(shown["createdBy"], shown["updatedBy"]);
    assert_eq!(shown["createdDate"], shown["updatedDate"]);
}
