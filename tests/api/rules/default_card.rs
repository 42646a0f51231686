//! Every account has at most one default card, and whoever moves it moves it whole.

use cardfile_tests::{
    app::{App, card_path, new_account, seed_path},
    cards, served,
    suite::Case,
};
use futures::future::join_all;
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    served![
        the_first_card_of_an_account_is_its_default,
        a_later_card_is_the_default_only_if_asked,
        there_is_exactly_one_default_whatever_happens_at_once,
        many_writers_on_one_account_never_see_a_lock_error,
        the_default_card_cannot_be_deleted,
        the_default_card_is_chosen_on_the_account_too,
        a_closed_card_cannot_become_the_default,
        an_account_without_a_default_has_none_to_show,
        a_card_without_an_account_is_no_default,
    ]
}

async fn the_first_card_of_an_account_is_its_default(app: App) {
    for make_default in [json!(false), json!(null), json!(true)] {
        let account = new_account();
        let body = cards::with(cards::of_account(&account), &json!({"makeDefault": make_default}));
        let card = app.create(&body).await;
        assert_eq!(app.default_of(&account).await, json!(card));
        assert_eq!(app.shown(&card).await["isDefault"], json!(true));
    }
    let account = new_account();
    let body = cards::with(cards::older(&account), &json!({"defaultPaymentMethod": false}));
    let made = app.client.post("/v1/payment-methods/credit-cards").json(&body).await.ok();
    assert_eq!(app.default_of(&account).await, made["paymentMethodId"]);
}

async fn a_later_card_is_the_default_only_if_asked(app: App) {
    let account = new_account();
    let first = app.card_of(&account).await;
    app.card_of(&account).await;
    assert_eq!(app.default_of(&account).await, json!(first));
    let asked = cards::with(cards::of_account(&account), &json!({"makeDefault": true}));
    let third = app.create(&asked).await;
    assert_eq!(app.default_of(&account).await, json!(third));
    let asked = cards::with(cards::older(&account), &json!({"defaultPaymentMethod": true}));
    let made = app.client.post("/v1/payment-methods/credit-cards").json(&asked).await.ok();
    assert_eq!(app.default_of(&account).await, made["paymentMethodId"]);
}

/// Who is the default, by each of the ways to ask; they have to agree.
async fn defaults(app: &App, account: &str) -> Vec<Value> {
    let list = app.client.get(format!("/v1/accounts/{account}/payment-methods")).await.ok();
    let cards = list["creditcard"].as_array().unwrap().iter();
    let flagged: Vec<_> = cards
        .filter(|card| card["isDefault"] == json!(true))
        .map(|card| card["id"].clone())
        .collect();
    assert_eq!(flagged, [list["defaultPaymentMethodId"].clone()]);
    let only = app.client.get(format!("/v1/accounts/{account}/payment-methods"));
    let only = only.query("isDefaultOnly", "true").await.ok();
    assert_eq!(only["creditcard"].as_array().unwrap().len(), 1);
    assert_eq!(only["creditcard"][0]["id"], flagged[0]);
    let alone =
        app.client.get(format!("/v1/accounts/{account}/payment-methods/default")).await.ok();
    assert_eq!(alone["id"], flagged[0]);
    flagged
}

async fn there_is_exactly_one_default_whatever_happens_at_once(app: App) {
    let account = new_account();
    let mut cards_on_file = vec![app.card_of(&account).await];
    for _ in 0..7 {
        cards_on_file.push(app.card_of(&account).await);
    }
    for _ in 0..3 {
        let older = cards_on_file.iter().map(|card| {
            let body = json!({"defaultPaymentMethod": true});
            std::future::IntoFuture::into_future(app.client.put(seed_path(card)).json(&body))
        });
        let through_account = cards_on_file.iter().map(|card| {
            let body = json!({"defaultPaymentMethodId": card});
            let path = format!("/v1/accounts/{account}");
            std::future::IntoFuture::into_future(app.client.put(path).json(&body))
        });
        let creates = (0..2).map(|_| {
            let more = json!({"makeDefault": true});
            let body = cards::with(cards::of_account(&account), &more);
            std::future::IntoFuture::into_future(app.client.post("/v1/payment-methods").json(&body))
        });
        for reply in join_all(older.chain(through_account).chain(creates)).await {
            reply.ok();
        }
        assert_eq!(defaults(&app, &account).await.len(), 1);
    }
}

