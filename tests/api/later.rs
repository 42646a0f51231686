//! Asynchronous requests: accepted at once, carried out later, and once.

use std::collections::BTreeSet;

use cardfile_domain::{client::Right, limits::ERRAND_HOURS};
use cardfile_tests::{
    alone,
    app::{App, Database, card_path, new_account},
    cards,
    client::Client,
    message::Reply,
    served,
    spec::{Operation, Spec},
    suite::Case,
    wired,
    wired::Wired,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::samples::{Stage, guarded, writes};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        what_was_accepted_is_carried_out,
        a_security_code_is_refused_wherever_it_is,
        the_id_is_the_one_of_the_header,
        a_foreign_request_is_not_found,
        a_card_number_in_a_path_is_not_shown,
    ];
    cases.extend(wired![
        a_request_waits_until_it_is_carried_out,
        every_answer_is_the_one_of_the_twin,
        a_refusal_is_answered_like_the_twins,
        a_key_stands_for_one_request_now_or_later,
        what_was_carried_out_and_not_noted_has_one_effect,
        an_answer_is_kept_for_a_day,
        a_client_that_was_disabled_meanwhile_still_gets_what_was_accepted,
    ]);
    cases.extend(alone![every_write_has_a_twin]);
    cases
}

pub(crate) const LATER: &str = "/v1/async/payment-methods";

#[track_caller]
pub(crate) fn accepted(reply: &Reply) -> String {
    reply.expect(202)["requestId"].as_str().unwrap().to_owned()
}

pub(crate) async fn state(client: &Client, id: &str) -> Value {
    client.get(format!("/v1/async/{id}")).await.ok()
}

/// Carries out what waits, and tells what became of a request.
pub(crate) async fn done(wired: &Wired, id: &str) -> Value {
    wired.errands.work_off().await.unwrap();
    state(&wired.client, id).await
}

/// What an answer says, without the ids that are each answer's own.
fn faceless(mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        for own in ["requestId", "processId"] {
            body.shift_remove(own);
        }
    }
    body
}

fn every_write_has_a_twin() {
    let spec = Spec::get();
    let ids: BTreeSet<_> = spec.operations.iter().map(|operation| &operation.id).collect();
    let writes = |it: &&cardfile_tests::spec::Operation| ["write", "scrub"].contains(&&*it.right);
    for operation in spec.operations.iter().filter(|it| it.is_zuoras()).filter(writes) {
        let is_twin = operation.id.ends_with("Later");
        assert!(is_twin || ids.contains(&format!("{}Later", operation.id)), "{}", operation.id);
    }
}

async fn what_was_accepted_is_carried_out(app: App) {
    let account = new_account();
    let call = app.client.post(LATER).json(&cards::of_account(&account)).track("t-1");
    let id = accepted(&call.await);
    // The server does it by itself; how soon is its own affair.
    let mut seen = state(&app.client, &id).await;
    for _ in 0..600 {
        if seen["state"] != "pending" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        seen = state(&app.client, &id).await;
    }
    assert_eq!(seen["state"], "succeeded", "{seen}");
    assert_eq!(seen["response"]["status"], 200);
    let card = seen["response"]["body"]["id"].as_str().unwrap();
    assert_eq!(app.default_of(&account).await, card);
    let request = json!({"id": id, "method": "POST", "url": LATER, "trackId": "t-1"});
    assert_eq!(seen["request"], request);
}

async fn a_security_code_is_refused_wherever_it_is(app: App) {
    let card = app.card().await;
    let path = format!("{LATER}/credit-cards/{card}");
    let message = "'securityCode' cannot be sent in an asynchronous request, because it would have \
                   to be kept; leave it out, or send the request to the path without /async";
    for body in [
        json!({"securityCode": "111"}),
        json!({"cvv": 111}),
        json!({"gatewayOptions": {"a": [{"security_code": "111"}]}}),
    ] {
        app.client.put(&path).json(&body).await.fails(400, 52_501_120, message);
        let old = app.client.put(&path).json(&body).version("186.0").await;
        old.fails(200, 52_501_120, message);
    }
    let call = app.client.put(&path).json(&json!({})).query("securityCode", "111");
    call.await.fails(400, 52_501_120, message);
    let path = "/v1/async/object/payment-method";
    let body = json!({"CreditCardSecurityCode": "111"});
    assert_eq!(app.client.post(path).json(&body).await.expect(400)["Success"], false);
    let path = "/v1/async/action/create";
    let body = json!({"type": "PaymentMethod", "objects": [body]});
    let fault = app.client.post(path).json(&body).await.expect(400);
    assert_eq!(fault["FaultCode"], "INVALID_VALUE");
    // There is none where there is nothing.
    accepted(&app.client.post(path).json(&json!({"securityCode": null})).await);
}

