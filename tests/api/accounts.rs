//! Accounts, as far as a program needs one to begin with.

use cardfile_domain::limits::DETAILS_BYTES_MAX;
use cardfile_tests::{
    app::{App, new_account},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    served![
        an_account_is_opened_without_a_card,
        an_account_is_opened_with_its_first_card,
        an_account_takes_one_card_and_not_two,
        an_account_s_card_needs_a_whole_address,
        an_account_s_card_is_an_object_of_its_own,
        an_account_needs_a_name_and_a_currency,
        an_account_number_is_used_once,
        an_account_is_known_by_id_and_by_number,
        an_account_is_opened_by_its_first_card_too,
        what_was_said_of_an_account_comes_back,
        what_was_said_of_an_account_can_be_changed_and_taken_back,
        what_is_kept_of_an_account_has_a_limit,
        card_data_does_not_get_into_what_is_kept,
        an_account_that_is_not_there_is_not_found,
    ]
}

fn bare() -> Value {
    json!({"name": "Amy Lawrence's Account", "currency": "USD"})
}

fn credit_card() -> Value {
    json!({
        "cardType": "Visa", "cardNumber": cards::VISA,
        "expirationMonth": "10", "expirationYear": cards::year().to_string(), "securityCode": "111",
        "cardHolderInfo": {
            "cardHolderName": "Amy Lawrence", "addressLine1": "77 Main Street", "city": "Omaha",
            "state": "NE", "country": "USA", "zipCode": "68102",
        },
    })
}

async fn open(app: &App, more: &Value) -> Value {
    app.client.post("/v1/accounts").json(&cards::with(bare(), more)).await.ok()
}

async fn an_account_is_opened_without_a_card(app: App) {
    let opened = open(&app, &json!({})).await;
    assert_eq!(opened.get("paymentMethodId"), None);
    let number = opened["accountNumber"].as_str().unwrap();
    let account = app.client.get(format!("/v1/accounts/{number}")).await.ok();
    assert_eq!(account["basicInfo"]["id"], opened["accountId"]);
    assert_eq!(account["basicInfo"]["status"], json!("Active"));
    assert_eq!(account["billingAndPayment"]["defaultPaymentMethodId"], Value::Null);
    for nothing in ["billToContact", "soldToContact"] {
        assert_eq!(account[nothing], Value::Null);
    }
    let nulls = json!({"creditCard": null, "paymentMethod": null, "accountNumber": null});
    open(&app, &cards::with(nulls, &json!({"hpmCreditCardPaymentMethodId": null}))).await;
}

async fn an_account_is_opened_with_its_first_card(app: App) {
    for card in [
        json!({"creditCard": credit_card()}),
        json!({"paymentMethod": cards::bare()}),
        json!({"hpmCreditCardPaymentMethodId": app.create(&cards::bare()).await}),
    ] {
        let opened = open(&app, &card).await;
        let number = opened["accountNumber"].as_str().unwrap();
        assert_eq!(app.default_of(number).await, opened["paymentMethodId"]);
        let shown = app.shown(opened["paymentMethodId"].as_str().unwrap()).await;
        assert_eq!(shown["isDefault"], json!(true));
        assert_eq!(shown["accountKey"], opened["accountId"]);
    }
    let shown = open(&app, &json!({"creditCard": credit_card()})).await["paymentMethodId"].clone();
    let shown = app.shown(shown.as_str().unwrap()).await;
    assert_eq!(shown["accountHolderInfo"]["state"], json!("Nebraska"));
    assert_eq!(shown["accountHolderInfo"]["country"], json!("United States"));
    assert_eq!(shown["expirationMonth"], json!(10));
}

async fn an_account_takes_one_card_and_not_two(app: App) {
    let orphan = app.create(&cards::bare()).await;
    let ways = [
        ("creditCard", credit_card()),
        ("paymentMethod", cards::bare()),
        ("hpmCreditCardPaymentMethodId", json!(orphan)),
    ];
    for (place, (one, card)) in ways.iter().enumerate() {
        let (other, another) = &ways[(place + 1) % ways.len()];
        let body = cards::with(bare(), &json!({*one: card, *other: another}));
        let reply = app.client.post("/v1/accounts").json(&body).await;
        let codes = reply.codes(400);
        assert!(codes.iter().all(|code| [20, 30].contains(&(code % 100))), "{reply}");
    }
}

