//! Headers that Zuora defines: names of calls, and what the version decides.

use cardfile_tests::{
    app::{App, card_path, new_account, seed_path},
    call::Call,
    cards, raw, served,
    suite::Case,
};
use serde_json::json;

use crate::samples::Stage;

pub(crate) fn cases() -> Vec<Case> {
    served![
        a_track_id_comes_back_with_every_kind_of_answer,
        a_track_id_has_64_characters_of_ascii_and_no_quotes,
        a_bad_track_id_is_refused_and_not_echoed,
        a_track_id_that_is_not_ascii_is_refused,
        the_version_decides_whether_a_failure_has_a_status,
        some_statuses_are_real_in_every_version,
        a_version_that_cannot_be_read_is_the_oldest,
    ]
}

/// Calls that end in every way there is, with the status of each to callers of today.
fn endings(app: &App, stage: &Stage) -> Vec<(Call, u16)> {
    let card = card_path(&stage.spare_card);
    let seed = seed_path(&stage.spare_card);
    let client = &app.client;
    vec![
        (client.get(&card), 200),
        (client.put(&seed).json(&json!({})), 200),
        (client.put(&seed).json(&json!({"x": 1})), 400),
        (client.put(&seed).json(&json!({"city": 1})), 400),
        (client.put(&seed).bytes("{"), 400),
        (client.get(card_path("x")), 404),
        (client.get("/nothing"), 404),
        (client.post(&card), 405),
        (client.get(&card).only_header("Accept-Encoding", "identity;q=0"), 406),
        (client.put(&seed).bytes(vec![b' '; 2 * 1024 * 1024]).gzip(), 413),
        (client.put(&seed).of_type("text/plain", "x"), 415),
        (client.put(&seed).json(&json!({})).key(&"k".repeat(256)), 400),
        (client.get(&card).entity("x"), 400),
        (client.get(&card).entity(&stage.spare_card), 403),
        (app.anybody().get(&card), 401),
        (app.anybody().get("/health/live"), 200),
        (app.anybody().post("/oauth/token"), 415),
        (app.anybody().token("x", "y"), 401),
        (client.get(format!("/v1/object/payment-method/{}", stage.spare_card)), 200),
        (client.get("/v1/object/payment-method/x"), 404),
        (client.post("/v1/action/query").json(&json!({"queryString": "x"})), 400),
        (client.get("/object-query/payment-methods"), 200),
        (client.get("/object-query/payment-methods").query("pageSize", "0"), 400),
    ]
}

async fn a_track_id_comes_back_with_every_kind_of_answer(app: App) {
    let stage = Stage::set(&app.client).await;
    for (call, status) in endings(&app, &stage) {
        let with = call.clone().track("run 7, step 3").await;
        assert!(with.status == status, "{status} was expected\n{with}");
        assert_eq!(with.header("zuora-track-id"), Some("run 7, step 3"));
        let without = call.await;
        assert_eq!(without.header("zuora-track-id"), None);
        assert_eq!(without.header("zuora-request-id").map(str::len), Some(36));
    }
}

async fn a_track_id_has_64_characters_of_ascii_and_no_quotes(app: App) {
    let card = card_path(&app.card().await);
    let longest = "x".repeat(cardfile_domain::track_id::TrackId::MAX_CHARS);
    assert_eq!(longest.len(), 64);
    let all: String = (' '..='~').filter(|letter| !":;\"'".contains(*letter)).collect();
    for id in [&longest, "a", "a b", &all[1..60], &all[60..], "<script>", "%00"] {
        let reply = app.client.get(&card).track(id).await;
        reply.ok();
        assert_eq!(reply.header("zuora-track-id"), Some(id));
    }
    // An empty one is how some clients write none.
    let reply = app.client.get(&card).track("").await;
    reply.ok();
    assert_eq!(reply.header("zuora-track-id"), None);
}

async fn a_bad_track_id_is_refused_and_not_echoed(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    for id in [
        &"x".repeat(65),
        "a:b",
        "a;b",
        "a\"b",
        "a'b",
        "a\tb",
        "4111111111111111",
        "run 4111 1111 1111 1111",
    ] {
        for version in [Some("2025-08-12"), None] {
            let client = app.client.speaking(version);
            let call = client.put(seed_path(&card)).json(&json!({"city": "Berlin"})).track(id);
            let reply = call.await;
            let status = if version.is_some() { 400 } else { 200 };
            let message = "The Zuora-Track-Id header is not valid: at most 64 US-ASCII characters, \
                           without colon, semicolon, quotes and card numbers.";
            reply.fails(status, 50_000_020, message);
            assert_eq!(reply.header("zuora-track-id"), None);
        }
    }
    assert_eq!(app.shown(&card).await, before);
}

async fn a_track_id_that_is_not_ascii_is_refused(app: App) {
    for path in ["/health/live", "/v1/nothing"] {
        for id in ["é", "漢", "\u{80}"] {
            let head = format!(
                "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nZuora-Track-Id: {id}\r\n\r\n"
            );
            let answer = raw::send(app.shared.server.address(), head.as_bytes(), b"").await;
            assert!(!answer.headers.contains_key("zuora-track-id"), "{answer:?}");
        }
    }
}

async fn the_version_decides_whether_a_failure_has_a_status(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let mute = json!({"cardNumber": cards::NO_ANSWER, "skipValidation": true});
    let mute = app.create(&cards::with(cards::of_account(&account), &mute)).await;
    let reader = app.sign_in(&[app.entity], &[cardfile_domain::client::Right::Read]).await;
    let seed = seed_path(&card);
    let client = &app.client;
    for (call, category, status) in [
        (reader.put(&seed).json(&json!({})), 10, 403),
        (client.put(&seed).json(&json!({"city": 7})), 20, 400),
        (client.put(&seed).json(&json!({"colour": 7})), 21, 400),
        (client.put(&seed).json(&json!({"cardHolderName": "Amy"})), 22, 400),
        (client.delete(card_path(&card)), 30, 400),
        (client.get(card_path("nobody")), 40, 404),
        (client.put(&seed).bytes("{"), 90, 400),
        (client.put(seed_path(&mute)).json(&json!({"securityCode": "111"})), 99, 500),
    ] {
        for (version, real) in [
            ("2024-05-20", true),
            ("2024-05-21", true),
            ("2025-08-12", true),
            ("2099-01-01", true),
            ("2024-05-19", false),
            ("2023-10-24", false),
            ("341.0", false),
            ("186.0", false),
            ("", false),
        ] {
            let reply = call.clone().version(version).await;
            let codes = reply.codes(if real { status } else { 200 });
            assert!(codes.iter().all(|code| code % 100 == category), "{reply}");
            assert_eq!(reply.json()["success"], json!(false));
        }
    }
}

async fn some_statuses_are_real_in_every_version(app: App) {
    let stage = Stage::set(&app.client).await;
    for (call, status) in endings(&app, &stage) {
        let rest = call.request().path().starts_with("/v1/payment-methods");
        let hidden = rest && [400, 403, 404].contains(&status);
        let reply = call.version("186.0").await;
        assert!(reply.status == if hidden { 200 } else { status }, "{status}\n{reply}");
    }
}

async fn a_version_that_cannot_be_read_is_the_oldest(app: App) {
    for version in ["2025", "2025-8-12", "2025-08-12 ", "20250812", "x", "2025-08-1x", "9999.0"] {
        // White space around a header's value is not part of it.
        let status = if version == "2025-08-12 " { 404 } else { 200 };
        let reply = app.client.get(card_path("nobody")).version(version).await;
        reply.fails_with(status, &[50_000_040]);
    }
}
