//! CRUD: one record, in the oldest words.

use cardfile_tests::{
    app::{App, new_account},
    call::Call,
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        a_record_is_made_shown_changed_and_deleted,
        a_record_shows_no_nulls,
        a_record_shows_the_fields_that_are_asked_for,
        what_is_wrong_with_a_record_is_told_field_by_field,
        unknown_fields_are_ignored_unless_they_shall_not_be,
        a_record_that_is_not_there_is_an_invalid_id,
        a_record_is_closed_and_opened,
        a_record_s_number_cannot_be_changed,
        a_record_needs_no_security_code,
        a_record_of_another_type_is_refused,
        null_clears_a_field_of_a_record,
    ]
}

const PATH: &str = "/v1/object/payment-method";

fn post(app: &App, more: &Value) -> Call {
    app.client.post(PATH).json(&cards::with(cards::record(&new_account()), more))
}

async fn made(app: &App, more: &Value) -> String {
    post(app, more).await.ok()["Id"].as_str().unwrap().to_owned()
}

fn errors(body: &Value) -> Vec<(&str, &str)> {
    let errors = body["Errors"].as_array().unwrap().iter();
    errors
        .map(|error| (error["Code"].as_str().unwrap(), error["Message"].as_str().unwrap()))
        .collect()
}

async fn a_record_is_made_shown_changed_and_deleted(app: App) {
    let account = new_account();
    let full = json!({
        "AccountId": account, "CreditCardAddress1": "77 Main Street", "CreditCardCity": "Atlanta",
        "CreditCardState": "GA", "CreditCardCountry": "USA", "CreditCardPostalCode": "30303",
        "CreditCardSecurityCode": "111", "Email": "leo@example.com", "Phone": "404-555-0100",
        "IPAddress": "192.0.2.7", "DeviceSessionId": "D-7", "NumConsecutiveFailures": 2,
        "UseDefaultRetryRule": false, "PaymentRetryWindow": 24, "MaxConsecutivePaymentFailures": 3,
        "color__c": "red",
    });
    let id = made(&app, &full).await;
    let record = app.client.get(format!("{PATH}/{id}")).await.ok();
    for (name, value) in [
        ("Id", json!(id)),
        ("Type", json!("CreditCard")),
        ("PaymentMethodStatus", json!("Active")),
        ("CreditCardType", json!("Visa")),
        ("CreditCardMaskNumber", json!("************1111")),
        ("CreditCardExpirationMonth", json!(8)),
        ("CreditCardExpirationYear", json!(cards::year())),
        ("CreditCardHolderName", json!("Leo")),
        ("CreditCardState", json!("Georgia")),
        ("CreditCardCountry", json!("United States")),
        ("LastTransactionStatus", json!("Approved")),
    ] {
        assert_eq!(record[name], value, "{name}");
    }
    for name in ["CreditCardAddress1", "Email", "IPAddress", "NumConsecutiveFailures", "color__c"] {
        assert_eq!(record[name], full[name], "{name}");
    }
    for name in ["UseDefaultRetryRule", "PaymentRetryWindow", "MaxConsecutivePaymentFailures"] {
        assert_eq!(record[name], full[name], "{name}");
    }
    let change =
        json!({"CreditCardHolderName": "Amy", "CreditCardExpirationMonth": 9, "Phone": "1"});
    let saved = app.client.put(format!("{PATH}/{id}")).json(&change).await.ok();
    assert_eq!(saved, json!({"Success": true, "Id": id}));
    let record = app.client.get(format!("{PATH}/{id}")).await.ok();
    assert_eq!(record["CreditCardHolderName"], json!("Amy"));
    assert_eq!(record["CreditCardExpirationMonth"], json!(9));
    app.card_of(&account).await;
    let other = made(&app, &json!({"AccountId": account})).await;
    let deleted = app.client.delete(format!("{PATH}/{other}")).await.ok();
    assert_eq!(deleted, json!({"success": true, "id": other}));
    app.client.get(format!("{PATH}/{other}")).await.expect(404);
}

async fn a_record_shows_no_nulls(app: App) {
    let id = made(&app, &json!({"empty__c": null})).await;
    let record = app.client.get(format!("{PATH}/{id}")).await.ok();
    for (name, value) in record.as_object().unwrap() {
        assert!(!value.is_null(), "{name}");
    }
    assert_eq!(record.get("CreditCardCity"), None);
}

async fn a_record_shows_the_fields_that_are_asked_for(app: App) {
    let id = made(&app, &json!({"color__c": "red"})).await;
    let get = |fields: &str| app.client.get(format!("{PATH}/{id}")).query("fields", fields);
    let expected = json!({"Id": id, "CreditCardType": "Visa", "color__c": "red"});
    for fields in
        ["Id,CreditCardType,color__c", "creditcardtype, color__c", "CreditCardType,color__c,,"]
    {
        assert_eq!(get(fields).await.ok(), expected, "{fields}");
    }
    assert!(get("").await.ok().as_object().unwrap().len() > 10);
    for unknown in ["Nonsense", "Id,CreditCardNumber", "4111111111111111", "*"] {
        let reply = get(unknown).await;
        assert_eq!(errors(&reply.expect(400))[0].0, "INVALID_FIELD");
    }
}