async fn an_account_s_card_needs_a_whole_address(app: App) {
    for (name, code) in [
        ("cardHolderName", 51_030_122),
        ("addressLine1", 51_030_222),
        ("city", 51_030_422),
        ("state", 51_030_522),
        ("zipCode", 51_030_622),
        ("country", 51_030_722),
    ] {
        for nothing in [Some(json!(null)), None] {
            let mut card = credit_card();
            let holder = card["cardHolderInfo"].as_object_mut().unwrap();
            holder.remove(name);
            holder.extend(nothing.map(|value| (name.to_owned(), value)));
            let body = cards::with(bare(), &json!({"creditCard": card}));
            let reply = app.client.post("/v1/accounts").json(&body).await;
            reply.fails_with(400, &[code]);
        }
    }
    for (name, code) in [
        ("cardType", 51_020_122),
        ("cardNumber", 51_020_222),
        ("expirationMonth", 51_020_322),
        ("expirationYear", 51_020_422),
        ("cardHolderInfo", 51_020_622),
    ] {
        let body = cards::with(bare(), &json!({"creditCard": cards::without(credit_card(), name)}));
        app.client.post("/v1/accounts").json(&body).await.fails_with(400, &[code]);
    }
}

async fn an_account_s_card_is_an_object_of_its_own(app: App) {
    let holder = |more| cards::with(credit_card()["cardHolderInfo"].clone(), &more);
    for (wrong, code) in [
        (json!({"securityCode": 7}), 51_020_520),
        (json!({"securityCode": "1111"}), 51_020_520),
        (json!({"cardType": "MasterCard"}), 51_020_230),
        (json!({"expirationYear": cards::past_year()}), 51_000_030),
        (json!({"cardHolderInfo": holder(json!({"state": "Bavaria"}))}), 51_030_520),
        (json!({"cardHolderInfo": holder(json!({"addressLine2": 7}))}), 51_030_320),
        (json!({"cardHolderInfo": holder(json!({"phone": 7}))}), 51_030_820),
        (json!({"cardHolderInfo": holder(json!({"email": 7}))}), 51_030_920),
        (json!({"cardHolderInfo": 7}), 51_020_620),
    ] {
        let card = cards::with(credit_card(), &wrong);
        let body = cards::with(bare(), &json!({"creditCard": card}));
        app.client.post("/v1/accounts").json(&body).await.fails_with(400, &[code]);
    }
    for wrong in [json!({"creditCard": 7}), json!({"securityCode": "111"})] {
        let body = cards::with(bare(), &wrong);
        app.client.post("/v1/accounts").json(&body).await.fails_with(400, &[51_000_020]);
    }
}

async fn an_account_needs_a_name_and_a_currency(app: App) {
    for name in ["name", "currency"] {
        let reply = app.client.post("/v1/accounts").json(&cards::without(bare(), name)).await;
        assert_eq!(reply.codes(400)[0] % 100, 22, "{reply}");
    }
    for bad in [json!({"name": "x".repeat(256)}), json!({"currency": "US"}), json!({"name": 7})] {
        let reply = app.client.post("/v1/accounts").json(&cards::with(bare(), &bad)).await;
        assert_eq!(reply.codes(400)[0] % 100, 20, "{reply}");
    }
    open(&app, &json!({"name": "x".repeat(255)})).await;
}

async fn an_account_number_is_used_once(app: App) {
    let number = new_account();
    let opened = open(&app, &json!({"accountNumber": number})).await;
    assert_eq!(opened["accountNumber"], json!(number));
    let body = cards::with(bare(), &json!({"accountNumber": number}));
    let reply = app.client.post("/v1/accounts").json(&body).await;
    reply.fails(400, 51_000_030, "The account number is already in use.");
    open(&app, &json!({"accountNumber": "N".repeat(70)})).await;
    for bad in [json!("N".repeat(71)), json!(""), json!("~x"), json!(7), json!("a\nb")] {
        let body = cards::with(bare(), &json!({"accountNumber": bad}));
        let reply = app.client.post("/v1/accounts").json(&body).await;
        reply.fails_with(400, &[51_000_020]);
    }
}

