//! Organizations, what they pay with, and who may look after it.

mod door;

use cardfile_tests::{
    app::{App, card_path, new_account, text},
    cards,
    dialects::{Dialects, id_of},
    message::Reply,
    served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        an_organization_gets_cards_and_chooses_one,
        the_first_card_makes_the_organization,
        a_token_is_another_name_of_its_card,
        a_card_is_changed_with_texts_or_numbers,
        the_card_that_was_added_last_follows_the_default,
        a_card_number_is_refused,
        what_is_not_there_is_told,
        bad_bodies_are_refused,
        a_foreign_entity_sees_not_found,
        paths_work_without_the_version,
    ];
    cases.extend(door::cases());
    cases
}

#[track_caller]
pub(crate) fn fails(reply: &Reply, status: u16) -> String {
    let error = reply.expect(status)["errors"][0].clone();
    assert!(error["code"] == status, "the code is the status\n{reply}");
    text(&error["message"])
}

async fn new_org(speaker: &Dialects) -> String {
    let body = json!({"name": "Acme", "description": "Makes everything"});
    text(&speaker.org("POST", "/org").json(&body).await.ok()["orgId"])
}

async fn customer_of(speaker: &Dialects, org: &str) -> Value {
    speaker.org("GET", &format!("/org/{org}/customer")).await.ok()
}

async fn add(speaker: &Dialects, org: &str, number: &str) -> String {
    let token = speaker.token(number).await;
    let call = speaker.org("POST", &format!("/org/{org}/payment"));
    assert_eq!(call.json(&json!({"paymentId": token})).await.ok(), json!({}));
    token.replace("tok_", "card_")
}

async fn an_organization_gets_cards_and_chooses_one(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_org(&speaker).await;
    let path = format!("/org/{org}/customer");
    let early = speaker.org("GET", &path).await;
    assert!(fails(&early, 400).contains("no payment method"), "{early}");
    let first = add(&speaker, &org, cards::VISA).await;
    let second = add(&speaker, &org, cards::AMEX).await;
    let customer = customer_of(&speaker, &org).await;
    assert_eq!(customer["default_card"], first);
    assert_eq!(customer["cards"]["total_count"], 2);
    let shown = &customer["cards"]["data"][0];
    assert_eq!(shown["id"], second);
    assert_eq!(shown["customer"], customer["id"]);
    assert_eq!((&shown["brand"], &shown["last4"]), (&json!("American Express"), &json!("0005")));
    let chosen = speaker.org("PUT", &path).json(&json!({"paymentId": second})).await;
    assert_eq!(chosen.ok(), json!({}));
    assert_eq!(customer_of(&speaker, &org).await["default_card"], second);
    assert_eq!(app.default_of(&org).await, id_of(&second));
    let page = speaker.org("GET", &path).query("limit", "1").await.ok();
    assert_eq!((&page["cards"]["has_more"], &page["default_card"]), (&json!(true), &json!(second)));
    let rest = speaker.org("GET", &path).query("starting_after", &second).await.ok();
    assert_eq!(rest["cards"]["data"][0]["id"], first);
    let shown = speaker.org("GET", &format!("/org/{org}")).await.ok();
    assert_eq!((&shown["name"], &shown["orgId"]), (&json!("Acme"), &json!(org)));
    for role in ["dev", "admin", "payment", "viewOther", "viewPhi"] {
        assert_eq!(shown["permissions"][role], json!([speaker.user.0]), "{role}");
    }
}

async fn the_first_card_makes_the_organization(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_account();
    let card = add(&speaker, &org, cards::VISA).await;
    assert_eq!(customer_of(&speaker, &org).await["default_card"], card);
    assert_eq!(app.default_of(&org).await, id_of(&card));
}

async fn a_token_is_another_name_of_its_card(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_account();
    add(&speaker, &org, cards::VISA).await;
    let card = add(&speaker, &org, cards::VISA_2).await;
    let token = card.replace("card_", "tok_");
    let path = format!("/org/{org}/customer");
    speaker.org("PUT", &path).json(&json!({"paymentId": token})).await.ok();
    assert_eq!(customer_of(&speaker, &org).await["default_card"], card);
    let path = format!("/org/{org}/payment/{token}");
    speaker.org("PUT", &path).json(&json!({"name": "Lea"})).await.ok();
    assert_eq!(customer_of(&speaker, &org).await["cards"]["data"][0]["name"], "Lea");
    speaker.org("DELETE", &path).await.ok();
    assert_eq!(customer_of(&speaker, &org).await["cards"]["total_count"], 1);
}

