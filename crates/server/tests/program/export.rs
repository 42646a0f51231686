//! `cardfile export`, and `cardfile import` of what came out of it.

use std::{collections::BTreeSet, fs, process::Output};

use serde_json::{Value, json};

use crate::{
    import::{NUMBER, import, line, write},
    support::{Home, Server, complaint, mode, text},
};

/// Cards that have something of everything.
fn cards() -> String {
    let full = json!({
        "type": "CreditCard", "cardType": "Visa", "cardNumber": NUMBER,
        "accountKey": "B-1", "makeDefault": true, "numConsecutiveFailures": 3,
        "expirationMonth": 1, "expirationYear": 2098, "authGateway": "Main",
        "currencyCode": "EUR", "ipAddress": "192.0.2.1", "identityNumber": "id 7",
        "deviceSessionId": "session", "paymentMethodNumber": "PM-7",
        "cardHolderInfo": {
            "cardHolderName": "Lea \"Lee\", Löwe", "addressLine1": "Weg 1", "city": "Ulm",
            "country": "Germany", "email": "lea@example.com", "zipCode": "89073"},
        "mandateInfo": {"mandateId": "m-1", "mitProfileAgreedOn": "2026-01-02"},
        "Colour__c": "red, green", "Weight__c": "7",
    });
    let full = full.to_string();
    let other = json!({
        "type": "CreditCard", "cardType": "MasterCard", "cardNumber": "5555555555554444",
        "expirationMonth": 2, "expirationYear": 2099,
        "cardHolderInfo": {"cardHolderName": "No Account"},
    });
    let second =
        full.replace("\"makeDefault\":true", "\"makeDefault\":false").replace("PM-7", "PM-8");
    let closed = json!({
        "accountKey": "C-1", "type": "CreditCard", "cardType": "Visa", "cardNumber": NUMBER,
        "expirationMonth": 3, "expirationYear": 2099, "status": "Closed",
        "useDefaultRetryRule": false, "paymentRetryWindow": 24, "maxConsecutivePaymentFailures": 5,
        "cardHolderInfo": {"cardHolderName": "Closed"},
    });
    let expired = json!({
        "accountKey": "E-1", "type": "CreditCard", "cardType": "Visa", "cardNumber": NUMBER,
        "expirationMonth": 3, "expirationYear": 2020, "mayBeExpired": true,
        "cardHolderInfo": {"cardHolderName": "Expired"},
    });
    let cards = [other, closed, expired].map(|card| card.to_string()).join("\n");
    [line(1), second, full, cards].join("\n")
}

