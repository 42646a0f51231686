//! The sample request of Zuora's page, as it is written there.

use cardfile_tests::{
    app::{App, new_account, seed_path},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    served![
        the_sample_works_with_a_year_to_come,
        the_sample_is_refused_with_its_own_year,
        every_header_of_the_page_works_at_once,
        every_prefix_works_the_same,
    ]
}

/// The sample; its page has 2015.
fn sample(year: i64) -> Value {
    json!({
        "cardHolderName": "Leo",
        "expirationMonth": 8,
        "expirationYear": year,
        "gatewayOptions": {},
        "numConsecutiveFailures": 5,
        "securityCode": "111",
    })
}

async fn another_card(app: &App) -> String {
    let holder = json!({
        "cardHolderInfo": {"cardHolderName": "Amy Lawrence"},
        "expirationMonth": 3,
    });
    app.create(&cards::with(cards::of_account(&new_account()), &holder)).await
}

async fn the_sample_works_with_a_year_to_come(app: App) {
    let card = another_card(&app).await;
    let year = cards::year() + 1;
    let answer = app.client.put(seed_path(&card)).json(&sample(year)).await.ok();
    assert_eq!(answer, json!({"paymentMethodId": card, "success": true}));
    let shown = app.shown(&card).await;
    assert_eq!(shown["accountHolderInfo"]["accountHolderName"], json!("Leo"));
    assert_eq!(shown["expirationMonth"], json!(8));
    assert_eq!(shown["expirationYear"], json!(year));
    assert_eq!(shown["numConsecutiveFailures"], json!(5));
}

async fn the_sample_is_refused_with_its_own_year(app: App) {
    let card = another_card(&app).await;
    let before = app.shown(&card).await;
    let (code, message) = (52_500_030, "Expiration date must be a future date.");
    let call = app.client.put(seed_path(&card)).json(&sample(2015));
    call.clone().await.fails(400, code, message);
    call.version("186.0").await.fails(200, code, message);
    assert_eq!(app.shown(&card).await, before);
}

async fn every_header_of_the_page_works_at_once(app: App) {
    let card = another_card(&app).await;
    for entity in [app.entity.to_string(), app.entity.simple()] {
        let reply = app
            .client
            .put(seed_path(&card))
            .json(&sample(cards::year()))
            .gzip()
            .accept_gzip()
            .track("invoice run 2026-11 #7")
            .entity(&entity)
            .await;
        reply.ok();
        assert_eq!(reply.header("zuora-track-id"), Some("invoice run 2026-11 #7"));
        assert!(!reply.is_compressed(), "the answer is small");
    }
}

async fn every_prefix_works_the_same(app: App) {
    let card = another_card(&app).await;
    for prefix in ["", "/rest"] {
        let path = format!("{prefix}{}", seed_path(&card));
        let answer = app.client.put(path).json(&sample(cards::year())).await.ok();
        assert_eq!(answer, json!({"paymentMethodId": card, "success": true}));
    }
}
