//! Compression, both ways: what is inflated, what is refused, and what is compressed.

use cardfile_domain::limits::{
    BODY_BYTES_MAX, INFLATE_RATIO_FREE_BYTES, INFLATE_RATIO_MAX, REPLY_BYTES_UNCOMPRESSED_MAX,
};
use cardfile_tests::{
    alone,
    app::{App, card_path, seed_path},
    call::Call,
    gzip::deflate,
    served,
    server::{Home, Server, bootstrap},
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_compressed_request_is_read,
        a_body_may_be_of_several_compressed_parts,
        what_is_behind_a_compressed_part_is_not_left_out,
        the_name_of_the_encoding_knows_no_case,
        a_compressed_body_that_is_not_whole_is_refused,
        a_body_that_is_not_what_its_header_says_is_refused,
        a_body_that_was_compressed_twice_is_refused,
        a_body_may_have_one_mebibyte_and_not_one_byte_more,
        a_body_may_grow_a_hundredfold_and_not_more,
        the_limits_are_those_of_all_parts_together,
        a_reply_of_more_than_1000_bytes_is_compressed_for_those_who_ask,
        compressed_failures_are_failures,
    ];
    cases.extend(alone![bombs_take_no_memory]);
    cases
}

async fn a_compressed_request_is_read(app: App) {
    let card = app.card().await;
    let body = json!({"city": "Berlin", "note__c": "x".repeat(200)});
    app.client.put(seed_path(&card)).json(&body).gzip().await.ok();
    assert_eq!(app.shown(&card).await["accountHolderInfo"]["city"], json!("Berlin"));
    let query = json!({"queryString": format!("select Id from PaymentMethod where Id = '{card}'")});
    let found = app.client.post("/v1/action/query").json(&query).gzip().await.ok();
    assert_eq!(found["size"], json!(1));
    let (id, secret) = app.new_client(&[app.entity], &cardfile_domain::client::Right::ALL).await;
    app.anybody().token(&id, &secret).gzip().await.ok();
}

async fn a_body_may_be_of_several_compressed_parts(app: App) {
    let card = app.card().await;
    let body = br#"{"city": "Berlin", "phone": "1"}"#;
    for size in [1, 10, 20] {
        let parts: Vec<_> = body.chunks(size).map(deflate).collect();
        update(&app, &card).encoded("gzip", parts.concat()).await.ok();
        let holder = app.shown(&card).await["accountHolderInfo"].clone();
        assert_eq!((&holder["city"], &holder["phone"]), (&json!("Berlin"), &json!("1")));
        app.client.put(seed_path(&card)).json(&json!({"city": null, "phone": null})).await.ok();
    }
}

