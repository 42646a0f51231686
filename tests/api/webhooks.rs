//! What Stripe tells without being asked: believed only if it is signed, and effective once.

use cardfile_domain::{
    card::{Extras, Upstream},
    client::Rights,
    command::Brought,
    id::{ClientId, PaymentMethodId},
    limits::{BODY_BYTES_MAX, WEBHOOK_SECONDS},
};
use cardfile_service::{Caller, CardEntry};
use cardfile_tests::{
    app::{App, Database, card_path, new_account},
    call::Call,
    cards,
    message::Reply,
    served,
    suite::Case,
    wired::{Fault, WEBHOOK_SECRET, Wired},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

const PATH: &str = "/webhooks/stripe";
const OF_STRIPE_BACK: &str = "/api/webhooks/stripe";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = served![without_a_secret_nothing_is_believed];
    cases.extend(cardfile_tests::wired![
        a_body_of_a_webhook_has_a_limit,
        a_signed_event_of_an_unknown_type_is_accepted,
        what_is_not_signed_is_refused,
        what_is_no_event_is_refused,
        a_signature_is_good_for_five_minutes_either_way,
        any_signature_of_the_first_version_will_do,
        charges_move_the_failure_counter_once_each,
        a_source_that_changed_is_changed_by_the_latest_news,
        the_latest_default_holds_whatever_comes_when,
        a_source_that_is_gone_goes_here_too,
        a_card_of_another_entity_is_not_touched,
        a_failure_of_ours_is_sent_again_and_takes_effect_then,
    ]);
    cases
}

