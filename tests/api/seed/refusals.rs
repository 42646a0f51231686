//! What is wrong is said: all of it, in order, by its code, and without a word of the input.

use cardfile_tests::{
    app::{App, seed_path},
    cards,
    message::says_failure,
    served,
    suite::Case,
};
use serde_json::json;

use super::put;

pub(super) fn cases() -> Vec<Case> {
    served![
        unknown_fields_are_named_all_at_once,
        several_bad_fields_are_all_told_in_order,
        every_field_has_its_code,
        names_and_values_that_could_be_card_data_are_not_echoed,
        an_id_that_nobody_has_is_not_found,
        whatever_is_no_id_is_not_found,
        a_number_cannot_be_changed,
        a_field_is_named_once,
        a_card_number_is_echoed_from_nowhere,
    ]
}

async fn unknown_fields_are_named_all_at_once(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    let body = json!({"shape": 1, "city": "Berlin", "colour": {"a": 1}, "CITY": null, "x__c": 1});
    let message = "Invalid parameter(s): 'CITY,colour,shape'.";
    put(&app, &card, &body).await.fails(400, 52_500_021, message);
    // What is unknown is told before what is wrong.
    let body = json!({"city": 7, "colour": "red"});
    put(&app, &card, &body).await.fails(400, 52_500_021, "Invalid parameter(s): 'colour'.");
    assert_eq!(app.shown(&card).await, before);
}

async fn several_bad_fields_are_all_told_in_order(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    let body = json!({
        "zipCode": "1".repeat(21), "expirationMonth": 13, "city": 7, "addressLine1": "ok",
        "a__c": [], "numConsecutiveFailures": 101, "email": "leo@example.com",
    });
    let reply = put(&app, &card, &body).await;
    reply.expect(400);
    let expected = [
        (52_500_020, "'a__c' must be a string, a number, a boolean or null"),
        (52_500_720, "'city' must be a string"),
        (52_500_120, "'expirationMonth' must be a month from 1 to 12"),
        (52_500_020, "'numConsecutiveFailures' must be from 0 to 100"),
        (52_500_920, "'zipCode' must be 20 characters or fewer"),
    ];
    assert_eq!(reply.reasons(), expected.map(|(code, text)| (code, text.to_owned())));
    assert_eq!(app.shown(&card).await, before);
}

async fn every_field_has_its_code(app: App) {
    let card = app.card().await;
    for (field, number) in [
        ("expirationMonth", 1),
        ("expirationYear", 2),
        ("defaultPaymentMethod", 3),
        ("cardHolderName", 4),
        ("addressLine1", 5),
        ("addressLine2", 6),
        ("city", 7),
        ("state", 8),
        ("zipCode", 9),
        ("country", 10),
        ("securityCode", 11),
        ("phone", 12),
        ("email", 13),
        ("numConsecutiveFailures", 0),
        ("gatewayOptions", 0),
    ] {
        let reply = put(&app, &card, &json!({field: [1]})).await;
        reply.fails_with(400, &[52_500_020 + number * 100]);
    }
    let reply = put(&app, &card, &json!({"country": "Atlantis"})).await;
    let message = "'country' must be a country's name, or its code of two or three letters";
    reply.fails(400, 52_501_020, message);
    let reply = put(&app, &card, &json!({"country": "US", "state": "Bavaria"})).await;
    let message = "'state' must be a state or province of the country, by its name or its code.";
    reply.fails(400, 52_500_820, message);
}

