//! ZOQL: selecting records.

use cardfile_domain::limits::QUERY_BATCH_MAX;
use cardfile_tests::{
    app::{App, create, new_account},
    cards,
    message::Reply,
    served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        a_query_finds_what_its_condition_says,
        a_query_shows_what_it_selects,
        a_query_is_read_without_regard_to_case,
        a_query_that_is_none_is_malformed,
        a_query_for_something_else_is_refused,
        nothing_of_a_query_is_echoed_that_could_be_card_data,
        a_large_answer_comes_in_batches,
        a_batch_has_bounds,
        a_locator_that_nobody_gave_out_is_none,
        what_is_made_or_deleted_between_batches_moves_nothing,
    ]
}

async fn query(app: &App, zoql: &str) -> Reply {
    app.client.post("/v1/action/query").json(&json!({"queryString": zoql})).await
}

async fn found(app: &App, condition: &str) -> Vec<String> {
    let reply = query(app, &format!("select Id from PaymentMethod where {condition}")).await;
    ids(&reply.ok())
}

fn ids(answer: &Value) -> Vec<String> {
    let mut ids: Vec<_> = answer["records"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["Id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// Three cards that differ: a Visa of account A, a `MasterCard` of account A, an orphaned Amex.
async fn three(app: &App) -> (String, [String; 3]) {
    let account = new_account();
    let visa = json!({
        "accountKey": account, "expirationMonth": 1, "note__c": "one",
        "cardHolderInfo": {"cardHolderName": "Amy O'Neill", "email": "amy@example.com"},
    });
    let mastercard = json!({
        "accountKey": account, "cardType": "MasterCard", "cardNumber": cards::MASTERCARD,
        "expirationMonth": 5, "numConsecutiveFailures": 7, "note__c": "two",
    });
    let amex = json!({
        "cardType": "AmericanExpress", "cardNumber": cards::AMEX, "expirationMonth": 12,
        "expirationYear": cards::year() + 1,
    });
    let mut made = Vec::new();
    for more in [visa, mastercard, amex] {
        made.push(create(&app.client, &cards::with(cards::bare(), &more)).await);
    }
    (account, made.try_into().unwrap())
}

async fn a_query_finds_what_its_condition_says(app: App) {
    let (account, [visa, mastercard, amex]) = three(&app).await;
    let id =
        app.client.get(format!("/v1/accounts/{account}")).await.ok()["basicInfo"]["id"].clone();
    let id = id.as_str().unwrap();
    let year = cards::year();
    for (condition, expected) in [
        (format!("Id = '{visa}'"), vec![&visa]),
        (format!("Id != '{visa}'"), vec![&mastercard, &amex]),
        (format!("AccountId = '{account}'"), vec![&visa, &mastercard]),
        (format!("AccountId = '{id}'"), vec![&visa, &mastercard]),
        ("AccountId = 'nobody'".to_owned(), vec![]),
        ("AccountId = null".to_owned(), vec![&amex]),
        ("AccountId != null".to_owned(), vec![&visa, &mastercard]),
        ("CreditCardType = 'Visa'".to_owned(), vec![&visa]),
        ("CreditCardType != 'Visa'".to_owned(), vec![&mastercard, &amex]),
        ("CreditCardMaskNumber = '************4444'".to_owned(), vec![&mastercard]),
        ("CreditCardHolderName = 'Amy O\\'Neill'".to_owned(), vec![&visa]),
        ("CreditCardHolderName like 'Amy%'".to_owned(), vec![&visa]),
        ("CreditCardExpirationMonth > 1".to_owned(), vec![&mastercard, &amex]),
        ("CreditCardExpirationMonth >= 5".to_owned(), vec![&mastercard, &amex]),
        ("CreditCardExpirationMonth < 5".to_owned(), vec![&visa]),
        ("CreditCardExpirationMonth <= 5".to_owned(), vec![&visa, &mastercard]),
        (format!("CreditCardExpirationYear = {year}"), vec![&visa, &mastercard]),
        ("NumConsecutiveFailures = 7".to_owned(), vec![&mastercard]),
        ("Email = null".to_owned(), vec![&mastercard, &amex]),
        ("Email != null".to_owned(), vec![&visa]),
        ("Email = 'amy@example.com'".to_owned(), vec![&visa]),
        ("note__c = 'two'".to_owned(), vec![&mastercard]),
        ("PaymentMethodStatus = 'Active'".to_owned(), vec![&visa, &mastercard, &amex]),
        ("PaymentMethodStatus = 'Closed'".to_owned(), vec![]),
        ("CreatedDate > '2020-01-01T00:00:00'".to_owned(), vec![&visa, &mastercard, &amex]),
        ("CreatedDate < '2020-01-01'".to_owned(), vec![]),
        (
            "CreditCardType = 'Visa' or NumConsecutiveFailures = 7".to_owned(),
            vec![&visa, &mastercard],
        ),
        ("CreditCardType = 'Visa' and NumConsecutiveFailures = 7".to_owned(), vec![]),
        (
            "CreditCardType = 'JCB' or CreditCardType = 'Visa' and Email != null".to_owned(),
            vec![&visa],
        ),
        (
            "CreditCardType = 'Visa' or CreditCardType = 'MasterCard' and Email != null".to_owned(),
            vec![&visa],
        ),
        (
            "(CreditCardType = 'JCB' or CreditCardType = 'MasterCard') and Email = null".to_owned(),
            vec![&mastercard],
        ),
    ] {
        let mut expected: Vec<_> = expected.into_iter().cloned().collect();
        expected.sort();
        assert_eq!(found(&app, &condition).await, expected, "{condition}");
    }
}

async fn a_query_shows_what_it_selects(app: App) {
    let (_, [visa, ..]) = three(&app).await;
    let zoql = format!(
        "select CreditCardType, CreditCardHolderName, note__c, Phone, other__c from PaymentMethod \
         where Id = '{visa}'"
    );
    let answer = query(&app, &zoql).await.ok();
    let expected = json!({
        "Id": visa, "CreditCardType": "Visa", "CreditCardHolderName": "Amy O'Neill", "note__c": "one",
    });
    assert_eq!(answer, json!({"records": [expected], "size": 1, "done": true}));
    let nothing = query(&app, "select Id from PaymentMethod where Id = 'x'").await.ok();
    assert_eq!(nothing, json!({"records": [], "size": 0, "done": true}));
}

async fn a_query_is_read_without_regard_to_case(app: App) {
    let (account, _) = three(&app).await;
    for zoql in [
        format!("SELECT ID FROM PAYMENTMETHOD WHERE ACCOUNTID = '{account}'"),
        format!("  select\n\tid , Id from paymentMethod  where accountid='{account}'  "),
        format!("Select Id From PaymentMethod Where AccountId = '{account}' And Id != null"),
    ] {
        assert_eq!(ids(&query(&app, &zoql).await.ok()).len(), 2, "{zoql}");
    }
}

async fn a_query_that_is_none_is_malformed(app: App) {
    for zoql in [
        "x",
        "select",
        "select Id",
        "select Id from",
        "select Id PaymentMethod",
        "select from PaymentMethod",
        "select Id, from PaymentMethod",
        "select count(Id) from PaymentMethod",
        "select Id from PaymentMethod where",
        "select Id from PaymentMethod where Id",
        "select Id from PaymentMethod where Id =",
        "select Id from PaymentMethod where Id = 'x",
        "select Id from PaymentMethod where Id == 'x'",
        "select Id from PaymentMethod where Id = 'x' and",
        "select Id from PaymentMethod where (Id = 'x'",
        "select Id from PaymentMethod where Id = 'x')",
        "select Id from PaymentMethod where Id = x",
        "select Id from PaymentMethod;",
        "select * from PaymentMethod",
        "delete from PaymentMethod",
        "select Id from PaymentMethod order by Id",
        "select Id from PaymentMethod limit 1",
        "select Id from PaymentMethod where CreditCardExpirationMonth = 'x'",
        "select Id from PaymentMethod where CreatedDate > 'yesterday'",
        "select Id from PaymentMethod where CreditCardHolderName like '%eo'",
        "\u{0}",
        "🂡",
    ] {
        let fault = query(&app, zoql).await.expect(400);
        assert_eq!(fault["FaultCode"], json!("MALFORMED_QUERY"), "{zoql}: {fault}");
    }
    let many = vec!["Id = 'x'"; 2000].join(" or ");
    let fault = query(&app, &format!("select Id from PaymentMethod where {many}")).await;
    assert_eq!(fault.expect(400)["FaultCode"], json!("MALFORMED_QUERY"));
    for body in [json!({}), json!({"queryString": null}), json!({"queryString": 7})] {
        app.client.post("/v1/action/query").json(&body).await.expect(400);
    }
}

async fn a_query_for_something_else_is_refused(app: App) {
    for (zoql, code) in [
        ("select Id from Account", "INVALID_TYPE"),
        ("select Nonsense from PaymentMethod", "INVALID_FIELD"),
        ("select Id from PaymentMethod where Nonsense = 1", "INVALID_FIELD"),
    ] {
        assert_eq!(query(&app, zoql).await.expect(400)["FaultCode"], json!(code), "{zoql}");
    }
}

async fn nothing_of_a_query_is_echoed_that_could_be_card_data(app: App) {
    for zoql in [
        format!("select {} from PaymentMethod", cards::VISA),
        format!("select x{} from PaymentMethod", cards::VISA),
        format!("select Id from {}", cards::VISA),
        format!("select Id from PaymentMethod where {} = 1", cards::VISA),
        format!("select Id from PaymentMethod where Id = {}", cards::VISA),
        format!("select Id from PaymentMethod where Id = '{}", cards::VISA),
        format!("select Id from PaymentMethod where CreatedDate = '{}'", cards::VISA),
        cards::VISA.to_owned(),
    ] {
        // That no answer holds the number is looked at in every answer.
        let reply = query(&app, &zoql).await;
        assert!([200, 400].contains(&reply.status));
    }
}

async fn batches(app: &App, zoql: &str, size: usize) -> Vec<Vec<String>> {
    let conf = json!({"batchSize": size});
    let body = json!({"queryString": zoql, "conf": conf});
    let mut answer = app.client.post("/v1/action/query").json(&body).await.ok();
    let mut batches = vec![ids(&answer)];
    while answer["done"] == json!(false) {
        let body = json!({"queryLocator": answer["queryLocator"], "conf": conf});
        answer = app.client.post("/v1/action/queryMore").json(&body).await.ok();
        batches.push(ids(&answer));
    }
    assert_eq!(answer.get("queryLocator"), None);
    batches
}

async fn a_large_answer_comes_in_batches(app: App) {
    let account = new_account();
    let mut all = Vec::new();
    for _ in 0..7 {
        all.push(app.card_of(&account).await);
    }
    all.sort();
    let zoql = format!("select Id from PaymentMethod where AccountId = '{account}'");
    for (size, sizes) in [(3, vec![3, 3, 1]), (7, vec![7]), (6, vec![6, 1]), (1, vec![1; 7])] {
        let batches = batches(&app, &zoql, size).await;
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        let mut found = batches.concat();
        found.sort();
        assert_eq!(found, all);
    }
}

async fn a_batch_has_bounds(app: App) {
    assert_eq!(QUERY_BATCH_MAX, 2000);
    let zoql = "select Id from PaymentMethod";
    let ask = |size: Value| {
        let body = json!({"queryString": zoql, "conf": {"batchSize": size}});
        app.client.post("/v1/action/query").json(&body)
    };
    for good in [json!(1), json!(2000), json!(2001), json!(null)] {
        ask(good).await.ok();
    }
    for bad in [json!(0), json!(-1), json!(1.5), json!("x"), json!([])] {
        let fault = ask(bad).await.expect(400);
        assert_eq!(fault["FaultCode"], json!("INVALID_VALUE"));
    }
}

async fn a_locator_that_nobody_gave_out_is_none(app: App) {
    for locator in [json!("x"), json!("q-2000"), json!("e30"), json!(7), json!(""), json!(null)] {
        let body = json!({"queryLocator": locator});
        let fault = app.client.post("/v1/action/queryMore").json(&body).await.expect(400);
        let code = if locator.is_null() { "MISSING_REQUIRED_VALUE" } else { "INVALID_VALUE" };
        assert_eq!(fault["FaultCode"], json!(code), "{locator}");
    }
}

async fn what_is_made_or_deleted_between_batches_moves_nothing(app: App) {
    let account = new_account();
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(app.card_of(&account).await);
    }
    all.sort();
    let zoql = format!("select Id from PaymentMethod where AccountId = '{account}'");
    let body = json!({"queryString": zoql, "conf": {"batchSize": 3}});
    let first = app.client.post("/v1/action/query").json(&body).await.ok();
    let default = app.default_of(&account).await;
    let seen = ids(&first);
    let gone = seen.iter().find(|id| json!(id) != default).unwrap();
    app.client.delete(format!("/v1/payment-methods/{gone}")).await.ok();
    let body = json!({"queryLocator": first["queryLocator"]});
    let rest = app.client.post("/v1/action/queryMore").json(&body).await.ok();
    let mut found = [seen, ids(&rest)].concat();
    found.sort();
    assert_eq!(found, all);
}