async fn a_card_is_changed_with_texts_or_numbers(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_account();
    let card = add(&speaker, &org, cards::VISA).await;
    let path = format!("/org/{org}/payment/{card}");
    let year = cards::year() + 1;
    let change = json!({
        "exp_month": "01", "exp_year": year.to_string(), "name": "Lea", "address_city": "Austin",
        "address_state": "TX", "address_country": "US", "address_zip": "73301",
    });
    assert_eq!(speaker.org("PUT", &path).json(&change).await.ok(), json!({}));
    let shown = customer_of(&speaker, &org).await["cards"]["data"][0].clone();
    assert_eq!((&shown["exp_month"], &shown["exp_year"]), (&json!(1), &json!(year)));
    assert_eq!((&shown["name"], &shown["address_state"]), (&json!("Lea"), &json!("Texas")));
    assert_eq!((&shown["address_country"], &shown["address_zip"]), (&json!("US"), &json!("73301")));
    speaker.org("PUT", &path).json(&json!({"exp_month": 12})).await.ok();
    assert_eq!(app.shown(id_of(&card)).await["expirationMonth"], 12);
    let past = cards::past_year();
    for bad in [
        json!({"exp_month": "13"}),
        json!({"exp_year": past}),
        json!({"exp_year": {}}),
        json!({"address_country": "Nowhere"}),
        json!({"address_state": "Nowhere"}),
        json!({"metadata": "x"}),
    ] {
        fails(&speaker.org("PUT", &path).json(&bad).await, 400);
    }
    assert_eq!(app.shown(id_of(&card)).await["expirationMonth"], 12);
}

async fn the_card_that_was_added_last_follows_the_default(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_account();
    let mut names = Vec::new();
    for number in [cards::VISA, cards::AMEX, cards::DISCOVER] {
        names.push(add(&speaker, &org, number).await);
    }
    let remove = async |name: &str| {
        speaker.org("DELETE", &format!("/org/{org}/payment/{name}")).await.ok();
    };
    remove(&names[0]).await;
    assert_eq!(customer_of(&speaker, &org).await["default_card"], names[2]);
    assert_eq!(app.client.get(card_path(id_of(&names[0]))).await.status, 404);
    remove(&names[1]).await;
    assert_eq!(customer_of(&speaker, &org).await["default_card"], names[2]);
    remove(&names[2]).await;
    fails(&speaker.org("GET", &format!("/org/{org}/customer")).await, 400);
    assert_eq!(app.default_of(&org).await, Value::Null);
}

async fn a_card_number_is_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_account();
    let card = add(&speaker, &org, cards::VISA).await;
    for (method, path) in [
        ("POST", format!("/org/{org}/payment")),
        ("PUT", format!("/org/{org}/customer")),
        ("PUT", format!("/org/{org}/payment/{card}")),
        ("PUT", format!("/org/{org}")),
        ("POST", "/org".to_owned()),
    ] {
        for body in [
            json!({"paymentId": cards::VISA}),
            json!({"paymentId": {"number": "x"}}),
            json!({"a": [{"b": cards::AMEX}]}),
            json!({"number": "1", "cvc": "123"}),
        ] {
            let reply = speaker.org(method, &path).json(&body).await;
            assert!(fails(&reply, 400).contains("Card numbers"), "{reply}");
        }
    }
    fails(&speaker.org("DELETE", &format!("/org/{org}/payment/{}", cards::VISA)).await, 404);
    fails(&speaker.org("GET", &format!("/org/{}/customer", cards::VISA)).await, 404);
    assert!(!app.shared.home.log().contains(cards::VISA));
}

async fn what_is_not_there_is_told(app: App) {
    let speaker = Dialects::of(&app).await;
    let (org, other) = (new_account(), new_account());
    add(&speaker, &org, cards::VISA).await;
    let foreign = add(&speaker, &other, cards::VISA).await;
    let zero = format!("card_{}", "0".repeat(32));
    for name in [foreign.as_str(), "card_nope", "tok_nope", "x", &zero] {
        let body = json!({"paymentId": name});
        fails(&speaker.org("PUT", &format!("/org/{org}/customer")).json(&body).await, 400);
        fails(&speaker.org("POST", &format!("/org/{org}/payment")).json(&body).await, 400);
        let path = format!("/org/{org}/payment/{name}");
        fails(&speaker.org("PUT", &path).json(&json!({"name": "Lea"})).await, 404);
        fails(&speaker.org("DELETE", &path).await, 404);
    }
    let page = speaker.org("GET", &format!("/org/{org}/customer"));
    fails(&page.clone().query("limit", "0").await, 400);
    fails(&page.query("starting_after", &foreign).await, 400);
    let missing = new_account();
    fails(&speaker.org("GET", &format!("/org/{missing}")).await, 404);
    fails(&speaker.org("PUT", &format!("/org/{missing}")).json(&json!({})).await, 404);
    fails(&speaker.org("GET", &format!("/org/{missing}/customer")).await, 404);
    let path = format!("/org/{missing}/customer");
    fails(&speaker.org("PUT", &path).json(&json!({"paymentId": foreign})).await, 404);
    let path = format!("/org/{missing}/payment/{foreign}");
    fails(&speaker.org("DELETE", &path).await, 404);
    fails(&speaker.org("PUT", &path).json(&json!({})).await, 404);
    fails(&speaker.org("GET", "/org/x/nothing").await, 404);
    fails(&speaker.org("POST", "/org/x/customer").await, 405);
}

