//! Actions: up to fifty objects, each with a result of its own, and queries.

use cardfile_domain::limits::ACTION_OBJECTS_MAX;
use cardfile_tests::{
    app::{App, new_account},
    call::Call,
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        objects_are_made_in_order_and_each_has_its_result,
        the_first_object_of_an_account_becomes_its_default,
        objects_are_changed_and_fields_taken_away,
        objects_are_deleted_in_order,
        a_call_has_one_to_fifty_objects,
        a_call_is_for_payment_methods,
        a_call_that_makes_no_sense_does_nothing,
        unknown_fields_can_be_refused_for_the_whole_call,
        an_object_that_is_declined_does_not_hold_up_the_others,
        the_body_of_the_official_sdk_is_understood,
    ]
}

fn act(app: &App, name: &str, body: &Value) -> Call {
    app.client.post(format!("/v1/action/{name}")).json(body)
}

fn objects(objects: &[Value]) -> Value {
    json!({"type": "PaymentMethod", "objects": objects})
}

fn ids(results: &Value) -> Vec<String> {
    let results = results.as_array().unwrap().iter();
    results.map(|result| result["Id"].as_str().unwrap().to_owned()).collect()
}

async fn objects_are_made_in_order_and_each_has_its_result(app: App) {
    let accounts = [new_account(), new_account()];
    let good = |account: usize, month: u8| {
        let more = json!({"CreditCardExpirationMonth": month});
        cards::with(cards::record(&accounts[account]), &more)
    };
    let bad = cards::with(cards::record(&accounts[0]), &json!({"CreditCardHolderName": ""}));
    let nothing = json!({});
    let all = [good(0, 1), bad, good(1, 2), nothing, good(0, 3), good(1, 4)];
    let results = act(&app, "create", &objects(&all)).await.ok();
    let results = results.as_array().unwrap();
    for (place, month) in [(0, 1), (2, 2), (4, 3), (5, 4)] {
        assert_eq!(results[place]["Success"], json!(true), "{place}");
        let shown = app.shown(results[place]["Id"].as_str().unwrap()).await;
        assert_eq!(shown["expirationMonth"], json!(month));
    }
    let expected = json!({
        "Errors": [{"Code": "INVALID_VALUE", "Message": "'CreditCardHolderName' must not be empty"}],
        "Success": false,
    });
    assert_eq!(results[1], expected);
    assert_eq!(results[3]["Errors"].as_array().unwrap().len(), 6);
    assert!(results[3].to_string().contains("MISSING_REQUIRED_VALUE"));
}

async fn the_first_object_of_an_account_becomes_its_default(app: App) {
    for round in 0..4 {
        let accounts: Vec<_> = (0..5).map(|_| new_account()).collect();
        let all: Vec<_> = (0..25).map(|place| cards::record(&accounts[place % 5])).collect();
        let made = ids(&act(&app, "create", &objects(&all)).await.ok());
        for (place, account) in accounts.iter().enumerate() {
            assert_eq!(app.default_of(account).await, json!(made[place]), "round {round}");
        }
    }
}

async fn objects_are_changed_and_fields_taken_away(app: App) {
    let card = app.card().await;
    let full = json!({
        "Id": card, "Phone": "1", "Email": "leo@example.com", "CreditCardCity": "Berlin",
        "color__c": "red", "NumConsecutiveFailures": 3,
    });
    let saved = act(&app, "update", &objects(&[full])).await.ok();
    assert_eq!(saved, json!([{"Success": true, "Id": card}]));
    let change = json!({
        "Id": card, "fieldsToNull": ["Phone", "CreditCardCity", "color__c"],
        "CreditCardHolderName": "Amy",
    });
    act(&app, "update", &objects(&[change])).await.ok();
    let record = app.client.get(format!("/v1/object/payment-method/{card}")).await.ok();
    for name in ["Phone", "CreditCardCity", "color__c"] {
        assert_eq!(record.get(name), None, "{name}");
    }
    assert_eq!(record["Email"], json!("leo@example.com"));
    assert_eq!(record["CreditCardHolderName"], json!("Amy"));
    let nobody = "0".repeat(32);
    let results = act(
        &app,
        "update",
        &objects(&[
            json!({"Id": nobody, "Phone": "1"}),
            json!({"Phone": "1"}),
            json!({"Id": "x", "Phone": "1"}),
            json!({"Id": card, "fieldsToNull": ["CreditCardHolderName"]}),
            json!({"Id": card, "Phone": "2"}),
        ]),
    );
    let results = results.await.ok();
    for place in 0..3 {
        let expected = json!([{"Code": "INVALID_ID", "Message": "invalid id for update"}]);
        assert_eq!(results[place]["Errors"], expected);
    }
    assert_eq!(results[3]["Success"], json!(false));
    assert_eq!(results[4]["Success"], json!(true));
}

async fn objects_are_deleted_in_order(app: App) {
    let account = new_account();
    let default = app.card_of(&account).await;
    let spare = app.card_of(&account).await;
    let nobody = "0".repeat(32);
    let body = json!({"type": "PaymentMethod", "ids": [spare, default, nobody, "x", spare]});
    let results = act(&app, "delete", &body).await.ok();
    assert_eq!(results[0], json!({"success": true, "id": spare}));
    assert_eq!(results[1]["errors"][0]["Code"], json!("CANNOT_DELETE"));
    for place in 2..5 {
        assert_eq!(results[place]["success"], json!(false));
        assert_eq!(results[place]["errors"][0]["Code"], json!("INVALID_ID"));
    }
    assert_eq!(app.default_of(&account).await, json!(default));
}