async fn what_is_behind_a_compressed_part_is_not_left_out(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    let whole = deflate(br#"{"city": "Berlin"}"#);
    for (behind, message) in [
        (&b"x"[..], CORRUPT),
        (br#"{"city": "Rome"}"#, CORRUPT),
        (&whole[..whole.len() - 1], CORRUPT),
        (&whole, "The request body is not valid JSON."),
    ] {
        let reply = update(&app, &card).encoded("gzip", [&whole, behind].concat()).await;
        reply.fails(400, 50_000_090, message);
    }
    assert_eq!(app.shown(&card).await, before);
}

fn update(app: &App, card: &str) -> Call {
    app.client.put(seed_path(card)).json(&json!({"city": "Berlin"}))
}

async fn the_name_of_the_encoding_knows_no_case(app: App) {
    let card = app.card().await;
    let plain = update(&app, &card).request().plain.clone();
    for name in ["gzip", "GZIP", "GZip", "x-gzip", "X-GZip"] {
        update(&app, &card).encoded(name, deflate(&plain)).await.ok();
    }
    for name in ["identity", "Identity"] {
        update(&app, &card).encoded(name, plain.clone()).await.ok();
    }
}

const CORRUPT: &str = "The request body is not what its Content-Encoding header says.";

async fn a_compressed_body_that_is_not_whole_is_refused(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    let whole = deflate(br#"{"city": "Berlin"}"#);
    for end in [1, 5, 10, whole.len() / 2, whole.len() - 8, whole.len() - 1] {
        let reply = update(&app, &card).encoded("gzip", whole.slice(..end)).await;
        reply.fails(400, 50_000_090, CORRUPT);
    }
    for place in [10, whole.len() / 2, whole.len() - 6, whole.len() - 1] {
        let mut corrupt = whole.to_vec();
        corrupt[place] ^= 0xff;
        let reply = update(&app, &card).encoded("gzip", corrupt).await;
        reply.fails_with(400, &[50_000_090]);
    }
    assert_eq!(app.shown(&card).await, before);
}

async fn a_body_that_is_not_what_its_header_says_is_refused(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    // The official SDK sends plain JSON when it is told to send gzip.
    let reply = update(&app, &card).encoded("gzip", r#"{"city": "Berlin"}"#).await;
    reply.fails(400, 50_000_090, CORRUPT);
    let call = update(&app, &card).bytes(deflate(br#"{"city": "Berlin"}"#));
    let message = "The request body is compressed. Send the header Content-Encoding: gzip with it.";
    call.clone().await.fails(400, 50_000_090, message);
    call.only_header("Content-Encoding", "identity").await.fails(400, 50_000_090, message);
    assert_eq!(app.shown(&card).await, before);
}

async fn a_body_that_was_compressed_twice_is_refused(app: App) {
    let card = app.card().await;
    let twice = deflate(&deflate(br#"{"city": "Berlin"}"#));
    let reply = update(&app, &card).encoded("gzip", twice.clone()).await;
    reply.fails_with(400, &[50_000_090]);
    let reply = update(&app, &card).encoded("gzip, gzip", twice).await;
    reply.fails_with(415, &[50_000_045]);
    assert_eq!(reply.header("Accept-Encoding"), Some("gzip"));
    let reply = update(&app, &card).of_type("text/plain", "{}").await;
    reply.fails_with(415, &[50_000_045]);
    assert_eq!(reply.header("Accept-Encoding"), None);
}

/// A good body of a length, padded with spaces, which compress very well, or with digits, which do
/// not.
fn body_of(bytes: usize, padding: impl Iterator<Item = u8>) -> Vec<u8> {
    let start = br#"{"city": "Berlin", "gatewayOptions": {"x": ""#;
    let end = br#""}}"#;
    let padding = padding.take(bytes - start.len() - end.len());
    start.iter().copied().chain(padding).chain(end.iter().copied()).collect()
}

/// Digits without a pattern.
fn noise() -> impl Iterator<Item = u8> {
    let mut state = 1_u32;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b'a' + u8::try_from(state >> 28).unwrap_or_default()
    })
}

async fn a_body_may_have_one_mebibyte_and_not_one_byte_more(app: App) {
    let card = app.card().await;
    assert_eq!(BODY_BYTES_MAX, 1024 * 1024);
    let message = "The request body is too large.";
    for (bytes, fits) in [(BODY_BYTES_MAX, true), (BODY_BYTES_MAX + 1, false)] {
        let call = update(&app, &card).bytes(body_of(bytes, noise()));
        for call in [call.clone(), call.gzip()] {
            let reply = call.await;
            if fits { drop(reply.ok()) } else { reply.fails(413, 50_000_070, message) }
        }
    }
}

async fn a_body_may_grow_a_hundredfold_and_not_more(app: App) {
    let card = app.card().await;
    let free = usize::try_from(INFLATE_RATIO_FREE_BYTES).unwrap();
    let ratio = usize::try_from(INFLATE_RATIO_MAX).unwrap();
    assert_eq!((free, ratio), (65_536, 100));
    let call = |bytes| update(&app, &card).bytes(body_of(bytes, std::iter::repeat(b'x'))).gzip();
    // Short bodies may compress as well as they like.
    call(free).await.ok();
    let above = call(free + 1);
    assert!(above.request().body.len() * ratio < free, "the body is a bomb");
    above.await.fails(413, 50_000_070, "The request body is too large.");
    call(BODY_BYTES_MAX).await.fails(413, 50_000_070, "The request body is too large.");
}

async fn the_limits_are_those_of_all_parts_together(app: App) {
    let card = app.card().await;
    let free = usize::try_from(INFLATE_RATIO_FREE_BYTES).unwrap();
    let sizes = [
        (body_of(free + 1, std::iter::repeat(b'x')), 2),
        (body_of(BODY_BYTES_MAX + 1, noise()), 4),
    ];
    for (body, parts) in sizes {
        let parts: Vec<_> = body.chunks(body.len() / parts).map(deflate).collect();
        let reply = update(&app, &card).encoded("gzip", parts.concat()).await;
        reply.fails(413, 50_000_070, "The request body is too large.");
    }
}

/// A card whose record is shown in exactly this many bytes, and where.
async fn record_of(app: &App, bytes: usize) -> String {
    let names = ["a__c", "b__c", "c__c", "d__c"];
    let card = app.card().await;
    let empty: Value = names.iter().map(|name| ((*name).to_owned(), json!(""))).collect();
    app.client.put(seed_path(&card)).json(&empty).await.ok();
    let path = format!("/v1/object/payment-method/{card}?fields={}", names.join(","));
    let mut missing = bytes - app.client.get(&path).await.body.len();
    let mut fields = empty;
    for name in names {
        let chars = missing.min(255);
        fields[name] = json!("x".repeat(chars));
        missing -= chars;
    }
    assert_eq!(missing, 0);
    app.client.put(seed_path(&card)).json(&fields).await.ok();
    path
}

async fn a_reply_of_more_than_1000_bytes_is_compressed_for_those_who_ask(app: App) {
    assert_eq!(REPLY_BYTES_UNCOMPRESSED_MAX, 1000);
    for (bytes, is_large) in [(999, false), (1000, false), (1001, true), (1024, true)] {
        let path = record_of(&app, bytes).await;
        for (wish, asked) in [
            ("gzip", true),
            ("deflate, gzip;q=0.5", true),
            ("*", true),
            ("GZIP", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("deflate, br", false),
        ] {
            let reply = app.client.get(&path).only_header("Accept-Encoding", wish).await;
            assert_eq!(reply.plain().len(), bytes);
            assert_eq!(reply.is_compressed(), asked && is_large, "{bytes} {wish}\n{reply}");
            assert_eq!(reply.body.len() < bytes, asked && is_large);
        }
        let reply = app.client.get(&path).await;
        assert!(!reply.is_compressed());
        let packed = app.client.get(&path).accept_gzip().await;
        for reply in [reply, packed] {
            assert_eq!(reply.header("vary"), is_large.then_some("accept-encoding"));
        }
    }
    // A card has more than that to show.
    let card = app.card().await;
    assert!(app.client.get(card_path(&card)).accept_gzip().await.is_compressed());
}

async fn compressed_failures_are_failures(app: App) {
    let card = app.card().await;
    let bad: Value = (0..40).map(|number| (format!("f{number}__c"), json!([]))).collect();
    let reply = app.client.put(seed_path(&card)).json(&bad).accept_gzip().await;
    assert!(reply.is_compressed(), "forty reasons take more than 1000 bytes");
    assert_eq!(reply.codes(400).len(), 40);
}

fn bombs_take_no_memory() {
    const BOMB_BYTES: usize = 32 * 1024 * 1024;
    const AT_ONCE: usize = 16;
    let home = Home::sqlite();
    let server = Server::start(&home);
    cardfile_tests::block_on(async {
        let known = bootstrap(&home.data());
        let text = |name: &str| known[name].as_str().unwrap().to_owned();
        let client = server.caller().sign_in(&text("client_id"), &text("client_secret")).await;
        let card = cardfile_tests::app::create(&client, &cardfile_tests::cards::bare()).await;
        let Some(before) = server.peak_memory() else { return };
        let bomb = deflate(&vec![b' '; BOMB_BYTES]);
        let calls = (0..AT_ONCE).map(|_| {
            let call = client.put(seed_path(&card)).json(&json!({}));
            std::future::IntoFuture::into_future(call.encoded("gzip", bomb.clone()))
        });
        for reply in futures::future::join_all(calls).await {
            reply.fails_with(413, &[50_000_070]);
        }
        let grown = server.peak_memory().unwrap() - before;
        assert!(grown < BOMB_BYTES as u64, "{AT_ONCE} bombs took {grown} bytes");
    });
    assert!(server.stop().success());
}
