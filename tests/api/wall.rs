//! What belongs to another entity does not exist: the same status, the same headers, the same bytes.

use cardfile_tests::{
    app::{App, new_account},
    cards,
    message::Reply,
    served,
    spec::Operation,
    suite::Case,
};
use serde_json::{Value, json};

use crate::samples::{Stage, guarded};

pub(crate) fn cases() -> Vec<Case> {
    served![
        a_foreign_card_or_account_answers_like_a_missing_one,
        a_foreign_card_cannot_be_made_the_default,
        a_foreign_card_cannot_be_attached,
        a_foreign_card_is_in_no_list,
        two_entities_may_use_the_same_account_number,
        a_locator_or_cursor_of_another_entity_shows_nothing_of_it,
        an_idempotency_key_is_one_entity_s_own,
    ]
}

/// Everything of a reply that a caller could tell two by, with what has to differ taken out.
fn face(reply: &Reply, stage: &Stage) -> (u16, Vec<(String, String)>, String) {
    let mut headers: Vec<_> = reply
        .headers
        .iter()
        .filter(|(name, _)| !["date", "zuora-request-id"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
        .collect();
    headers.sort();
    let mut text = reply.text();
    let body: Value = serde_json::from_str(&text).unwrap();
    for own in [&body["requestId"], &body["processId"]].into_iter().filter_map(Value::as_str) {
        text = text.replace(own, "OWN");
    }
    for key in [&stage.account, &stage.default_card, &stage.spare_card, &stage.errand] {
        text = text.replace(key.as_str(), "KEY");
    }
    (reply.status, headers, text)
}

/// Another key of the same form, which nobody has.
fn missing(key: &str) -> String {
    let last = if key.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &key[..key.len() - 1])
}

fn names_something(operation: &Operation) -> bool {
    operation.path.contains('{') || ["actionUpdate", "actionDelete"].contains(&&*operation.id)
}

async fn a_foreign_card_or_account_answers_like_a_missing_one(app: App) {
    let theirs = app.sign_in(&[app.new_entity().await], &cardfile_domain::client::Right::ALL).await;
    let foreign = Stage::set(&theirs).await;
    let nobodys = Stage {
        account: format!("Z{}", &foreign.account[1..]),
        default_card: missing(&foreign.default_card),
        spare_card: missing(&foreign.spare_card),
        errand: missing(&foreign.errand),
        ..foreign.clone()
    };
    for client in [app.client.clone(), app.client.speaking(None)] {
        for operation in guarded().filter(|operation| names_something(operation)) {
            let there = foreign.call(operation, &client).track("t").await;
            let nowhere = nobodys.call(operation, &client).track("t").await;
            assert!(face(&there, &foreign) == face(&nowhere, &nobodys), "{there}\n\n{nowhere}");
            assert!(there.status != 200 || there.text().contains("false"), "{there}");
        }
    }
    // And nothing happened to them.
    let card = format!("/v1/payment-methods/{}", foreign.spare_card);
    assert_eq!(theirs.get(card).await.ok()["accountHolderInfo"]["city"], Value::Null);
}

/// A card of another entity, and an id that nobody has.
async fn foreign_and_missing(app: &App, body: &Value) -> [String; 2] {
    let theirs = app.sign_in(&[app.new_entity().await], &cardfile_domain::client::Right::ALL).await;
    let foreign = cardfile_tests::app::create(&theirs, body).await;
    let nobody = missing(&foreign);
    [foreign, nobody]
}

async fn a_foreign_card_cannot_be_made_the_default(app: App) {
    let account = new_account();
    let own = app.card_of(&account).await;
    for card in foreign_and_missing(&app, &cards::of_account(&account)).await {
        let body = json!({"defaultPaymentMethodId": card});
        let reply = app.client.put(format!("/v1/accounts/{account}")).json(&body).await;
        let message = "The payment method does not belong to this account.";
        reply.fails(400, 51_500_030, message);
    }
    assert_eq!(app.default_of(&account).await, json!(own));
}

async fn a_foreign_card_cannot_be_attached(app: App) {
    for card in foreign_and_missing(&app, &cards::bare()).await {
        let body = json!({"name": "x", "currency": "USD", "hpmCreditCardPaymentMethodId": card});
        let reply = app.client.post("/v1/accounts").json(&body).await;
        reply.fails_with(404, &[51_000_040]);
    }
}

async fn a_foreign_card_is_in_no_list(app: App) {
    let [card, _] = foreign_and_missing(&app, &cards::of_account("A-0")).await;
    let own = app.card().await;
    for zoql in [
        "select Id from PaymentMethod".to_owned(),
        format!("select Id from PaymentMethod where Id = '{card}' or Id = '{own}'"),
        "select Id from PaymentMethod where CreditCardType = 'Visa' or AccountId = 'A-0'"
            .to_owned(),
    ] {
        let found =
            app.client.post("/v1/action/query").json(&json!({"queryString": zoql})).await.ok();
        assert_eq!(found["records"], json!([{"Id": own}]), "{zoql}");
    }
    let found = app.client.get("/object-query/payment-methods").query("fields[]", "id").await.ok();
    assert_eq!(found["data"], json!([{"id": own}]));
}

async fn two_entities_may_use_the_same_account_number(app: App) {
    let theirs = app.sign_in(&[app.new_entity().await], &cardfile_domain::client::Right::ALL).await;
    let account = new_account();
    let cards = [app.card_of(&account).await, {
        cardfile_tests::app::create(&theirs, &cards::of_account(&account)).await
    }];
    for (client, card) in [&app.client, &theirs].into_iter().zip(&cards) {
        let list = client.get(format!("/v1/accounts/{account}/payment-methods")).await.ok();
        assert_eq!(list["creditcard"].as_array().unwrap().len(), 1);
        assert_eq!(list["defaultPaymentMethodId"], json!(card));
    }
}

async fn a_locator_or_cursor_of_another_entity_shows_nothing_of_it(app: App) {
    let theirs = app.sign_in(&[app.new_entity().await], &cardfile_domain::client::Right::ALL).await;
    let foreign = Stage::set(&theirs).await;
    let list = |client: &cardfile_tests::client::Client| {
        client.get("/object-query/payment-methods").query("pageSize", "1")
    };
    let cursor = list(&theirs).await.ok()["nextPage"].as_str().unwrap().to_owned();
    let found = list(&app.client).query("cursor", &cursor).await.ok();
    assert_eq!(found, json!({"data": []}));
    let body = json!({"queryLocator": foreign.locator});
    let reply = app.client.post("/v1/action/queryMore").json(&body).await;
    if reply.status == 200 {
        assert_eq!(reply.json()["records"], json!([]));
    } else {
        assert_eq!(reply.expect(400)["FaultCode"], json!("INVALID_VALUE"));
    }
}

async fn an_idempotency_key_is_one_entity_s_own(app: App) {
    let theirs = app.sign_in(&[app.new_entity().await], &cardfile_domain::client::Right::ALL).await;
    let account = new_account();
    let mut made = Vec::new();
    for client in [&app.client, &theirs] {
        let call = client.post("/v1/payment-methods").json(&cards::of_account(&account)).key("one");
        made.push(call.await.ok()["id"].clone());
    }
    assert_ne!(made[0], made[1]);
}
