//! The counter and what is shown beside it.

use cardfile_tests::{
    app::{App, seed_path, text},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::{failed, succeeded, tell, tell_all};

pub(super) fn cases() -> Vec<Case> {
    served![
        a_failure_counts_and_a_success_ends_the_row,
        what_is_known_of_payments_is_shown_in_every_dialect,
        the_order_in_which_payments_are_told_is_no_matter,
        a_payment_told_twice_counts_once,
        setting_the_counter_begins_anew,
        cards_are_found_by_their_payments,
    ]
}

async fn count(app: &App, card: &str) -> Value {
    app.shown(card).await["numConsecutiveFailures"].clone()
}

/// A card that was never verified, so that its payments are all there is.
async fn untouched(app: &App) -> String {
    app.create(&cards::with(cards::bare(), &json!({"skipValidation": true}))).await
}

async fn a_failure_counts_and_a_success_ends_the_row(app: App) {
    let card = app.card().await;
    tell_all(&app, &card, &[failed(1), failed(2)]).await;
    assert_eq!(count(&app, &card).await, json!(2));
    tell_all(&app, &card, &[succeeded(3)]).await;
    assert_eq!(count(&app, &card).await, json!(0));
    tell_all(&app, &card, &[failed(4)]).await;
    assert_eq!(count(&app, &card).await, json!(1));
}

async fn what_is_known_of_payments_is_shown_in_every_dialect(app: App) {
    let card = untouched(&app).await;
    tell_all(&app, &card, &[succeeded(1), failed(2), failed(3)]).await;
    let shown = app.shown(&card).await;
    for (name, value) in [
        ("lastTransaction", json!("Declined")),
        ("lastTransactionStatus", json!("Declined")),
        ("lastTransactionDateTime", json!("2026-01-31 12:00:03")),
        ("lastFailedSaleTransactionDate", json!("2026-01-31 12:00:03")),
        ("numConsecutiveFailures", json!(2)),
        ("totalNumberOfErrorPayments", json!(2)),
        ("totalNumberOfProcessedPayments", json!(1)),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    let record = app.client.get(format!("/v1/object/payment-method/{card}")).await.ok();
    assert_eq!(record["LastFailedSaleTransactionDate"], json!("2026-01-31T12:00:03.000+00:00"));
    assert_eq!(record["TotalNumberOfErrorPayments"], json!(2));
    assert_eq!(record["TotalNumberOfProcessedPayments"], json!(1));
    let queried = app.client.get(format!("/object-query/payment-methods/{card}")).await.ok();
    assert_eq!(queried["lastFailedSaleTransactionDate"], json!("2026-01-31T12:00:03Z"));
    assert_eq!(queried["lastTransactionStatus"], json!("Declined"));
    assert_eq!(queried["totalNumberOfErrorPayments"], json!(2));
    // A success after all of that is the last word, and the failure stays the last one.
    tell_all(&app, &card, &[succeeded(4)]).await;
    let shown = app.shown(&card).await;
    assert_eq!(shown["lastTransactionStatus"], json!("Approved"));
    assert_eq!(shown["lastFailedSaleTransactionDate"], json!("2026-01-31 12:00:03"));
}

async fn the_order_in_which_payments_are_told_is_no_matter(app: App) {
    let told = || [failed(1), failed(2), succeeded(3), failed(4), failed(5)];
    for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 0, 3, 1], [3, 1, 4, 2, 0]] {
        let card = untouched(&app).await;
        let outcomes = told();
        let in_order: Vec<_> = order.iter().map(|place| outcomes[*place].clone()).collect();
        tell_all(&app, &card, &in_order).await;
        let shown = app.shown(&card).await;
        assert_eq!(shown["numConsecutiveFailures"], json!(2), "{order:?}");
        assert_eq!(shown["lastTransactionDateTime"], json!("2026-01-31 12:00:05"), "{order:?}");
        assert_eq!(shown["lastTransaction"], json!("Declined"), "{order:?}");
    }
}

async fn a_payment_told_twice_counts_once(app: App) {
    let card = app.card().await;
    let outcome = failed(1);
    let first = tell(&app, &card, &outcome).await.ok();
    for _ in 0..3 {
        assert_eq!(tell(&app, &card, &outcome).await.ok(), first);
    }
    // Another client's word for it is the same word.
    let other = app.sign_in(&[app.entity], &cardfile_domain::client::Right::ALL).await;
    let path = format!("/v1/payment-methods/{card}/outcomes");
    assert_eq!(other.post(path).json(&outcome).await.ok(), first);
    assert_eq!(count(&app, &card).await, json!(1));
    assert_eq!(app.shown(&card).await["totalNumberOfErrorPayments"], json!(1));
}

async fn setting_the_counter_begins_anew(app: App) {
    let card = app.card().await;
    tell_all(&app, &card, &[failed(1), failed(2)]).await;
    app.client.put(seed_path(&card)).json(&json!({"numConsecutiveFailures": 7})).await.ok();
    // Whoever set it knew of what was before.
    tell_all(&app, &card, &[failed(3), succeeded(4)]).await;
    assert_eq!(count(&app, &card).await, json!(7));
    let now = json!({"time": "2999-01-01T00:00:00Z"});
    tell_all(&app, &card, &[cards::with(failed(0), &now)]).await;
    assert_eq!(count(&app, &card).await, json!(8));
    tell_all(&app, &card, &[cards::with(succeeded(0), &now)]).await;
    assert_eq!(count(&app, &card).await, json!(0));
}

async fn cards_are_found_by_their_payments(app: App) {
    let (card, other) = (app.card().await, app.card().await);
    tell_all(&app, &card, &[failed(1), failed(2), succeeded(3)]).await;
    let list =
        |filter: &str| app.client.get("/object-query/payment-methods").query("filter[]", filter);
    let found = list("totalNumberOfErrorPayments.GE:2").await.ok();
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    assert_eq!(text(&found["data"][0]["id"]), card);
    assert_eq!(
        list("totalNumberOfProcessedPayments.EQ:0").await.ok()["data"][0]["id"],
        json!(other)
    );
}
