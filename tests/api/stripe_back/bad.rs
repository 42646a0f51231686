//! What must not work, and what is said then.

use cardfile_domain::limits::BODY_BYTES_MAX;
use cardfile_tests::{
    app::{App, text},
    cards,
    client::Credentials,
    dialects::Dialects,
    message::Reply,
    served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        what_is_missing_is_named,
        a_customer_that_is_none_is_not_found,
        another_customers_card_is_no_default,
        a_source_that_is_none_is_refused,
        a_declined_card_is_refused_when_it_is_handed_in,
        nobody_gets_in_without_a_client,
        a_foreign_entity_sees_not_found,
        paths_and_methods_that_there_are_not_are_routes_not_found,
        a_body_that_cannot_be_read_is_refused,
        a_name_of_the_request_that_cannot_be_echoed_is_refused,
        a_page_has_bounds,
        a_card_number_is_kept_in_no_detail,
    ]
}

#[track_caller]
fn fails(reply: &Reply, status: u16, code: Option<&str>, message: &str) {
    let body = reply.expect(status);
    assert_eq!(body["status"], false, "{reply}");
    assert!(body.get("code").and_then(Value::as_str) == code, "{code:?} was expected\n{reply}");
    assert!(body["message"] == message, "{message:?} was expected\n{reply}");
}

async fn what_is_missing_is_named(app: App) {
    let speaker = Dialects::of(&app).await;
    let client = &speaker.client;
    let number = "number, exp_month, exp_year y cvc son requeridos";
    for (call, message) in [
        (client.post("/api/cards/create"), number),
        (client.post("/api/cards/assign"), "userId y source son requeridos"),
        (client.post("/api/cards/default"), "userId y default_source son requeridos"),
        (client.post("/api/customers/create"), "email, name y phone son requeridos"),
        (client.put("/api/customers/update"), "userId es requerido"),
        (client.delete("/api/customers/delete"), "id del usuario es requerido"),
    ] {
        fails(&call.clone().await, 400, None, message);
        fails(&call.clone().json(&json!({})).await, 400, None, message);
        fails(&call.clone().json(&json!([])).await, 400, None, message);
        let empty = json!({"userId": "", "source": 0, "default_source": null, "email": false});
        fails(&call.json(&empty).await, 400, None, message);
    }
}

async fn a_customer_that_is_none_is_not_found(app: App) {
    let speaker = Dialects::of(&app).await;
    let client = &speaker.client;
    let card = speaker.card_of(&speaker.customer().await, cards::VISA).await;
    let zero = format!("cus_{}", "0".repeat(32));
    for name in ["cus_nope", "bad", &card, &zero] {
        let message = format!("No such customer: '{name}'");
        let code = Some("resource_missing");
        let user = json!({"userId": name, "default_source": card, "source": "tok_x"});
        for call in [
            client.post("/api/cards/default"),
            client.post("/api/cards/assign"),
            client.put("/api/customers/update"),
            client.delete("/api/customers/delete"),
        ] {
            fails(&call.json(&user).await, 404, code, &message);
        }
        fails(&client.get(format!("/api/cards/{name}")).await, 404, code, &message);
        fails(&client.get(format!("/api/customers/{name}")).await, 404, code, &message);
        let list = client.get("/api/customers").query("starting_after", name);
        fails(&list.await, 404, code, &message);
    }
    let number = format!("cus_{}", cards::VISA);
    let reply = client.get(format!("/api/customers/{number}")).await;
    fails(&reply, 404, Some("resource_missing"), "No such customer: '?'");
}

async fn another_customers_card_is_no_default(app: App) {
    let speaker = Dialects::of(&app).await;
    let (one, other) = (speaker.customer().await, speaker.customer().await);
    let own = speaker.card_of(&one, cards::VISA).await;
    let foreign = speaker.card_of(&other, cards::VISA).await;
    let spare = app.create(&cards::of_account(&cardfile_tests::app::new_account())).await;
    for name in [foreign.as_str(), "card_bogus", "src_bogus", &format!("card_{spare}")] {
        let body = json!({"userId": one, "default_source": name});
        let reply = speaker.client.post("/api/cards/default").json(&body).await;
        let message = format!("No such source: '{name}'");
        fails(&reply, 400, Some("resource_missing"), &message);
        let page = speaker.client.get(format!("/api/cards/{one}")).query("starting_after", name);
        fails(&page.await, 400, Some("resource_missing"), &message);
    }
    let shown = speaker.client.get(format!("/api/customers/{one}")).await.ok();
    assert_eq!(shown["data"]["default_source"], own);
}

async fn a_source_that_is_none_is_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    let customer = speaker.customer().await;
    let card = speaker.card_of(&customer, cards::VISA).await;
    // By its prefix a token is no source.
    let token = card.replace("card_", "tok_");
    let body = json!({"userId": customer, "default_source": token});
    let reply = speaker.client.post("/api/cards/default").json(&body).await;
    fails(&reply, 400, Some("resource_missing"), &format!("No such source: '{token}'"));
    let zero = format!("tok_{}", "0".repeat(32));
    for name in ["tok_nope", "x", "card_nope", &zero] {
        let body = json!({"userId": customer, "source": name});
        let reply = speaker.client.post("/api/cards/assign").json(&body).await;
        fails(&reply, 400, Some("resource_missing"), &format!("No such token: '{name}'"));
    }
    let body = json!({"userId": customer, "source": {"number": cards::VISA}});
    let reply = speaker.client.post("/api/cards/assign").json(&body).await;
    fails(&reply, 400, Some("resource_missing"), "No such token: '?'");
}

