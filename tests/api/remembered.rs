//! What a key remembers, and how long: every refusal is an answer as well.

use cardfile_domain::limits::RECEIPT_HOURS;
use cardfile_tests::{
    alone,
    app::{App, Database, Shared, card_path, new_account, seed_path},
    call::Call,
    cards,
    client::Client,
    postgres, served,
    server::{Home, Server},
    suite::Case,
    wired,
    wired::Wired,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::idempotency::cards_of;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_refused_card_is_remembered,
        a_refused_change_is_remembered,
        a_refused_account_is_remembered,
        a_refused_verification_is_remembered,
        fields_that_are_wrong_take_no_key,
    ];
    cases.extend(wired![a_key_is_kept_for_a_day, a_verdict_that_did_not_come_is_not_remembered]);
    cases.extend(alone![
        a_restarted_server_remembers_on_sqlite,
        a_restarted_server_remembers_on_postgres,
    ]);
    cases
}

/// Sends a body twice under a key of its own, and then another one.
async fn is_remembered(call: Call, body: &Value, other: &Value, status: u16, code: u64) {
    let call = call.key(&new_account());
    for _ in 0..2 {
        call.clone().json(body).await.fails_with(status, &[code]);
    }
    call.json(other).await.fails_with(422, &[50_000_030]);
}

async fn a_refused_card_is_remembered(app: App) {
    for (wrong, code) in [
        (json!({"expirationYear": cards::past_year()}), 52_000_030),
        (json!({"cardType": "MasterCard"}), 52_000_330),
        (json!({"securityCode": "1111", "currencyCode": "EUR"}), 52_000_620),
    ] {
        let body = cards::with(cards::bare(), &wrong);
        let call = app.client.post("/v1/payment-methods");
        is_remembered(call, &body, &cards::bare(), 400, code).await;
    }
}

async fn a_refused_change_is_remembered(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let missing = app.card_of(&account).await;
    app.client.delete(card_path(&missing)).await.ok();
    let other = json!({"city": "Berlin"});
    let past = json!({"expirationYear": cards::past_year(), "securityCode": "111"});
    is_remembered(app.client.put(seed_path(&card)), &past, &other, 400, 52_500_030).await;
    let long = json!({"phone": "1", "securityCode": "1111"});
    is_remembered(app.client.put(seed_path(&card)), &long, &other, 400, 52_501_120).await;
    let code = json!({"phone": "1", "securityCode": "111"});
    is_remembered(app.client.put(seed_path(&missing)), &code, &other, 404, 52_500_040).await;
    for (path, status, code) in
        [(card_path(&card), 400, 52_500_030), (card_path(&missing), 404, 52_500_040)]
    {
        let body = json!({"accountKey": new_account()});
        is_remembered(app.client.put(path), &body, &json!({}), status, code).await;
    }
}

async fn a_refused_account_is_remembered(app: App) {
    let account = new_account();
    let taken = app.card_of(&account).await;
    let missing = app.card_of(&account).await;
    app.client.delete(card_path(&missing)).await.ok();
    let bare = json!({"name": "x", "currency": "USD"});
    let past = cards::with(cards::bare(), &json!({"expirationYear": cards::past_year()}));
    for (wrong, status, code) in [
        (json!({"paymentMethod": past}), 400, 51_000_030),
        (json!({"hpmCreditCardPaymentMethodId": taken}), 400, 51_000_030),
        (json!({"hpmCreditCardPaymentMethodId": missing}), 404, 51_000_040),
    ] {
        let body = cards::with(bare.clone(), &wrong);
        is_remembered(app.client.post("/v1/accounts"), &body, &bare, status, code).await;
    }
}

async fn a_refused_verification_is_remembered(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let missing = app.card_of(&account).await;
    app.client.delete(card_path(&missing)).await.ok();
    let other = json!({"currencyCode": "EUR"});
    let call = app.client.put(format!("{}/verify", card_path(&card)));
    is_remembered(call, &json!({"securityCode": "1111"}), &other, 400, 52_501_120).await;
    let call = app.client.put(format!("{}/verify", card_path(&missing)));
    is_remembered(call, &json!({}), &other, 404, 52_500_040).await;
}

