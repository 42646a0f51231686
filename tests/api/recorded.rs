//! What Zuora answered when somebody recorded it: shapes, codes and words that concern cards.
//!
//! The recordings are of 2016 and 2017 and of public projects' tests. What differs here, differs on
//! purpose: failures have a `requestId` too, which Zuora added later.

use cardfile_tests::{
    app::{App, card_path, seed_path},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        strangers_are_told_to_sign_in,
        an_account_that_is_not_there_is_named,
        an_account_is_opened_for_a_card_that_is_there,
        a_note_is_added_to_an_account,
        a_deletion_is_a_success,
        unknown_parameters_are_listed,
        an_action_on_nothing_has_an_invalid_id,
        a_record_that_is_not_there_has_an_invalid_id,
        a_decline_is_told_in_these_words,
        a_failure_without_a_version_is_a_200,
    ]
}

/// The body without what is new each time.
fn body(mut answer: Value) -> Value {
    let fields = answer.as_object_mut().unwrap();
    fields.remove("requestId");
    if let Some(id) = fields.remove("processId") {
        let id = id.as_str().unwrap().to_owned();
        assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()));
    }
    answer
}

async fn strangers_are_told_to_sign_in(app: App) {
    let call = app.anybody().speaking(None).get("/rest/v1/accounts/A00000369");
    let call = call.header("apiAccessKeyId", "x").header("apiSecretAccessKey", "y");
    let answer = call.await.expect(401);
    assert_eq!(answer.get("processId"), None, "nobody who was not let in gets one");
    let message = "this resource is protected, please sign in first";
    let expected = json!({"success": false, "reasons": [{"code": 90_000_011, "message": message}]});
    assert_eq!(body(answer), expected);
    let record = app.anybody().get("/v1/object/payment-method/x").await;
    assert_eq!(record.expect(401), json!({"message": "Authentication error"}));
    let realms = record.header("www-authenticate").unwrap();
    for scheme in ["Basic realm", "ZSession realm", "Bearer realm"] {
        assert!(realms.contains(scheme), "{realms}");
    }
}

async fn an_account_that_is_not_there_is_named(app: App) {
    let key = "2c92c0fa52e3f6790152f11fd4fd1fcfx";
    let answer =
        app.client.speaking(None).get(format!("/rest/v1/accounts/{key}")).await.expect(200);
    let reason =
        json!({"code": 50_000_040, "message": format!("Cannot find entity by key: '{key}'.")});
    assert_eq!(body(answer), json!({"success": false, "reasons": [reason]}));
}

async fn an_account_is_opened_for_a_card_that_is_there(app: App) {
    let card = app.create(&cards::bare()).await;
    let asked = json!({
        "name": "Account Name", "hpmCreditCardPaymentMethodId": card, "currency": "USD",
        "billCycleDay": "1",
        "billToContact": {"firstName": "Joe", "lastName": "Schmoe", "country": "USA"},
    });
    let answer = app.client.speaking(None).post("/rest/v1/accounts").json(&asked).await.ok();
    let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["success", "accountId", "accountNumber", "paymentMethodId"]);
    assert_eq!(answer["paymentMethodId"], json!(card));
    let path = format!("/rest/v1/accounts/{}", answer["accountId"].as_str().unwrap());
    let account = app.client.get(path).await.ok();
    assert_eq!(account["basicInfo"]["name"], json!("Account Name"));
    assert_eq!(account["billingAndPayment"]["currency"], json!("USD"));
}

async fn a_note_is_added_to_an_account(app: App) {
    let account = cardfile_tests::app::new_account();
    app.card_of(&account).await;
    let call = app.client.speaking(None).put(format!("/rest/v1/accounts/{account}"));
    let answer = call.bytes(r#"{"notes":"Adding some notes"}"#).await.ok();
    assert_eq!(answer, json!({"success": true}));
}

async fn a_deletion_is_a_success(app: App) {
    let card = app.create(&cards::bare()).await;
    let call = app.client.speaking(None).delete(format!("/rest{}", card_path(&card)));
    // This client says that it sends JSON, and sends nothing.
    let answer = call.only_header("Content-Type", "application/json").await.ok();
    assert_eq!(answer, json!({"success": true}));
}

async fn unknown_parameters_are_listed(app: App) {
    let card = app.card().await;
    let asked = json!({"invoice": true, "collect": false});
    let answer = app.client.speaking(None).put(seed_path(&card)).json(&asked).await.expect(200);
    let reason = json!({"code": 52_500_021, "message": "Invalid parameter(s): 'collect,invoice'."});
    assert_eq!(body(answer), json!({"success": false, "reasons": [reason]}));
}

const INVALID_ID: &str = r#"[{"Code":"INVALID_ID","Message":"invalid id for update"}]"#;

async fn an_action_on_nothing_has_an_invalid_id(app: App) {
    let object = json!({"Id": "2c93808457d787030157e0321fdf4fab", "PaymentMethodStatus": "Active"});
    let asked = json!({"objects": [object], "type": "PaymentMethod"});
    let answer = app.client.speaking(None).post("/rest/v1/action/update").json(&asked).await.ok();
    let errors: Value = serde_json::from_str(INVALID_ID).unwrap();
    assert_eq!(answer, json!([{"Errors": errors, "Success": false}]));
}

async fn a_record_that_is_not_there_has_an_invalid_id(app: App) {
    let path = "/rest/v1/object/payment-method/2c92c0945e550c38015e592bdbb57faf";
    let call = app.client.speaking(None).put(path).json(&json!({"PaymentMethodStatus": "Closed"}));
    let errors: Value = serde_json::from_str(INVALID_ID).unwrap();
    assert_eq!(call.await.expect(400), json!({"Errors": errors, "Success": false}));
}

async fn a_decline_is_told_in_these_words(app: App) {
    let more = json!({"CreditCardNumber": cards::DECLINED});
    let object = cards::with(cards::record("A-1"), &more);
    let asked = json!({"objects": [object], "type": "PaymentMethod"});
    let answer = app.client.post("/v1/action/create").json(&asked).await.ok();
    let error = &answer[0]["Errors"][0];
    assert_eq!(error["Code"], json!("TRANSACTION_FAILED"));
    let words = error["Message"].as_str().unwrap();
    assert!(words.starts_with("Transaction declined.do_not_honor - "), "{words}");
}

async fn a_failure_without_a_version_is_a_200(app: App) {
    let reply = app.client.speaking(None).get(card_path("1234567")).await;
    reply.fails(200, 50_000_040, "Cannot find entity by key: '1234567'.");
    assert_eq!(reply.json()["requestId"].as_str(), reply.header("zuora-request-id"));
}