async fn an_account_is_known_by_id_and_by_number(app: App) {
    let opened = open(&app, &json!({"creditCard": credit_card()})).await;
    let [id, number] = ["accountId", "accountNumber"].map(|name| opened[name].as_str().unwrap());
    assert_ne!(id, number);
    for path in ["", "/payment-methods", "/payment-methods/default"] {
        let [by_id, by_number] = [id, number].map(|key| {
            std::future::IntoFuture::into_future(
                app.client.get(format!("/v1/accounts/{key}{path}")),
            )
        });
        assert_eq!(by_id.await.ok(), by_number.await.ok());
    }
    let second = app.create(&cards::of_account(id)).await;
    assert_eq!(app.shown(&second).await["accountKey"], json!(id));
    let body = json!({"defaultPaymentMethodId": second});
    app.client.put(format!("/v1/accounts/{id}")).json(&body).await.ok();
    assert_eq!(app.default_of(number).await, json!(second));
    for key in [id, number] {
        let list = format!("/v1/payment-methods/credit-cards/accounts/{key}");
        let list = app.client.get(list).await.ok();
        assert_eq!(list["creditCards"].as_array().unwrap().len(), 2);
    }
}

async fn an_account_is_opened_by_its_first_card_too(app: App) {
    let number = new_account();
    app.client.get(format!("/v1/accounts/{number}")).await.expect(404);
    let card = app.card_of(&number).await;
    let account = app.client.get(format!("/v1/accounts/{number}")).await.ok();
    assert_eq!(account["basicInfo"]["accountNumber"], json!(number));
    assert_eq!(account["basicInfo"]["name"], Value::Null);
    assert_eq!(account["billingAndPayment"]["defaultPaymentMethodId"], json!(card));
    // Numbers may have anything in them.
    for number in ["A 1/2?#%&+ü", "..", "credit-cards", "0"] {
        let number = format!("{number}{}", new_account());
        let card = app.card_of(&number).await;
        let path = format!("/v1/accounts/{}", cardfile_tests::call::escaped(&number));
        let account = app.client.get(path).await.ok();
        assert_eq!(account["basicInfo"]["accountNumber"], json!(number));
        assert_eq!(account["billingAndPayment"]["defaultPaymentMethodId"], json!(card));
    }
}

async fn what_was_said_of_an_account_comes_back(app: App) {
    let said = json!({
        "batch": "Batch1", "crmId": "C-7", "notes": "call back", "StripeCustomerId__c": "cus_7",
        "billCycleDay": "1", "autoPay": true, "paymentGateway": "Sandbox", "paymentTerm": "Net 30",
        "billToContact": {"firstName": "Joe", "lastName": "Schmoe", "country": "USA"},
        "soldToContact": {"firstName": "Amy", "lastName": "Lawrence", "nested": [1, {"a": null}]},
        "status": "Canceled", "id": "mine", "defaultPaymentMethodId__c": "x",
    });
    let opened = open(&app, &said).await;
    let number = opened["accountNumber"].as_str().unwrap();
    let account = app.client.get(format!("/v1/accounts/{number}")).await.ok();
    for name in ["batch", "crmId", "notes", "StripeCustomerId__c", "defaultPaymentMethodId__c"] {
        assert_eq!(account["basicInfo"][name], said[name], "{name}");
    }
    for name in ["billCycleDay", "autoPay", "paymentGateway", "paymentTerm"] {
        assert_eq!(account["billingAndPayment"][name], said[name], "{name}");
    }
    assert_eq!(account["billToContact"], said["billToContact"]);
    assert_eq!(account["soldToContact"], said["soldToContact"]);
    // What the service knows itself cannot be told to it.
    assert_eq!(account["basicInfo"]["status"], json!("Active"));
    assert_eq!(account["basicInfo"]["id"], opened["accountId"]);
    let list = app.client.get(format!("/v1/accounts/{number}/payment-methods")).await.ok();
    assert_eq!(list["paymentGateway"], json!("Sandbox"));
}