async fn many_writers_on_one_account_never_see_a_lock_error(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let writes = (0..64).map(|number| {
        let body =
            json!({"numConsecutiveFailures": number, format!("f{}__c", number % 40): number});
        std::future::IntoFuture::into_future(app.client.put(seed_path(&card)).json(&body))
    });
    for reply in join_all(writes).await {
        reply.ok();
    }
    let shown = app.shown(&card).await;
    let custom = shown.as_object().unwrap().keys().filter(|name| name.ends_with("__c")).count();
    assert_eq!(custom, 40, "every write has left its field");
}

async fn the_default_card_cannot_be_deleted(app: App) {
    let account = new_account();
    let first = app.card_of(&account).await;
    let second = app.card_of(&account).await;
    let message =
        "The default payment method cannot be deleted. Make another one the default first.";
    app.client.delete(card_path(&first)).await.fails(400, 50_000_030, message);
    let record = format!("/v1/object/payment-method/{first}");
    let reply = app.client.delete(record).await;
    assert_eq!(reply.expect(400)["Errors"][0]["Code"], json!("CANNOT_DELETE"));
    app.client.delete(card_path(&second)).await.ok();
    app.client.get(card_path(&second)).await.expect(404);
    let third = app.card_of(&account).await;
    app.client.put(seed_path(&third)).json(&json!({"defaultPaymentMethod": true})).await.ok();
    app.client.delete(card_path(&first)).await.ok();
    assert_eq!(app.default_of(&account).await, json!(third));
}

async fn the_default_card_is_chosen_on_the_account_too(app: App) {
    let account = new_account();
    let first = app.card_of(&account).await;
    let second = app.card_of(&account).await;
    let path = format!("/v1/accounts/{account}");
    let choose = |card: &str| app.client.put(&path).json(&json!({"defaultPaymentMethodId": card}));
    assert_eq!(choose(&second).await.ok(), json!({"success": true}));
    assert_eq!(app.default_of(&account).await, json!(second));
    choose(&second).await.ok();
    let stranger = app.card().await;
    let message = "The payment method does not belong to this account.";
    choose(&stranger).await.fails(400, 51_500_030, message);
    for bad in ["x", ""] {
        choose(bad).await.fails_with(400, &[51_500_020]);
    }
    let null = app.client.put(&path).json(&json!({"defaultPaymentMethodId": null}));
    null.await.fails_with(400, &[51_500_020]);
    assert_eq!(app.default_of(&account).await, json!(second));
    assert_eq!(app.shown(&first).await["isDefault"], json!(false));
}

async fn a_closed_card_cannot_become_the_default(app: App) {
    let account = new_account();
    let first = app.card_of(&account).await;
    let second = app.card_of(&account).await;
    let record = format!("/v1/object/payment-method/{second}");
    app.client.put(record).json(&json!({"PaymentMethodStatus": "Closed"})).await.ok();
    assert_eq!(app.shown(&second).await["status"], json!("Closed"));
    let message = "A closed payment method cannot be the default.";
    let reply =
        app.client.put(seed_path(&second)).json(&json!({"defaultPaymentMethod": true})).await;
    reply.fails(400, 52_500_030, message);
    let body = json!({"defaultPaymentMethodId": second});
    let reply = app.client.put(format!("/v1/accounts/{account}")).json(&body).await;
    reply.fails(400, 51_500_030, message);
    // Otherwise a closed card can be changed.
    app.client.put(seed_path(&second)).json(&json!({"city": "Berlin"})).await.ok();
    assert_eq!(app.default_of(&account).await, json!(first));
}

async fn an_account_without_a_default_has_none_to_show(app: App) {
    let account = new_account();
    let body = json!({"name": "Empty", "currency": "USD", "accountNumber": account});
    app.client.post("/v1/accounts").json(&body).await.ok();
    let path = format!("/v1/accounts/{account}/payment-methods");
    let list = app.client.get(&path).await.ok();
    assert_eq!(list["creditcard"], json!([]));
    assert_eq!(list["defaultPaymentMethodId"], Value::Null);
    let reply = app.client.get(format!("{path}/default")).await;
    reply.fails(404, 50_000_040, &format!("Cannot find entity by key: '{account}'."));
}

async fn a_card_without_an_account_is_no_default(app: App) {
    let body = cards::with(cards::bare(), &json!({"makeDefault": true}));
    let card = app.create(&body).await;
    let shown = app.shown(&card).await;
    assert_eq!((&shown["isDefault"], &shown["accountKey"]), (&json!(false), &Value::Null));
    app.client.delete(card_path(&card)).await.ok();
}