async fn the_id_is_the_one_of_the_header(app: App) {
    let call = app.client.post(LATER).json(&cards::of_account(&new_account()));
    let first = call.clone().key("one").await;
    let id = accepted(&first);
    assert_eq!(first.header("zuora-request-id"), Some(&*id));
    let again = call.clone().key("one").await;
    assert_eq!((accepted(&again), again.header("zuora-request-id")), (id.clone(), Some(&*id)));
    let other = call.await;
    assert_eq!(other.header("zuora-request-id"), Some(&*accepted(&other)));
    assert_ne!(accepted(&other), id);
}

async fn a_foreign_request_is_not_found(app: App) {
    let body = cards::of_account(&new_account());
    let id = accepted(&app.client.post(LATER).json(&body).key("one").await);
    let foreign = app.sign_in(&[app.new_entity().await], &Right::ALL).await;
    let message = format!("Cannot find entity by key: '{id}'.");
    foreign.get(format!("/v1/async/{id}")).await.fails(404, 50_000_040, &message);
    // Nor does another client of the same entity get it by the same key.
    let other = app.sign_in(&[app.entity], &Right::ALL).await;
    assert_ne!(accepted(&other.post(LATER).json(&body).key("one").await), id);
    for nothing in ["x", &"0".repeat(32), "4111111111111111"] {
        app.client.get(format!("/v1/async/{nothing}")).await.expect(404);
    }
}

async fn a_card_number_in_a_path_is_not_shown(app: App) {
    let id = accepted(&app.client.delete(format!("{LATER}/4111111111111111")).await);
    assert_eq!(state(&app.client, &id).await["request"]["url"], "?");
}

async fn a_request_waits_until_it_is_carried_out(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let id = accepted(&wired.client.post(LATER).json(&cards::of_account(&account)).await);
    let seen = state(&wired.client, &id).await;
    assert_eq!((&seen["state"], &seen["response"]), (&json!("pending"), &Value::Null));
    assert_eq!(seen["completeTime"], Value::Null);
    wired.client.get(format!("/v1/accounts/{account}")).await.expect(404);
    wired.clock.advance(SignedDuration::from_secs(2));
    let seen = done(&wired, &id).await;
    assert_eq!(seen["state"], "succeeded", "{seen}");
    assert_ne!(seen["createTime"], seen["completeTime"]);
    wired.client.get(format!("/v1/accounts/{account}")).await.ok();
    assert_eq!(wired.errands.work_off().await.unwrap(), 0);
}

/// The pairs of an operation that writes and its twin.
fn pairs() -> impl Iterator<Item = (&'static Operation, &'static Operation)> {
    let spec = Spec::get();
    guarded()
        .filter(|operation| writes(operation))
        .filter_map(move |twin| Some((spec.operation(twin.id.strip_suffix("Later")?), twin)))
}

async fn every_answer_is_the_one_of_the_twin(database: Database) {
    let wired = Wired::apart(database).await;
    for (now, later) in pairs() {
        for version in ["2025-08-12", "186.0"] {
            let (one, other) = (Stage::set(&wired.client).await, Stage::set(&wired.client).await);
            let answer = one.call(now, &wired.client).version(version).await;
            let id = accepted(&other.call(later, &wired.client).version(version).await);
            let seen = done(&wired, &id).await;
            assert_eq!(seen["state"], "succeeded", "{}: {seen}", later.id);
            assert_eq!(seen["response"]["status"], answer.status, "{}", later.id);
            let (one, other) = (answer.json(), seen["response"]["body"].clone());
            let keys = |body: &Value| {
                body.as_object().map(|body| body.keys().cloned().collect::<Vec<_>>())
            };
            assert_eq!(keys(&one), keys(&other), "{}", later.id);
        }
    }
}

async fn a_refusal_is_answered_like_the_twins(database: Database) {
    let wired = Wired::apart(database).await;
    let card = cardfile_tests::app::create(&wired.client, &cards::of_account(&new_account())).await;
    let nobody = "0".repeat(32);
    for (method, path, body) in [
        ("PUT", format!("/payment-methods/credit-cards/{card}"), json!({"expirationMonth": 13})),
        ("PUT", format!("/payment-methods/credit-cards/{card}"), json!({"expirationMonth": 3})),
        ("PUT", format!("/payment-methods/credit-cards/{nobody}"), json!({"city": "Berlin"})),
        ("PUT", format!("/payment-methods/{card}"), json!({"nonsense": 1})),
        ("DELETE", format!("/payment-methods/{card}"), Value::Null),
        ("POST", "/object/payment-method".to_owned(), json!({})),
        ("PUT", format!("/object/payment-method/{nobody}"), json!({"Phone": "1"})),
        ("POST", "/action/update".to_owned(), json!({"type": "Account"})),
    ] {
        for version in ["2025-08-12", "186.0"] {
            let call = |path: String| {
                let call = wired.client.call(method, path).version(version);
                if body.is_null() { call } else { call.json(&body) }
            };
            let now = call(format!("/v1{path}")).await;
            let id = accepted(&call(format!("/v1/async{path}")).await);
            let seen = done(&wired, &id).await;
            assert_eq!(seen["state"], "failed", "{method} {path}: {seen}");
            assert_eq!(seen["response"]["status"], now.status, "{method} {path}");
            assert_eq!(faceless(seen["response"]["body"].clone()), faceless(now.json()));
        }
    }
}

