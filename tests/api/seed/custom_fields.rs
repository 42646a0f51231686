//! Custom fields: any name that ends in `__c`, kept as it is written and returned by every API.

use cardfile_domain::custom_fields::{CustomFieldName, CustomFields};
use cardfile_tests::{
    app::{App, card_path, new_account},
    call::escaped,
    served,
    suite::Case,
};
use serde_json::{Map, Value, json};

use super::put;

pub(super) fn cases() -> Vec<Case> {
    served![
        custom_fields_are_kept_as_they_are_written,
        custom_fields_come_back_from_every_api,
        a_card_has_fifty_custom_fields_and_not_one_more,
        a_value_has_255_characters_and_not_one_more,
        a_name_is_a_word_of_at_most_100_characters,
        a_value_is_plain,
        a_custom_field_takes_no_card_number,
    ]
}

async fn custom_fields_are_kept_as_they_are_written(app: App) {
    let card = app.card().await;
    let fields = json!({
        "color__c": "red", "Color__c": "blue", "COLOR__c": "", "count__c": 7, "share__c": -0.5,
        "vip__c": true, "note__c": "two\r\nlines\tand a tab", "nothing__c": null,
    });
    put(&app, &card, &fields).await.ok();
    put(&app, &card, &json!({"color__c": "green", "vip__c": null})).await.ok();
    let shown = app.shown(&card).await;
    let mut expected = fields;
    expected["color__c"] = json!("green");
    expected["vip__c"] = Value::Null;
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(shown.get(name), Some(value), "{name}");
    }
}

async fn custom_fields_come_back_from_every_api(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    put(&app, &card, &json!({"Shape__c": "round", "shape__c": 3})).await.ok();
    let has_them = |record: &Value, place: &str| {
        assert_eq!(record["Shape__c"], json!("round"), "{place}: {record}");
        assert_eq!(record["shape__c"], json!(3), "{place}: {record}");
    };
    has_them(&app.shown(&card).await, "GET");
    let list = format!("/v1/payment-methods/credit-cards/accounts/{account}");
    has_them(&app.client.get(list).await.ok()["creditCards"][0], "older list");
    let list = format!("/v1/accounts/{account}/payment-methods");
    has_them(&app.client.get(list).await.ok()["creditcard"][0], "list of the account");
    let default = format!("/v1/accounts/{account}/payment-methods/default");
    has_them(&app.client.get(default).await.ok(), "default");
    let record = format!("/v1/object/payment-method/{card}");
    has_them(&app.client.get(&record).await.ok(), "CRUD");
    let some = format!("{record}?fields={}", escaped("Shape__c,shape__c"));
    has_them(&app.client.get(some).await.ok(), "CRUD with fields");
    let zoql = format!("select Shape__c, shape__c from PaymentMethod where Id = '{card}'");
    let query = app.client.post("/v1/action/query").json(&json!({"queryString": zoql})).await;
    has_them(&query.ok()["records"][0], "query");
    has_them(
        &app.client.get(format!("/object-query{}", &card_path(&card)[3..])).await.ok(),
        "by key",
    );
    let found =
        app.client.get("/object-query/payment-methods").query("filter[]", "Shape__c.EQ:round");
    has_them(&found.await.ok()["data"][0], "object query");
}

fn fields(from: usize, count: usize) -> Value {
    let field = |number: usize| (format!("f{number:02}__c"), json!(number));
    Value::Object((from..from + count).map(field).collect::<Map<_, _>>())
}

async fn a_card_has_fifty_custom_fields_and_not_one_more(app: App) {
    let max = CustomFields::MAX_FIELDS;
    assert_eq!(max, 50);
    let card = app.card().await;
    let message = "'f50__c' exceeds the limit of 50 custom fields";
    put(&app, &card, &fields(0, max + 1)).await.fails(400, 52_500_020, message);
    put(&app, &card, &fields(0, max)).await.ok();
    let reply = put(&app, &card, &fields(max, 1)).await;
    reply.fails(400, 52_500_020, "A payment method has at most 50 custom fields.");
    // A card that is full takes changes of what it has.
    put(&app, &card, &json!({"f07__c": "seven", "f08__c": null})).await.ok();
    let shown = app.shown(&card).await;
    let custom = shown.as_object().unwrap().keys().filter(|name| name.ends_with("__c")).count();
    assert_eq!(custom, max);
    assert_eq!(shown["f07__c"], json!("seven"));
}

async fn a_value_has_255_characters_and_not_one_more(app: App) {
    let max = CustomFields::MAX_VALUE_CHARS;
    assert_eq!(max, 255);
    let card = app.card().await;
    for letter in ["a", "é", "🂡"] {
        let longest = json!({"note__c": letter.repeat(max)});
        put(&app, &card, &longest).await.ok();
        assert_eq!(app.shown(&card).await["note__c"], longest["note__c"]);
        let reply = put(&app, &card, &json!({"note__c": letter.repeat(max + 1)})).await;
        reply.fails(400, 52_500_020, "'note__c' must be 255 characters or fewer");
    }
}

async fn a_name_is_a_word_of_at_most_100_characters(app: App) {
    let card = app.card().await;
    let of_chars = |chars: usize| format!("{}__c", "n".repeat(chars - 3));
    let longest = of_chars(CustomFieldName::MAX_CHARS);
    put(&app, &card, &json!({longest.clone(): 1})).await.ok();
    assert_eq!(app.shown(&card).await[longest.as_str()], json!(1));
    let too_long = of_chars(CustomFieldName::MAX_CHARS + 1);
    for name in ["__c", "1a__c", "_a__c", "a b__c", "a-b__c", "é__c", too_long.as_str()] {
        put(&app, &card, &json!({name: 1})).await.fails_with(400, &[52_500_020]);
    }
    // Without the suffix it is no custom field at all.
    put(&app, &card, &json!({"color__C": 1})).await.fails_with(400, &[52_500_021]);
}

async fn a_value_is_plain(app: App) {
    let card = app.card().await;
    for value in [json!([]), json!(["a"]), json!({}), json!({"a": 1})] {
        let reply = put(&app, &card, &json!({"x__c": value})).await;
        let message = "'x__c' must be a string, a number, a boolean or null";
        reply.fails(400, 52_500_020, message);
    }
    for text in ["a\u{0}", "\u{1b}[2J", "a\u{7f}"] {
        let reply = put(&app, &card, &json!({"x__c": text})).await;
        reply.fails(400, 52_500_020, "'x__c' must not contain control characters");
    }
}

async fn a_custom_field_takes_no_card_number(app: App) {
    let card = app.card().await;
    for value in [
        json!("4111111111111111"),
        json!("see 4111-1111-1111-1111"),
        json!(4_111_111_111_111_111_u64),
    ] {
        let reply = put(&app, &card, &json!({"x__c": value})).await;
        reply.fails(400, 52_500_020, "'x__c' must not contain a card number");
    }
    let reply = put(&app, &card, &json!({"x4111111111111111__c": 1})).await;
    reply.fails(400, 52_500_020, "'?' must not contain a card number");
}
