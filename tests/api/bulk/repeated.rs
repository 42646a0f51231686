//! Uploads that are sent again.

use cardfile_domain::client::Right;
use cardfile_tests::{
    app::{App, new_account},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::{codes, told, upload};

pub(crate) fn cases() -> Vec<Case> {
    served![
        each_line_takes_effect_once_however_often_it_is_sent,
        a_line_is_known_by_its_key_and_a_key_is_for_one_line,
        a_line_that_was_refused_may_be_mended,
        a_card_that_is_in_an_upload_twice_is_put_on_file_once,
        changes_of_a_card_are_told_apart_by_their_order,
        another_security_code_or_order_of_fields_makes_no_other_line,
        another_request_key_or_client_makes_another_line,
    ]
}

async fn cards_of(app: &App, account: &str) -> usize {
    let path = format!("/v1/accounts/{account}/payment-methods");
    app.client.get(path).await.ok()["creditcard"].as_array().map_or(0, Vec::len)
}

async fn each_line_takes_effect_once_however_often_it_is_sent(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let lines = [
        cards::older(&account),
        json!({"id": card, "city": "Ulm"}),
        cards::with(cards::older(&account), &json!({"creditCardNumber": cards::DECLINED})),
        cards::bare(),
        json!({"id": card, "op": "delete"}),
    ];
    let first = upload(&app.client, &lines).await;
    app.client.put(cardfile_tests::app::seed_path(&card)).json(&json!({"city": "Bonn"})).await.ok();
    for _ in 0..2 {
        let again = upload(&app.client, &lines).await;
        assert_eq!(told(&again).0, told(&first).0);
        // What was refused is judged anew.
        assert_eq!(told(&again).1["replayed"], json!(3));
    }
    let tail = upload(&app.client, &lines[2..4]).await;
    assert_eq!(told(&tail).0[1]["id"], told(&first).0[3]["id"]);
    assert_eq!(cards_of(&app, &account).await, 2);
    assert_eq!(app.shown(&card).await["accountHolderInfo"]["city"], json!("Bonn"));
}

async fn a_line_is_known_by_its_key_and_a_key_is_for_one_line(app: App) {
    let account = new_account();
    let line = |key: &str, name: &str| {
        let holder = json!({"cardHolderName": name});
        let more = json!({"externalKey": key, "cardHolderInfo": holder});
        cards::with(cards::older(&account), &more)
    };
    let lines = [line("1", "Amy"), line("2", "Amy"), line("1", "Amy"), line("1", "Bob")];
    let (receipts, summary) = told(&upload(&app.client, &lines).await);
    assert_eq!(receipts[0]["id"], receipts[2]["id"]);
    assert_ne!(receipts[0]["id"], receipts[1]["id"]);
    assert_eq!(codes(&receipts[3]), [52_000_030]);
    let message = receipts[3]["reasons"][0]["message"].clone();
    assert_eq!(message, json!("'externalKey' was used for another line."));
    assert_eq!(summary["replayed"], json!(1));
    assert_eq!(cards_of(&app, &account).await, 2);
}

async fn a_line_that_was_refused_may_be_mended(app: App) {
    let card = app.card().await;
    let line = |more: Value| cards::with(json!({"id": card, "externalKey": "1"}), &more);
    let lines = [
        json!({"cardHolderName": "Amy"}),
        json!({"cardHolderName": "Amy", "securityCode": "1111"}),
        json!({"cardHolderName": "Amy", "securityCode": "111"}),
        json!({"cardHolderName": "Amy"}),
        json!({"cardHolderName": "Bob", "securityCode": "111"}),
    ];
    let mut results = Vec::new();
    for more in lines {
        results.extend(super::results(&upload(&app.client, &[line(more)]).await));
    }
    assert_eq!(results, ["refused", "refused", "updated", "updated", "refused"]);
}

async fn a_card_that_is_in_an_upload_twice_is_put_on_file_once(app: App) {
    let account = new_account();
    let lines = vec![cards::older(&account); 200];
    let (receipts, summary) = told(&upload(&app.client, &lines).await);
    assert!(receipts.iter().all(|receipt| receipt["id"] == receipts[0]["id"]));
    assert_eq!(summary["replayed"], json!(199));
    assert_eq!(cards_of(&app, &account).await, 1);
    // Without an account there is no lane of one: the line itself finds itself.
    let (receipts, _) = told(&upload(&app.client, &vec![cards::bare(); 200]).await);
    assert!(receipts.iter().all(|receipt| receipt["id"] == receipts[0]["id"]));
}

async fn changes_of_a_card_are_told_apart_by_their_order(app: App) {
    let card = app.card().await;
    let city = |city: &str| json!({"id": card, "city": city});
    let lines = [city("Ulm"), city("Bonn"), city("Ulm")];
    let first = upload(&app.client, &lines).await;
    assert_eq!(app.shown(&card).await["accountHolderInfo"]["city"], json!("Ulm"));
    app.client.put(cardfile_tests::app::seed_path(&card)).json(&json!({"city": "Rome"})).await.ok();
    let again = upload(&app.client, &lines).await;
    assert_eq!(told(&again).0, told(&first).0);
    assert_eq!(app.shown(&card).await["accountHolderInfo"]["city"], json!("Rome"));
}

async fn another_security_code_or_order_of_fields_makes_no_other_line(app: App) {
    let account = new_account();
    let line = cards::with(cards::older(&account), &json!({"securityCode": "111"}));
    let first = told(&upload(&app.client, &[line]).await).0;
    let mut fields: Vec<_> = cards::with(cards::older(&account), &json!({"securityCode": "999"}))
        .as_object()
        .unwrap()
        .clone()
        .into_iter()
        .collect();
    fields.reverse();
    let line: Value = fields.into_iter().collect();
    let (again, summary) = told(&upload(&app.client, &[line]).await);
    assert_eq!((again, &summary["replayed"]), (first, &json!(1)));
}

async fn another_request_key_or_client_makes_another_line(app: App) {
    let account = new_account();
    let line = [cards::older(&account)];
    let other = app.sign_in(&[app.entity], &[Right::Bulk]).await;
    let mut ids = Vec::new();
    for call in [
        upload(&app.client, &line),
        upload(&app.client, &line).key("one"),
        upload(&app.client, &line).key("two"),
        upload(&other, &line),
    ] {
        let (first, again) = (call.clone().await, call.await);
        assert_eq!(told(&first).0, told(&again).0);
        ids.push(told(&first).0[0]["id"].to_string());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}
