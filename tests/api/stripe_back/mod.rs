//! Customers and cards in an envelope.

mod bad;

use cardfile_tests::{
    app::{App, Database, new_account, text},
    cards,
    dialects::{Dialects, id_of},
    served,
    suite::Case,
    wired,
    wired::Wired,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_card_goes_from_its_number_to_the_default,
        a_customer_is_made_changed_and_deleted,
        a_customer_that_gets_a_card_again_is_one_again,
        customers_are_listed_the_latest_first,
        forms_are_taken_like_json,
        whoever_prefers_english_is_told_in_english,
        an_account_of_the_billing_system_is_a_customer,
    ];
    cases.extend(wired![a_customer_with_many_cards_has_pages]);
    cases.extend(bad::cases());
    cases
}

async fn a_card_goes_from_its_number_to_the_default(app: App) {
    let speaker = Dialects::of(&app).await;
    let customer = speaker.customer().await;
    let card = json!({
        "number": cards::MASTERCARD, "exp_month": "8", "exp_year": cards::year().to_string(),
        "cvc": "123",
    });
    let made = speaker.client.post("/api/cards/create").json(&card).await.expect(201);
    assert_eq!(made["status"], true);
    assert_eq!(made["message"], "Tarjeta tokenizada correctamente");
    assert_eq!(made["data"]["card_brand"], "MasterCard");
    assert_eq!(made["data"]["card_last4"], "4444");
    let body = json!({"userId": customer, "source": made["data"]["token_id"]});
    let given = speaker.client.post("/api/cards/assign").json(&body).await.ok();
    assert_eq!(given["message"], "Tarjeta añadida con éxito");
    let first = made["data"]["card_id"].clone();
    let expected = json!({"cardId": first, "brand": "MasterCard", "last4": "4444"});
    assert_eq!(given["data"], expected);
    let second = speaker.card_of(&customer, cards::VISA).await;
    let body = json!({"userId": customer, "default_source": second});
    let done = speaker.client.post("/api/cards/default").json(&body).await.ok();
    assert_eq!(done["message"], "Método de pago actualizado con éxito");
    let shown = &done["data"];
    assert_eq!((&shown["id"], &shown["object"]), (&json!(customer), &json!("customer")));
    assert_eq!(shown["default_source"], second);
    assert_eq!((&shown["name"], &shown["phone"]), (&json!("Leo"), &json!("+15550100")));
    let names: Vec<_> =
        shown["sources"]["data"].as_array().unwrap().iter().map(|card| &card["id"]).collect();
    assert_eq!(names, [&json!(second), &first]);
    let got = speaker.client.get(format!("/api/customers/{customer}")).await.ok();
    assert_eq!(got["data"], *shown);
    let listed = speaker.client.get(format!("/api/cards/{customer}")).await.ok();
    assert_eq!(listed["message"], "Tarjetas listadas correctamente");
    assert_eq!(listed["data"], shown["sources"]["data"]);
    assert_eq!(listed["has_more"], false);
}

async fn a_customer_is_made_changed_and_deleted(app: App) {
    let speaker = Dialects::of(&app).await;
    let customer = speaker.customer().await;
    let change = json!({"userId": customer, "name": "Lea", "phone": ""});
    let done = speaker.client.put("/api/customers/update").json(&change).await.ok();
    assert_eq!(done["message"], "Cliente actualizado correctamente");
    let expected =
        json!({"id": customer, "email": "leo@example.com", "name": "Lea", "phone": null});
    assert_eq!(done["data"], expected);
    let cards = [
        speaker.card_of(&customer, cards::VISA).await,
        speaker.card_of(&customer, cards::AMEX).await,
    ];
    let body = json!({"userId": customer});
    let gone = speaker.client.delete("/api/customers/delete").json(&body).await.ok();
    assert_eq!(gone["message"], "Usuario eliminado con éxito");
    assert_eq!(gone["data"], json!({"id": customer}));
    for card in cards {
        let path = format!("/v1/payment-methods/{}", id_of(&card));
        assert_eq!(app.client.get(path).await.status, 404);
    }
    let missing = speaker.client.get(format!("/api/customers/{customer}")).await.expect(404);
    assert_eq!(missing["code"], "resource_missing");
    let again = speaker.client.delete("/api/customers/delete").json(&body).await.expect(404);
    assert_eq!(again["code"], "resource_missing");
    let listed = speaker.client.get("/api/customers").await.ok();
    assert_eq!(listed["data"]["data"], json!([]));
    // Nothing of the person is left.
    let left = app.client.get(format!("/v1/accounts/{}", id_of(&customer))).await.text();
    assert!(!left.contains("leo@example.com") && !left.contains("Lea"), "{left}");
}

async fn a_customer_that_gets_a_card_again_is_one_again(app: App) {
    let speaker = Dialects::of(&app).await;
    let customer = speaker.customer().await;
    let body = json!({"userId": customer});
    speaker.client.delete("/api/customers/delete").json(&body).await.ok();
    let card = app.create(&cards::of_account(id_of(&customer))).await;
    let shown = speaker.client.get(format!("/api/customers/{customer}")).await.ok();
    assert_eq!(shown["data"]["default_source"], format!("card_{card}"));
}

