//! Texts: kept to the last character, and refused with one character more.

use cardfile_domain::text::{AddressLine, CardHolderName, City, Email, Phone, StateName, ZipCode};
use cardfile_tests::{
    app::{App, seed_path},
    served,
    suite::Case,
};
use serde_json::{Value, json};

use super::put;

pub(super) fn cases() -> Vec<Case> {
    served![
        a_text_is_kept_to_its_last_character,
        a_text_with_one_character_more_is_refused,
        a_text_is_nothing_but_a_string,
        a_text_has_no_control_characters,
        a_text_of_white_space_is_empty,
        a_text_takes_no_card_number,
        the_default_card_moves_where_it_is_asked_to,
        the_default_card_stays_where_it_is_not,
        options_for_the_gateway_are_passed_on_or_ignored,
    ]
}

/// A text: its name here, its name in what is shown, its length, and the number of its code.
struct Text {
    name: &'static str,
    shown: &'static str,
    chars: usize,
    number: u64,
}

const fn text(name: &'static str, shown: &'static str, chars: usize, number: u64) -> Text {
    Text { name, shown, chars, number }
}

const TEXTS: [Text; 8] = [
    text("cardHolderName", "accountHolderName", CardHolderName::MAX_CHARS, 4),
    text("addressLine1", "addressLine1", AddressLine::MAX_CHARS, 5),
    text("addressLine2", "addressLine2", AddressLine::MAX_CHARS, 6),
    text("city", "city", City::MAX_CHARS, 7),
    text("state", "state", StateName::MAX_CHARS, 8),
    text("zipCode", "zipCode", ZipCode::MAX_CHARS, 9),
    text("phone", "phone", Phone::MAX_CHARS, 12),
    text("email", "email", Email::MAX_CHARS, 13),
];

impl Text {
    /// The code of a wrong value.
    fn code(&self) -> u64 {
        52_500_020 + self.number * 100
    }

    fn body(&self, value: &Value) -> Value {
        json!({self.name: value, "securityCode": "111"})
    }
}

async fn a_text_is_kept_to_its_last_character(app: App) {
    let card = app.card().await;
    for letter in ["a", "é", "漢", "🂡"] {
        let longest = |text: &Text| json!(letter.repeat(text.chars));
        let mut body = json!({"securityCode": "111"});
        for text in &TEXTS {
            body[text.name] = longest(text);
        }
        put(&app, &card, &body).await.ok();
        let shown = app.shown(&card).await;
        for text in &TEXTS {
            assert_eq!(shown["accountHolderInfo"][text.shown], longest(text), "{}", text.name);
        }
    }
}

async fn a_text_with_one_character_more_is_refused(app: App) {
    let card = app.card().await;
    let before = app.shown(&card).await;
    for text in &TEXTS {
        for letter in ["a", "🂡"] {
            let body = text.body(&json!(letter.repeat(text.chars + 1)));
            let message = format!("'{}' must be {} characters or fewer", text.name, text.chars);
            put(&app, &card, &body).await.fails(400, text.code(), &message);
        }
    }
    assert_eq!(app.shown(&card).await, before);
}

async fn a_text_is_nothing_but_a_string(app: App) {
    let card = app.card().await;
    for text in &TEXTS {
        for (value, complaint) in [
            (json!(7), "must be a string"),
            (json!(7.5), "must be a string"),
            (json!(true), "must be a string"),
            (json!(["a"]), "must not be an array"),
            (json!({"a": "b"}), "must not be an object"),
        ] {
            let message = format!("'{}' {complaint}", text.name);
            put(&app, &card, &text.body(&value)).await.fails(400, text.code(), &message);
        }
    }
}

async fn a_text_has_no_control_characters(app: App) {
    let card = app.card().await;
    for text in &TEXTS {
        for bad in ["a\u{0}b", "a\nb", "a\tb", "a\u{7f}b", "a\u{85}b"] {
            let message = format!("'{}' must not contain control characters", text.name);
            let reply = put(&app, &card, &text.body(&json!(bad))).await;
            reply.fails(400, text.code(), &message);
        }
    }
}

async fn a_text_of_white_space_is_empty(app: App) {
    let card = app.card().await;
    for text in &TEXTS {
        let message = format!("'{}' must not be empty", text.name);
        let reply = put(&app, &card, &text.body(&json!(" \u{3000}"))).await;
        reply.fails(400, text.code(), &message);
    }
}

async fn a_text_takes_no_card_number(app: App) {
    let card = app.card().await;
    for text in TEXTS.iter().filter(|text| text.name != "phone") {
        let value = if text.chars < 24 { "4111111111111111" } else { "call 4111 1111 1111 1111" };
        let message = format!("'{}' must not contain a card number", text.name);
        put(&app, &card, &text.body(&json!(value))).await.fails(400, text.code(), &message);
    }
}

async fn the_default_card_moves_where_it_is_asked_to(app: App) {
    let account = cardfile_tests::app::new_account();
    let first = app.card_of(&account).await;
    let second = app.card_of(&account).await;
    assert_eq!(app.default_of(&account).await, json!(first));
    for (card, value) in [(&second, json!(true)), (&first, json!("true"))] {
        put(&app, card, &json!({"defaultPaymentMethod": value})).await.ok();
        assert_eq!(app.default_of(&account).await, json!(card));
        assert_eq!(app.shown(card).await["isDefault"], json!(true));
    }
    assert_eq!(app.shown(&second).await["isDefault"], json!(false));
}

async fn the_default_card_stays_where_it_is_not(app: App) {
    let account = cardfile_tests::app::new_account();
    let first = app.card_of(&account).await;
    let second = app.card_of(&account).await;
    for value in [json!(false), json!("false"), json!(null)] {
        for card in [&first, &second] {
            put(&app, card, &json!({"defaultPaymentMethod": value})).await.ok();
            assert_eq!(app.default_of(&account).await, json!(first), "{value}");
        }
    }
    for value in [json!(1), json!("yes"), json!("TRUE"), json!("")] {
        let reply = put(&app, &second, &json!({"defaultPaymentMethod": value})).await;
        reply.fails(400, 52_500_320, "'defaultPaymentMethod' must be true or false");
    }
    for value in [json!([]), json!({})] {
        let reply = put(&app, &second, &json!({"defaultPaymentMethod": value})).await;
        reply.fails_with(400, &[52_500_320]);
    }
}

async fn options_for_the_gateway_are_passed_on_or_ignored(app: App) {
    let card = app.card().await;
    let body = |options: Value| json!({"gatewayOptions": options, "securityCode": "111"});
    for options in [json!({}), json!(null), json!({"a": 1, "b": {"c": [true, null, "d"]}})] {
        put(&app, &card, &body(options)).await.ok();
    }
    // The one that the sandbox knows is proof that they arrive.
    let reply = put(&app, &card, &body(json!({"sandboxVerdict": "declined", "x": "y"}))).await;
    reply.fails(400, 52_500_030, "Transaction declined.do_not_honor - The card was declined.");
    for wrong in [json!([]), json!("x"), json!(7), json!(true), json!(1.5)] {
        let reply = app.client.put(seed_path(&card)).json(&body(wrong)).await;
        reply.fails(400, 52_500_020, "'gatewayOptions' must be an object");
    }
}
