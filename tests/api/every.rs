//! What can go wrong with any operation, tried on every one that the contract has.

use cardfile_domain::limits::{BODY_BYTES_MAX, TOKEN_BYTES_MAX};
use cardfile_tests::{
    app::{App, Database},
    call::Call,
    message::Reply,
    served,
    spec::Operation,
    suite::Case,
    wired,
    wired::{Fault, Wired},
};

use crate::samples::{Stage, granted, guarded, has_real_statuses, is_streamed, takes, writes};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        every_operation_does_what_it_is_for,
        every_body_has_a_limit,
        every_body_is_of_one_type,
        every_body_has_to_be_readable,
        every_bad_header_is_refused,
        every_key_stands_for_one_request,
        every_path_works_with_rest_in_front,
    ];
    cases.extend(wired![
        every_operation_says_when_too_many_wait,
        every_operation_says_when_the_database_is_gone,
        every_operation_survives_a_panic,
        every_operation_says_when_the_directory_is_gone,
        every_write_says_when_others_are_faster,
        every_key_is_taken_while_its_first_request_runs,
    ]);
    cases
}

#[track_caller]
fn answers(operation: &Operation, reply: &Reply, status: u16) {
    assert!(reply.status == status, "{}: {status} was expected\n{reply}", operation.id);
}

/// What a status with an old face is to callers of old versions.
fn of_old(operation: &Operation, status: u16) -> u16 {
    if has_real_statuses(operation) { status } else { 200 }
}

fn with_bodies() -> impl Iterator<Item = &'static Operation> {
    guarded().filter(|operation| operation.body.is_some())
}

/// Operations that are answered as a whole.
fn at_once() -> impl Iterator<Item = &'static Operation> {
    guarded().filter(|operation| !is_streamed(operation))
}

async fn every_operation_does_what_it_is_for(app: App) {
    for operation in guarded() {
        for version in ["2025-08-12", "186.0"] {
            let stage = Stage::set(&app.client).await;
            let reply = stage.call(operation, &app.client).version(version).track("t").await;
            answers(operation, &reply, granted(operation));
            if !is_streamed(operation) {
                reply.json();
            }
        }
    }
}

async fn every_body_has_a_limit(app: App) {
    let stage = Stage::set(&app.client).await;
    let large = vec![b' '; BODY_BYTES_MAX + 1];
    for operation in with_bodies().filter(|operation| !is_streamed(operation)) {
        for version in ["2025-08-12", "186.0"] {
            let call = stage.call(operation, &app.client).version(version).track("t");
            answers(operation, &call.clone().bytes(large.clone()).await, 413);
            answers(operation, &call.bytes(large.clone()).gzip().await, 413);
        }
    }
    let form = "application/x-www-form-urlencoded";
    let token = app.anybody().post("/oauth/token").track("t");
    let of = |bytes| token.clone().of_type(form, vec![b' '; bytes]);
    assert_eq!(of(TOKEN_BYTES_MAX).await.status, 400);
    assert_eq!(of(TOKEN_BYTES_MAX + 1).await.status, 413);
    assert_eq!(of(TOKEN_BYTES_MAX + 1).gzip().await.status, 413);
}

async fn every_body_is_of_one_type(app: App) {
    let stage = Stage::set(&app.client).await;
    let types = ["text/plain", "application/xml", "application/jsonx", "multipart/form-data", ""];
    for operation in with_bodies() {
        let call = stage.call(operation, &app.client).track("t");
        for kind in types {
            let reply = call.clone().only_header("Content-Type", kind).await;
            answers(operation, &reply, 415);
        }
        for encoding in ["br", "deflate", "zstd", "gzip, gzip", "gzip, br", "x", "*"] {
            answers(operation, &call.clone().encoded(encoding, "{}").await, 415);
        }
        if operation.id != "actionDelete" {
            let good = if is_streamed(operation) { "X-NDJson" } else { "JSON" };
            let kind = format!("Application/{good} ; charset=utf-8");
            let call = stage.call(operation, &app.client).only_header("Content-Type", &kind);
            answers(operation, &call.await, granted(operation));
        }
    }
    let token = app.anybody().post("/oauth/token").track("t");
    assert_eq!(token.clone().bytes("{}").await.status, 415);
    assert_eq!(token.await.status, 415, "a form says that it is one");
}

