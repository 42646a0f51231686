//! The reader of the contract sees what is wrong: each fault is planted once.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::{Place, complaints};
use crate::{
    message::{Reply, Request},
    spec::Spec,
};

const CARD: &str = "019a2c4e7b1e7c60a1b2c3d4e5f60718";

/// An exchange without a fault; every call has another request id.
fn exchange() -> Reply {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let fresh = format!("00000000-0000-4000-8000-{number:012x}");
    let mut reply = Reply {
        request: Request {
            method: "PUT".to_owned(),
            target: format!("/v1/payment-methods/credit-cards/{CARD}"),
            headers: vec![("Zuora-Track-Id".to_owned(), "t 1".to_owned())],
            body: Bytes::new(),
            plain: Bytes::from_static(br#"{"city":"Berlin"}"#),
        },
        status: 200,
        headers: HeaderMap::new(),
        body: Bytes::new(),
    };
    for (name, value) in [
        ("content-type", "application/json"),
        ("zuora-request-id", &fresh),
        ("zuora-track-id", "t 1"),
    ] {
        with_header(&mut reply, name, value);
    }
    with_body(&mut reply, &json!({"paymentMethodId": CARD, "success": true}));
    reply
}

fn with_header(reply: &mut Reply, name: &str, value: &str) {
    let name: HeaderName = name.parse().unwrap();
    reply.headers.insert(name, HeaderValue::try_from(value).unwrap());
}

fn with_body(reply: &mut Reply, body: &Value) {
    reply.body = body.to_string().into();
}

#[track_caller]
fn caught(plant: impl FnOnce(&mut Reply), word: &str) {
    let mut reply = exchange();
    plant(&mut reply);
    let spec = Spec::get();
    let found = complaints(spec, Place::of(spec, &reply), &reply).join("\n");
    assert!(found.contains(word), "{word:?} is not in {found:?}");
}

#[test]
fn a_good_exchange_is_good() {
    let (spec, reply) = (Spec::get(), exchange());
    assert_eq!(complaints(spec, Place::of(spec, &reply), &reply), Vec::<String>::new());
}

#[test]
fn a_status_that_is_not_promised_is_caught() {
    caught(|reply| reply.status = 418, "418");
}

#[test]
fn a_body_that_is_not_promised_is_caught() {
    caught(|reply| with_body(reply, &json!({"success": true})), "oneOf");
    let more = json!({"paymentMethodId": CARD, "success": true, "securityCode": "111"});
    caught(|reply| with_body(reply, &more), "oneOf");
    caught(|reply| reply.body = Bytes::new(), "not JSON");
    caught(|reply| with_header(reply, "content-type", "text/html"), "text/html");
}

#[test]
fn a_header_that_is_missing_or_new_is_caught() {
    caught(|reply| drop(reply.headers.remove("zuora-request-id")), "Zuora-Request-Id");
    caught(|reply| with_header(reply, "zuora-request-id", "7"), "Zuora-Request-Id");
    caught(|reply| with_header(reply, "x-powered-by", "us"), "x-powered-by");
}

#[test]
fn a_track_id_that_is_not_echoed_or_should_not_be_is_caught() {
    caught(|reply| drop(reply.headers.remove("zuora-track-id")), "track id");
    caught(|reply| reply.request.headers[0].1 = "a;b".to_owned(), "track id");
}

#[test]
fn a_request_id_that_comes_twice_is_caught() {
    let spec = Spec::get();
    let reply = exchange();
    assert!(complaints(spec, Place::of(spec, &reply), &reply).is_empty());
    assert!(!complaints(spec, Place::of(spec, &reply), &reply).is_empty());
}

#[test]
fn a_request_that_should_not_have_been_granted_is_caught() {
    let body = |text: &'static str| {
        move |reply: &mut Reply| reply.request.plain = Bytes::from_static(text.as_bytes())
    };
    caught(body(r#"{"colour": "red"}"#), "granted although");
    caught(body(r#"{"expirationMonth": 13}"#), "/expirationMonth");
    caught(body("{"), "not JSON");
    let key = ("Idempotency-Key".to_owned(), "k".repeat(256));
    caught(|reply| reply.request.headers.push(key), "Idempotency-Key");
}

#[test]
fn a_card_number_in_an_answer_is_caught() {
    caught(|reply| with_header(reply, "vary", "4111-1111 1111-1111"), "ends in 1111");
}

#[test]
fn a_path_or_method_that_does_not_exist_must_be_refused() {
    caught(|reply| reply.request.target = "/v1/nothing".to_owned(), "404");
    caught(|reply| reply.request.method = "PATCH".to_owned(), "405");
}

#[test]
fn a_small_answer_that_is_compressed_is_caught() {
    caught(
        |reply| {
            reply.body = crate::gzip::deflate(&reply.body);
            with_header(reply, "content-encoding", "gzip");
        },
        "compressed",
    );
}
