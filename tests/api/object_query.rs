//! Object Query: lists by condition, in any order, page by page.

use cardfile_domain::limits::OBJECT_QUERY_PAGE_MAX;
use cardfile_tests::{
    app::{App, create, new_account},
    call::Call,
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        conditions_narrow_the_list,
        a_list_is_sorted_by_one_field,
        a_list_comes_in_pages_whatever_its_order,
        a_page_has_bounds,
        fields_are_shown_as_they_are_asked_for,
        an_account_is_shown_beside_its_cards,
        one_card_is_shown_by_its_key,
        what_cannot_be_asked_is_refused_with_27,
        the_query_of_the_official_sdk_is_understood,
    ]
}

fn list(app: &App) -> Call {
    app.client.get("/object-query/payment-methods")
}

fn ids(page: &Value) -> Vec<String> {
    let cards = page["data"].as_array().unwrap().iter();
    cards.map(|card| card["id"].as_str().unwrap().to_owned()).collect()
}

/// A few cards in the test's own entity, by the month in which they expire.
async fn months(app: &App, months: &[u8]) -> Vec<String> {
    let account = new_account();
    let mut made = Vec::new();
    for month in months {
        let more = json!({"accountKey": account, "expirationMonth": month});
        made.push(create(&app.client, &cards::with(cards::bare(), &more)).await);
    }
    made
}

async fn conditions_narrow_the_list(app: App) {
    let visa = json!({
        "accountKey": new_account(), "note__c": "one", "expirationMonth": 1,
        "cardHolderInfo": {"cardHolderName": "Amy", "email": "amy@example.com"},
    });
    let jcb = json!({"cardType": "JCB", "cardNumber": cards::JCB, "expirationMonth": 6});
    let visa = create(&app.client, &cards::with(cards::bare(), &visa)).await;
    let jcb = create(&app.client, &cards::with(cards::bare(), &jcb)).await;
    let account = app.shown(&visa).await["accountKey"].as_str().unwrap().to_owned();
    let by_account = format!("accountId.EQ:{account}");
    for (filters, expected) in [
        (vec![], vec![&visa, &jcb]),
        (vec!["creditCardType.EQ:Visa"], vec![&visa]),
        (vec!["CREDITCARDTYPE.EQ:Visa"], vec![&visa]),
        (vec!["creditCardType.NE:Visa"], vec![&jcb]),
        (vec!["creditCardType.IN:[Visa,JCB]"], vec![&visa, &jcb]),
        (vec!["creditCardType.IN:[Diners, JCB]"], vec![&jcb]),
        (vec!["creditCardExpirationMonth.LT:6"], vec![&visa]),
        (vec!["creditCardExpirationMonth.LE:6"], vec![&visa, &jcb]),
        (vec!["creditCardExpirationMonth.GT:1"], vec![&jcb]),
        (vec!["creditCardExpirationMonth.GE:1", "creditCardExpirationMonth.LT:6"], vec![&visa]),
        (vec!["creditCardHolderName.SW:Am"], vec![&visa]),
        (vec!["email.EQ:null"], vec![&jcb]),
        (vec!["email.NE:null"], vec![&visa]),
        (vec!["note__c.EQ:one"], vec![&visa]),
        (vec!["createdDate.GT:2020-01-01T00:00:00Z"], vec![&visa, &jcb]),
        (vec!["creditCardType.EQ:Visa", "creditCardType.EQ:JCB"], vec![]),
        (vec![by_account.as_str()], vec![&visa]),
        (vec!["accountId.EQ:nobody"], vec![]),
    ] {
        let mut call = list(&app);
        for filter in &filters {
            call = call.query("filter[]", filter);
        }
        let mut found = ids(&call.await.ok());
        let mut expected: Vec<_> = expected.into_iter().cloned().collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{filters:?}");
    }
}

async fn a_list_is_sorted_by_one_field(app: App) {
    let made = months(&app, &[5, 1, 12, 3]).await;
    for (sort, order) in [
        ("creditCardExpirationMonth.ASC", [1, 3, 0, 2]),
        ("creditCardExpirationMonth.DESC", [2, 0, 3, 1]),
        ("createdDate.ASC", [0, 1, 2, 3]),
        ("createdDate.DESC", [3, 2, 1, 0]),
    ] {
        let expected: Vec<_> = order.iter().map(|place| made[*place].clone()).collect();
        assert_eq!(ids(&list(&app).query("sort[]", sort).await.ok()), expected, "{sort}");
    }
}

async fn a_list_comes_in_pages_whatever_its_order(app: App) {
    // Half of the places are shared, so that pages end among equals.
    let mut made = months(&app, &[5, 5, 5, 1, 1, 12, 3]).await;
    made.sort();
    for sort in [
        None,
        Some("id.DESC"),
        Some("creditCardExpirationMonth.ASC"),
        Some("creditCardExpirationMonth.DESC"),
        Some("createdDate.DESC"),
        Some("email.ASC"),
        Some("creditCardHolderName.ASC"),
    ] {
        for size in [1, 2, 3, 7, 50] {
            let mut call = list(&app).query("pageSize", &size.to_string());
            if let Some(sort) = sort {
                call = call.query("sort[]", sort);
            }
            let whole = ids(&call.clone().query("pageSize", "50").await.ok());
            let mut found = Vec::new();
            let mut page = call.clone().await.ok();
            loop {
                assert!(page["data"].as_array().unwrap().len() <= size);
                found.extend(ids(&page));
                let Some(cursor) = page.get("nextPage").and_then(Value::as_str) else { break };
                page = call.clone().query("cursor", cursor).await.ok();
            }
            assert_eq!(found, whole, "{sort:?} by {size}");
            found.sort();
            assert_eq!(found, made, "{sort:?} by {size}");
        }
    }
}