async fn a_call_has_one_to_fifty_objects(app: App) {
    assert_eq!(ACTION_OBJECTS_MAX, 50);
    let card = app.card().await;
    let change = json!({"Id": card, "Phone": "1"});
    for (count, code) in [(0, "MISSING_REQUIRED_VALUE"), (51, "MAX_RECORDS_EXCEEDED")] {
        let reply = act(&app, "update", &objects(&vec![change.clone(); count])).await;
        assert_eq!(reply.expect(400)["FaultCode"], json!(code));
        let reply = act(&app, "create", &objects(&vec![cards::record("x"); count])).await;
        assert_eq!(reply.expect(400)["FaultCode"], json!(code));
        let body = json!({"type": "PaymentMethod", "ids": vec!["x"; count]});
        assert_eq!(act(&app, "delete", &body).await.expect(400)["FaultCode"], json!(code));
    }
    let done = act(&app, "update", &objects(&vec![change; 50])).await.ok();
    assert_eq!(ids(&done), vec![card; 50]);
    let body = json!({"type": "PaymentMethod", "ids": vec!["x"; 50]});
    assert_eq!(act(&app, "delete", &body).await.ok().as_array().unwrap().len(), 50);
}

async fn a_call_is_for_payment_methods(app: App) {
    for (kind, code) in [
        (json!("Account"), "INVALID_TYPE"),
        (json!(7), "INVALID_TYPE"),
        (json!(""), "INVALID_TYPE"),
        (json!(null), "MISSING_REQUIRED_VALUE"),
    ] {
        let body = json!({"type": kind, "objects": [cards::record("x")]});
        for name in ["create", "update"] {
            assert_eq!(act(&app, name, &body).await.expect(400)["FaultCode"], json!(code));
        }
        let body = json!({"type": kind, "ids": ["x"]});
        assert_eq!(act(&app, "delete", &body).await.expect(400)["FaultCode"], json!(code));
    }
}

async fn a_call_that_makes_no_sense_does_nothing(app: App) {
    let account = new_account();
    let record = cards::record(&account);
    for body in [
        json!({"type": "PaymentMethod", "objects": [record, null]}),
        json!({"type": "PaymentMethod", "objects": [record, 7]}),
        json!({"type": "PaymentMethod", "objects": [record, [record]]}),
        json!({"type": "PaymentMethod", "objects": record}),
        json!({"type": "PaymentMethod"}),
        json!({"objects": [record]}),
    ] {
        let fault = act(&app, "create", &body).await.expect(400);
        assert!(fault["FaultCode"].is_string() && fault["FaultMessage"].is_string());
    }
    for ids in [json!([null]), json!([7]), json!("x"), json!({})] {
        let body = json!({"type": "PaymentMethod", "ids": ids});
        act(&app, "delete", &body).await.expect(400);
    }
    app.client.get(format!("/v1/accounts/{account}")).await.expect(404);
}

async fn unknown_fields_can_be_refused_for_the_whole_call(app: App) {
    let account = new_account();
    let strange = cards::with(cards::record(&account), &json!({"Nonsense": 1}));
    let body = objects(&[cards::record(&account), strange]);
    let reply = act(&app, "create", &body).query("rejectUnknownFields", "true").await;
    assert_eq!(reply.expect(400), json!({"message": "Error - unrecognised fields"}));
    app.client.get(format!("/v1/accounts/{account}")).await.expect(404);
    let reply = act(&app, "create", &body).query("rejectUnknownFields", "false").await;
    assert_eq!(ids(&reply.ok()).len(), 2);
    let query = json!({"queryString": "select Id from PaymentMethod", "nonsense": 1});
    act(&app, "query", &query).await.ok();
    act(&app, "query", &query).query("rejectUnknownFields", "true").await.expect(400);
}

async fn an_object_that_is_declined_does_not_hold_up_the_others(app: App) {
    let account = new_account();
    let with =
        |number: &str| cards::with(cards::record(&account), &json!({"CreditCardNumber": number}));
    let all =
        [with(cards::DECLINED), with(cards::VISA), with(cards::NO_ANSWER), with(cards::VISA_2)];
    let results = act(&app, "create", &objects(&all)).await.ok();
    let expected = json!([{
        "Code": "TRANSACTION_FAILED",
        "Message": "Transaction declined.do_not_honor - The card was declined.",
    }]);
    assert_eq!(results[0]["Errors"], expected);
    assert_eq!(results[2]["Errors"][0]["Code"], json!("UNKNOWN_ERROR"));
    assert_eq!(app.default_of(&account).await, results[1]["Id"]);
    assert_eq!(results[3]["Success"], json!(true));
}

async fn the_body_of_the_official_sdk_is_understood(app: App) {
    let card = app.card().await;
    let body = format!(
        r#"{{"objects": [{{"Id": "{card}", "fieldsToNull": ["Phone"], "CreditCardHolderName": "N"}}], "type": "PaymentMethod"}}"#
    );
    let call = app.client.post("/v1/action/update?rejectUnknownFields=true").bytes(body);
    let reply = call.header("X-Zuora-WSDL-Version", "79").await;
    assert_eq!(reply.ok(), json!([{"Success": true, "Id": card}]));
}
