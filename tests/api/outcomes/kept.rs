//! The transaction log and the snapshots.

use cardfile_tests::{
    app::{App, card_path, new_account, seed_path, text},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::{failed, succeeded, tell};

pub(super) fn cases() -> Vec<Case> {
    served![
        a_payment_is_shown_with_the_card_as_it_was,
        fields_are_shown_as_they_are_asked_for,
        what_was_logged_outlives_the_card,
        scrubbing_takes_what_was_logged,
        snapshots_are_listed_by_card,
        what_is_not_there_is_said_as_zuora_says_it,
    ]
}

/// Where the log and the snapshot of a payment are.
async fn noted(app: &App, card: &str, outcome: &Value) -> (String, String) {
    let noted = tell(app, card, outcome).await.ok();
    let log = text(&noted["paymentMethodTransactionLogId"]);
    let snapshot = text(&noted["paymentMethodSnapshotId"]);
    (
        format!("/v1/object/payment-method-transaction-log/{log}"),
        format!("/v1/object/payment-method-snapshot/{snapshot}"),
    )
}

async fn get(app: &App, path: &str) -> Value {
    app.client.get(path).await.ok()
}

async fn a_payment_is_shown_with_the_card_as_it_was(app: App) {
    let more = json!({
        "accountKey": new_account(),
        "cardHolderInfo": {"cardHolderName": "Leo", "city": "Ulm", "country": "DEU"},
    });
    let card = app.create(&cards::with(cards::bare(), &more)).await;
    let outcome = cards::with(failed(7), &json!({"gateway": "stripe"}));
    let (log, snapshot) = noted(&app, &card, &outcome).await;
    let shown = get(&app, &log).await;
    assert_eq!(shown["PaymentMethodId"], json!(card));
    assert_eq!(shown["Gateway"], json!("stripe"));
    assert_eq!(shown["GatewayReasonCode"], json!("card_declined"));
    assert_eq!(shown["GatewayReasonCodeDescription"], json!("Your card was declined."));
    assert_eq!(shown["TransactionDate"], json!("2026-01-31T12:00:07.000+00:00"));
    assert_eq!(shown["TransactionId"], outcome["paymentId"]);
    assert!(snapshot.ends_with(&text(&shown["PaymentMethodSnapshotId"])));
    // A change does not reach what was, and makes the next payment's snapshot another.
    app.client.put(seed_path(&card)).json(&json!({"city": "Bonn"})).await.ok();
    let (_, second) = noted(&app, &card, &succeeded(8)).await;
    let (_, third) = noted(&app, &card, &succeeded(9)).await;
    assert!(second != snapshot && second == third);
    let (was, is) = (get(&app, &snapshot).await, get(&app, &second).await);
    assert_eq!((&was["CreditCardCity"], &is["CreditCardCity"]), (&json!("Ulm"), &json!("Bonn")));
    assert_eq!(was["CreditCardMaskNumber"], json!("************1111"));
    assert_eq!(was["CreditCardCountry"], json!("Germany"));
    assert_eq!(was["CreditCardHolderName"], json!("Leo"));
}

async fn fields_are_shown_as_they_are_asked_for(app: App) {
    let card = app.card().await;
    let (log, snapshot) = noted(&app, &card, &failed(1)).await;
    let shown = get(&app, &format!("{log}?fields=id,PaymentMethodType")).await;
    assert_eq!(shown.as_object().unwrap().len(), 2, "{shown}");
    let shown = get(&app, &format!("{snapshot}?fields=Type%2CCreditCardCity")).await;
    assert_eq!(shown, json!({"Type": "CreditCard"}));
    for path in [log, snapshot] {
        let reply = app.client.get(format!("{path}?fields=Nonsense")).await.expect(400);
        assert_eq!(reply["Errors"][0]["Code"], json!("INVALID_FIELD"));
    }
}

async fn what_was_logged_outlives_the_card(app: App) {
    let account = new_account();
    app.card_of(&account).await;
    let card = app.card_of(&account).await;
    let (log, snapshot) = noted(&app, &card, &failed(1)).await;
    let before = (get(&app, &log).await, get(&app, &snapshot).await);
    app.client.delete(card_path(&card)).await.ok();
    assert_eq!((get(&app, &log).await, get(&app, &snapshot).await), before);
}

async fn scrubbing_takes_what_was_logged(app: App) {
    let holder = json!({"cardHolderInfo": {"cardHolderName": "Zacharias", "city": "Ulm"}});
    let orphan = app.create(&cards::with(cards::bare(), &holder)).await;
    let first = noted(&app, &orphan, &failed(1)).await;
    let attach = json!({"accountKey": new_account()});
    app.client.put(card_path(&orphan)).json(&attach).await.ok();
    let second = noted(&app, &orphan, &failed(2)).await;
    app.client.put(format!("{}/scrub", card_path(&orphan))).await.ok();
    for (log, snapshot) in [first, second] {
        let shown = get(&app, &log).await;
        assert_eq!(shown["RequestString"], json!("Scrubbed Request String"));
        assert_eq!(shown["ResponseString"], json!("Scrubbed Response String"));
        assert_eq!(shown["GatewayReasonCode"], json!("Record Scrubbed"));
        assert_eq!(shown["PaymentMethodId"], json!(orphan));
        let shown = get(&app, &snapshot).await;
        for (name, value) in [
            ("CreditCardHolderName", json!("Record Scrubbed")),
            ("CreditCardMaskNumber", json!("Record Scrubbed")),
            ("CreditCardCity", json!("Record Scrubbed")),
            ("CreditCardCountry", json!("0")),
            ("CreditCardExpirationYear", json!(2000)),
            ("CreditCardExpirationMonth", json!(12)),
            ("IPAddress", json!("0")),
        ] {
            assert_eq!(shown[name], value, "{name}");
        }
    }
}

async fn snapshots_are_listed_by_card(app: App) {
    let (one, other) = (app.card().await, app.card().await);
    let mut taken = Vec::new();
    for (card, city) in [(&one, "Ulm"), (&one, "Bonn"), (&other, "Ulm")] {
        app.client.put(seed_path(card)).json(&json!({"city": city})).await.ok();
        let (_, snapshot) = noted(&app, card, &succeeded(1)).await;
        taken.push(snapshot.rsplit('/').next().unwrap().to_owned());
    }
    let list = || app.client.get("/object-query/payment-method-snapshots");
    let ids = |page: &Value| {
        let data = page["data"].as_array().unwrap().iter();
        data.map(|snapshot| text(&snapshot["id"])).collect::<Vec<_>>()
    };
    let all = list().await.ok();
    let mut sorted = taken.clone();
    sorted.sort();
    assert_eq!(ids(&all), sorted);
    assert_eq!(all.get("nextPage"), None);
    let of_one = list().query("filter[]", &format!("paymentMethodId.EQ:{one}")).await.ok();
    assert_eq!(ids(&of_one).len(), 2);
    assert!(of_one["data"].as_array().unwrap().iter().all(|s| s["paymentMethodId"] == json!(one)));
    let first = list().query("pageSize", "2").await.ok();
    let second =
        list().query("pageSize", "2").query("cursor", &text(&first["nextPage"])).await.ok();
    assert_eq!([ids(&first), ids(&second)].concat(), sorted);
    let chosen = list().query("fields[]", "CreditCardCity").await.ok();
    assert_eq!(chosen["data"][0].as_object().unwrap().len(), 1);
    for (name, value) in [
        ("pageSize", "51"),
        ("cursor", "x"),
        ("filter[]", "creditCardCity.EQ:Ulm"),
        ("filter[]", "paymentMethodId.EQ:x"),
        ("sort[]", "id.ASC"),
    ] {
        list().query(name, value).await.expect(400);
    }
    let path = format!("/object-query/payment-method-snapshots/{}", taken[0]);
    assert_eq!(get(&app, &path).await["creditCardCity"], json!("Ulm"));
}

async fn what_is_not_there_is_said_as_zuora_says_it(app: App) {
    let nothing = json!({"records": [], "size": 0, "done": true});
    let card = app.card().await;
    let (log, snapshot) = noted(&app, &card, &failed(1)).await;
    let entity = app.new_entity().await;
    let stranger = app.sign_in(&[entity], &cardfile_domain::client::Right::ALL).await;
    for (path, kind) in [(&log, "transaction-log"), (&snapshot, "snapshot")] {
        for id in ["x", "019a2c4e7b1e7c60a1b2c3d4e5f60718"] {
            let missing = format!("/v1/object/payment-method-{kind}/{id}");
            assert_eq!(app.client.get(missing).await.expect(404), nothing);
        }
        assert_eq!(stranger.get(path.as_str()).await.expect(404), nothing);
    }
    let id = snapshot.rsplit('/').next().unwrap();
    let path = format!("/object-query/payment-method-snapshots/{id}");
    stranger.get(path).await.expect(404);
}