async fn a_page_has_bounds(app: App) {
    assert_eq!(OBJECT_QUERY_PAGE_MAX, 50);
    months(&app, &[1; 51]).await;
    assert_eq!(ids(&list(&app).await.ok()).len(), 10);
    for size in [1, 50] {
        assert_eq!(ids(&list(&app).query("pageSize", &size.to_string()).await.ok()).len(), size);
    }
    for size in ["0", "51", "-1", "x", "", "1.5"] {
        list(&app).query("pageSize", size).await.fails_with(400, &[50_000_027]);
    }
}

async fn fields_are_shown_as_they_are_asked_for(app: App) {
    let card = app.create(&cards::with(cards::bare(), &json!({"note__c": "x"}))).await;
    let expected = json!({"id": card, "creditCardType": "Visa", "note__c": "x"});
    let asked = list(&app).query("fields[]", "id").query("fields[]", "CREDITCARDTYPE,note__c");
    assert_eq!(asked.await.ok(), json!({"data": [expected]}));
    let nulls =
        list(&app).query("fields[]", "id,phone,other__c").query("includeNullFields", "true");
    let expected = json!({"id": card, "phone": null, "other__c": null});
    assert_eq!(nulls.await.ok(), json!({"data": [expected]}));
    let whole = list(&app).await.ok()["data"][0].clone();
    assert!(whole.as_object().unwrap().values().all(|value| !value.is_null()));
    assert_eq!(whole["creditCardMaskNumber"], json!("************1111"));
}

async fn an_account_is_shown_beside_its_cards(app: App) {
    let opened = json!({"name": "Amy's", "currency": "USD", "paymentMethod": cards::bare()});
    let opened = app.client.post("/v1/accounts").json(&opened).await.ok();
    let page = list(&app).query("expand[]", "account").query("fields[]", "id").await.ok();
    let account = &page["data"][0]["account"];
    assert_eq!(account["id"], opened["accountId"]);
    assert_eq!(account["accountNumber"], opened["accountNumber"]);
    assert_eq!(account["name"], json!("Amy's"));
    assert_eq!(account["defaultPaymentMethodId"], opened["paymentMethodId"]);
    let orphan = app.create(&cards::bare()).await;
    let path = format!("/object-query/payment-methods/{orphan}");
    let shown = app.client.get(path).query("expand[]", "account").await.ok();
    assert_eq!(shown.get("account").filter(|account| !account.is_null()), None);
}

async fn one_card_is_shown_by_its_key(app: App) {
    let card = app.card().await;
    let shown = app.client.get(format!("/object-query/payment-methods/{card}")).await.ok();
    assert_eq!(shown, list(&app).await.ok()["data"][0]);
    for nobody in ["0".repeat(32), "x".to_owned()] {
        let reply = app.client.get(format!("/object-query/payment-methods/{nobody}")).await;
        assert_eq!(reply.codes(404).len(), 1);
        assert_eq!(reply.codes(404)[0] % 100, 40);
    }
}

async fn what_cannot_be_asked_is_refused_with_27(app: App) {
    for (name, value) in [
        ("filter[]", "creditCardType"),
        ("filter[]", "creditCardType.XX:Visa"),
        ("filter[]", "nonsense.EQ:1"),
        ("filter[]", "creditCardExpirationMonth.EQ:x"),
        ("filter[]", "createdDate.GT:yesterday"),
        ("filter[]", "creditCardType.IN:Visa"),
        ("filter[]", "creditCardNumber.EQ:4111111111111111"),
        ("sort[]", "creditCardType"),
        ("sort[]", "creditCardType.UP"),
        ("sort[]", "nonsense.ASC"),
        ("fields[]", "nonsense"),
        ("fields[]", "4111111111111111"),
        ("expand[]", "nonsense"),
        ("cursor", "x"),
        ("includeNullFields", "yes"),
    ] {
        let reply = list(&app).query(name, value).version("186.0").await;
        reply.fails_with(400, &[50_000_027]);
    }
    let twice = list(&app).query("sort[]", "id.ASC").query("sort[]", "createdDate.ASC");
    twice.await.fails_with(400, &[50_000_027]);
    // A cursor belongs to the order in which it was given out.
    months(&app, &[1, 2]).await;
    let page = list(&app).query("pageSize", "1").query("sort[]", "createdDate.ASC").await.ok();
    let cursor = page["nextPage"].as_str().unwrap();
    let other = list(&app).query("sort[]", "id.DESC").query("cursor", cursor);
    other.await.fails_with(400, &[50_000_027]);
}

async fn the_query_of_the_official_sdk_is_understood(app: App) {
    let card = app.card().await;
    let account = app.shown(&card).await["accountKey"].as_str().unwrap().to_owned();
    let path = format!(
        "/object-query/payment-methods?pageSize=5&sort%5B%5D=createdDate.DESC&expand%5B%5D=account\
         &filter%5B%5D=accountId.EQ:{account}&fields%5B%5D=id&fields%5B%5D=creditCardMaskNumber"
    );
    let page = app.client.get(path).await.ok();
    assert_eq!(page["data"][0]["id"], json!(card));
    assert_eq!(page["data"][0]["creditCardMaskNumber"], json!("************1111"));
    assert_eq!(page["data"][0]["account"]["id"], json!(account));
}
