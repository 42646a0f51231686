//! When automatic retries stop: the tenant's rule, or one of the card's own.

use cardfile_domain::retry_rule::{MaxFailures, RetryWindow};
use cardfile_tests::{
    app::{App, card_path},
    served,
    suite::Case,
};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    served![
        a_card_starts_with_the_tenant_s_rule,
        a_rule_of_its_own_has_a_window_and_a_maximum,
        a_window_or_a_maximum_needs_a_rule_of_its_own,
        window_and_maximum_have_bounds,
        failures_do_not_close_a_card,
    ]
}

async fn rule(app: &App, card: &str) -> Value {
    let shown = app.shown(card).await;
    json!([
        shown["useDefaultRetryRule"],
        shown["paymentRetryWindow"],
        shown["maxConsecutivePaymentFailures"],
    ])
}

async fn a_card_starts_with_the_tenant_s_rule(app: App) {
    let card = app.card().await;
    assert_eq!(rule(&app, &card).await, json!([true, null, null]));
}

async fn a_rule_of_its_own_has_a_window_and_a_maximum(app: App) {
    let card = app.card().await;
    let put = |body: Value| app.client.put(card_path(&card)).json(&body);
    let own = json!({
        "useDefaultRetryRule": false, "paymentRetryWindow": 24, "maxConsecutivePaymentFailures": 3,
    });
    put(own).await.ok();
    assert_eq!(rule(&app, &card).await, json!([false, 24, 3]));
    put(json!({"paymentRetryWindow": null})).await.ok();
    assert_eq!(rule(&app, &card).await, json!([false, null, 3]));
    put(json!({"maxConsecutivePaymentFailures": "7"})).await.ok();
    assert_eq!(rule(&app, &card).await, json!([false, null, 7]));
    // The bounds are kept while they do not count.
    put(json!({"useDefaultRetryRule": true})).await.ok();
    assert_eq!(rule(&app, &card).await, json!([true, null, 7]));
}

async fn a_window_or_a_maximum_needs_a_rule_of_its_own(app: App) {
    let card = app.card().await;
    let message = "paymentRetryWindow and maxConsecutivePaymentFailures need useDefaultRetryRule \
                   to be false.";
    for body in [
        json!({"paymentRetryWindow": 24}),
        json!({"maxConsecutivePaymentFailures": 3}),
        json!({"useDefaultRetryRule": true, "paymentRetryWindow": 24}),
    ] {
        let reply = app.client.put(card_path(&card)).json(&body).await;
        reply.fails(400, 52_500_030, message);
    }
}

async fn window_and_maximum_have_bounds(app: App) {
    let card = app.card().await;
    assert_eq!((RetryWindow::MIN, RetryWindow::MAX), (1, 1000));
    assert_eq!((MaxFailures::MIN, MaxFailures::MAX), (1, 100));
    for (name, min, max) in
        [("paymentRetryWindow", 1, 1000), ("maxConsecutivePaymentFailures", 1, 100)]
    {
        for good in [json!(min), json!(max), json!(max.to_string())] {
            let body = json!({"useDefaultRetryRule": false, name: good});
            app.client.put(card_path(&card)).json(&body).await.ok();
        }
        for bad in [json!(min - 1), json!(max + 1), json!(-1), json!(1.5), json!(""), json!(true)] {
            let body = json!({"useDefaultRetryRule": false, name: bad});
            app.client.put(card_path(&card)).json(&body).await.fails_with(400, &[52_500_020]);
        }
    }
}

async fn failures_do_not_close_a_card(app: App) {
    let card = app.card().await;
    let body = json!({
        "useDefaultRetryRule": false, "maxConsecutivePaymentFailures": 1,
        "numConsecutiveFailures": 100,
    });
    app.client.put(card_path(&card)).json(&body).await.ok();
    let shown = app.shown(&card).await;
    assert_eq!(shown["status"], json!("Active"));
    assert_eq!(shown["numConsecutiveFailures"], json!(100));
}
