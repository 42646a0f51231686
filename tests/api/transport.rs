//! What answers before an operation does: paths, methods, encodings, time.

use std::time::Duration;

use bytes::Bytes;
use cardfile_domain::limits::HEADER_BYTES_MAX;
use cardfile_tests::{
    alone,
    app::{App, Database},
    raw, served,
    suite::Case,
    wired::{Fault, Wired},
};
use http_body_util::{BodyExt as _, StreamBody, combinators::BoxBody};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use crate::samples::Stage;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        an_unknown_path_answers_in_the_dialect_of_its_place,
        an_unknown_method_answers_in_the_dialect_of_its_place,
        head_is_get_without_a_body,
        an_encoding_that_cannot_be_had_is_not_acceptable,
        headers_have_a_limit,
        what_is_no_http_is_refused_and_harms_nobody,
        health_and_metrics_tell_how_it_is,
    ];
    cases.extend(alone![
        a_body_that_does_not_come_ends_in_408,
        a_request_that_takes_too_long_ends_in_504,
        a_server_without_a_database_is_not_ready,
    ]);
    cases
}

/// A place, and the names that an error has there.
const PLACES: [(&str, &[&str]); 4] = [
    ("/v1/nothing", &["processId", "reasons", "requestId", "success"]),
    ("/v1/object/nothing", &["done", "records", "size"]),
    ("/v1/action/nothing", &["FaultCode", "FaultMessage"]),
    ("/object-query/nothing", &["reasons", "requestId"]),
];

fn names(body: &Value) -> Vec<&str> {
    let mut names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

async fn an_unknown_path_answers_in_the_dialect_of_its_place(app: App) {
    for (path, expected) in PLACES {
        for prefix in ["", "/rest"] {
            for client in [&app.client, &app.anybody(), &app.client.speaking(None)] {
                let reply = client.get(format!("{prefix}{path}")).track("t").await;
                assert_eq!(names(&reply.expect(404)), expected, "{reply}");
            }
        }
    }
    for path in
        ["/", "/v1", "/v1/", "/v2/payment-methods", "/rest", "/rest/rest/v1/accounts/x", "/%00"]
    {
        app.client.get(path).await.expect(404);
    }
    // A slash at the end makes another path.
    app.client.get("/v1/accounts/").await.expect(404);
    let message = "There is nothing at this path.";
    app.client.get("/v1/4111111111111111").await.fails(404, 50_000_040, message);
}

async fn an_unknown_method_answers_in_the_dialect_of_its_place(app: App) {
    let stage = Stage::set(&app.client).await;
    let card = &stage.spare_card;
    for (method, path, allowed, expected) in [
        ("PATCH", format!("/v1/payment-methods/{card}"), "DELETE,GET,HEAD,PUT", "reasons"),
        ("GET", "/v1/payment-methods".to_owned(), "POST", "reasons"),
        ("DELETE", "/oauth/token".to_owned(), "POST", "reasons"),
        ("POST", format!("/v1/object/payment-method/{card}"), "DELETE,GET,HEAD,PUT", "Errors"),
        ("GET", "/v1/action/create".to_owned(), "POST", "FaultCode"),
        ("POST", "/object-query/payment-methods".to_owned(), "GET,HEAD", "reasons"),
    ] {
        for client in [&app.client, &app.anybody(), &app.client.speaking(None)] {
            let reply = client.call(method, &path).track("t").await;
            assert!(!reply.expect(405)[expected].is_null(), "{reply}");
            let mut allow: Vec<_> =
                reply.header("allow").unwrap().split(',').map(str::trim).collect();
            allow.sort_unstable();
            assert_eq!(allow.join(","), allowed, "{reply}");
        }
    }
    // The static path wins over the one with a parameter, whose GET it does not have.
    app.client.get("/v1/payment-methods/credit-cards").await.fails_with(405, &[50_000_045]);
}

async fn head_is_get_without_a_body(app: App) {
    let stage = Stage::set(&app.client).await;
    for path in [format!("/v1/payment-methods/{}", stage.spare_card), "/health/live".to_owned()] {
        let reply = app.client.call("HEAD", path).track("t").await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.is_empty());
    }
}

async fn an_encoding_that_cannot_be_had_is_not_acceptable(app: App) {
    let stage = Stage::set(&app.client).await;
    let card = &stage.spare_card;
    for (path, expected) in [
        (format!("/v1/payment-methods/{card}"), "reasons"),
        (format!("/v1/object/payment-method/{card}"), "Errors"),
        (format!("/object-query/payment-methods/{card}"), "reasons"),
    ] {
        for wish in ["identity;q=0", "*;q=0", "identity;q=0, br"] {
            let call = app.client.get(&path).only_header("Accept-Encoding", wish).track("t");
            let reply = call.await;
            assert!(!reply.expect(406)[expected].is_null(), "{reply}");
        }
        for wish in ["", "br", "identity", "*", "gzip;q=0", "gzip, identity;q=0"] {
            let reply = app.client.get(&path).only_header("Accept-Encoding", wish).await;
            assert!(reply.status == 200, "{reply}");
        }
    }
}