async fn bad_bodies_are_refused(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_account();
    let card = add(&speaker, &org, cards::VISA).await;
    let large = vec![b' '; cardfile_domain::limits::BODY_BYTES_MAX + 1];
    for (method, path) in [
        ("POST", format!("/org/{org}/payment")),
        ("PUT", format!("/org/{org}/customer")),
        ("PUT", format!("/org/{org}/payment/{card}")),
        ("PUT", format!("/org/{org}")),
        ("POST", "/org".to_owned()),
        ("POST", "/auth/signin".to_owned()),
    ] {
        let call = speaker.org(method, &path);
        for bad in ["", "{", "[]", "7", "null", "{\"a\": 1,}"] {
            fails(&call.clone().bytes(bad).await, 400);
        }
        fails(&call.clone().of_type("text/plain", "{}").await, 415);
        fails(&call.clone().bytes(large.clone()).await, 413);
        fails(&call.track("a;b").json(&json!({})).await, 400);
    }
    for body in
        [json!({}), json!({"paymentId": 7}), json!({"paymentId": ""}), json!({"paymentId": null})]
    {
        fails(&speaker.org("POST", &format!("/org/{org}/payment")).json(&body).await, 400);
        fails(&speaker.org("PUT", &format!("/org/{org}/customer")).json(&body).await, 400);
    }
    for body in [
        json!({"name": "x"}),
        json!({"name": "x", "description": 7}),
        json!({"name": "x", "description": "y", "permissions": []}),
        json!({"name": "x", "description": "y", "permissions": {"king": []}}),
        json!({"name": "x", "description": "y", "permissions": {"dev": ["x"]}}),
    ] {
        fails(&speaker.org("POST", "/org").json(&body).await, 400);
    }
    for path in ["/auth/verify", "/auth/signout", &*format!("/org/{org}")] {
        fails(&speaker.org("GET", path).track("a;b").await, 400);
    }
    let path = format!("/org/{org}/payment/{card}");
    fails(&speaker.org("DELETE", &path).track("a;b").await, 400);
}

async fn a_foreign_entity_sees_not_found(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_org(&speaker).await;
    let card = add(&speaker, &org, cards::VISA).await;
    let entity = app.new_entity().await;
    let user = app.new_client(&[entity], &cardfile_domain::client::Right::ALL).await;
    let now = cardfile_tests::wired::real_now();
    let office = &app.shared.office;
    let foreign = Dialects::new(&app.client, office, entity, (user, now)).await;
    let never = new_account();
    for org in [&org, &never] {
        let known = fails(&foreign.org("GET", &format!("/org/{org}")).await, 404);
        assert_eq!(known, "There is no such organization.");
        fails(&foreign.org("GET", &format!("/org/{org}/customer")).await, 404);
        fails(&foreign.org("DELETE", &format!("/org/{org}/payment/{card}")).await, 404);
    }
    let own = new_org(&foreign).await;
    fails(&foreign.org("DELETE", &format!("/org/{own}/payment/{card}")).await, 404);
    let body = json!({"paymentId": card});
    fails(&foreign.org("POST", &format!("/org/{own}/payment")).json(&body).await, 400);
    assert_eq!(customer_of(&speaker, &org).await["default_card"], card);
}

async fn paths_work_without_the_version(app: App) {
    let speaker = Dialects::of(&app).await;
    let org = new_org(&speaker).await;
    let bearer = format!("Bearer {}", speaker.session);
    let id = speaker.api_key.rsplit(' ').next().unwrap();
    // The later client sends the id alone.
    let call = |method: &str, path: &str| {
        let call = speaker.anybody.call(method, path).header("X-Api-Key", id);
        call.header("Authorization", &bearer)
    };
    call("GET", &format!("/org/{org}")).await.ok();
    let token = speaker.token(cards::VISA).await;
    let body = json!({"paymentId": token});
    call("POST", &format!("/org/{org}/payment")).json(&body).await.ok();
    call("PUT", &format!("/org/{org}/customer")).json(&body).await.ok();
    call("GET", &format!("/org/{org}/customer")).await.ok();
    call("GET", "/auth/verify").await.ok();
}
