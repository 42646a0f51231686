//! Month, year, counter and security code: what passes for each, and what does not.

use cardfile_domain::failures::ConsecutiveFailures;
use cardfile_tests::{
    app::{App, new_account},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::put;

pub(super) fn cases() -> Vec<Case> {
    served![
        a_month_is_a_number_or_one_or_two_digits,
        no_other_month_is_taken,
        a_year_is_a_number_or_four_digits,
        no_other_year_is_taken,
        the_counter_runs_from_0_to_100,
        no_other_count_is_taken,
        a_security_code_has_three_digits_or_four_on_american_express,
    ]
}

fn with_code(name: &str, value: &Value) -> Value {
    json!({name: value, "securityCode": "111"})
}

async fn a_month_is_a_number_or_one_or_two_digits(app: App) {
    let card = app.card().await;
    for (value, month) in [
        (json!(1), 1),
        (json!(12), 12),
        (json!("1"), 1),
        (json!("01"), 1),
        (json!("8"), 8),
        (json!("12"), 12),
    ] {
        put(&app, &card, &with_code("expirationMonth", &value)).await.ok();
        assert_eq!(app.shown(&card).await["expirationMonth"], json!(month), "{value}");
    }
}

async fn no_other_month_is_taken(app: App) {
    let card = app.card().await;
    for value in [
        json!(0),
        json!(13),
        json!(-1),
        json!(257),
        json!(1e3),
        json!("0"),
        json!("00"),
        json!("13"),
    ] {
        let reply = put(&app, &card, &with_code("expirationMonth", &value)).await;
        reply.fails(400, 52_500_120, "'expirationMonth' must be a month from 1 to 12");
    }
    for value in [
        json!(1.5),
        json!("x"),
        json!("+8"),
        json!(" 8"),
        json!("٨"),
        json!(""),
        json!("008"),
        json!(true),
        json!([]),
        json!({}),
        json!(null),
        json!(i64::MAX),
    ] {
        let reply = put(&app, &card, &with_code("expirationMonth", &value)).await;
        reply.fails_with(400, &[52_500_120]);
    }
}

async fn a_year_is_a_number_or_four_digits(app: App) {
    let card = app.card().await;
    for year in [cards::year(), cards::year() + 1, 9999] {
        for value in [json!(year), json!(year.to_string())] {
            put(&app, &card, &with_code("expirationYear", &value)).await.ok();
            assert_eq!(app.shown(&card).await["expirationYear"], json!(year));
        }
    }
}

async fn no_other_year_is_taken(app: App) {
    let card = app.card().await;
    let short = cards::year() % 100;
    for value in [json!(short), json!(short.to_string()), json!(999), json!(10_000), json!(-2030)] {
        let reply = put(&app, &card, &with_code("expirationYear", &value)).await;
        reply.fails_with(400, &[52_500_220]);
    }
    for value in [json!(2030.5), json!(""), json!("203x"), json!(true), json!([]), json!(null)] {
        let reply = put(&app, &card, &with_code("expirationYear", &value)).await;
        reply.fails_with(400, &[52_500_220]);
    }
    let reply = put(&app, &card, &with_code("expirationYear", &json!("02030"))).await;
    reply.fails_with(400, &[52_500_220]);
}

async fn the_counter_runs_from_0_to_100(app: App) {
    let card = app.card().await;
    assert_eq!(app.shown(&card).await["numConsecutiveFailures"], json!(0));
    let max = u64::from(ConsecutiveFailures::MAX);
    assert_eq!(max, 100);
    for (value, count) in [
        (json!(5), 5),
        (json!(max), max),
        (json!(max - 1), max - 1),
        (json!("7"), 7),
        (json!(1), 1),
        (json!(0), 0),
    ] {
        put(&app, &card, &json!({"numConsecutiveFailures": value})).await.ok();
        assert_eq!(app.shown(&card).await["numConsecutiveFailures"], json!(count));
    }
}

async fn no_other_count_is_taken(app: App) {
    let card = app.card().await;
    put(&app, &card, &json!({"numConsecutiveFailures": 5})).await.ok();
    for value in [json!(-1), json!(101), json!(256 + 5), json!(1_i64 << 32), json!("101")] {
        let reply = put(&app, &card, &json!({"numConsecutiveFailures": value})).await;
        reply.fails(400, 52_500_020, "'numConsecutiveFailures' must be from 0 to 100");
    }
    for value in [json!(1.5), json!("x"), json!(""), json!(true), json!([]), json!({}), json!(null)]
    {
        let reply = put(&app, &card, &json!({"numConsecutiveFailures": value})).await;
        reply.fails_with(400, &[52_500_020]);
    }
    assert_eq!(app.shown(&card).await["numConsecutiveFailures"], json!(5));
}

async fn a_security_code_has_three_digits_or_four_on_american_express(app: App) {
    let visa = app.card().await;
    let amex = json!({"cardType": "AmericanExpress", "cardNumber": cards::AMEX});
    let amex = app.create(&cards::with(cards::of_account(&new_account()), &amex)).await;
    let renamed = |code: Value| json!({"cardHolderName": "Leo II", "securityCode": code});
    for code in ["12", "12345", "abc", "1a1", "", " 12", "１２３"] {
        let reply = put(&app, &visa, &renamed(json!(code))).await;
        reply.fails(400, 52_501_120, "'securityCode' must be 3 or 4 digits");
    }
    for code in [json!(111), json!(true), json!(["111"]), json!({})] {
        put(&app, &visa, &renamed(code)).await.fails_with(400, &[52_501_120]);
    }
    let reply = put(&app, &visa, &renamed(json!("1234"))).await;
    let message = "'securityCode' must have 3 digits, or 3 or 4 for AmericanExpress.";
    reply.fails(400, 52_501_120, message);
    put(&app, &visa, &renamed(json!("123"))).await.ok();
    put(&app, &amex, &renamed(json!("1234"))).await.ok();
    put(&app, &amex, &json!({"cardHolderName": "Leo III", "securityCode": "123"})).await.ok();
}
