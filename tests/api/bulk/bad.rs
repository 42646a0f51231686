//! Uploads that end badly, and callers that have no manners. What came before stands, the last
//! receipt says where it ended and why, and nobody else notices.

use std::{future::IntoFuture as _, time::Duration};

use bytes::Bytes;
use cardfile_domain::limits::BULK_LINE_BYTES_MAX;
use cardfile_tests::{
    alone,
    app::{App, Database, create},
    cards, gzip,
    message::Reply,
    served,
    suite::Case,
    wired,
    wired::{Fault, Wired},
};
use serde_json::json;

use super::{
    PATH, codes,
    slow::{self, Piece},
    told, upload, upload_bytes,
};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_bomb_is_one_very_long_line,
        an_endless_line_ends_the_upload_where_it_gets_too_long,
        a_row_that_is_too_long_ends_the_upload,
        half_of_a_gzip_with_many_members_is_half_an_upload,
        a_body_that_is_not_what_it_says_ends_at_its_first_line,
        a_hundred_thousand_tiny_lines_are_answered_one_by_one,
    ];
    cases.extend(wired![
        an_upload_without_a_database_ends_soon,
        a_panic_ends_the_answer_without_a_summary,
        others_that_are_faster_are_in_the_way_of_one_line,
        a_client_that_is_disabled_is_heard_no_further,
    ]);
    cases.extend(alone![a_byte_a_second_is_an_upload_too, an_upload_that_falls_silent_ends,]);
    cases
}

/// What the last receipt says, after so many lines that went well.
#[track_caller]
pub(super) fn ends_after(reply: &Reply, good: usize, line: u64, code: u64) {
    let (receipts, summary) = told(reply);
    assert_eq!(summary["complete"], json!(false), "{reply}");
    assert_eq!(summary["refused"], json!(1), "{reply}");
    assert_eq!(receipts.len(), good + 1, "{reply}");
    let last = &receipts[good];
    assert_eq!((last["line"].clone(), codes(last)), (json!(line), vec![code]), "{reply}");
}

/// A gibibyte in a mebibyte, and all of it one line.
pub(super) fn bomb() -> Bytes {
    const MEMBER_BYTES: usize = 16 * 1024 * 1024;
    let bomb = gzip::deflate(&vec![0; MEMBER_BYTES]).repeat(64);
    assert!(bomb.len() <= 1100 * 1024, "{} bytes are no bomb", bomb.len());
    bomb.into()
}

async fn a_bomb_is_one_very_long_line(app: App) {
    let reply = upload_bytes(&app.client, "").encoded("gzip", bomb()).await;
    ends_after(&reply, 0, 1, 50_000_070);
}