async fn a_key_stands_for_one_request_now_or_later(database: Database) {
    let wired = Wired::apart(database).await;
    let (account, body) = (new_account(), json!({"notes": "x"}));
    cardfile_tests::app::create(&wired.client, &cards::of_account(&account)).await;
    let (now, later) = (format!("/v1/accounts/{account}"), format!("/v1/async/accounts/{account}"));
    wired.client.put(&now).json(&body).key("now").await.ok();
    wired.client.put(&later).json(&body).key("now").await.expect(422);
    let id = accepted(&wired.client.put(&later).json(&body).key("later").await);
    for _ in 0..2 {
        wired.client.put(&now).json(&body).key("later").await.expect(422);
        let other = json!({"notes": "y"});
        wired.client.put(&later).json(&other).key("later").await.expect(422);
        assert_eq!(accepted(&wired.client.put(&later).json(&body).key("later").await), id);
        assert_eq!(done(&wired, &id).await["state"], "succeeded");
    }
    // A day later the key is free again, and so is the id that comes of it.
    wired.clock.advance(SignedDuration::from_hours(ERRAND_HOURS) + SignedDuration::from_secs(1));
    let client = wired.fresh_client().await;
    accepted(&client.put(&later).json(&body).key("later").await);
}

async fn what_was_carried_out_and_not_noted_has_one_effect(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let id = accepted(&wired.client.post(LATER).json(&cards::of_account(&account)).await);
    // A process that dies after the write and before it noted the answer.
    let dead = wired.service.take_errands(1).await.unwrap().remove(0);
    let (key, twin) = (dead.key(), "/v1/payment-methods");
    let answer = wired.client.post(twin).json(&cards::of_account(&account)).key(&key).await.ok();
    assert_eq!(wired.errands.work_off().await.unwrap(), 0, "it is still the other one's");
    wired.clock.advance(SignedDuration::from_secs(60));
    let seen = done(&wired, &id).await;
    assert_eq!(seen["response"]["body"], answer);
    let cards = wired.client.get(format!("/v1/accounts/{account}/payment-methods")).await.ok();
    assert_eq!(cards["creditcard"].as_array().unwrap().len(), 1);
    assert!(!wired.service.finish_errand(&dead, b"{}").await.unwrap(), "too late");
    assert_eq!(state(&wired.client, &id).await, seen);
}

async fn an_answer_is_kept_for_a_day(database: Database) {
    let wired = Wired::apart(database).await;
    let id = accepted(&wired.client.post(LATER).json(&cards::of_account(&new_account())).await);
    let waiting = accepted(&wired.client.post(LATER).json(&json!({})).await);
    done(&wired, &id).await;
    wired.clock.advance(SignedDuration::from_hours(ERRAND_HOURS));
    wired.service.forget_errands().await.unwrap();
    let client = wired.fresh_client().await;
    assert_eq!(state(&client, &id).await["state"], "succeeded");
    wired.clock.advance(SignedDuration::from_secs(1));
    assert!(wired.service.forget_errands().await.unwrap() >= 2);
    for id in [id, waiting] {
        client.get(format!("/v1/async/{id}")).await.expect(404);
    }
}

async fn a_client_that_was_disabled_meanwhile_still_gets_what_was_accepted(database: Database) {
    let wired = Wired::apart(database).await;
    let now = cardfile_domain::ports::Clock::now(&*wired.clock);
    let (client, secret) = wired.office.new_client(&[wired.entity], &Right::ALL, now).await;
    let signed_in = wired.client.sign_in(&client, &secret).await;
    let account = new_account();
    let id = accepted(&signed_in.post(LATER).json(&cards::of_account(&account)).await);
    wired.office.disable(&client, now).await;
    wired.clock.advance(SignedDuration::from_secs(10));
    signed_in.get(format!("/v1/async/{id}")).await.expect(401);
    let seen = done(&wired, &id).await;
    assert_eq!(seen["state"], "succeeded");
    let card = seen["response"]["body"]["id"].as_str().unwrap();
    let shown = wired.client.get(card_path(card)).await.ok();
    assert_eq!(shown["createdBy"].as_str().unwrap().replace('-', ""), client.replace('-', ""));
}
