//! Lists of an account's cards: both of them, in their order, page by page.

use cardfile_domain::limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX};
use cardfile_tests::{
    app::{App, new_account, seed_path},
    call::escaped,
    served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        the_card_that_was_changed_last_comes_first,
        the_older_list_comes_in_pages,
        a_page_size_that_cannot_be_is_another,
        a_list_can_be_narrowed_to_active_cards_or_the_default,
        the_lists_show_what_get_shows,
    ]
}

fn older(account: &str) -> String {
    format!("/v1/payment-methods/credit-cards/accounts/{}", escaped(account))
}

fn newer(account: &str) -> String {
    format!("/v1/accounts/{}/payment-methods", escaped(account))
}

fn ids(list: &Value) -> Vec<String> {
    let cards = list.as_array().unwrap().iter();
    cards.map(|card| card["id"].as_str().unwrap().to_owned()).collect()
}

async fn the_card_that_was_changed_last_comes_first(app: App) {
    let account = new_account();
    let mut cards = Vec::new();
    for _ in 0..4 {
        cards.insert(0, app.card_of(&account).await);
    }
    for place in [2, 3, 1] {
        let card = cards.remove(place);
        app.client.put(seed_path(&card)).json(&json!({"phone": place.to_string()})).await.ok();
        cards.insert(0, card);
        assert_eq!(ids(&app.client.get(older(&account)).await.ok()["creditCards"]), cards);
        assert_eq!(ids(&app.client.get(newer(&account)).await.ok()["creditcard"]), cards);
    }
}

async fn the_older_list_comes_in_pages(app: App) {
    let account = "A 1/ü".to_owned() + &new_account();
    let count = PAGE_SIZE_DEFAULT + 3;
    for _ in 0..count {
        app.card_of(&account).await;
    }
    let whole = ids(&app.client.get(newer(&account)).await.ok()["creditcard"]);
    assert_eq!(whole.len(), count);
    for (size, pages) in [("", 2), ("pageSize=5", 3), ("pageSize=13", 1), ("pageSize=1", 13)] {
        for prefix in ["", "/rest"] {
            let mut found = Vec::new();
            let mut next = Some(format!("{prefix}{}?{size}", older(&account)));
            let mut seen = 0;
            while let Some(path) = next {
                let page = app.client.get(path).await.ok();
                found.extend(ids(&page["creditCards"]));
                seen += 1;
                // A caller follows the address as it is given.
                next = page.get("nextPage").map(|url| {
                    let url = url.as_str().unwrap();
                    let here = format!("http://{}", app.shared.server.address());
                    url.strip_prefix(&here).expect("the next page is here").to_owned()
                });
            }
            assert_eq!((&found, seen), (&whole, pages), "{size}");
        }
    }
    let beyond = app.client.get(older(&account)).query("page", "9").await.ok();
    assert_eq!(beyond, json!({"creditCards": [], "success": true}));
}

async fn a_page_size_that_cannot_be_is_another(app: App) {
    let account = new_account();
    assert_eq!((PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX), (10, 40));
    for _ in 0..=PAGE_SIZE_MAX {
        app.card_of(&account).await;
    }
    for (size, expected) in
        [("40", 40), ("41", 40), ("9999999999", 10), ("0", 10), ("-1", 10), ("x", 10), ("", 10)]
    {
        let page = app.client.get(older(&account)).query("pageSize", size).await.ok();
        assert_eq!(page["creditCards"].as_array().unwrap().len(), expected, "{size}");
    }
    for page in ["0", "-1", "x", ""] {
        let page = app.client.get(older(&account)).query("page", page).await.ok();
        assert_eq!(page["creditCards"].as_array().unwrap().len(), 10);
    }
}

async fn a_list_can_be_narrowed_to_active_cards_or_the_default(app: App) {
    let account = new_account();
    let first = app.card_of(&account).await;
    let second = app.card_of(&account).await;
    let closed = app.client.put(format!("/v1/object/payment-method/{second}"));
    closed.json(&json!({"PaymentMethodStatus": "Closed"})).await.ok();
    let both = [second, first.clone()];
    for (filter, expected) in [
        (vec![], &both[..]),
        (vec![("isActiveOnly", "false"), ("isDefaultOnly", "false")], &both[..]),
        (vec![("isActiveOnly", "true")], &both[1..]),
        (vec![("isDefaultOnly", "true")], &both[1..]),
        (vec![("isActiveOnly", "true"), ("isDefaultOnly", "true")], &both[1..]),
    ] {
        let mut call = app.client.get(newer(&account));
        for (name, value) in &filter {
            call = call.query(name, value);
        }
        assert_eq!(ids(&call.await.ok()["creditcard"]), expected, "{filter:?}");
    }
    let closed = app.client.put(format!("/v1/object/payment-method/{first}"));
    closed.json(&json!({"PaymentMethodStatus": "Closed"})).await.ok();
    let default = app.client.get(newer(&account)).query("isDefaultOnly", "true");
    assert_eq!(ids(&default.clone().await.ok()["creditcard"]), [first]);
    assert_eq!(default.query("isActiveOnly", "true").await.ok()["creditcard"], json!([]));
    for name in ["isActiveOnly", "isDefaultOnly"] {
        let reply = app.client.get(newer(&account)).query(name, "yes").await;
        reply.fails(400, 50_000_020, &format!("'{name}' must be true or false"));
    }
}

async fn the_lists_show_what_get_shows(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let body = json!({
        "addressLine1": "77 Main Street", "city": "Portland", "country": "US", "state": "OR",
        "email": "leo@example.com", "phone": "503-555-0100", "zipCode": "97201", "note__c": "x",
    });
    app.client.put(seed_path(&card)).json(&body).await.ok();
    let shown = app.shown(&card).await;
    let mut listed = app.client.get(newer(&account)).await.ok()["creditcard"][0].clone();
    listed["success"] = json!(true);
    assert_eq!(listed, shown);
    let default = app.client.get(format!("{}/default", newer(&account))).await.ok();
    assert_eq!(default, shown);
    let older = app.client.get(older(&account)).await.ok()["creditCards"][0].clone();
    for (name, same) in [
        ("id", "id"),
        ("defaultPaymentMethod", "isDefault"),
        ("cardType", "creditCardType"),
        ("cardNumber", "cardNumber"),
        ("expirationMonth", "expirationMonth"),
        ("expirationYear", "expirationYear"),
        ("note__c", "note__c"),
    ] {
        assert_eq!(older[name], shown[same], "{name}");
    }
    let mut holder = older["cardHolderInfo"].clone();
    let name = holder.as_object_mut().unwrap().remove("cardHolderName").unwrap();
    holder["accountHolderName"] = name;
    assert_eq!(holder, shown["accountHolderInfo"]);
}