async fn an_endless_line_ends_the_upload_where_it_gets_too_long(app: App) {
    let card = app.card().await;
    let good = format!("{}\n\n", json!({"id": card, "city": "Ulm"}));
    let line = Bytes::from(vec![b'x'; 1_000_000]);
    let pieces = std::iter::once(Bytes::from(good)).chain(std::iter::repeat_n(line, 1000));
    let (text, sent) = slow::send(&app, pieces).await;
    assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    assert!(text.contains(r#""line":3,"id":null,"result":"refused","reasons":[{"code":50000070"#));
    assert!(text.contains(r#""updated":1,"#) && text.contains(r#""complete":false"#), "{text}");
    // The server has listened politely for a while, and then no longer.
    assert!(sent < 1000, "all pieces were sent");
}

async fn a_row_that_is_too_long_ends_the_upload(app: App) {
    let card = app.card().await;
    let long = "x".repeat(BULK_LINE_BYTES_MAX);
    for end in ["", "\n", "\"\n"] {
        let table = format!("id,city\n{card},Ulm\n{card},\"{long}{end}");
        let reply = app.client.post(PATH).of_type("text/csv", table).await;
        ends_after(&reply, 1, 3, 50_000_070);
    }
    // Just as long as it may be, it is only a bad city.
    let table = format!("id,city\n{card},{}\n", &long[card.len()..]);
    let (receipts, summary) = told(&app.client.post(PATH).of_type("text/csv", table).await);
    assert_eq!((codes(&receipts[0]), &summary["complete"]), (vec![52_500_720], &json!(true)));
}

async fn half_of_a_gzip_with_many_members_is_half_an_upload(app: App) {
    let card = app.card().await;
    let line = |number: usize| format!("{}\n", json!({"id": card, "n__c": number}));
    let text = |from: usize| (from..from + 1000).map(line).collect::<Vec<_>>().concat();
    let member = |from: usize| gzip::deflate(text(from).as_bytes());
    let plain = text(0) + &text(1000);
    let whole = [member(0), member(1000)].concat();
    let call = upload_bytes(&app.client, plain);
    let (_, summary) = told(&call.clone().encoded("gzip", whole.clone()).await);
    assert_eq!((&summary["updated"], &summary["complete"]), (&json!(2000), &json!(true)));
    let half = whole[..whole.len() - member(1000).len() / 2].to_vec();
    let reply = call.key("half").encoded("gzip", half).await;
    let (receipts, summary) = told(&reply);
    assert_eq!(summary["complete"], json!(false));
    let (last, before) = receipts.split_last().unwrap();
    assert!(before.len() >= 1000, "the first member is whole\n{reply}");
    assert!(before.iter().all(|receipt| receipt["result"] != json!("refused")));
    assert_eq!(last["line"], json!(before.len() + 1));
    assert_eq!(codes(last), [50_000_090]);
    assert_eq!(app.shown(&card).await["n__c"], json!(before.len() - 1));
}

async fn a_body_that_is_not_what_it_says_ends_at_its_first_line(app: App) {
    let lines = [json!({"op": "delete"})];
    let packed = upload(&app.client, &lines).gzip();
    let without_header = packed.request().body.clone();
    let garbage = upload_bytes(&app.client, "").encoded("gzip", "this is no gzip");
    ends_after(&garbage.await, 0, 1, 50_000_090);
    let unsaid = upload_bytes(&app.client, without_header).await;
    ends_after(&unsaid, 0, 1, 50_000_090);
    assert!(unsaid.text().contains("Content-Encoding: gzip"), "{unsaid}");
    let behind = [gzip::deflate(b"\n\n"), Bytes::from_static(b"garbage behind it")].concat();
    let reply = upload_bytes(&app.client, "").encoded("gzip", behind).await;
    ends_after(&reply, 0, 3, 50_000_090);
}

async fn a_hundred_thousand_tiny_lines_are_answered_one_by_one(app: App) {
    const LINES: usize = 100_000;
    let reply = upload_bytes(&app.client, "7\n".repeat(LINES)).gzip().accept_gzip().await;
    let text = reply.text();
    assert_eq!(text.lines().count(), LINES + 1);
    let summary = text.lines().last().unwrap();
    assert!(summary.contains(r#""refused":100000,"#) && summary.contains(r#""complete":true"#));
}

async fn an_upload_without_a_database_ends_soon(database: Database) {
    let wired = Wired::new(database).await;
    let card = create(&wired.client, &cards::bare()).await;
    let line = format!("{}\n", json!({"id": card, "city": "Ulm"}));
    wired.faults.store(Some(Fault::Gone));
    let pieces = std::iter::repeat_with(move || Piece::Bytes(line.clone().into()));
    let (receipts, summary) = told(&slow::answer(&wired, pieces).await);
    assert_eq!(summary["complete"], json!(false));
    assert_eq!(summary["refused"], json!(receipts.len()));
    let (last, before) = receipts.split_last().unwrap();
    assert!(before.iter().all(|receipt| codes(receipt) == [50_000_060]));
    assert_eq!(codes(last), [50_000_061]);
}

async fn a_panic_ends_the_answer_without_a_summary(database: Database) {
    let wired = Wired::new(database).await;
    let card = create(&wired.client, &cards::bare()).await;
    wired.faults.store(Some(Fault::Panic));
    let call = upload(&wired.client, &[json!({"id": card, "city": "Ulm"})]);
    let answered = tokio::spawn(call.into_future()).await;
    wired.faults.store(None);
    let error = answered.unwrap_err().into_panic();
    let words = error.downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(words.contains("the body is whole") && words.contains("Panicked"), "{words}");
}

async fn others_that_are_faster_are_in_the_way_of_one_line(database: Database) {
    let wired = Wired::new(database).await;
    let card = create(&wired.client, &cards::bare()).await;
    let lines = [json!({"id": card, "city": "Ulm"})];
    wired.faults.store(Some(Fault::Contended));
    let (receipts, summary) = told(&upload(&wired.client, &lines).await);
    assert_eq!((codes(&receipts[0]), &summary["complete"]), (vec![50_000_050], &json!(true)));
    wired.faults.store(None);
    assert_eq!(super::results(&upload(&wired.client, &lines).await), ["updated"]);
}

async fn a_client_that_is_disabled_is_heard_no_further(database: Database) {
    let wired = Wired::new(database).await;
    let card = create(&wired.client, &cards::bare()).await;
    let now = cardfile_domain::ports::Clock::now(&*wired.clock);
    let rights = [cardfile_domain::client::Right::Bulk];
    let (id, secret) = wired.office.new_client(&[wired.entity], &rights, now).await;
    let client = wired.client.sign_in(&id, &secret).await;
    let line = |city: &str| Bytes::from(format!("{}\n", json!({"id": card, "city": city})));
    wired.office.disable(&id, now).await;
    let clock = wired.clock.clone();
    let wait = move || clock.advance(jiff::SignedDuration::from_secs(10));
    let pieces = [
        Piece::Bytes(line("Ulm")),
        Piece::Second,
        Piece::Do(Box::new(wait)),
        Piece::Bytes(line("Bonn")),
        Piece::Second,
        Piece::Bytes(line("Rome")),
    ];
    let reply = slow::answer_as(&client, &wired, pieces).await;
    let (receipts, summary) = told(&reply);
    assert_eq!(summary["complete"], json!(false));
    assert_eq!(receipts.len(), 2, "{reply}");
    assert_eq!(receipts[0]["result"], json!("updated"));
    assert_eq!(codes(&receipts[1]), [90_000_011]);
}

fn a_byte_a_second_is_an_upload_too() {
    let wired = cardfile_tests::block_on(Wired::new(Database::Sqlite));
    let card = cardfile_tests::block_on(create(&wired.client, &cards::bare()));
    slow::in_no_time(async {
        let line = json!({"id": card, "city": "Ulm"}).to_string();
        let text = format!("{line}\n{line}");
        let pieces = text
            .into_bytes()
            .into_iter()
            .flat_map(|byte| [Piece::Second, Piece::Bytes(Bytes::copy_from_slice(&[byte]))]);
        let started = tokio::time::Instant::now();
        let reply = slow::answer(&wired, pieces).await;
        assert!(started.elapsed() >= Duration::from_secs(100));
        assert_eq!(super::results(&reply), ["updated", "unchanged"]);
    });
}

fn an_upload_that_falls_silent_ends() {
    let wired = cardfile_tests::block_on(Wired::new(Database::Sqlite));
    let card = cardfile_tests::block_on(create(&wired.client, &cards::bare()));
    slow::in_no_time(async {
        let line = json!({"id": card, "city": "Ulm"});
        let pieces = [Piece::Bytes(format!("{line}\n\n{{").into()), Piece::Never];
        let started = tokio::time::Instant::now();
        ends_after(&slow::answer(&wired, pieces).await, 1, 3, 50_000_090);
        assert!((30..=65).contains(&started.elapsed().as_secs()));
    });
}