async fn headers_have_a_limit(app: App) {
    let address = app.shared.server.address();
    let head = |bytes: usize| {
        let padding = "x".repeat(bytes);
        format!(
            "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Pad: {padding}\r\n\r\n"
        )
    };
    assert_eq!(HEADER_BYTES_MAX, 32 * 1024);
    let below = raw::send(address, head(HEADER_BYTES_MAX - 1024).as_bytes(), b"").await;
    assert_eq!(below.status, 200);
    let above = raw::send(address, head(HEADER_BYTES_MAX + 1024).as_bytes(), b"").await;
    assert_eq!(above.status, 431);
    let far_above = raw::send(address, head(3 * HEADER_BYTES_MAX).as_bytes(), b"").await;
    assert_eq!(far_above.status, 431);
    let stage = Stage::set(&app.client).await;
    for path in
        ["/v1/payment-methods", "/v1/object/payment-method", "/object-query/payment-methods"]
    {
        let call = app.client.get(format!("{path}/{}", stage.spare_card)).track("t");
        call.clone().header("X-Pad", &"x".repeat(HEADER_BYTES_MAX - 1024)).await.ok();
        let reply = call.header("X-Pad", &"x".repeat(HEADER_BYTES_MAX)).await;
        assert_eq!(reply.status, 431, "{reply}");
        assert!(!reply.body.is_empty());
    }
    let url =
        format!("GET /{} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a".repeat(70_000));
    assert!([414, 431].contains(&raw::send(address, url.as_bytes(), b"").await.status));
}

async fn what_is_no_http_is_refused_and_harms_nobody(app: App) {
    let address = app.shared.server.address();
    for bytes in [
        &b"hello\r\n\r\n"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ] {
        let answer = raw::send(address, bytes, b"").await;
        assert_eq!(answer.status, 400, "{}", String::from_utf8_lossy(bytes));
    }
    app.client.get("/health/live").await.ok();
}

async fn health_and_metrics_tell_how_it_is(app: App) {
    assert_eq!(app.anybody().get("/health/live").await.ok(), json!({"status": "live"}));
    assert_eq!(app.anybody().get("/health/ready").await.ok(), json!({"status": "ready"}));
    let card = app.card().await;
    app.shown(&card).await;
    app.anybody().call("BREW", "/health/live").await.expect(405);
    let reply = app.anybody().get("/metrics").await;
    let metrics = reply.text();
    let counted = metrics.lines().any(|line| {
        line.starts_with("cardfile_http_requests_total")
            && line.contains(r#"route="/v1/payment-methods/{id}""#)
            && line.contains(r#"status="200""#)
    });
    assert!(counted, "{metrics}");
    assert!(!metrics.contains("BREW"), "a caller makes metrics");
    for secret in [&card, &app.entity.to_string(), &app.entity.simple()] {
        assert!(!metrics.contains(secret.as_str()), "an id is in the metrics");
    }
}

/// A runtime whose clock jumps to the next timer as soon as nobody works.
fn in_no_time(test: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(test);
}

async fn bodiless(wired: &Wired, target: &str) -> (u16, Value) {
    let request = hyper::Request::builder().method("GET").uri(target);
    let body = http_body_util::Empty::new().boxed();
    let (status, _, body) = wired.router.answer(request.body(body).unwrap()).await;
    (status, serde_json::from_slice(&body).unwrap())
}

fn a_body_that_does_not_come_ends_in_408() {
    let wired = cardfile_tests::block_on(Wired::new(Database::Sqlite));
    in_no_time(async {
        let never: BoxBody<Bytes, _> = StreamBody::new(futures::stream::pending()).boxed();
        let request = hyper::Request::builder()
            .method("POST")
            .uri("/oauth/token")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Zuora-Track-Id", "t");
        let started = tokio::time::Instant::now();
        let (status, headers, body) = wired.router.answer(request.body(never).unwrap()).await;
        // The server lingers a little, in case the body comes after all.
        assert!((30..=32).contains(&started.elapsed().as_secs()));
        let headers_sent = [("Zuora-Track-Id", "t")];
        let answer = raw::Answer { status, headers, body };
        answer.to("POST", "/oauth/token", &headers_sent).fails_with(408, &[50_000_090]);
    });
}

fn a_request_that_takes_too_long_ends_in_504() {
    let wired = cardfile_tests::block_on(Wired::new(Database::Sqlite));
    wired.faults.store(Some(Fault::Mute));
    in_no_time(async {
        let started = tokio::time::Instant::now();
        let reply = wired.client.get("/health/ready").track("t").await;
        assert_eq!(started.elapsed(), Duration::from_mins(2));
        reply.fails_with(504, &[50_000_061]);
    });
}

fn a_server_without_a_database_is_not_ready() {
    cardfile_tests::block_on(async {
        let wired = Wired::new(Database::Sqlite).await;
        assert_eq!(bodiless(&wired, "/health/ready").await.0, 200);
        wired.faults.store(Some(Fault::Gone));
        let reply = wired.client.get("/health/ready").track("t").await;
        reply.fails_with(503, &[50_000_061]);
        assert_eq!(reply.header("retry-after"), Some("1"));
        wired.client.get("/health/live").await.ok();
        wired.faults.store(None);
        wired.client.get("/health/ready").await.ok();
    });
}
