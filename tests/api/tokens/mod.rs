//! Single-use tokens: made by a page, used once by a server, within a day.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cardfile_domain::limits::{CARD_TOKEN_HOURS, CARD_TOKENS_A_MINUTE, TOKEN_BYTES_MAX};
use cardfile_tests::{
    app::{App, Database, card_path, new_account, text},
    cards,
    dialects::{Dialects, card_fields, id_of},
    message::Reply,
    served,
    suite::Case,
    wired,
    wired::{Fault, Wired},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_page_gets_a_token_and_a_server_uses_it,
        a_key_comes_in_three_ways,
        a_wrong_key_is_refused,
        a_page_from_elsewhere_may_call,
        each_mistake_of_a_card_has_its_code,
        what_is_no_form_of_a_card_is_refused,
        a_declined_card_becomes_no_token,
        an_unused_token_is_no_card_yet,
        a_token_is_used_once,
        a_token_is_of_its_entity,
        an_address_makes_so_many_tokens_a_minute,
    ];
    cases.extend(wired![
        a_token_ends_after_a_day,
        a_gateway_without_an_answer_is_no_decline,
        the_code_of_a_token_is_asked_about_once,
        a_token_says_when_the_database_is_away,
    ]);
    cases
}

#[track_caller]
fn fails(reply: &Reply, status: u16, code: Option<&str>) -> Value {
    let error = reply.expect(status)["error"].clone();
    assert!(error["code"].as_str() == code, "{code:?} was expected\n{reply}");
    error
}

async fn a_page_gets_a_token_and_a_server_uses_it(app: App) {
    let speaker = Dialects::of(&app).await;
    let token = speaker.page(&card_fields(cards::VISA_2).each()).await.ok();
    assert_eq!(token["card"]["brand"], "Visa");
    assert_eq!(token["card"]["last4"], "4242");
    assert_eq!(token["card"]["cvc_check"], "pass");
    assert_eq!(token["client_ip"], "127.0.0.1");
    assert_eq!(token["used"], false);
    let name = text(&token["id"]);
    assert_eq!(token["card"]["id"], format!("card_{}", id_of(&name)));
    let seen = async || {
        let key = format!("Bearer {}", speaker.key);
        let call = speaker.anybody.get(format!("/v1/tokens/{name}"));
        call.header("Authorization", &key).await.ok()
    };
    assert_eq!(seen().await["used"], false);
    let customer = speaker.customer().await;
    let body = json!({"userId": customer, "source": name});
    let card = speaker.client.post("/api/cards/assign").json(&body).await.ok();
    assert_eq!(card["data"]["cardId"], token["card"]["id"]);
    assert_eq!(seen().await["used"], true);
    let shown = app.shown(id_of(&name)).await;
    assert_eq!(shown["accountHolderInfo"]["accountHolderName"], "Leo");
    assert_eq!(shown["isDefault"], true);
}

async fn a_key_comes_in_three_ways(app: App) {
    let speaker = Dialects::of(&app).await;
    let fields = card_fields(cards::VISA);
    let call = speaker.anybody.post("/v1/tokens").form(&fields.each());
    let pair = BASE64_STANDARD.encode(format!("{}:", speaker.key));
    call.clone().header("Authorization", &format!("Bearer {}", speaker.key)).await.ok();
    call.header("Authorization", &format!("Basic {pair}")).await.ok();
    // As a page sends it, with what it tells of itself.
    let mut named = fields.each().to_vec();
    named.extend([("key", speaker.key.as_str()), ("guid", "x"), ("payment_user_agent", "page")]);
    speaker.anybody.post("/v1/tokens").form(&named).await.ok();
}

async fn a_wrong_key_is_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    let fields = card_fields(cards::VISA);
    let call = speaker.anybody.post("/v1/tokens").form(&fields.each());
    let error = fails(&call.clone().await, 401, None);
    assert_eq!(error["type"], "invalid_request_error");
    let changed = speaker.key.replace("pk_", "sk_");
    for key in ["pk_1", &changed, &format!("{}0", speaker.key), "", &speaker.user.1] {
        let reply = call.clone().header("Authorization", &format!("Bearer {key}")).await;
        fails(&reply, 401, None);
    }
    let missing = speaker.anybody.get("/v1/tokens/tok_1").await;
    fails(&missing, 401, None);
}

