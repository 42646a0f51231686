//! Countries and states: named in any common way, kept and returned by name.

use cardfile_tests::{
    app::{App, new_account, seed_path},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    served![
        a_country_is_known_by_name_or_code_and_returned_by_name,
        an_unknown_country_is_refused,
        a_state_of_two_countries_is_known_by_name_or_code,
        a_state_of_those_countries_has_to_be_one_of_theirs,
        a_new_card_s_state_has_to_be_one_of_its_country_s,
        a_state_elsewhere_is_free_text,
        a_state_without_a_country_means_the_one_on_file,
        a_country_alone_reads_the_state_on_file_again,
        places_are_read_alike_on_every_way_in,
    ]
}

async fn place(app: &App, card: &str) -> (Value, Value) {
    let holder = app.shown(card).await["accountHolderInfo"].clone();
    (holder["country"].clone(), holder["state"].clone())
}

async fn a_country_is_known_by_name_or_code_and_returned_by_name(app: App) {
    let card = app.card().await;
    for (given, name) in [
        ("United States", "United States"),
        ("US", "United States"),
        ("USA", "United States"),
        ("usa", "United States"),
        ("united states", "United States"),
        ("DE", "Germany"),
        ("DEU", "Germany"),
        ("Germany", "Germany"),
        ("RU", "Russian Federation"),
        ("KR", "Korea, Republic of"),
        ("Viet Nam", "Viet Nam"),
        ("IRN", "Iran, Islamic Republic of"),
        ("TW", "Taiwan"),
        ("GBR", "United Kingdom"),
    ] {
        app.client.put(seed_path(&card)).json(&json!({"country": given})).await.ok();
        assert_eq!(place(&app, &card).await.0, json!(name), "{given}");
    }
}

async fn an_unknown_country_is_refused(app: App) {
    let card = app.card().await;
    let message = "'country' must be a country's name, or its code of two or three letters";
    for country in ["Atlantis", "QQ", "QQQ", "U", "U S", "United", "🇺🇸", " ", "US "] {
        let reply = app.client.put(seed_path(&card)).json(&json!({"country": country})).await;
        reply.fails(400, 52_501_020, message);
    }
}

async fn a_state_of_two_countries_is_known_by_name_or_code(app: App) {
    let card = app.card().await;
    for (country, given, name) in [
        ("US", "CA", "California"),
        ("United States", "ca", "California"),
        ("USA", "California", "California"),
        ("US", "california", "California"),
        ("US", "NE", "Nebraska"),
        ("US", "DC", "District of Columbia"),
        ("CAN", "NB", "New Brunswick"),
        ("Canada", "ontario", "Ontario"),
    ] {
        let body = json!({"country": country, "state": given});
        app.client.put(seed_path(&card)).json(&body).await.ok();
        assert_eq!(place(&app, &card).await.1, json!(name), "{given}");
    }
}

async fn a_state_of_those_countries_has_to_be_one_of_theirs(app: App) {
    let card = app.card().await;
    let message = "'state' must be a state or province of the country, by its name or its code.";
    for (country, state) in [("US", "NB"), ("CA", "CA"), ("CA", "California"), ("US", "Bavaria")] {
        let body = json!({"country": country, "state": state});
        let reply = app.client.put(seed_path(&card)).json(&body).await;
        reply.fails(400, 52_500_820, message);
    }
    assert_eq!(place(&app, &card).await, (Value::Null, Value::Null));
}

async fn a_new_card_s_state_has_to_be_one_of_its_country_s(app: App) {
    let holder = json!({
        "cardHolderInfo": {"cardHolderName": "Leo", "country": "US", "state": "Bavaria"},
    });
    for (path, body) in [
        ("/v1/payment-methods", cards::bare()),
        ("/v1/payment-methods/credit-cards", cards::older(&new_account())),
    ] {
        let reply = app.client.post(path).json(&cards::with(body, &holder)).await;
        reply.fails_with(400, &[52_000_820]);
    }
}

async fn a_state_elsewhere_is_free_text(app: App) {
    let card = app.card().await;
    for (country, state) in
        [(json!("DE"), "Bayern"), (json!("FR"), "CA"), (json!(null), "Anywhere")]
    {
        let body = json!({"country": country, "state": state});
        app.client.put(seed_path(&card)).json(&body).await.ok();
        assert_eq!(place(&app, &card).await.1, json!(state));
    }
}

async fn a_state_without_a_country_means_the_one_on_file(app: App) {
    let card = app.card().await;
    let put = |body: Value| app.client.put(seed_path(&card)).json(&body);
    put(json!({"country": "US"})).await.ok();
    put(json!({"state": "CA"})).await.ok();
    assert_eq!(place(&app, &card).await.1, json!("California"));
    put(json!({"state": "Bavaria"})).await.fails_with(400, &[52_500_820]);
    put(json!({"country": "DE", "state": "Bavaria"})).await.ok();
    put(json!({"state": "CA"})).await.ok();
    assert_eq!(place(&app, &card).await, (json!("Germany"), json!("CA")));
}

async fn a_country_alone_reads_the_state_on_file_again(app: App) {
    let card = app.card().await;
    let put = |body: Value| app.client.put(seed_path(&card)).json(&body);
    put(json!({"country": "DE", "state": "CA"})).await.ok();
    put(json!({"country": "US"})).await.ok();
    assert_eq!(place(&app, &card).await, (json!("United States"), json!("California")));
    put(json!({"country": "CA"})).await.fails_with(400, &[52_500_820]);
    assert_eq!(place(&app, &card).await, (json!("United States"), json!("California")));
    put(json!({"country": "DE"})).await.ok();
    put(json!({"country": "CA", "state": null})).await.ok();
    assert_eq!(place(&app, &card).await, (json!("Canada"), Value::Null));
}

async fn places_are_read_alike_on_every_way_in(app: App) {
    let holder = json!({
        "cardHolderInfo": {"cardHolderName": "Leo", "country": "CAN", "state": "NB"},
    });
    let expected = (json!("Canada"), json!("New Brunswick"));
    let card = app.create(&cards::with(cards::bare(), &holder)).await;
    assert_eq!(place(&app, &card).await, expected);
    let older = cards::with(cards::older(&new_account()), &holder);
    let made = app.client.post("/v1/payment-methods/credit-cards").json(&older).await.ok();
    assert_eq!(place(&app, made["paymentMethodId"].as_str().unwrap()).await, expected);
    let more = json!({"CreditCardCountry": "CA", "CreditCardState": "NB"});
    let record = cards::with(cards::record(&new_account()), &more);
    let made = app.client.post("/v1/object/payment-method").json(&record).await.ok();
    assert_eq!(place(&app, made["Id"].as_str().unwrap()).await, expected);
    let newer = json!({"accountHolderInfo": {"country": "US", "state": "NE"}});
    app.client.put(format!("/v1/payment-methods/{card}")).json(&newer).await.ok();
    assert_eq!(place(&app, &card).await, (json!("United States"), json!("Nebraska")));
    let wrong = json!({"accountHolderInfo": {"state": "Bavaria"}});
    let reply = app.client.put(format!("/v1/payment-methods/{card}")).json(&wrong).await;
    reply.fails_with(400, &[52_500_820]);
}