fn filled() -> (Home, Server) {
    let home = Home::new();
    let server = home.serve();
    write(&home, "cards.ndjson", cards());
    let output = import(&home, &server, &["cards.ndjson", "--quiet"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    (home, server)
}

fn export(home: &Home, args: &[&str]) -> Output {
    home.run(["export"].into_iter().chain(args.iter().copied()))
}

/// What is listed of every card but its id, its account's id, who made it and when.
fn listed(home: &Home, server: &Server) -> BTreeSet<String> {
    let token = server.token(&home.bootstrap());
    let (status, body) = server.get_as(&token, "/object-query/payment-methods?pageSize=50");
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).unwrap();
    let cards = answer["data"].as_array().unwrap();
    let mut seen = BTreeSet::new();
    for card in cards {
        let id = card["id"].as_str().unwrap();
        let (_, body) = server.get_as(&token, &format!("/v1/payment-methods/{id}"));
        let mut card: Value = serde_json::from_str(&body).unwrap();
        let card = card.as_object_mut().unwrap();
        for name in ["id", "accountKey", "createdBy", "createdDate", "updatedBy", "updatedDate"] {
            card.remove(name);
        }
        // The gateway vouched for the first ones, and is not asked again.
        card.retain(|name, _| !name.starts_with("lastTransaction"));
        seen.insert(serde_json::to_string(card).unwrap());
    }
    assert_eq!(seen.len(), cards.len());
    seen
}

/// A key file and its recipient.
fn key(home: &Home) -> String {
    use age::secrecy::ExposeSecret as _;
    let identity = age::x25519::Identity::generate();
    write(home, "key.txt", format!("# mine\n{}\n", identity.to_string().expose_secret()));
    identity.to_public().to_string()
}

#[test]
fn a_sealed_export_makes_the_same_cards_elsewhere() {
    let (home, server) = filled();
    let before = listed(&home, &server);
    assert_eq!(before.len(), 6);
    assert!(before.iter().any(|card| card.contains("\"Closed\"") && card.contains(":24")));
    for name in ["out.ndjson.gz.age", "out.csv.age"] {
        let other = Home::new();
        let second = other.serve();
        let recipient = key(&other);
        let output = export(&home, &["--output", name, "--recipient", &recipient, "--json"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let sum: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&sum["cards"], &sum["card_numbers"]), (&json!(6), &json!("sealed")));
        let sealed = home.path().join(name);
        assert_eq!(mode(&sealed), 0o600);
        write(&other, name, fs::read(sealed).unwrap());
        let args = [name, "--identity", "key.txt", "--quiet"];
        let output = import(&other, &second, &args).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(listed(&other, &second), before, "{name}");
    }
}

#[test]
fn an_account_that_is_charged_with_no_card_is_charged_with_none_elsewhere() {
    let (home, server) = (Home::new(), Home::new());
    let (from, to) = (home.serve(), server.serve());
    let card = |account: &str, holder: &str| {
        json!({
            "accountKey": account, "type": "CreditCard", "cardType": "Visa", "cardNumber": NUMBER,
            "expirationMonth": 3, "expirationYear": 2099, "cardHolderInfo": {"cardHolderName": holder},
        })
        .to_string()
    };
    let (closed, scrubbed) = ("D-1", "D-2");
    let cards: Vec<_> =
        [closed, scrubbed].map(|key| [card(key, "Default"), card(key, "Other")].join("\n")).into();
    write(&home, "cards.ndjson", cards.join("\n"));
    import(&home, &from, &["cards.ndjson", "--quiet"]).output().unwrap();
    let token = from.token(&home.bootstrap());
    let path = |key, rest| format!("/v1/accounts/{key}/payment-methods{rest}");
    for key in [closed, scrubbed] {
        let (_, body) = from.get_as(&token, &path(key, "/default"));
        let card: Value = serde_json::from_str(&body).unwrap();
        let id = card["id"].as_str().unwrap();
        let (path, body) = if key == closed {
            (format!("/v1/object/payment-method/{id}"), r#"{"PaymentMethodStatus":"Closed"}"#)
        } else {
            (format!("/v1/payment-methods/{id}/scrub"), "")
        };
        let (status, answer) = from.put_as(&token, &path, body);
        assert_eq!(status, 200, "{answer}");
    }
    let recipient = key(&server);
    let args = ["--output", "out.ndjson.age", "--recipient", &recipient, "--json"];
    assert!(export(&home, &args).status.success());
    let sealed = fs::read(home.path().join("out.ndjson.age")).unwrap();
    write(&server, "out.ndjson.age", sealed);
    let args = ["out.ndjson.age", "--identity", "key.txt", "--quiet"];
    assert!(import(&server, &to, &args).output().unwrap().status.success());
    let token = to.token(&server.bootstrap());
    for key in [closed, scrubbed] {
        assert!(to.get_as(&token, &path(key, "")).1.contains("Other"));
        assert_eq!(to.get_as(&token, &path(key, "/default")).0, 404, "{key}");
    }
}

#[test]
fn without_the_key_nothing_of_a_sealed_export_can_be_read() {
    let (home, server) = filled();
    let recipient = key(&home);
    let output = export(&home, &["--output", "out.ndjson.age", "--recipient", &recipient]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let sealed = fs::read(home.path().join("out.ndjson.age")).unwrap();
    for clear in [NUMBER, "Löwe", "cardNumber"] {
        assert!(!sealed.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
    }
    let said = complaint(&import(&home, &server, &["out.ndjson.age"]).output().unwrap(), 2);
    assert!(said.contains("--identity"), "{said}");
    key(&home);
    let args = ["out.ndjson.age", "--identity", "key.txt"];
    let said = complaint(&import(&home, &server, &args).output().unwrap(), 2);
    assert!(said.contains("another key"), "{said}");
    let logged = text(&output.stderr);
    assert!(logged.contains("cards were exported") && logged.contains("sealed"), "{logged}");
    assert!(!logged.contains(NUMBER), "{logged}");
}

#[test]
fn without_more_an_export_has_masked_numbers_only() {
    let (home, _server) = filled();
    for format in ["ndjson", "csv"] {
        let output = export(&home, &["--output", "-", "--format", format]);
        let (out, logged) = (text(&output.stdout), text(&output.stderr));
        assert!(out.contains("************1111"), "{out}");
        assert!(!out.contains(NUMBER) && !logged.contains(NUMBER));
        assert!(logged.contains("cannot be imported"), "{logged}");
        assert_eq!(out.lines().count(), if format == "csv" { 7 } else { 6 });
    }
}

#[test]
fn card_numbers_in_the_clear_need_a_flag_and_an_admin_who_proves_it() {
    let (home, _server) = filled();
    let bootstrap = home.bootstrap();
    let [entity, admin, secret] = ["entity_id", "client_id", "client_secret"]
        .map(|name| bootstrap[name].as_str().unwrap().to_owned());
    let reader =
        ["client", "create", "--name", "r", "--right", "read", "bulk", "--entity", &entity];
    let reader = home.json(reader);
    let [other, other_secret] =
        ["client_id", "client_secret"].map(|name| reader[name].as_str().unwrap().to_owned());
    let plain = |client: &str, secret: &str| {
        let args = ["export", "-o", "out.ndjson", "--plain-card-numbers", "--client-id", client];
        home.command(args).env("CARDFILE_CLIENT_SECRET", secret).output().unwrap()
    };
    for (client, secret) in [(&*admin, "x"), (&*admin, ""), (&*other, &*other_secret)] {
        let said = complaint(&plain(client, secret), 2);
        assert!(said.contains("right admin"), "{said}");
        assert!(
            fs::read_dir(home.path())
                .unwrap()
                .all(|entry| { !entry.unwrap().file_name().to_str().unwrap().starts_with("out") })
        );
    }
    complaint(&export(&home, &["-o", "out.ndjson", "--plain-card-numbers"]), 2);
    let output = plain(&admin, &secret);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(fs::read_to_string(home.path().join("out.ndjson")).unwrap().contains(NUMBER));
    let logged = text(&output.stderr);
    assert!(logged.contains("plain") && logged.contains(&admin), "{logged}");
    assert!(!logged.contains(NUMBER) && !logged.contains(&secret), "{logged}");
}

#[test]
fn a_name_that_says_something_else_than_is_asked_for_is_refused() {
    let (home, _server) = filled();
    let recipient = key(&home);
    for args in [
        &["-o", "out.ndjson.age"][..],
        &["-o", "out.ndjson", "--recipient", &recipient],
        &["-o", "out.age", "--recipient", "AGE-SECRET-KEY-1X"],
        &["-o", "-", "--json"],
        &["-o", "absent/out.csv"],
    ] {
        let said = complaint(&export(&home, args), 2);
        assert!(!said.contains("SECRET"), "{said}");
    }
}
