//! Card numbers: check digit, brand, and what is shown of them.

use cardfile_tests::{
    app::{App, new_account},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(super) fn cases() -> Vec<Case> {
    served![
        a_number_is_shown_as_stars_and_its_last_four_digits,
        a_number_may_be_grouped_by_spaces_or_dashes,
        a_number_needs_its_check_digit_and_12_to_19_digits,
        a_number_has_to_belong_to_its_brand,
        a_brand_has_to_be_one_that_is_known,
        nothing_else_shows_a_number,
    ]
}

const PUBLISHED: [(&str, &str); 11] = [
    ("Visa", cards::VISA),
    ("Visa", "4222222222222"),
    ("MasterCard", cards::MASTERCARD),
    ("AmericanExpress", cards::AMEX),
    ("Discover", cards::DISCOVER),
    ("JCB", cards::JCB),
    ("Diners", cards::DINERS),
    ("Maestro", "6304000000000000"),
    ("Maestro", "50339619890917"),
    ("CUP", "6205500000000000004"),
    ("Electron", "4000056655665556"),
];

fn numbered(kind: &str, number: &str) -> Value {
    cards::with(cards::bare(), &json!({"cardType": kind, "cardNumber": number}))
}

async fn a_number_is_shown_as_stars_and_its_last_four_digits(app: App) {
    for (kind, number) in PUBLISHED {
        let card = app.create(&numbered(kind, number)).await;
        let shown = app.shown(&card).await;
        let mask = format!("{}{}", "*".repeat(number.len() - 4), &number[number.len() - 4..]);
        assert_eq!(shown["cardNumber"], json!(mask));
        assert_eq!(shown["creditCardType"], json!(kind));
        let bin = shown["bankIdentificationNumber"].as_str().unwrap();
        assert!([6, 8].contains(&bin.len()) && number.starts_with(bin), "{bin}");
    }
}

async fn a_number_may_be_grouped_by_spaces_or_dashes(app: App) {
    for number in ["4111 1111 1111 1111", "4111-1111-1111-1111", "41 11-1111 1111-1111"] {
        let card = app.create(&numbered("Visa", number)).await;
        assert_eq!(app.shown(&card).await["cardNumber"], json!("************1111"));
    }
}

async fn a_number_needs_its_check_digit_and_12_to_19_digits(app: App) {
    for number in [
        json!("4111111111111112"),
        json!("4111111111111"),
        json!("41111111111"),
        json!("41111111111111111111"),
        json!(""),
        json!("4111  1111  1111  1111"),
        json!("4111x1111x1111x1111"),
        json!("-4111111111111111"),
        json!("４１１１１１１１１１１１１１１１"),
        json!(4_111_111_111_111_111_u64),
        json!(true),
        json!(["4111111111111111"]),
        json!({"number": "4111111111111111"}),
        json!(null),
    ] {
        let body = cards::with(cards::bare(), &json!({"cardNumber": number}));
        let reply = app.client.post("/v1/payment-methods").json(&body).await;
        let code = if number.is_null() { 52_000_322 } else { 52_000_320 };
        reply.fails_with(400, &[code]);
        let body = cards::with(cards::older(&new_account()), &json!({"creditCardNumber": number}));
        let reply = app.client.post("/v1/payment-methods/credit-cards").json(&body).await;
        reply.fails_with(400, &[code]);
    }
}

async fn a_number_has_to_belong_to_its_brand(app: App) {
    let message = "The card number does not belong to the card type.";
    for (kind, number) in PUBLISHED.into_iter().filter(|(kind, _)| *kind != "Electron") {
        let other = if kind == "Visa" { "MasterCard" } else { "Visa" };
        let reply = app.client.post("/v1/payment-methods").json(&numbered(other, number)).await;
        reply.fails(400, 52_000_330, message);
    }
    // The ranges of some brands are not published; their numbers are taken as they are.
    app.create(&numbered("Elo", "6362970000457013")).await;
    app.create(&numbered("Naranja", "5895626746595650")).await;
}

async fn a_brand_has_to_be_one_that_is_known(app: App) {
    for (kind, code) in [
        (json!("Vizza"), 52_000_220),
        (json!(""), 52_000_220),
        (json!(7), 52_000_220),
        (json!(null), 52_000_222),
    ] {
        let body = cards::with(cards::bare(), &json!({"cardType": kind}));
        let reply = app.client.post("/v1/payment-methods").json(&body).await;
        reply.fails_with(400, &[code]);
    }
}

async fn nothing_else_shows_a_number(app: App) {
    // Each answer is searched for the numbers; here they are asked for.
    let account = new_account();
    let card = app.card_of(&account).await;
    for path in [
        format!("/v1/payment-methods/{card}"),
        format!("/v1/payment-methods/credit-cards/accounts/{account}"),
        format!("/v1/accounts/{account}/payment-methods"),
        format!("/v1/accounts/{account}"),
        format!("/v1/object/payment-method/{card}"),
        format!("/object-query/payment-methods/{card}?includeNullFields=true&expand[]=account"),
        "/object-query/payment-methods".to_owned(),
        "/metrics".to_owned(),
    ] {
        assert_eq!(app.client.get(path).await.status, 200);
    }
    for field in ["CreditCardNumber", "CreditCardSecurityCode"] {
        let path = format!("/v1/object/payment-method/{card}?fields={field}");
        let reply = app.client.get(path).await;
        assert_eq!(reply.expect(400)["Errors"][0]["Code"], json!("INVALID_FIELD"));
        let zoql = format!("select {field} from PaymentMethod");
        let reply = app.client.post("/v1/action/query").json(&json!({"queryString": zoql})).await;
        assert_eq!(reply.expect(400)["FaultCode"], json!("INVALID_FIELD"));
        let zoql = format!("select Id from PaymentMethod where {field} = '{}'", cards::VISA);
        let reply = app.client.post("/v1/action/query").json(&json!({"queryString": zoql})).await;
        reply.expect(400);
    }
}
