//! The clock of a sandbox: who may move it, and what is done by the time it was moved.

use cardfile_domain::{
    client::Right,
    id::{AccountKey, AccountRef},
};
use cardfile_tests::{
    app::{Database, create, new_account},
    cards,
    suite::Case,
    wired,
    wired::Wired,
};
use jiff::Timestamp;
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    wired![
        time_moves_ahead_and_what_became_due_is_done,
        time_does_not_move_back,
        what_is_no_time_is_refused,
        only_an_operator_moves_time,
    ]
}

const CLOCK: &str = "/sandbox/clock";

fn now(answer: &Value) -> Timestamp {
    answer["now"].as_str().unwrap().parse().unwrap()
}

async fn time_moves_ahead_and_what_became_due_is_done(database: Database) {
    let wired = Wired::apart(database).await;
    let (account, orphan) = (new_account(), create(&wired.client, &cards::bare()).await);
    create(&wired.client, &cards::of_account(&account)).await;
    let before = wired.service.now();
    let answer = wired.client.post(CLOCK).json(&json!({"advance": "P5Y"})).await.ok();
    assert!(now(&answer) > before && now(&answer) == wired.service.now());
    // One card is warned of four times; the other was never given to an account.
    assert_eq!((&answer["warnings"], &answer["forgotten"]), (&json!(4), &json!(1)));
    let client = wired.fresh_client().await;
    client.get(format!("/v1/payment-methods/{orphan}")).await.fails_with(404, &[50_000_040]);
    let key: AccountKey = account.parse().unwrap();
    let account = AccountRef { entity: wired.entity, key };
    let events = wired.store.list_events(&account, 0, 100).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.kind == "card.expiring").count(), 4);
}

async fn time_does_not_move_back(database: Database) {
    let wired = Wired::apart(database).await;
    let before = wired.service.now();
    let ago = before - jiff::SignedDuration::from_secs(1);
    for body in [json!({"now": ago.to_string()}), json!({"advance": "-PT1S"})] {
        wired.client.post(CLOCK).json(&body).await.fails_with(400, &[50_000_020]);
    }
    assert_eq!(wired.service.now(), before);
    wired.client.post(CLOCK).json(&json!({"now": before.to_string()})).await.ok();
}

async fn what_is_no_time_is_refused(database: Database) {
    let wired = Wired::apart(database).await;
    let before = wired.service.now();
    for body in [
        json!({}),
        json!({"now": "tomorrow"}),
        json!({"now": "2031-01-31"}),
        json!({"advance": "a while"}),
        json!({"advance": "P9000Y"}),
        json!({"now": before.to_string(), "advance": "P1D"}),
    ] {
        wired.client.post(CLOCK).json(&body).await.fails_with(400, &[50_000_020]);
    }
    let body = json!({"advance": "P1D", "hurry": true});
    wired.client.post(CLOCK).json(&body).await.fails_with(400, &[50_000_021]);
    assert_eq!(wired.service.now(), before);
}

async fn only_an_operator_moves_time(database: Database) {
    let wired = Wired::apart(database).await;
    let before = wired.service.now();
    let others: Vec<_> = Right::ALL.into_iter().filter(|right| *right != Right::Admin).collect();
    let billing = wired.sign_in(&[wired.entity], &others).await;
    billing.post(CLOCK).json(&json!({"advance": "P1D"})).await.fails_with(403, &[50_000_010]);
    assert_eq!(wired.service.now(), before);
}