async fn what_was_said_of_an_account_can_be_changed_and_taken_back(app: App) {
    let said = json!({"notes": "old", "autoPay": true, "batch": "Batch1"});
    let number = open(&app, &said).await["accountNumber"].as_str().unwrap().to_owned();
    let path = format!("/v1/accounts/{number}");
    let body = json!({"notes": "Adding some notes", "autoPay": null, "crmId": 7});
    assert_eq!(app.client.put(&path).json(&body).await.ok(), json!({"success": true}));
    let account = app.client.get(&path).await.ok();
    assert_eq!(account["basicInfo"]["notes"], json!("Adding some notes"));
    assert_eq!(account["basicInfo"]["crmId"], json!(7));
    assert_eq!(account["basicInfo"]["batch"], json!("Batch1"));
    assert_eq!(account["billingAndPayment"]["autoPay"], Value::Null);
    for name in ["accountNumber", "creditCard", "paymentMethod", "hpmCreditCardPaymentMethodId"] {
        let reply = app.client.put(&path).json(&json!({name: "x"})).await;
        reply.fails(400, 51_500_021, &format!("Invalid parameter(s): '{name}'."));
    }
}

async fn what_is_kept_of_an_account_has_a_limit(app: App) {
    assert_eq!(DETAILS_BYTES_MAX, 64 * 1024);
    let message = "The account's fields are too large to be kept.";
    let large = json!({"notes": "n".repeat(DETAILS_BYTES_MAX)});
    let reply = app.client.post("/v1/accounts").json(&cards::with(bare(), &large)).await;
    reply.fails(400, 51_000_020, message);
    let nearly = json!({"notes": "n".repeat(DETAILS_BYTES_MAX - 200)});
    let number = open(&app, &nearly).await["accountNumber"].as_str().unwrap().to_owned();
    let path = format!("/v1/accounts/{number}");
    let more = app.client.put(&path).json(&json!({"more": "m".repeat(200)})).await;
    more.fails(400, 51_500_020, message);
    app.client.put(&path).json(&json!({"notes": null})).await.ok();
    app.client.put(&path).json(&json!({"more": "m".repeat(200)})).await.ok();
}

async fn card_data_does_not_get_into_what_is_kept(app: App) {
    let number = open(&app, &json!({})).await["accountNumber"].as_str().unwrap().to_owned();
    for bad in [
        json!({"notes": cards::VISA}),
        json!({"notes": {"deep": ["see 4111 1111 1111 1111"]}}),
        json!({"account": 4_111_111_111_111_111_u64}),
        json!({"securityCode": "111"}),
        json!({"billToContact": {"cvv2": "111"}}),
        json!({cards::VISA: "x"}),
    ] {
        let reply = app.client.post("/v1/accounts").json(&cards::with(bare(), &bad)).await;
        assert_eq!(reply.codes(400)[0] % 100, 20, "{reply}");
        let reply = app.client.put(format!("/v1/accounts/{number}")).json(&bad).await;
        assert_eq!(reply.codes(400)[0] % 100, 20, "{reply}");
    }
}

async fn an_account_that_is_not_there_is_not_found(app: App) {
    let key = "2c92c0fa52e3f6790152f11fd4fd1fcfx";
    let message = format!("Cannot find entity by key: '{key}'.");
    for path in ["", "/payment-methods", "/payment-methods/default"] {
        let reply = app.client.get(format!("/v1/accounts/{key}{path}")).await;
        reply.fails(404, 50_000_040, &message);
    }
    let reply = app.client.put(format!("/v1/accounts/{key}")).json(&json!({"notes": "x"})).await;
    reply.fails(404, 51_500_040, &message);
    let list = format!("/v1/payment-methods/credit-cards/accounts/{key}");
    app.client.get(list).await.fails(404, 50_000_040, &message);
}