async fn fields_that_are_wrong_take_no_key(app: App) {
    let card = app.card().await;
    for call in [
        app.client.put(seed_path(&card)).json(&json!({"city": 7})),
        app.client.put(card_path(&card)).json(&json!({"city": "Berlin"})),
        app.client.post("/v1/payment-methods").json(&json!({})),
        app.client.post("/v1/payment-methods/credit-cards").json(&json!({})),
        app.client.post("/v1/accounts").json(&json!({})),
        app.client.post("/v1/object/payment-method").json(&json!({})),
    ] {
        assert_eq!(call.key("k").await.status, 400);
    }
    app.client.put(seed_path(&card)).json(&json!({"city": "Berlin"})).key("k").await.ok();
}

async fn a_key_is_kept_for_a_day(database: Database) {
    let wired = Wired::new(database).await;
    let account = new_account();
    let create = |client: &Client| {
        client.post("/v1/payment-methods").json(&cards::of_account(&account)).key("k")
    };
    let (id, secret) = {
        let now = cardfile_domain::ports::Clock::now(&*wired.clock);
        let rights = cardfile_domain::client::Right::ALL;
        wired.office.new_client(&[wired.entity], &rights, now).await
    };
    let first = create(&wired.client.sign_in(&id, &secret).await).await.ok();
    assert_eq!(RECEIPT_HOURS, 24);
    wired.clock.advance(SignedDuration::from_secs(RECEIPT_HOURS * 3600 - 1));
    let client = wired.client.sign_in(&id, &secret).await;
    assert_eq!(create(&client).await.ok(), first);
    wired.clock.advance(SignedDuration::from_secs(2));
    assert_ne!(create(&client).await.ok(), first);
    assert_eq!(cards_of(&client, &account).await.len(), 2);
}

async fn a_verdict_that_did_not_come_is_not_remembered(database: Database) {
    let wired = Wired::apart(database).await;
    let body = cards::with(cards::bare(), &json!({"cardNumber": cards::NO_ANSWER}));
    let call = wired.client.post("/v1/payment-methods").json(&body).key("k");
    for asked in 1..=2 {
        call.clone().await.fails_with(500, &[52_000_099]);
        assert_eq!(wired.gateway.asked(), asked);
        // It turns out that the issuer was not asked.
        wired.clock.advance(SignedDuration::from_secs(2));
        assert_eq!(wired.service.settle_questions().await.unwrap(), 1);
    }
}

/// Does something, starts the server anew, and asks for the same again.
async fn remembers(home: &Home) {
    let made = home.ask(&["entity", "create", "--name", &new_account()]);
    let entity = made["entity_id"].as_str().unwrap();
    let made = home
        .ask(&["client", "create", "--name", "x", "--entity", entity, "--right", "read", "write"]);
    let (id, secret) =
        (made["client_id"].as_str().unwrap(), made["client_secret"].as_str().unwrap());
    let account = new_account();
    let create = |client: &Client| {
        client.post("/v1/payment-methods").json(&cards::of_account(&account)).key("k")
    };
    let server = Server::start(home);
    let first = create(&server.caller().sign_in(id, secret).await).await.ok();
    assert!(server.stop().success());
    let server = Server::start(home);
    let client = server.caller().sign_in(id, secret).await;
    assert_eq!(create(&client).await.ok(), first);
    assert_eq!(cards_of(&client, &account).await.len(), 1);
    assert!(server.stop().success());
}

fn a_restarted_server_remembers_on_sqlite() {
    let home = Home::sqlite();
    // The first start makes what the commands need.
    assert!(Server::start(&home).stop().success());
    cardfile_tests::block_on(remembers(&home));
}

fn a_restarted_server_remembers_on_postgres() {
    if postgres::available().is_err() {
        return;
    }
    cardfile_tests::block_on(async {
        let shared = Shared::on(Database::Postgres).await;
        remembers(&shared.home.neighbour()).await;
    });
}
