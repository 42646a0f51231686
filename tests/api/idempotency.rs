//! One key, one effect, one answer: on `POST`, `PUT` and `DELETE`.

use cardfile_tests::{
    app::{App, Database, card_path, new_account, seed_path},
    cards,
    client::Client,
    message::Reply,
    served,
    suite::Case,
    wired,
    wired::Wired,
};
use futures::future::join_all;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_create_that_is_repeated_makes_one_card,
        an_update_that_is_repeated_changes_once,
        a_deletion_that_is_repeated_is_answered_again,
        another_security_code_makes_no_other_request,
        the_order_of_fields_makes_no_other_request,
        another_body_makes_another_request,
        another_path_or_method_makes_another_request,
        a_refusal_is_remembered,
        a_malformed_request_takes_no_key,
        a_key_is_one_client_s_own,
        a_key_has_255_characters_and_not_one_more,
        keys_are_told_apart_to_the_last_character,
        of_many_at_once_one_is_done,
        repeats_at_once_are_all_answered,
        an_action_s_objects_are_repeated_one_by_one,
    ];
    cases.extend(wired![a_key_is_taken_while_the_gateway_is_asked]);
    cases
}

/// The cards of an account.
pub(crate) async fn cards_of(client: &Client, account: &str) -> Vec<Value> {
    let list = client.get(format!("/v1/accounts/{account}/payment-methods")).await.ok();
    list["creditcard"].as_array().unwrap().clone()
}

async fn a_create_that_is_repeated_makes_one_card(app: App) {
    for (path, body) in [
        ("/v1/payment-methods", cards::of_account("K-1")),
        ("/v1/payment-methods/credit-cards", cards::older("K-2")),
        ("/v1/object/payment-method", cards::record("K-3")),
    ] {
        let call = app.client.post(path).json(&body).key(path);
        let first = call.clone().await.ok();
        for _ in 0..3 {
            assert_eq!(call.clone().await.ok(), first);
        }
    }
    for account in ["K-1", "K-2", "K-3"] {
        assert_eq!(cards_of(&app.client, account).await.len(), 1, "{account}");
    }
    let body = json!({"name": "x", "currency": "USD", "accountNumber": "K-4"});
    let call = app.client.post("/v1/accounts").json(&body).key("open");
    let first = call.clone().await.ok();
    assert_eq!(call.clone().await.ok(), first);
    call.key("another").await.fails_with(400, &[51_000_030]);
}

async fn an_update_that_is_repeated_changes_once(app: App) {
    let card = app.card().await;
    let call = app.client.put(seed_path(&card)).json(&json!({"city": "Berlin"})).key("move");
    call.clone().await.ok();
    app.client.put(seed_path(&card)).json(&json!({"city": "Paris"})).await.ok();
    call.await.ok();
    assert_eq!(app.shown(&card).await["accountHolderInfo"]["city"], json!("Paris"));
}

async fn a_deletion_that_is_repeated_is_answered_again(app: App) {
    let account = new_account();
    app.card_of(&account).await;
    let spare = app.card_of(&account).await;
    let call = app.client.delete(card_path(&spare));
    for _ in 0..3 {
        assert_eq!(call.clone().key("away").await.ok(), json!({"success": true}));
    }
    call.await.fails_with(404, &[50_000_040]);
}

async fn another_security_code_makes_no_other_request(app: App) {
    let card = app.card().await;
    let put = |code: Value| {
        let body = json!({"cardHolderName": "Amy", "securityCode": code});
        app.client.put(seed_path(&card)).json(&body).key("rename")
    };
    let first = put(json!("111")).await.ok();
    assert_eq!(put(json!("999")).await.ok(), first);
    let body = json!({"cardHolderName": "Amy"});
    let without = app.client.put(seed_path(&card)).json(&body).key("rename");
    assert_eq!(without.await.ok(), first);
    let record = |code: &str| {
        let more = json!({"CreditCardSecurityCode": code});
        let body = cards::with(cards::record("S-1"), &more);
        app.client.post("/v1/object/payment-method").json(&body).key("record")
    };
    assert_eq!(record("111").await.ok(), record("222").await.ok());
}