async fn a_page_from_elsewhere_may_call(app: App) {
    let speaker = Dialects::of(&app).await;
    for path in ["/v1/tokens", "/v1/tokens/tok_1"] {
        let asked = speaker.anybody.call("OPTIONS", path).header("Origin", "https://shop").await;
        assert_eq!(asked.status, 204, "{asked}");
        assert_eq!(asked.header("access-control-allow-origin"), Some("*"));
        assert!(asked.header("access-control-allow-headers").unwrap().contains("authorization"));
    }
    let refused = speaker.anybody.post("/v1/tokens").form(&[]).await;
    assert_eq!(refused.header("access-control-allow-origin"), Some("*"), "{refused}");
    let token = speaker.page(&card_fields(cards::VISA).each()).await;
    assert_eq!(token.header("access-control-allow-origin"), Some("*"));
}

async fn each_mistake_of_a_card_has_its_code(app: App) {
    let speaker = Dialects::of(&app).await;
    let past = cards::past_year().to_string();
    for (field, value, code, param) in [
        ("card[number]", "4242424242424241", "incorrect_number", "number"),
        ("card[number]", "1234", "incorrect_number", "number"),
        ("card[exp_month]", "13", "invalid_expiry_month", "exp_month"),
        ("card[exp_year]", past.as_str(), "invalid_expiry_year", "exp_year"),
        ("card[cvc]", "12", "invalid_cvc", "cvc"),
        ("card[cvc]", "1234", "invalid_cvc", "cvc"),
    ] {
        let base = card_fields(cards::VISA);
        let mut fields = base.each().to_vec();
        fields.push((field, value));
        let error = fails(&speaker.page(&fields).await, 402, Some(code));
        assert_eq!(error["type"], "card_error");
        assert_eq!(error["param"], param);
    }
}

async fn what_is_no_form_of_a_card_is_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    fails(&speaker.page(&[]).await, 400, Some("parameter_missing"));
    fails(&speaker.page(&[("card[number]", cards::VISA)]).await, 400, Some("parameter_missing"));
    let base = card_fields(cards::VISA);
    for unknown in ["card[cvc2]", "bank_account[country]", "card[4111111111111111]"] {
        let mut fields = base.each().to_vec();
        fields.push((unknown, "x"));
        fails(&speaker.page(&fields).await, 400, Some("parameter_unknown"));
    }
    let mut fields = base.each().to_vec();
    fields.push(("card[name]", cards::VISA));
    fails(&speaker.page(&fields).await, 400, Some("parameter_invalid"));
    fails(&speaker.page(&[]).track("a;b").await, 400, None);
    fails(&speaker.page(&[]).json(&json!({"card": {"number": cards::VISA}})).await, 415, None);
    let form = "application/x-www-form-urlencoded";
    fails(&speaker.page(&[]).of_type(form, vec![b' '; TOKEN_BYTES_MAX + 1]).await, 413, None);
    let reply = speaker.anybody.put("/v1/tokens").await;
    fails(&reply, 405, None);
}

async fn a_declined_card_becomes_no_token(app: App) {
    let speaker = Dialects::of(&app).await;
    for (number, code, decline) in [
        (cards::DECLINED, "card_declined", json!("do_not_honor")),
        (cards::NO_FUNDS, "card_declined", json!("insufficient_funds")),
        (cards::WRONG_CODE, "incorrect_cvc", Value::Null),
    ] {
        let error = fails(&speaker.page(&card_fields(number).each()).await, 402, Some(code));
        assert_eq!(error["type"], "card_error");
        assert_eq!(error["decline_code"], decline);
    }
    let found = app.client.get("/object-query/payment-methods").await.ok();
    assert_eq!(found["data"], json!([]));
}

