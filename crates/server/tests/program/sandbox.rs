//! Which server takes which cards, and whose time may be moved.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::support::{Home, Server, complaint};

/// A card that anybody may have; nobody's number is all zeros.
const NOBODYS: &str = "0000000000000000";

fn card(number: &str) -> Value {
    json!({
        "type": "CreditCard", "cardType": "Naranja", "cardNumber": number,
        "expirationMonth": 12, "expirationYear": 2999,
        "cardHolderInfo": {"cardHolderName": "Leo"},
    })
}

/// What a server says to a body, as the client of the first start.
fn post(home: &Home, server: &Server, path: &str, body: &Value) -> (u16, Value) {
    let client = home.bootstrap();
    let pair = ["client_id", "client_secret"].map(|name| client[name].as_str().unwrap().to_owned());
    let body = body.to_string();
    let (status, answer) = server.send(&format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic {}\r\n\
         Zuora-Version: 2025-08-12\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        BASE64_STANDARD.encode(pair.join(":")),
        body.len()
    ));
    (status, serde_json::from_str(&answer).unwrap())
}

#[test]
fn a_server_for_real_cards_takes_no_test_number_and_no_code_that_nobody_verifies() {
    let home = Home::new();
    let server = Server::start(&mut home.real_command(["serve"]));
    let create = |body: &Value| post(&home, &server, "/v1/payment-methods", body);
    let (status, answer) = create(&card("4111111111111111"));
    assert_eq!((status, &answer["reasons"][0]["code"]), (400, &json!(52_000_330)), "{answer}");
    assert!(answer.to_string().contains("--sandbox"), "{answer}");
    let mut coded = card(NOBODYS);
    coded["securityCode"] = json!("111");
    let (status, answer) = create(&coded);
    assert_eq!(status, 400, "{answer}");
    assert!(answer.to_string().contains("No gateway is configured"), "{answer}");
    let (status, answer) = create(&card(NOBODYS));
    assert_eq!(status, 200, "{answer}");
    let moved = post(&home, &server, "/sandbox/clock", &json!({"advance": "P1D"}));
    assert_eq!(moved.0, 404, "{}", moved.1);
    let (_, said, _) = server.stop();
    assert!(said.contains("No entity has a gateway"), "{said}");
    assert!(said.contains("TOKEN=") && !said.contains("CARD="), "{said}");
}

#[test]
fn a_sandbox_takes_test_numbers_only_and_says_what_it_is() {
    let home = Home::new();
    let server = Server::start(&mut home.real_command(["serve", "--sandbox"]));
    let create = |body: &Value| post(&home, &server, "/v1/payment-methods", body);
    let (status, answer) = create(&card(NOBODYS));
    assert_eq!((status, &answer["reasons"][0]["code"]), (400, &json!(52_000_330)), "{answer}");
    assert!(answer.to_string().contains("keeps no real cards"), "{answer}");
    let mut test = card("4111111111111111");
    test["cardType"] = json!("Visa");
    assert_eq!(create(&test).0, 200);
    let (_, said, _) = server.stop();
    assert!(said.contains("SANDBOX") && said.contains("CARD="), "{said}");
}

#[test]
fn the_time_of_a_sandbox_stays_ahead_when_it_is_started_again() {
    let home = Home::new();
    let server = home.serve();
    let year = |answer: &Value| answer["now"].as_str().unwrap()[..4].parse::<i32>().unwrap();
    let (_, before) = post(&home, &server, "/sandbox/clock", &json!({"advance": "PT1S"}));
    let (status, after) = post(&home, &server, "/sandbox/clock", &json!({"advance": "P5Y"}));
    assert_eq!((status, year(&after)), (200, year(&before) + 5), "{after}");
    server.stop();
    let again = home.serve();
    let (_, now) = post(&home, &again, "/sandbox/clock", &json!({"advance": "PT1S"}));
    assert_eq!(year(&now), year(&after), "{now}");
}

#[test]
fn a_data_directory_is_for_real_cards_or_for_test_cards() {
    let (played, real) = (Home::started(), Home::new());
    assert!(Server::start(&mut real.real_command(["serve"])).stop().0.success());
    let said = complaint(&played.real_command(["serve"]).output().unwrap(), 3);
    assert!(said.contains("is a sandbox's"), "{said}");
    let said = complaint(&real.run(["serve"]), 3);
    assert!(said.contains("without --sandbox"), "{said}");
}