/// HMAC-SHA-256 in hex, from its definition.
fn hmac(key: &str, message: &str) -> String {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key.bytes()).for_each(|(pad, key)| *pad ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

fn header(body: &str, at: Timestamp) -> String {
    let second = at.as_second();
    format!("t={second},v1={}", hmac(WEBHOOK_SECRET, &format!("{second}.{body}")))
}

fn sent(wired: &Wired, path: &str, body: &str, header: &str) -> Call {
    let call = wired.client.post(path.to_owned()).of_type("application/json", body.to_owned());
    call.header("Stripe-Signature", header)
}

async fn tell(wired: &Wired, event: &Value) -> Reply {
    let body = event.to_string();
    let header = header(&body, now(wired));
    sent(wired, PATH, &body, &header).await
}

fn now(wired: &Wired) -> Timestamp {
    wired.service.now()
}

fn event(id: &str, kind: &str, created: i64, object: &Value) -> Value {
    json!({
        "id": id, "object": "event", "type": kind, "created": created,
        "data": {"object": object}, "livemode": false, "pending_webhooks": 1,
    })
}

/// A card that Stripe calls by a name.
async fn known_as(wired: &Wired, account: &str, name: &str) -> String {
    let upstream = Upstream {
        customer: "cus_1Abc".to_owned(),
        card: name.to_owned(),
        as_of: None,
        default_as_of: None,
    };
    let extras = Extras {
        names: vec![name.parse().unwrap()],
        upstream: Some(upstream),
        ..Extras::default()
    };
    let entry = CardEntry {
        number: cards::VISA.parse().unwrap(),
        card_type: "Visa".parse().unwrap(),
        expiry: cardfile_domain::expiry::Expiry {
            year: cards::year().try_into().unwrap(),
            month: 8.try_into().unwrap(),
        },
        holder_name: Some("Leo".parse().unwrap()),
        holder: cardfile_domain::card::HolderDetails::default(),
        extras,
        custom: cardfile_domain::custom_fields::CustomFields::default(),
        failures: cardfile_domain::failures::ConsecutiveFailures::default(),
        retry_rule: cardfile_domain::retry_rule::RetryRule::default(),
        brought: Brought::default(),
        make_default: false,
        check_duplicated: false,
        security_code: None,
        skip_validation: true,
        gateway_options: Map::new(),
    };
    let caller = Caller {
        client: ClientId::from_bytes([9; 16]),
        entity: wired.entity,
        rights: Rights::default(),
        track: None,
    };
    let account = Some(account.parse().unwrap());
    let done = wired.service.create_card(&caller, account, entry, None).await.unwrap();
    done.card.unwrap().to_string()
}

async fn shown(wired: &Wired, card: &str) -> Value {
    wired.client.get(card_path(card)).await.ok()
}

async fn events_of(wired: &Wired, card: &str) -> usize {
    let id: PaymentMethodId = card.parse().unwrap();
    let filed = wired.store.find_card(wired.entity, id).await.unwrap().unwrap();
    wired.store.list_events(&filed.card.account_ref(), 0, 100).await.unwrap().len()
}

async fn without_a_secret_nothing_is_believed(app: App) {
    let said = app.anybody().post(PATH).bytes("{}").await.expect(400);
    assert_eq!(said["error"]["message"], json!("No webhook secret is configured."));
    let said = app.anybody().post(OF_STRIPE_BACK).bytes("{}").await.expect(500);
    let message = "Missing STRIPE_WEBHOOK_SECRET in environment variables";
    assert_eq!(said, json!({"status": false, "message": message}));
}

async fn a_body_of_a_webhook_has_a_limit(database: Database) {
    let wired = Wired::new(database).await;
    let large = " ".repeat(BODY_BYTES_MAX + 1);
    for path in [PATH, OF_STRIPE_BACK] {
        sent(&wired, path, &large, "t=1").await.expect(413);
        sent(&wired, path, "{}", "t=1").encoded("br", "{}").await.expect(415);
    }
}

async fn a_signed_event_of_an_unknown_type_is_accepted(database: Database) {
    let wired = Wired::new(database).await;
    let event = event("evt_1", "a.type.of.tomorrow", 1, &json!({"x": [1]}));
    let said = tell(&wired, &event).await.ok();
    assert_eq!(said, json!({"received": true, "type": "a.type.of.tomorrow"}));
    let body = event.to_string();
    let said = sent(&wired, OF_STRIPE_BACK, &body, &header(&body, now(&wired))).await.ok();
    let expected = json!({
        "status": true, "message": "Webhook recibido correctamente",
        "data": {"received": true, "type": "a.type.of.tomorrow"},
    });
    assert_eq!(said, expected);
}

async fn what_is_not_signed_is_refused(database: Database) {
    let wired = Wired::new(database).await;
    let card = known_as(&wired, &new_account(), "card_1Abc").await;
    let charge = json!({"id": "ch_1", "source": {"id": "card_1Abc"}});
    let body = event("evt_1", "charge.failed", 1, &charge).to_string();
    let good = header(&body, now(&wired));
    let second = now(&wired).as_second();
    let failed = "Webhook signature verification failed: ";
    let no_match = "No signatures found matching the expected signature for the payload.";
    let forged = format!("t={second},v1={}", hmac("whsec_forged", &format!("{second}.{body}")));
    for (header, message) in [
        (forged.as_str(), no_match),
        (&good.replace("v1=", "v0="), no_match),
        ("nonsense", "Unable to extract timestamp and signatures from the header."),
    ] {
        let said = sent(&wired, PATH, &body, header).await.expect(400);
        assert_eq!(said["error"]["message"], json!(format!("{failed}{message}")), "{header}");
        let said = sent(&wired, OF_STRIPE_BACK, &body, header).await.expect(400);
        assert_eq!(said, json!({"status": false, "message": format!("{failed}{message}")}));
    }
    // One byte more is another body.
    sent(&wired, PATH, &format!("{body} "), &good).await.expect(400);
    let said = wired.client.post(PATH).bytes(body).await.expect(400);
    assert_eq!(said["error"]["message"], json!("Missing stripe-signature header"));
    assert_eq!(shown(&wired, &card).await["numConsecutiveFailures"], json!(0));
}

async fn what_is_no_event_is_refused(database: Database) {
    let wired = Wired::new(database).await;
    for body in ["", "<html>", "[]", r#"{"id":"evt_1"}"#] {
        let header = header(body, now(&wired));
        sent(&wired, PATH, body, &header).await.expect(400);
    }
}

async fn a_signature_is_good_for_five_minutes_either_way(database: Database) {
    let wired = Wired::new(database).await;
    let body = event("evt_1", "x", 1, &json!({})).to_string();
    let seconds = i64::try_from(WEBHOOK_SECONDS).unwrap();
    for (by, status) in [(seconds, 200), (-seconds, 200), (seconds + 1, 400), (-seconds - 1, 400)] {
        let at = now(&wired) + SignedDuration::from_secs(by);
        assert_eq!(sent(&wired, PATH, &body, &header(&body, at)).await.status, status, "{by}");
    }
}

async fn any_signature_of_the_first_version_will_do(database: Database) {
    let wired = Wired::new(database).await;
    let body = event("evt_1", "x", 1, &json!({})).to_string();
    let good = header(&body, now(&wired));
    let (moment, good) = good.split_once(',').unwrap();
    let wrong = format!("v1={}", "00".repeat(32));
    for header in [format!("{moment},{wrong},{good}"), format!("{moment},{good},{wrong},v0=x")] {
        sent(&wired, PATH, &body, &header).await.ok();
    }
}

async fn charges_move_the_failure_counter_once_each(database: Database) {
    let wired = Wired::new(database).await;
    let card = known_as(&wired, &new_account(), "card_1Abc").await;
    let begun = now(&wired).as_second();
    let failed = |number: i64| {
        let charge = json!({
            "id": format!("ch_{number}"), "created": begun + number, "currency": "eur",
            "payment_method": "card_1Abc", "failure_code": "card_declined",
            "failure_message": "Your card was declined.",
        });
        event(&format!("evt_{number}"), "charge.failed", begun + number, &charge)
    };
    for number in [3, 1, 2, 3, 1] {
        tell(&wired, &failed(number)).await.ok();
    }
    assert_eq!(shown(&wired, &card).await["numConsecutiveFailures"], json!(3));
    let charge = json!({"id": "ch_9", "created": begun + 9, "source": {"id": "card_1Abc"}});
    for _ in 0..2 {
        tell(&wired, &event("evt_9", "charge.succeeded", begun + 9, &charge)).await.ok();
    }
    assert_eq!(shown(&wired, &card).await["numConsecutiveFailures"], json!(0));
    // The same failures, late: they were before the success, and counted already.
    tell(&wired, &failed(2)).await.ok();
    assert_eq!(shown(&wired, &card).await["numConsecutiveFailures"], json!(0));
}

async fn a_source_that_changed_is_changed_by_the_latest_news(database: Database) {
    let wired = Wired::new(database).await;
    let card = known_as(&wired, &new_account(), "card_1Abc").await;
    let begun = now(&wired).as_second();
    let changed = |number: i64, month: Value| {
        let source = json!({"id": "card_1Abc", "exp_month": month, "exp_year": cards::year()});
        event(&format!("evt_{number}"), "customer.source.updated", begun + number, &source)
    };
    for (number, month) in [(2, json!("11")), (1, json!(10)), (2, json!("11")), (1, json!(10))] {
        tell(&wired, &changed(number, month)).await.ok();
        assert_eq!(shown(&wired, &card).await["expirationMonth"], json!(11));
    }
    assert_eq!(events_of(&wired, &card).await, 2);
    let renewed = json!({
        "id": "card_1Abc", "card": {"exp_month": 12, "exp_year": cards::year() + 1},
    });
    let kind = "payment_method.automatically_updated";
    tell(&wired, &event("evt_3", kind, begun + 3, &renewed)).await.ok();
    let shown = shown(&wired, &card).await;
    let expiry = (&shown["expirationMonth"], &shown["expirationYear"]);
    assert_eq!(expiry, (&json!(12), &json!(cards::year() + 1)));
}

async fn the_latest_default_holds_whatever_comes_when(database: Database) {
    let wired = Wired::new(database).await;
    let account = new_account();
    let _first = known_as(&wired, &account, "card_1Abc").await;
    let second = known_as(&wired, &account, "card_2Abc").await;
    let begun = now(&wired).as_second();
    for (number, name) in [(2, "card_2Abc"), (1, "card_1Abc"), (2, "card_2Abc"), (1, "card_1Abc")] {
        let customer = json!({"id": "cus_1Abc", "default_source": name});
        let id = format!("evt_{number}");
        tell(&wired, &event(&id, "customer.updated", begun + number, &customer)).await.ok();
        let path = format!("/v1/accounts/{account}/payment-methods");
        let cards = wired.client.get(path).await.ok();
        assert_eq!(cards["defaultPaymentMethodId"], json!(second));
    }
}

async fn a_source_that_is_gone_goes_here_too(database: Database) {
    let wired = Wired::new(database).await;
    let account = new_account();
    let default = known_as(&wired, &account, "card_1Abc").await;
    let other = known_as(&wired, &account, "card_2Abc").await;
    for (id, name) in [("evt_1", "card_2Abc"), ("evt_2", "card_1Abc"), ("evt_1", "card_2Abc")] {
        let gone = event(id, "customer.source.deleted", 1_700_000_000, &json!({"id": name}));
        tell(&wired, &gone).await.ok();
    }
    wired.client.get(card_path(&other)).await.expect(404);
    // Somebody has to choose another default first.
    assert_eq!(shown(&wired, &default).await["status"], json!("Closed"));
}

async fn a_card_of_another_entity_is_not_touched(database: Database) {
    let (wired, other) = (Wired::new(database).await, Wired::new(database).await);
    let card = known_as(&other, &new_account(), "card_1Abc").await;
    let charge = json!({"id": "ch_1", "source": {"id": "card_1Abc"}});
    tell(&wired, &event("evt_1", "charge.failed", 1_700_000_000, &charge)).await.ok();
    assert_eq!(shown(&other, &card).await["numConsecutiveFailures"], json!(0));
}

async fn a_failure_of_ours_is_sent_again_and_takes_effect_then(database: Database) {
    let wired = Wired::new(database).await;
    let card = known_as(&wired, &new_account(), "card_1Abc").await;
    let charge = json!({"id": "ch_1", "source": {"id": "card_1Abc"}});
    let event = event("evt_1", "charge.failed", now(&wired).as_second(), &charge);
    wired.faults.store(Some(Fault::Gone));
    tell(&wired, &event).await.expect(500);
    wired.faults.store(None);
    tell(&wired, &event).await.ok();
    assert_eq!(shown(&wired, &card).await["numConsecutiveFailures"], json!(1));
}