async fn a_declined_card_is_refused_when_it_is_handed_in(app: App) {
    let speaker = Dialects::of(&app).await;
    let create = |number: &str, month: &str, code: &str| {
        let year = cards::year().to_string();
        let body = json!({"number": number, "exp_month": month, "exp_year": year, "cvc": code});
        speaker.client.post("/api/cards/create").json(&body)
    };
    let reply = create(cards::DECLINED, "8", "123").await;
    fails(&reply, 402, Some("card_declined"), "Your card was declined.");
    let reply = create("4242424242424241", "8", "123").await;
    fails(&reply, 402, Some("incorrect_number"), "Your card number is incorrect.");
    let reply = create(cards::VISA, "13", "123").await;
    fails(&reply, 402, Some("invalid_expiry_month"), "Your card's expiration month is invalid.");
    let reply = create(cards::VISA, "8", "x").await;
    fails(&reply, 402, Some("invalid_cvc"), "Your card's security code is invalid.");
}

async fn nobody_gets_in_without_a_client(app: App) {
    let speaker = Dialects::of(&app).await;
    let wrong = Credentials::Basic(speaker.user.0.clone(), "wrong".to_owned());
    for client in [speaker.anybody.clone(), speaker.anybody.showing(wrong)] {
        let reply = client.get("/api/customers").await;
        assert_eq!(reply.expect(401)["status"], false);
        let reply = client.post("/api/cards/default").json(&json!({})).await;
        assert_eq!(reply.expect(401)["status"], false);
    }
}

async fn a_foreign_entity_sees_not_found(app: App) {
    let speaker = Dialects::of(&app).await;
    let customer = speaker.customer().await;
    let card = speaker.card_of(&customer, cards::VISA).await;
    let entity = app.new_entity().await;
    let foreign = app.sign_in(&[entity], &cardfile_domain::client::Right::ALL).await;
    let message = format!("No such customer: '{customer}'");
    let code = Some("resource_missing");
    fails(&foreign.get(format!("/api/customers/{customer}")).await, 404, code, &message);
    fails(&foreign.get(format!("/api/cards/{customer}")).await, 404, code, &message);
    let body = json!({"userId": customer, "default_source": card});
    fails(&foreign.post("/api/cards/default").json(&body).await, 404, code, &message);
    fails(&foreign.delete("/api/customers/delete").json(&body).await, 404, code, &message);
    let own = foreign.get("/api/customers").await.ok();
    assert_eq!(own["data"]["data"], json!([]));
}

async fn paths_and_methods_that_there_are_not_are_routes_not_found(app: App) {
    let speaker = Dialects::of(&app).await;
    for (method, path) in [
        ("PUT", "/api/cards/default"),
        ("GET", "/api/nothing"),
        ("POST", "/api/customers"),
        ("DELETE", "/api/customers/cus_1"),
    ] {
        let reply = speaker.client.call(method, path).await;
        fails(&reply, 404, None, &format!("Route not found: {path}"));
    }
    let reply = speaker.client.get(format!("/api/x/{}", cards::VISA)).await;
    fails(&reply, 404, None, "Route not found: ?");
}

async fn a_body_that_cannot_be_read_is_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    for (method, path) in [
        ("POST", "/api/cards/create"),
        ("POST", "/api/cards/default"),
        ("POST", "/api/cards/assign"),
        ("POST", "/api/customers/create"),
        ("PUT", "/api/customers/update"),
        ("DELETE", "/api/customers/delete"),
    ] {
        let call = speaker.client.call(method, path);
        for bad in ["{", "\"x\"", "7", "null", "{\"a\": 1,}"] {
            let reply = call.clone().bytes(bad).await;
            assert_eq!(reply.expect(400)["status"], false, "{bad}");
        }
        let reply = call.clone().of_type("text/xml", "<a/>").await;
        assert_eq!(reply.expect(415)["status"], false);
        let reply = call.bytes(vec![b' '; BODY_BYTES_MAX + 1]).await;
        assert_eq!(reply.expect(413)["status"], false);
    }
}

async fn a_name_of_the_request_that_cannot_be_echoed_is_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    let customer = speaker.customer().await;
    let reply = speaker.client.get(format!("/api/customers/{customer}")).track("a;b").await;
    assert_eq!(reply.expect(400)["status"], false);
}

async fn a_page_has_bounds(app: App) {
    let speaker = Dialects::of(&app).await;
    let customer = speaker.customer().await;
    for limit in ["0", "101", "-1", "x", ""] {
        for path in ["/api/customers".to_owned(), format!("/api/cards/{customer}")] {
            let reply = speaker.client.get(path).query("limit", limit).await;
            fails(&reply, 400, Some("parameter_invalid"), "Invalid value for limit.");
        }
    }
}

async fn a_card_number_is_kept_in_no_detail(app: App) {
    let speaker = Dialects::of(&app).await;
    let body = json!({"email": "a@b.example", "name": cards::VISA, "phone": "1"});
    let reply = speaker.client.post("/api/customers/create").json(&body).await;
    assert!(text(&reply.expect(400)["message"]).contains("card data"), "{reply}");
}