async fn customers_are_listed_the_latest_first(app: App) {
    let speaker = Dialects::of(&app).await;
    let mut made = Vec::new();
    for _ in 0..12 {
        made.push(speaker.customer().await);
    }
    let page = speaker.client.get("/api/customers").await.ok();
    assert_eq!(page["message"], "Clientes listados correctamente");
    assert_eq!(
        (&page["data"]["object"], &page["data"]["has_more"]),
        (&json!("list"), &json!(true))
    );
    let mut seen = names(&page["data"]["data"]);
    assert_eq!(seen.len(), 10);
    let last = seen.last().unwrap().clone();
    let next = speaker.client.get("/api/customers").query("starting_after", &last);
    let next = next.query("limit", "100").await.ok();
    assert_eq!(next["data"]["has_more"], false);
    seen.extend(names(&next["data"]["data"]));
    seen.sort();
    made.sort();
    assert_eq!(seen, made);
}

pub(crate) fn names(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

async fn forms_are_taken_like_json(app: App) {
    let speaker = Dialects::of(&app).await;
    let post = |path: &str, fields: &[(&str, &str)]| speaker.client.post(path).form(fields);
    let customer = [("email", "a@b.example"), ("name", "Ada"), ("phone", "1")];
    let made = post("/api/customers/create", &customer).await.expect(201);
    let customer = text(&made["data"]["id"]);
    let year = cards::year().to_string();
    let card = [("number", cards::VISA), ("exp_month", "8"), ("exp_year", &*year), ("cvc", "123")];
    let token = text(&post("/api/cards/create", &card).await.expect(201)["data"]["token_id"]);
    let done = post("/api/cards/assign", &[("userId", &customer), ("source", &token)]).await.ok();
    let card = text(&done["data"]["cardId"]);
    let done = post("/api/cards/default", &[("userId", &customer), ("default_source", &card)]);
    assert_eq!(done.await.ok()["data"]["default_source"], card);
}

async fn whoever_prefers_english_is_told_in_english(app: App) {
    let speaker = Dialects::of(&app).await;
    let post = |path: &str| speaker.client.post(path).header("Accept-Language", "en-GB,en;q=0.9");
    let refused = post("/api/cards/default").json(&json!({})).await.expect(400);
    assert_eq!(refused["message"], "userId and default_source are required");
    let body = json!({"email": "a@b.example", "name": "Ada", "phone": "1"});
    let made = post("/api/customers/create").json(&body).await.expect(201);
    assert_eq!(made["message"], "Customer created successfully");
}

async fn an_account_of_the_billing_system_is_a_customer(app: App) {
    let speaker = Dialects::of(&app).await;
    let account = new_account();
    let card = app.card_of(&account).await;
    let shown = app.client.get(format!("/v1/accounts/{account}")).await.ok();
    let id = text(&shown["basicInfo"]["id"]);
    let customer = speaker.client.get(format!("/api/customers/cus_{id}")).await.ok();
    assert_eq!(customer["data"]["default_source"], format!("card_{card}"));
    let other = speaker.card_of(&format!("cus_{id}"), cards::AMEX).await;
    let body = json!({"userId": format!("cus_{id}"), "default_source": other});
    speaker.client.post("/api/cards/default").json(&body).await.ok();
    assert_eq!(app.default_of(&account).await, id_of(&other));
}

async fn a_customer_with_many_cards_has_pages(database: Database) {
    const MANY: usize = 10_000;
    let wired = Wired::new(database).await;
    let speaker = Dialects::wired(&wired).await;
    let customer = speaker.customer().await;
    let line = |number| {
        let card = cards::older(id_of(&customer));
        let more = json!({"skipValidation": true, "number__c": number});
        cards::with(card, &more).to_string()
    };
    let lines: Vec<_> = (0..MANY).map(line).collect();
    let path = "/v1/payment-methods/credit-cards/bulk";
    let upload = wired.client.post(path).of_type("application/x-ndjson", lines.join("\n")).await;
    assert_eq!(upload.status, 200);
    let shown = speaker.client.get(format!("/api/customers/{customer}")).await.ok();
    assert_eq!(shown["data"]["sources"]["data"].as_array().unwrap().len(), 10);
    assert_eq!(shown["data"]["sources"]["has_more"], true);
    let mut seen = std::collections::BTreeSet::new();
    let mut after: Option<String> = None;
    loop {
        let mut call = speaker.client.get(format!("/api/cards/{customer}")).query("limit", "100");
        if let Some(after) = &after {
            call = call.query("starting_after", after);
        }
        let page = call.await.ok();
        let names = names(&page["data"]);
        after = names.last().cloned();
        seen.extend(names);
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), MANY);
    let org = speaker.org("GET", &format!("/org/{}/customer", id_of(&customer))).await.ok();
    assert_eq!(org["cards"]["total_count"], MANY);
    assert_eq!(org["cards"]["has_more"], true);
    assert_eq!(org["default_card"], shown["data"]["default_source"]);
}