async fn an_unused_token_is_no_card_yet(app: App) {
    let speaker = Dialects::of(&app).await;
    let token = speaker.token(cards::VISA).await;
    let id = id_of(&token);
    let path = card_path(id);
    assert_eq!(app.client.get(&path).await.status, 404);
    assert_eq!(app.client.put(&path).json(&json!({"accountKey": "A-1"})).await.status, 404);
    assert_eq!(app.client.delete(&path).await.status, 404);
    assert_eq!(app.client.put(format!("{path}/scrub")).await.status, 404);
    assert_eq!(app.client.put(format!("{path}/verify")).json(&json!({})).await.status, 404);
    let open = cards::with(
        json!({"name": "Leo", "currency": "USD", "billCycleDay": 1}),
        &json!({"hpmCreditCardPaymentMethodId": id}),
    );
    assert_ne!(app.client.post("/v1/accounts").json(&open).await.status, 200);
    let listed = app.client.get("/object-query/payment-methods").await.ok();
    assert_eq!(listed["data"], json!([]));
    let query = json!({"queryString": "select Id from PaymentMethod"});
    assert_eq!(app.client.post("/v1/action/query").json(&query).await.ok()["size"], 0);
    // Its card has another name, which is none before the token is used.
    let customer = speaker.customer().await;
    let body = json!({"userId": customer, "source": format!("card_{id}")});
    let reply = speaker.client.post("/api/cards/assign").json(&body).await;
    assert_eq!(reply.expect(400)["code"], "resource_missing");
    let body = json!({"userId": customer, "source": token});
    speaker.client.post("/api/cards/assign").json(&body).await.ok();
    app.shown(id).await;
}

async fn a_token_is_used_once(app: App) {
    let speaker = Dialects::of(&app).await;
    let token = speaker.token(cards::VISA).await;
    let (one, other) = (speaker.customer().await, speaker.customer().await);
    let assign = |customer: &str| {
        let body = json!({"userId": customer, "source": token});
        speaker.client.post("/api/cards/assign").json(&body)
    };
    assign(&one).await.ok();
    for customer in [&one, &other] {
        let reply = assign(customer).await.expect(400);
        assert_eq!(reply["code"], "token_already_used");
        let message = format!("You cannot use a Stripe token more than once: {token}.");
        assert_eq!(reply["message"], message);
    }
    let org = new_account();
    let again = speaker.org("POST", &format!("/org/{org}/payment"));
    let reply = again.json(&json!({"paymentId": token})).await.expect(400);
    assert_eq!(reply["errors"][0]["code"], 400);
    // Of many who use a token at once, one does.
    let token = &speaker.token(cards::VISA).await;
    let tries = (0..8).map(|_| {
        let body = json!({"userId": one, "source": token});
        std::future::IntoFuture::into_future(speaker.client.post("/api/cards/assign").json(&body))
    });
    let replies = futures::future::join_all(tries).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 1);
}

async fn a_token_is_of_its_entity(app: App) {
    let speaker = Dialects::of(&app).await;
    let token = speaker.token(cards::VISA).await;
    let entity = app.new_entity().await;
    let all = cardfile_domain::client::Right::ALL;
    let user = app.new_client(&[entity], &all).await;
    let now = cardfile_tests::wired::real_now();
    let office = &app.shared.office;
    let foreign = Dialects::new(&app.client, office, entity, (user, now)).await;
    let seen = |speaker: &Dialects, name: &str| {
        let call = speaker.anybody.get(format!("/v1/tokens/{name}"));
        call.header("Authorization", &format!("Bearer {}", speaker.key))
    };
    seen(&speaker, &token).await.ok();
    let missing = seen(&foreign, &token).await;
    let error = fails(&missing, 404, Some("resource_missing"));
    let never = format!("tok_{}", "0".repeat(32));
    let same = fails(&seen(&foreign, &never).await, 404, Some("resource_missing"));
    let words = |error: &Value, name: &str| text(&error["message"]).replace(name, "");
    assert_eq!(words(&error, &token), words(&same, &never));
    let customer = foreign.customer().await;
    let body = json!({"userId": customer, "source": token});
    let reply = foreign.client.post("/api/cards/assign").json(&body).await;
    assert_eq!(reply.expect(400)["code"], "resource_missing");
    for name in ["tok_1", "card_1", "4111111111111111", "x"] {
        let reply = seen(&speaker, name).await;
        fails(&reply, 404, Some("resource_missing"));
    }
}