async fn what_is_wrong_with_a_record_is_told_field_by_field(app: App) {
    let bad = json!({
        "CreditCardCity": 7, "CreditCardExpirationMonth": 13, "CreditCardNumber": "4111111111111112",
        "Type": null, "Email": "x".repeat(81),
    });
    let body = post(&app, &bad).await.expect(400);
    let codes: Vec<_> = errors(&body).iter().map(|(code, _)| *code).collect();
    assert_eq!(codes.len(), 5, "{body}");
    assert!(codes.contains(&"MISSING_REQUIRED_VALUE"));
    assert_eq!(codes.iter().filter(|code| **code == "INVALID_VALUE").count(), 4);
    let messages: Vec<_> = errors(&body).iter().map(|(_, message)| (*message).to_owned()).collect();
    assert!(messages.is_sorted(), "{messages:?}");
    for name in [
        "Type",
        "CreditCardType",
        "CreditCardNumber",
        "CreditCardExpirationMonth",
        "CreditCardExpirationYear",
        "CreditCardHolderName",
    ] {
        let record = cards::without(cards::record(&new_account()), name);
        let body = app.client.post(PATH).json(&record).await.expect(400);
        let expected = format!("'{name}' is required");
        assert_eq!(errors(&body), [("MISSING_REQUIRED_VALUE", &*expected)]);
    }
    let old = post(&app, &bad).version("186.0").await;
    old.expect(400);
}

async fn unknown_fields_are_ignored_unless_they_shall_not_be(app: App) {
    let strange = json!({"Nonsense": 1, "creditCardCity": "x", "TokenId": "t"});
    let id = made(&app, &strange).await;
    app.client.put(format!("{PATH}/{id}")).json(&strange).await.ok();
    let unrecognised = json!({"message": "Error - unrecognised fields"});
    for call in [post(&app, &strange), app.client.put(format!("{PATH}/{id}")).json(&strange)] {
        let reply = call.clone().query("rejectUnknownFields", "true").await;
        assert_eq!(reply.expect(400), unrecognised);
        call.query("rejectUnknownFields", "false").await.ok();
    }
    post(&app, &json!({"x__c": 1})).query("rejectUnknownFields", "true").await.ok();
}

async fn a_record_that_is_not_there_is_an_invalid_id(app: App) {
    for id in ["0".repeat(32), "x".to_owned()] {
        let path = format!("{PATH}/{id}");
        let nothing = app.client.get(&path).await.expect(404);
        assert_eq!(nothing, json!({"records": [], "size": 0, "done": true}));
        let body = app.client.put(&path).json(&json!({"Phone": "1"})).await.expect(400);
        assert_eq!(errors(&body), [("INVALID_ID", "invalid id for update")]);
        let body = app.client.delete(&path).await.expect(400);
        assert_eq!(errors(&body), [("INVALID_ID", "invalid id for delete")]);
    }
}

async fn a_record_is_closed_and_opened(app: App) {
    let id = made(&app, &json!({"PaymentMethodStatus": "Active"})).await;
    for status in ["Closed", "Active"] {
        let body = json!({"PaymentMethodStatus": status});
        app.client.put(format!("{PATH}/{id}")).json(&body).await.ok();
        assert_eq!(app.shown(&id).await["status"], json!(status));
    }
    for bad in [json!("Scrubbed"), json!("closed!"), json!(7)] {
        let body = json!({"PaymentMethodStatus": bad});
        let reply = app.client.put(format!("{PATH}/{id}")).json(&body).await;
        assert_eq!(errors(&reply.expect(400))[0].0, "INVALID_VALUE");
    }
    let reply = post(&app, &json!({"PaymentMethodStatus": "Closed"})).await;
    assert_eq!(errors(&reply.expect(400))[0].0, "INVALID_VALUE");
}

async fn a_record_s_number_cannot_be_changed(app: App) {
    let id = made(&app, &json!({})).await;
    let body = json!({"CreditCardNumber": cards::VISA_2, "Phone": "1"});
    app.client.put(format!("{PATH}/{id}")).json(&body).await.expect(400);
    assert_eq!(app.shown(&id).await["accountHolderInfo"]["phone"], Value::Null);
}

async fn a_record_needs_no_security_code(app: App) {
    let id = made(&app, &json!({})).await;
    let path = format!("{PATH}/{id}");
    app.client.put(&path).json(&json!({"CreditCardHolderName": "Amy"})).await.ok();
    let declined = json!({"CreditCardNumber": cards::WRONG_CODE});
    let id = made(&app, &declined).await;
    let body = json!({"CreditCardHolderName": "Amy", "CreditCardSecurityCode": "111"});
    let reply = app.client.put(format!("{PATH}/{id}")).json(&body).await;
    assert_eq!(errors(&reply.expect(400))[0].0, "TRANSACTION_FAILED");
    let mute = json!({"CreditCardNumber": cards::NO_ANSWER});
    assert_eq!(errors(&post(&app, &mute).await.expect(500))[0].0, "UNKNOWN_ERROR");
    post(&app, &cards::with(mute, &json!({"SkipValidation": true}))).await.ok();
}

async fn a_record_of_another_type_is_refused(app: App) {
    for kind in ["ACH", "PayPal", "DebitCard", "x", ""] {
        let body = post(&app, &json!({"Type": kind})).await.expect(400);
        assert_eq!(errors(&body)[0].0, "INVALID_TYPE");
        assert!(errors(&body)[0].1.contains("CreditCard"));
    }
}

async fn null_clears_a_field_of_a_record(app: App) {
    let id = made(&app, &json!({"Phone": "1", "CreditCardCity": "Berlin", "x__c": 1})).await;
    let body = json!({"Phone": null, "CreditCardCity": "", "x__c": null});
    app.client.put(format!("{PATH}/{id}")).json(&body).await.ok();
    let record = app.client.get(format!("{PATH}/{id}")).await.ok();
    for name in ["Phone", "CreditCardCity", "x__c"] {
        assert_eq!(record.get(name), None, "{name}");
    }
    for name in ["CreditCardHolderName", "CreditCardExpirationMonth"] {
        app.client.put(format!("{PATH}/{id}")).json(&json!({name: null})).await.expect(400);
    }
}
