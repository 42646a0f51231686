//! Every operation × everybody who may not call it. The operations are those of the contract, so
//! that a new one is tried without a word here.

use cardfile_domain::{
    client::Right,
    limits::{CLIENT_CACHE_SECONDS, TOKEN_SECONDS},
};
use cardfile_tests::{
    app::{App, Database},
    client::{Client, Credentials},
    gzip, served,
    suite::Case,
    wired,
    wired::Wired,
};
use jiff::SignedDuration;

use crate::samples::{Stage, granted, guarded, has_real_statuses, takes};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        nobody_comes_in_without_credentials,
        nobody_comes_in_with_credentials_that_are_none,
        a_client_comes_into_no_entity_but_its_own,
        a_client_names_one_entity_and_not_two,
        a_client_of_several_entities_has_to_name_one,
        a_client_needs_the_right_that_the_operation_names,
        a_client_that_is_refused_is_not_listened_to,
        a_refusal_arrives_although_its_body_was_not_read,
        an_operation_for_everybody_asks_for_nothing,
    ];
    cases.extend(wired![
        a_token_ends_after_an_hour,
        a_disabled_client_is_out_within_ten_seconds,
        a_client_that_was_disabled_gets_no_token,
    ]);
    cases
}

/// Tries every guarded operation, and expects a status from each.
async fn all_answer(client: &Client, stage: &Stage, status: u16) {
    for operation in guarded() {
        let reply = stage.call(operation, client).track("t-1").await;
        assert!(reply.status == status, "{}: {status} was expected\n{reply}", operation.id);
    }
}

async fn nobody_comes_in_without_credentials(app: App) {
    let stage = Stage::set(&app.client).await;
    all_answer(&app.anybody(), &stage, 401).await;
    // There never was a version that said 200 to strangers.
    all_answer(&app.anybody().speaking(None), &stage, 401).await;
}

async fn nobody_comes_in_with_credentials_that_are_none(app: App) {
    let stage = Stage::set(&app.client).await;
    let (id, secret) = app.new_client(&[app.entity], &Right::ALL).await;
    let token = app.anybody().token(&id, &secret).await.ok()["access_token"].clone();
    let token = token.as_str().unwrap();
    let forged = {
        let (start, end) = token.split_at(token.len() / 2);
        let other = if end.starts_with('A') { "B" } else { "A" };
        format!("{start}{other}{}", &end[1..])
    };
    let bearer = |text: &str| Credentials::Bearer(text.to_owned());
    let basic = |id: &str, secret: &str| Credentials::Basic(id.to_owned(), secret.to_owned());
    let keys = |id: &str, secret: &str| Credentials::KeyHeaders(id.to_owned(), secret.to_owned());
    let nobody = "00000000-0000-4000-8000-000000000000";
    for credentials in [
        bearer(""),
        bearer("x"),
        bearer(&forged),
        bearer(&token[..token.len() - 4]),
        bearer(&format!("{token}AAAA")),
        bearer(&secret),
        basic(&id, "another secret"),
        basic(&id, ""),
        basic(nobody, &secret),
        basic("", ""),
        keys(&id, "another secret"),
        keys(nobody, &secret),
        keys(&secret, &id),
    ] {
        all_answer(&app.client.showing(credentials), &stage, 401).await;
    }
    for header in ["", "Bearer", "Basic", "Basic !!!", "Basic eA==", "Digest x", token] {
        for operation in guarded() {
            let call = stage.call(operation, &app.anybody()).header("Authorization", header);
            let reply = call.await;
            assert!(reply.status == 401, "{}: {header:?}\n{reply}", operation.id);
        }
    }
    // Half of a pair of headers is nothing.
    for header in [("apiAccessKeyId", &id), ("apiSecretAccessKey", &secret)] {
        let call = app.anybody().get("/v1/accounts/x").header(header.0, header.1);
        assert_eq!(call.await.status, 401);
    }
}

async fn a_client_comes_into_no_entity_but_its_own(app: App) {
    let stage = Stage::set(&app.client).await;
    let foreign = app.new_entity().await;
    for entity in [foreign.to_string(), "00000000-0000-4000-8000-000000000000".to_owned()] {
        all_answer(&app.client.within(&entity), &stage, 403).await;
    }
    let old = app.client.within(&foreign.to_string()).speaking(None);
    for operation in guarded() {
        let reply = stage.call(operation, &old).await;
        let status = if has_real_statuses(operation) { 403 } else { 200 };
        assert!(reply.status == status, "{}\n{reply}", operation.id);
    }
}

async fn a_client_names_one_entity_and_not_two(app: App) {
    let stage = Stage::set(&app.client).await;
    let own = app.entity.to_string();
    for names in [format!("{own},{own}"), format!("{own} {own}"), "Main".to_owned(), "-".to_owned()]
    {
        all_answer(&app.client.within(&names), &stage, 400).await;
    }
    for operation in guarded() {
        let twice = app.client.within(&own);
        let reply = stage.call(operation, &twice).header("Zuora-Entity-Ids", &own).await;
        assert!(reply.status == 400, "{}\n{reply}", operation.id);
    }
}