async fn the_order_of_fields_makes_no_other_request(app: App) {
    let card = app.card().await;
    let put = |body: &'static str| app.client.put(seed_path(&card)).bytes(body).key("order");
    put(r#"{"city": "Berlin", "gatewayOptions": {"a": 1, "b": [2]}}"#).await.ok();
    put(r#"{"gatewayOptions":{"b":[2],"a":1},"city":"Berlin"}"#).await.ok();
    put(r#"{"gatewayOptions":{"b":[2],"a":1},"city":"Berlin"}"#).gzip().await.ok();
    let other = r#"{"gatewayOptions":{"b":[3],"a":1},"city":"Berlin"}"#;
    put(other).await.fails_with(422, &[50_000_030]);
}

async fn another_body_makes_another_request(app: App) {
    let card = app.card().await;
    let put = |body: Value| app.client.put(seed_path(&card)).json(&body).key("k");
    put(json!({"city": "Berlin"})).await.ok();
    let message = "The Idempotency-Key was used for another request.";
    for other in [json!({"city": "Paris"}), json!({}), json!({"city": "Berlin", "phone": "1"})] {
        for version in ["2025-08-12", "186.0"] {
            put(other.clone()).version(version).await.fails(422, 50_000_030, message);
        }
    }
    assert_eq!(app.shown(&card).await["accountHolderInfo"]["city"], json!("Berlin"));
    put(json!({"city": "Berlin"})).await.ok();
}

async fn another_path_or_method_makes_another_request(app: App) {
    let account = new_account();
    let first = app.card_of(&account).await;
    let second = app.card_of(&account).await;
    let body = json!({"expirationMonth": 8});
    app.client.put(seed_path(&first)).json(&body).key("k").await.ok();
    for call in [
        app.client.put(seed_path(&second)).json(&body),
        app.client.put(card_path(&first)).json(&body),
        app.client.put(format!("{}?a=b", seed_path(&first))).json(&body),
        app.client.delete(card_path(&second)),
        app.client.put(format!("{}/scrub", card_path(&second))),
    ] {
        assert_eq!(call.key("k").await.status, 422);
    }
    assert_eq!(app.shown(&second).await["status"], json!("Active"));
}

async fn a_refusal_is_remembered(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let call = app.client.delete(card_path(&card)).key("k");
    let first = call.clone().await;
    first.fails_with(400, &[50_000_030]);
    // By now it would go well.
    let other = app.card_of(&account).await;
    app.client.put(seed_path(&other)).json(&json!({"defaultPaymentMethod": true})).await.ok();
    call.clone().await.fails_with(400, &[50_000_030]);
    call.key("another").await.ok();

    let body = cards::with(cards::bare(), &json!({"cardNumber": cards::DECLINED}));
    let call = app.client.post("/v1/payment-methods").json(&body).key("declined");
    for _ in 0..2 {
        let message = "Transaction declined.do_not_honor - The card was declined.";
        call.clone().await.fails(400, 52_000_030, message);
    }
}

async fn a_malformed_request_takes_no_key(app: App) {
    let card = app.card().await;
    let call = app.client.put(seed_path(&card)).key("k");
    call.clone().bytes("{").await.fails_with(400, &[50_000_090]);
    call.clone().json(&json!({"city": 7})).await.fails_with(400, &[52_500_720]);
    call.json(&json!({"city": "Berlin"})).await.ok();
}

async fn a_key_is_one_client_s_own(app: App) {
    let rights = cardfile_domain::client::Right::ALL;
    let other = app.sign_in(&[app.entity], &rights).await;
    let account = new_account();
    for client in [&app.client, &other] {
        let call = client.post("/v1/payment-methods").json(&cards::of_account(&account));
        call.key("1").await.ok();
    }
    assert_eq!(cards_of(&app.client, &account).await.len(), 2);
}

async fn a_key_has_255_characters_and_not_one_more(app: App) {
    let card = app.card().await;
    let put = |key: &str| app.client.put(seed_path(&card)).json(&json!({})).key(key);
    put(&"k".repeat(255)).await.ok();
    let message =
        "The Idempotency-Key header is not valid: give one key of at most 255 characters.";
    put(&"k".repeat(256)).await.fails(400, 50_000_020, message);
    put("").await.fails(400, 50_000_020, message);
    for key in ["4111111111111111", "a b;c:d\"e'", "%00", "{}"] {
        put(key).await.ok();
    }
}

async fn keys_are_told_apart_to_the_last_character(app: App) {
    let account = new_account();
    let long = "k".repeat(254);
    for key in [format!("{long}1"), format!("{long}2"), "K".to_owned(), "k".to_owned()] {
        let call = app.client.post("/v1/payment-methods").json(&cards::of_account(&account));
        call.key(&key).await.ok();
    }
    assert_eq!(cards_of(&app.client, &account).await.len(), 4);
}

async fn of_many_at_once_one_is_done(app: App) {
    let account = new_account();
    for round in 0..4 {
        let call = app.client.post("/v1/payment-methods").json(&cards::of_account(&account));
        let call = call.key(&format!("round {round}"));
        let calls = (0..8).map(|_| std::future::IntoFuture::into_future(call.clone()));
        let replies: Vec<Reply> = join_all(calls).await;
        let done: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert!(!done.is_empty(), "nobody was first");
        assert!(done.iter().all(|reply| reply.ok() == done[0].json()));
        for reply in replies.iter().filter(|reply| reply.status != 200) {
            reply.fails_with(409, &[50_000_050]);
        }
        assert_eq!(cards_of(&app.client, &account).await.len(), round + 1);
    }
}

async fn repeats_at_once_are_all_answered(app: App) {
    let objects = json!([cards::record(&new_account())]);
    for call in [
        app.client.post("/v1/payment-methods").json(&cards::bare()),
        app.client
            .post("/v1/action/create")
            .json(&json!({"type": "PaymentMethod", "objects": objects})),
    ] {
        let call = call.key(&new_account());
        let first = call.clone().await.ok();
        let calls = (0..32).map(|_| std::future::IntoFuture::into_future(call.clone()));
        for reply in join_all(calls).await {
            assert_eq!(reply.ok(), first);
        }
    }
}

async fn an_action_s_objects_are_repeated_one_by_one(app: App) {
    let account = new_account();
    let wrong = cards::with(cards::record(&account), &json!({"CreditCardCity": 7}));
    let objects = json!([cards::record(&account), wrong, cards::record(&account)]);
    let body = json!({"type": "PaymentMethod", "objects": objects});
    let call = app.client.post("/v1/action/create").json(&body).key("k");
    let first = call.clone().await.ok();
    assert_eq!(first[1]["Success"], json!(false));
    assert_eq!(call.clone().await.ok(), first);
    assert_eq!(cards_of(&app.client, &account).await.len(), 2);
}

async fn a_key_is_taken_while_the_gateway_is_asked(database: Database) {
    let wired = Wired::new(database).await;
    let objects = json!([cards::record(&new_account())]);
    let batch = json!({"type": "PaymentMethod", "objects": objects});
    let ways = [("/v1/payment-methods", cards::bare()), ("/v1/action/create", batch)];
    for (asked, (path, body)) in (1..).zip(ways) {
        let call = wired.client.post(path).json(&body).key(path);
        wired.gateway.close();
        let first = tokio::spawn(std::future::IntoFuture::into_future(call.clone()));
        wired.gateway.somebody_waits().await;
        for _ in 0..2 {
            let reply = call.clone().await;
            assert_eq!(reply.status, 409, "{reply}");
            assert!(reply.to_string().contains("Idempotency-Key is still running"), "{reply}");
        }
        wired.gateway.open();
        let first = first.await.unwrap().ok();
        assert_eq!(call.await.ok(), first);
        assert_eq!(wired.gateway.asked(), asked);
    }
}
