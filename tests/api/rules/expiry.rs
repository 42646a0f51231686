//! A card is good through the end of its month, by the clock of the service and in UTC.

use cardfile_tests::{
    app::{App, Database, card_path, new_account, seed_path},
    cards, served,
    suite::Case,
    wired,
    wired::Wired,
};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = served![a_past_date_is_refused_on_every_way_in];
    cases.extend(wired![
        a_card_is_good_through_the_end_of_its_month,
        an_expired_card_can_be_changed_and_renewed,
    ]);
    cases
}

const MESSAGE: &str = "Expiration date must be a future date.";

async fn a_past_date_is_refused_on_every_way_in(app: App) {
    let card = app.card().await;
    let past = cards::past_year();
    let create = cards::with(cards::bare(), &json!({"expirationYear": past}));
    let reply = app.client.post("/v1/payment-methods").json(&create).await;
    reply.fails(400, 52_000_030, MESSAGE);
    let older = cards::with(cards::older(&new_account()), &json!({"expirationYear": past}));
    let reply = app.client.post("/v1/payment-methods/credit-cards").json(&older).await;
    reply.fails(400, 52_000_030, MESSAGE);
    for body in [json!({"expirationYear": past}), json!({"expirationYear": past, "city": "x"})] {
        app.client.put(seed_path(&card)).json(&body).await.fails(400, 52_500_030, MESSAGE);
    }
    let reply = app.client.put(card_path(&card)).json(&json!({"expirationYear": past})).await;
    reply.fails(400, 52_500_030, MESSAGE);
    let record =
        cards::with(cards::record(&new_account()), &json!({"CreditCardExpirationYear": past}));
    let reply = app.client.post("/v1/object/payment-method").json(&record).await;
    assert_eq!(reply.expect(400)["Errors"], json!([{"Code": "INVALID_VALUE", "Message": MESSAGE}]));
}

fn expiring(year: i64, month: u8) -> Value {
    cards::with(cards::bare(), &json!({"expirationMonth": month, "expirationYear": year}))
}

async fn a_card_is_good_through_the_end_of_its_month(database: Database) {
    let wired = Wired::new(database).await;
    let year = cards::year();
    for (now, month, good) in [
        (format!("{year}-02-28T23:59:59.999999Z"), 2, true),
        (format!("{year}-03-01T00:00:00Z"), 2, false),
        (format!("{year}-03-01T00:00:00Z"), 3, true),
        (format!("{year}-12-31T23:59:59Z"), 12, true),
        (format!("{}-01-01T00:00:00Z", year + 1), 12, false),
    ] {
        wired.clock.set(now.parse().unwrap());
        let client = wired.fresh_client().await;
        let reply = client.post("/v1/payment-methods").json(&expiring(year, month)).await;
        if good { drop(reply.ok()) } else { reply.fails(400, 52_000_030, MESSAGE) }
    }
}

async fn an_expired_card_can_be_changed_and_renewed(database: Database) {
    let wired = Wired::new(database).await;
    let year = cards::year();
    let reply = wired.client.post("/v1/payment-methods").json(&expiring(year, 8)).await;
    let card = reply.ok()["id"].as_str().unwrap().to_owned();
    wired.clock.set(format!("{year}-09-01T00:00:00Z").parse().unwrap());
    let client = wired.fresh_client().await;
    let put = |body: Value| client.put(seed_path(&card)).json(&body);
    put(json!({"city": "Berlin", "numConsecutiveFailures": 7})).await.ok();
    // Who names the date asks for it to be looked at, even if it is the one on file.
    put(json!({"expirationMonth": 8})).await.fails(400, 52_500_030, MESSAGE);
    put(json!({"expirationYear": year + 3, "securityCode": "111"})).await.ok();
    let shown = client.get(card_path(&card)).await.ok();
    assert_eq!(shown["expirationYear"], json!(year + 3));
    assert_eq!(shown["accountHolderInfo"]["city"], json!("Berlin"));
}
