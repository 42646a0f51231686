//! A card without an account gets one once, or is forgotten after ten days.

use cardfile_domain::limits::ORPHAN_DAYS;
use cardfile_tests::{
    app::{App, Database, card_path, create, new_account},
    cards, served,
    suite::Case,
    wired,
    wired::Wired,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_card_without_an_account_is_given_to_one_once,
        an_attached_card_keeps_its_id_and_becomes_the_default_if_it_is_the_first,
        a_card_can_be_attached_by_opening_an_account,
        an_account_cannot_be_taken_away,
        of_two_accounts_one_gets_the_card,
    ];
    cases.extend(wired![a_card_that_nobody_wants_is_forgotten_after_ten_days]);
    cases
}

const ALREADY: &str = "The payment method already has an account.";

async fn account_id(app: &App, account: &str) -> Value {
    app.client.get(format!("/v1/accounts/{account}")).await.ok()["basicInfo"]["id"].clone()
}

async fn a_card_without_an_account_is_given_to_one_once(app: App) {
    let card = app.create(&cards::bare()).await;
    let account = new_account();
    let attach = |key: &str| app.client.put(card_path(&card)).json(&json!({"accountKey": key}));
    attach(&account).await.ok();
    let id = account_id(&app, &account).await;
    assert_eq!(app.shown(&card).await["accountKey"], id);
    attach(&new_account()).await.fails(400, 52_500_030, ALREADY);
    // Its own account is no other one, by number or by id.
    attach(&account).await.ok();
    attach(id.as_str().unwrap()).await.ok();
    assert_eq!(app.shown(&card).await["accountKey"], id);
    let record = app.client.put(format!("/v1/object/payment-method/{card}"));
    let reply = record.json(&json!({"AccountId": new_account()})).await;
    assert_eq!(reply.expect(400)["Errors"][0]["Message"], json!(ALREADY));
}

async fn an_attached_card_keeps_its_id_and_becomes_the_default_if_it_is_the_first(app: App) {
    let account = new_account();
    for is_first in [true, false] {
        let card = app.create(&cards::with(cards::bare(), &json!({"note__c": "kept"}))).await;
        let body = json!({"accountKey": account, "expirationMonth": 9, "securityCode": "111"});
        app.client.put(card_path(&card)).json(&body).await.ok();
        let shown = app.shown(&card).await;
        assert_eq!(shown["id"], json!(card));
        assert_eq!(shown["expirationMonth"], json!(9));
        assert_eq!(shown["note__c"], json!("kept"));
        assert_eq!(shown["isDefault"], json!(is_first));
    }
    let list = app.client.get(format!("/v1/accounts/{account}/payment-methods")).await.ok();
    assert_eq!(list["creditcard"].as_array().unwrap().len(), 2);
}

async fn a_card_can_be_attached_by_opening_an_account(app: App) {
    let card = app.create(&cards::bare()).await;
    let body =
        json!({"name": "Account Name", "currency": "USD", "hpmCreditCardPaymentMethodId": card});
    let opened = app.client.post("/v1/accounts").json(&body).await.ok();
    assert_eq!(opened["paymentMethodId"], json!(card));
    let account = opened["accountNumber"].as_str().unwrap();
    assert_eq!(app.default_of(account).await, json!(card));
    let reply = app.client.post("/v1/accounts").json(&body).await;
    reply.fails(400, 51_000_030, ALREADY);
}

async fn an_account_cannot_be_taken_away(app: App) {
    let card = app.card().await;
    for nothing in [json!(null), json!(""), json!(7), json!("~x")] {
        let reply = app.client.put(card_path(&card)).json(&json!({"accountKey": nothing})).await;
        reply.fails_with(400, &[52_500_020]);
    }
}

async fn of_two_accounts_one_gets_the_card(app: App) {
    for _ in 0..4 {
        let card = app.create(&cards::bare()).await;
        let accounts: Vec<_> = (0..4).map(|_| new_account()).collect();
        let calls = accounts.iter().map(|account| {
            let body = json!({"accountKey": account});
            std::future::IntoFuture::into_future(app.client.put(card_path(&card)).json(&body))
        });
        let replies = futures::future::join_all(calls).await;
        let won: Vec<_> = replies.iter().zip(&accounts).filter(|(r, _)| r.status == 200).collect();
        assert_eq!(won.len(), 1);
        let (_, account) = won[0];
        assert_eq!(app.default_of(account).await, json!(card));
        for (reply, loser) in replies.iter().zip(&accounts).filter(|(r, _)| r.status != 200) {
            reply.fails(400, 52_500_030, ALREADY);
            let path = format!("/v1/accounts/{loser}/payment-methods");
            let reply = app.client.get(path).await;
            assert!(reply.status == 404 || reply.ok()["creditcard"] == json!([]), "{reply}");
        }
    }
}

async fn a_card_that_nobody_wants_is_forgotten_after_ten_days(database: Database) {
    let wired = Wired::new(database).await;
    assert_eq!(ORPHAN_DAYS, 10);
    // Most of it happens in the past: the cards of other tests on the same database are too young
    // for this service, and this test's card is too young for theirs.
    wired.clock.advance(SignedDuration::from_hours(4 - ORPHAN_DAYS * 24));
    let client = wired.fresh_client().await;
    let orphan = create(&client, &cards::bare()).await;
    let attached = create(&client, &cards::bare()).await;
    let body = json!({"accountKey": new_account()});
    client.put(card_path(&attached)).json(&body).await.ok();
    for (hours, status) in [(ORPHAN_DAYS * 24 - 1, 200), (2, 404)] {
        wired.clock.advance(SignedDuration::from_hours(hours));
        wired.service.forget_orphans().await.unwrap();
        let client = wired.fresh_client().await;
        client.get(card_path(&orphan)).await.expect(status);
        client.get(card_path(&attached)).await.ok();
    }
}