async fn every_body_has_to_be_readable(app: App) {
    let stage = Stage::set(&app.client).await;
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let deep_field = format!(r#"{{"gatewayOptions": {{"a": {deep}}}}}"#);
    for operation in with_bodies().filter(|operation| !is_streamed(operation)) {
        let bad: [&[u8]; 16] = [
            b"",
            b"{",
            b"}",
            b"null",
            b"[]",
            b"7",
            b"\"x\"",
            b"{\"a\": 1,}",
            b"{'a': 1}",
            b"{\"a\": NaN}",
            b"{\"a\": \"\xff\"}",
            b"{\"a\": \"\\ud800\"}",
            b"{} {}",
            b"\0",
            deep.as_bytes(),
            deep_field.as_bytes(),
        ];
        for body in bad {
            let call = stage.call(operation, &app.client).bytes(body.to_vec());
            answers(operation, &call.clone().await, 400);
            answers(operation, &call.version("186.0").await, of_old(operation, 400));
        }
    }
}

async fn every_bad_header_is_refused(app: App) {
    let stage = Stage::set(&app.client).await;
    for operation in guarded() {
        let call = stage.call(operation, &app.client);
        let reply = call.clone().track("a;b").await;
        answers(operation, &reply, 400);
        assert_eq!(reply.header("zuora-track-id"), None);
        let reply = call.clone().track("a;b").version("186.0").await;
        answers(operation, &reply, of_old(operation, 400));
        if writes(operation) {
            for key in [String::new(), "k".repeat(256), "tab\there".to_owned()] {
                answers(operation, &call.clone().key(&key).await, 400);
            }
            let twice = call.clone().key("one").header("Idempotency-Key", "two").await;
            answers(operation, &twice, 400);
        }
    }
}

/// The same operation, asking for something else.
fn another(operation: &Operation, app: &App, stage: &Stage) -> Call {
    let other = Stage {
        account: stage.account.replace("A-", "B-"),
        spare_card: stage.default_card.clone(),
        ..stage.clone()
    };
    let call = other.call(operation, &app.client);
    if operation.path.contains('{') { call } else { call.query("another", "query") }
}

async fn every_key_stands_for_one_request(app: App) {
    for operation in at_once().filter(|operation| writes(operation)) {
        let stage = Stage::set(&app.client).await;
        let key = format!("key of {}", operation.id);
        let call = stage.call(operation, &app.client).key(&key).track("t");
        let first = call.clone().await;
        first.expect(granted(operation));
        let again = call.clone().await;
        answers(operation, &again, granted(operation));
        assert!(again.json() == first.json(), "{}\n{first}\n\n{again}", operation.id);
        let other = another(operation, &app, &stage).key(&key).track("t");
        for version in ["2025-08-12", "186.0"] {
            answers(operation, &other.clone().version(version).await, 422);
        }
        answers(operation, &call.await, granted(operation));
    }
}

async fn every_path_works_with_rest_in_front(app: App) {
    for operation in guarded() {
        let stage = Stage::set(&app.client).await;
        let request = stage.call(operation, &app.client).request().clone();
        let mut call = app.client.call(&request.method, format!("/rest{}", request.target));
        let kind = request.header("Content-Type").next().map(str::to_owned);
        if let Some(kind) = kind {
            call = call.of_type(&kind, request.plain);
        }
        answers(operation, &call.await, granted(operation));
    }
}

/// Breaks the store, and tries every operation.
async fn all_fail(wired: &Wired, fault: Fault, status: u16) {
    for operation in at_once() {
        let stage = Stage::set(&wired.client).await;
        let call = stage.call(operation, &wired.client).track("t");
        wired.faults.store(Some(fault));
        for version in ["2025-08-12", "186.0"] {
            let reply = call.clone().version(version).await;
            if is_per_object(operation) {
                answers(operation, &reply, 200);
                assert!(reply.text().contains("\"Code\""), "{reply}");
            } else {
                answers(operation, &reply, status);
            }
        }
        wired.faults.store(None);
    }
}

/// What goes wrong with one of an action's objects is a result of it.
fn is_per_object(operation: &Operation) -> bool {
    ["actionCreate", "actionUpdate", "actionDelete"].contains(&operation.id.as_str())
}

async fn every_operation_says_when_too_many_wait(database: Database) {
    all_fail(&Wired::new(database).await, Fault::Busy, 429).await;
}

async fn every_operation_says_when_the_database_is_gone(database: Database) {
    all_fail(&Wired::new(database).await, Fault::Gone, 500).await;
}

async fn every_operation_survives_a_panic(database: Database) {
    let wired = Wired::new(database).await;
    for operation in at_once() {
        let stage = Stage::set(&wired.client).await;
        let call = stage.call(operation, &wired.client).track("t");
        wired.faults.store(Some(Fault::Panic));
        let reply = call.await;
        wired.faults.store(None);
        answers(operation, &reply, 500);
        assert!(!reply.text().contains("a test broke it"), "{reply}");
    }
}

async fn every_operation_says_when_the_directory_is_gone(database: Database) {
    let wired = Wired::new(database).await;
    let mut stage = Stage::set(&wired.client).await;
    let now = cardfile_domain::ports::Clock::now(&*wired.clock);
    stage.credentials = wired
        .office
        .new_client(&[wired.entity], &[cardfile_domain::client::Right::Read], now)
        .await;
    wired.clock.advance(jiff::SignedDuration::from_secs(60));
    wired.faults.directory(Some(Fault::Gone));
    for operation in guarded() {
        let reply = stage.call(operation, &wired.client).track("t").await;
        answers(operation, &reply, 500);
    }
    let token = cardfile_tests::spec::Spec::get().operation("createToken");
    answers(token, &stage.call(token, &wired.client).await, 500);
}

async fn every_write_says_when_others_are_faster(database: Database) {
    let wired = Wired::new(database).await;
    for operation in at_once().filter(|operation| writes(operation)) {
        let stage = Stage::set(&wired.client).await;
        let call = stage.call(operation, &wired.client).track("t");
        wired.faults.store(Some(Fault::Contended));
        let reply = call.clone().await;
        let old = call.version("186.0").await;
        wired.faults.store(None);
        if is_per_object(operation) {
            answers(operation, &reply, 200);
            assert!(reply.text().contains("LOCK_COMPETITION"), "{reply}");
        } else {
            answers(operation, &reply, 409);
            answers(operation, &old, of_old(operation, 409));
        }
    }
}

async fn every_key_is_taken_while_its_first_request_runs(database: Database) {
    let wired = Wired::new(database).await;
    for operation in at_once().filter(|operation| takes(operation, "Idempotency-Key")) {
        let stage = Stage::set(&wired.client).await;
        let call = stage.call(operation, &wired.client).key(&operation.id).track("t");
        wired.faults.hold_writes();
        let first = tokio::spawn(std::future::IntoFuture::into_future(call.clone()));
        wired.faults.a_write_is_held().await;
        for version in ["2025-08-12", "186.0"] {
            answers(operation, &call.clone().version(version).await, 409);
        }
        wired.faults.release_write();
        let first = first.await.unwrap().expect(granted(operation));
        let again = call.await.expect(granted(operation));
        assert!(again == first, "{}\n{again}", operation.id);
    }
}