async fn names_and_values_that_could_be_card_data_are_not_echoed(app: App) {
    let card = app.card().await;
    // That no answer holds a number is looked at in every answer; here are the requests for it.
    for number in [cards::VISA, "4111 1111 1111 1111", "4111-1111-1111-1111"] {
        let reply = put(&app, &card, &json!({number: "x"})).await;
        reply.fails(400, 52_500_021, "Invalid parameter(s): '?'.");
        put(&app, &card, &json!({"expirationMonth": number})).await.fails_with(400, &[52_500_120]);
        put(&app, &card, &json!({"securityCode": number})).await.fails_with(400, &[52_501_120]);
        put(&app, &card, &json!({"country": number})).await.fails_with(400, &[52_501_020]);
        let reply = app.client.put(seed_path(&number.replace(' ', "%20"))).json(&json!({})).await;
        reply.fails(404, 52_500_040, "Cannot find entity by key: '?'.");
    }
    let reply = put(&app, &card, &json!({"<b>bold</b>": 1, "a\nb": 2, "ok": 3})).await;
    reply.fails(400, 52_500_021, "Invalid parameter(s): '?,ok'.");
}

async fn an_id_that_nobody_has_is_not_found(app: App) {
    let nobody = "0".repeat(32);
    let message = format!("Cannot find entity by key: '{nobody}'.");
    for body in [json!({}), json!({"cardHolderName": "Amy", "securityCode": "111"})] {
        put(&app, &nobody, &body).await.fails(404, 52_500_040, &message);
    }
}

async fn whatever_is_no_id_is_not_found(app: App) {
    for id in ["x", "A-S009327871", "%2E%2E%2F", "%00", "%F0%9F%82%A1", "%FF", "a%2Fb", "%27%3B--"]
    {
        let reply = app.client.put(seed_path(id)).json(&json!({})).await;
        reply.fails_with(404, &[52_500_040]);
    }
}

async fn a_number_cannot_be_changed(app: App) {
    let card = app.card().await;
    for name in ["cardNumber", "creditCardNumber", "cardType"] {
        let reply = put(&app, &card, &json!({name: cards::VISA_2})).await;
        reply.fails(400, 52_500_021, &format!("Invalid parameter(s): '{name}'."));
    }
}

async fn a_field_is_named_once(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    let message = "The request body must be one JSON object that names each field once.";
    for body in [
        r#"{"city": "Berlin", "city": "Paris"}"#,
        r#"{"city": "Berlin", "ci\u0074y": "Berlin"}"#,
        r#"{"securityCode": "111", "cardHolderName": "Amy", "securityCode": "222"}"#,
        r#"{"x__c": 1, "x__c": 2}"#,
        r#"{"nonsense": 1, "nonsense": 2}"#,
    ] {
        let reply = app.client.put(seed_path(&card)).bytes(body).await;
        reply.fails(400, 50_000_090, message);
    }
    assert_eq!(app.shown(&card).await, before);
}

async fn a_card_number_is_echoed_from_nowhere(app: App) {
    // Every answer is searched for the numbers that are sent here, by the reader of the contract.
    let card = app.card().await;
    let number = cards::VISA;
    let body = json!({"city": number, number: number, "x__c": number});
    for call in [
        app.client.put(seed_path(number)).json(&body),
        app.client.put(seed_path(&card)).json(&body).query(number, number),
        app.client.put(seed_path(&card)).json(&body).track(number),
        app.client.put(seed_path(&card)).json(&body).entity(number),
        app.client.put(seed_path(&card)).json(&body).version(number),
        app.client.put(seed_path(&card)).json(&body).key(number),
        app.client.put(seed_path(&card)).json(&body).only_header("Content-Type", number),
        app.client.put(seed_path(&card)).json(&body).encoded(number, "{}"),
        app.client.put(seed_path(&card)).json(&body).header(&format!("x-{number}"), number),
        app.client.call(&format!("P{number}"), seed_path(&card)),
        app.client.get(format!("/{number}")),
        app.client.get(format!("/v1/accounts/{number}")),
        app.client.get(format!("/v1/object/payment-method/{number}?fields={number}")),
        app.client.get(format!("/object-query/payment-methods/{number}?{number}={number}")),
        app.anybody().token(number, number),
    ] {
        let reply = call.await;
        assert!(reply.status >= 400 || says_failure(&reply.json()), "{reply}");
    }
}