async fn an_address_makes_so_many_tokens_a_minute(app: App) {
    let speaker = Dialects::of(&app).await;
    let base = card_fields(cards::VISA);
    let fields = base.each();
    let from = |address: &str| speaker.page(&fields).header("X-Forwarded-For", address);
    let calls = (0..CARD_TOKENS_A_MINUTE + 20)
        .map(|_| std::future::IntoFuture::into_future(from("203.0.113.9, 192.0.2.1")));
    let replies = futures::future::join_all(calls).await;
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status == 429).collect();
    assert!(!refused.is_empty());
    assert_eq!(refused[0].json()["error"]["code"], "rate_limit");
    assert!(refused[0].header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    // Another address has room of its own, whatever stood before it.
    from("192.0.2.1, 192.0.2.2").await.ok();
}

async fn a_token_ends_after_a_day(database: Database) {
    // What is forgotten here would be forgotten for others too.
    let wired = Wired::apart(database).await;
    let mut speaker = Dialects::wired(&wired).await;
    let (early, late) = (speaker.token(cards::VISA).await, speaker.token(cards::VISA).await);
    let customer = speaker.customer().await;
    let assign = |speaker: &Dialects, token: &str| {
        let body = json!({"userId": customer, "source": token});
        speaker.client.post("/api/cards/assign").json(&body)
    };
    wired
        .clock
        .advance(SignedDuration::from_hours(CARD_TOKEN_HOURS) - SignedDuration::from_secs(1));
    assign(&speaker, &early).await.ok();
    wired.clock.advance(SignedDuration::from_secs(1));
    speaker.sign_in().await;
    let reply = assign(&speaker, &late).await.expect(400);
    assert_eq!(reply["code"], "resource_missing");
    let key = format!("Bearer {}", speaker.key);
    let seen = speaker.anybody.get(format!("/v1/tokens/{late}")).header("Authorization", &key);
    fails(&seen.await, 404, Some("resource_missing"));
    wired.clock.advance(SignedDuration::from_secs(1));
    wired.service.forget_tokens().await.unwrap();
    let left = wired.store.find_card(wired.entity, id_of(&late).parse().unwrap()).await.unwrap();
    assert!(left.is_none());
    let used = wired.store.find_card(wired.entity, id_of(&early).parse().unwrap()).await.unwrap();
    assert!(used.is_some());
}

async fn a_gateway_without_an_answer_is_no_decline(database: Database) {
    let wired = Wired::new(database).await;
    let speaker = Dialects::wired(&wired).await;
    let error = fails(&speaker.page(&card_fields(cards::NO_ANSWER).each()).await, 500, None);
    assert_eq!(error["type"], "api_error");
}

async fn the_code_of_a_token_is_asked_about_once(database: Database) {
    let wired = Wired::new(database).await;
    let speaker = Dialects::wired(&wired).await;
    let token = speaker.token(cards::VISA).await;
    assert_eq!(wired.gateway.asked(), 1);
    let org = speaker.org("POST", &format!("/org/{}/payment", new_account()));
    org.json(&json!({"paymentId": token})).await.ok();
    assert_eq!(wired.gateway.asked(), 1);
}

async fn a_token_says_when_the_database_is_away(database: Database) {
    let wired = Wired::new(database).await;
    let speaker = Dialects::wired(&wired).await;
    let base = card_fields(cards::VISA);
    let token = speaker.token(cards::VISA).await;
    let key = format!("Bearer {}", speaker.key);
    for (fault, status) in [(Fault::Gone, 500), (Fault::Busy, 429), (Fault::Contended, 409)] {
        wired.faults.store(Some(fault));
        let made = speaker.page(&base.each()).await;
        let seen = speaker.anybody.get(format!("/v1/tokens/{token}"));
        let seen = if fault == Fault::Contended {
            None
        } else {
            Some(seen.header("Authorization", &key).await)
        };
        wired.faults.store(None);
        fails(&made, status, None);
        if let Some(seen) = seen {
            fails(&seen, status, None);
        }
    }
}
