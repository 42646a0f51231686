//! Tokens, and the two older ways to say who one is.

use cardfile_domain::{client::Right, limits::TOKEN_SECONDS};
use cardfile_tests::{
    app::{App, card_path},
    cards,
    client::Credentials,
    served,
    suite::Case,
};
use serde_json::json;

pub(crate) fn cases() -> Vec<Case> {
    served![
        a_token_says_what_it_is_good_for,
        a_token_is_given_for_the_right_secret_only,
        a_token_needs_a_whole_form,
        a_form_may_have_more_in_it,
        id_and_secret_work_without_a_token,
        a_client_made_by_the_command_works_at_once,
        a_client_disabled_by_the_command_gets_no_token,
        an_answer_with_a_token_is_kept_by_nobody,
    ]
}

async fn a_token_says_what_it_is_good_for(app: App) {
    let other = app.new_entity().await;
    let mut entities = [app.entity, other];
    entities.sort_unstable();
    let (id, secret) = app.new_client(&entities, &[Right::Read]).await;
    let token = app.anybody().token(&id, &secret).await.ok();
    assert_eq!(token["token_type"], json!("bearer"));
    assert_eq!(token["expires_in"], json!(TOKEN_SECONDS));
    let scope = token["scope"].as_str().unwrap();
    let mut words: Vec<_> = scope.split(' ').collect();
    assert_eq!(words.remove(0), format!("user.{}", id.replace('-', "")));
    words.sort_unstable();
    assert_eq!(words, entities.map(|entity| format!("entity.{entity}")));
    let again = app.anybody().token(&id, &secret).await.ok();
    assert_ne!(again["access_token"], token["access_token"]);
    assert_ne!(again["jti"], token["jti"]);
}

async fn a_token_is_given_for_the_right_secret_only(app: App) {
    let (id, secret) = app.new_client(&[app.entity], &[Right::Read]).await;
    let (other, _) = app.new_client(&[app.entity], &[Right::Read]).await;
    let nobody = "00000000-0000-4000-8000-000000000000".to_owned();
    let message = "this resource is protected, please sign in first";
    for (id, secret) in [
        (&id, format!("{secret}x")),
        (&id, secret[1..].to_owned()),
        (&id, secret.to_uppercase()),
        (&id, "\0".to_owned()),
        (&other, secret.clone()),
        (&nobody, secret.clone()),
        (&id[1..].to_owned(), secret.clone()),
        (&"' or 1=1 --".to_owned(), secret.clone()),
    ] {
        let reply = app.anybody().token(id, &secret).await;
        reply.fails(401, 90_000_011, message);
        assert!(!reply.text().contains(&secret));
    }
}

async fn a_token_needs_a_whole_form(app: App) {
    let (id, secret) = app.new_client(&[app.entity], &[Right::Read]).await;
    let grant = "client_credentials";
    let form = |fields: &[(&str, &str)]| app.anybody().post("/oauth/token").form(fields);
    for (fields, codes) in [
        (vec![("client_id", &*id), ("client_secret", &*secret)], vec![22]),
        (vec![("client_id", &*id), ("grant_type", grant)], vec![22]),
        (vec![("client_secret", &*secret), ("grant_type", grant)], vec![22]),
        (vec![], vec![22, 22, 22]),
        (
            vec![("client_id", &*id), ("client_secret", &*secret), ("grant_type", "password")],
            vec![20],
        ),
        (vec![("client_id", ""), ("client_secret", &*secret), ("grant_type", grant)], vec![22]),
    ] {
        for version in ["2025-08-12", "186.0"] {
            let reply = form(&fields).version(version).await;
            let found: Vec<_> = reply.codes(400).iter().map(|code| code % 100).collect();
            assert_eq!(found, codes, "{reply}");
        }
    }
}

async fn a_form_may_have_more_in_it(app: App) {
    let (id, secret) = app.new_client(&[app.entity], &[Right::Read]).await;
    let fields = [
        ("scope", "entity.x"),
        ("client_id", &*id),
        ("client_secret", &*secret),
        ("grant_type", "client_credentials"),
    ];
    app.anybody().post("/oauth/token").form(&fields).await.ok();
    let charset = "application/x-www-form-urlencoded; charset=utf-8";
    app.anybody().token(&id, &secret).only_header("Content-Type", charset).await.ok();
}

async fn id_and_secret_work_without_a_token(app: App) {
    let (id, secret) = app.new_client(&[app.entity], &Right::ALL).await;
    let card = app.card().await;
    for credentials in [
        Credentials::Basic(id.clone(), secret.clone()),
        Credentials::KeyHeaders(id.clone(), secret.clone()),
    ] {
        let client = app.client.showing(credentials);
        client.get(card_path(&card)).await.ok();
        client.post("/v1/payment-methods").json(&cards::bare()).await.ok();
        // Another entity stays closed.
        let foreign = app.new_entity().await.to_string();
        client.within(&foreign).get(card_path(&card)).await.expect(403);
    }
    // Names of schemes and headers know no case.
    for scheme in ["bearer", "BEARER"] {
        let token = app.anybody().token(&id, &secret).await.ok()["access_token"].clone();
        let header = format!("{scheme} {}", token.as_str().unwrap());
        app.anybody().get(card_path(&card)).header("authorization", &header).await.ok();
    }
    // A bad token is bad, whatever else is there.
    let call = app.anybody().get(card_path(&card)).header("Authorization", "Bearer x");
    let call = call.header("apiAccessKeyId", &id).header("apiSecretAccessKey", &secret);
    assert_eq!(call.await.status, 401);
}

async fn a_client_made_by_the_command_works_at_once(app: App) {
    let ask = |arguments: &[&str]| app.shared.home.ask(arguments);
    let name = cardfile_tests::app::new_account();
    let entity = ask(&["entity", "create", "--name", &name])["entity_id"].clone();
    let entity = entity.as_str().unwrap();
    let made = ask(&[
        "client", "create", "--name", "billing", "--entity", entity, "--right", "read", "write",
    ]);
    let [id, secret] = ["client_id", "client_secret"].map(|name| made[name].as_str().unwrap());
    assert_eq!(id.len(), 36);
    assert!((32..=42).contains(&secret.len()));
    let client = app.anybody().sign_in(id, secret).await;
    let card = cardfile_tests::app::create(&client, &cards::bare()).await;
    client.get(card_path(&card)).await.ok();
    client.put(format!("{}/scrub", card_path(&card))).await.fails_with(403, &[50_000_010]);
}

async fn a_client_disabled_by_the_command_gets_no_token(app: App) {
    let (id, secret) = app.new_client(&[app.entity], &Right::ALL).await;
    app.shared.home.ask(&["client", "disable", &id]);
    app.anybody().token(&id, &secret).await.expect(401);
}

async fn an_answer_with_a_token_is_kept_by_nobody(app: App) {
    let (id, secret) = app.new_client(&[app.entity], &[Right::Read]).await;
    let reply = app.anybody().token(&id, &secret).accept_gzip().await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let card = app.card().await;
    let reply = app.client.get(card_path(&card)).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}