async fn a_client_of_several_entities_has_to_name_one(app: App) {
    let stage = Stage::set(&app.client).await;
    let other = app.new_entity().await;
    let client = app.sign_in(&[app.entity, other], &Right::ALL).await;
    all_answer(&client, &stage, 403).await;
    let card = format!("/v1/payment-methods/{}", stage.default_card);
    for name in [
        app.entity.to_string(),
        app.entity.simple(),
        app.entity.to_string().to_uppercase(),
        format!(" {} ", app.entity),
    ] {
        client.within(name.trim()).get(&card).await.ok();
    }
    client.within(&other.to_string()).get(&card).await.expect(404);
    // An empty name is none.
    client.within("").get(&card).await.expect(403);
    app.client.within("").get(&card).await.ok();
}

async fn a_client_needs_the_right_that_the_operation_names(app: App) {
    for right in Right::ALL {
        let others: Vec<_> = Right::ALL.into_iter().filter(|other| *other != right).collect();
        let with = app.sign_in(&[app.entity], &[right]).await;
        let without = app.sign_in(&[app.entity], &others).await;
        for operation in guarded().filter(|operation| operation.right == right.as_str()) {
            let stage = Stage::set(&app.client).await;
            let reply = stage.call(operation, &without).await;
            assert!(reply.status == 403, "{}: without {right:?}\n{reply}", operation.id);
            let reply = stage.call(operation, &with).await;
            let is_granted = reply.status == granted(operation);
            assert!(is_granted, "{}: with {right:?}\n{reply}", operation.id);
        }
    }
}

async fn a_client_that_is_refused_is_not_listened_to(app: App) {
    let stage = Stage::set(&app.client).await;
    let foreign = app.new_entity().await.to_string();
    let bomb = gzip::deflate(&vec![b' '; 2 * 1024 * 1024]);
    for operation in guarded().filter(|operation| operation.body.is_some()) {
        for (client, status) in [(app.anybody(), 401), (app.client.within(&foreign), 403)] {
            let call = stage.call(operation, &client);
            let bad = [
                call.clone().encoded("gzip", bomb.clone()),
                call.clone().encoded("gzip", "this is no gzip"),
                call.clone().encoded("br", "x"),
                call.clone().bytes("{"),
                call.clone().of_type("text/plain", "x"),
                call.clone().track("a;b"),
                call.key(&"k".repeat(256)),
            ];
            // Somebody who may not come in is told about nothing else.
            let last = if takes(operation, "Idempotency-Key") { bad.len() } else { bad.len() - 1 };
            for call in bad.into_iter().take(last) {
                let reply = call.await;
                assert!(reply.status == status, "{}\n{reply}", operation.id);
            }
        }
    }
}

async fn a_refusal_arrives_although_its_body_was_not_read(app: App) {
    let body = vec![b' '; 4 * 1024 * 1024];
    let calls = (0..16).map(|number| {
        let client = if number % 2 == 0 { app.anybody() } else { app.client.clone() };
        let call = client.post("/v1/payment-methods").bytes(body.clone());
        std::future::IntoFuture::into_future(call)
    });
    let replies = futures::future::join_all(calls).await;
    for (number, reply) in replies.iter().enumerate() {
        assert_eq!(reply.status, if number % 2 == 0 { 401 } else { 413 });
    }
}

async fn an_operation_for_everybody_asks_for_nothing(app: App) {
    let mut stage = Stage::set(&app.client).await;
    stage.credentials = app.new_client(&[app.entity], &Right::ALL).await;
    let spec = cardfile_tests::spec::Spec::get();
    let open = |operation: &&cardfile_tests::spec::Operation| operation.right == "none";
    for operation in spec.operations.iter().filter(|it| it.is_zuoras()).filter(open) {
        let reply = stage.call(operation, &app.anybody()).await;
        assert!(reply.status == 200, "{}\n{reply}", operation.id);
    }
}

async fn a_token_ends_after_an_hour(database: Database) {
    let wired = Wired::new(database).await;
    let stage = Stage::set(&wired.client).await;
    let card = format!("/v1/payment-methods/{}", stage.default_card);
    assert_eq!(TOKEN_SECONDS, 3600);
    wired.clock.advance(SignedDuration::from_secs(TOKEN_SECONDS - 1));
    wired.client.get(&card).await.ok();
    wired.clock.advance(SignedDuration::from_secs(1));
    all_answer(&wired.client, &stage, 401).await;
    wired.fresh_client().await.get(&card).await.ok();
}

async fn a_disabled_client_is_out_within_ten_seconds(database: Database) {
    let wired = Wired::new(database).await;
    let stage = Stage::set(&wired.client).await;
    let now = cardfile_domain::ports::Clock::now(&*wired.clock);
    let (id, secret) = wired.office.new_client(&[wired.entity], &Right::ALL, now).await;
    let by_token = wired.client.sign_in(&id, &secret).await;
    let card = format!("/v1/payment-methods/{}", stage.default_card);
    by_token.get(&card).await.ok();
    wired.office.disable(&id, now).await;
    const { assert!(CLIENT_CACHE_SECONDS < 10) };
    wired.clock.advance(SignedDuration::from_secs(10));
    all_answer(&by_token, &stage, 401).await;
    all_answer(&wired.client.showing(Credentials::Basic(id, secret)), &stage, 401).await;
}

async fn a_client_that_was_disabled_gets_no_token(database: Database) {
    let wired = Wired::new(database).await;
    let now = cardfile_domain::ports::Clock::now(&*wired.clock);
    let (id, secret) = wired.office.new_client(&[wired.entity], &Right::ALL, now).await;
    wired.office.disable(&id, now).await;
    wired.client.token(&id, &secret).await.fails_with(401, &[90_000_011]);
}
