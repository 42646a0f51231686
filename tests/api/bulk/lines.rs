//! What lines do, and what is said of each.

use cardfile_domain::client::Right;
use cardfile_tests::{
    app::{App, new_account, text},
    cards, served,
    suite::Case,
};
use serde_json::{Value, json};

use super::{codes, results, told, upload, upload_bytes};

pub(crate) fn cases() -> Vec<Case> {
    served![
        every_line_has_its_receipt_in_order,
        a_change_that_changes_nothing_is_unchanged_and_leaves_no_event,
        a_bad_line_does_not_stop_the_next,
        each_line_is_refused_as_the_single_call_would_be,
        the_lines_of_one_account_are_carried_out_in_their_order,
        a_line_may_name_an_entity_of_its_client,
        a_security_code_is_verified_and_a_card_is_looked_at_as_it_is_then,
        empty_lines_only_count,
        receipts_come_compressed_to_who_wants_them,
        an_upload_of_nothing_has_a_summary,
        a_rehearsal_judges_lines_by_what_is_on_file_and_changes_nothing,
        lines_of_a_rehearsal_do_not_see_each_other,
        a_rehearsal_tells_which_options_the_gateway_ignores,
    ]
}

async fn every_line_has_its_receipt_in_order(app: App) {
    let (old, new) = (new_account(), new_account());
    app.card_of(&old).await;
    let (spare, other) = (app.card_of(&old).await, app.card_of(&old).await);
    let reply = upload(
        &app.client,
        &[
            cards::older(&new),
            json!({"id": spare, "city": "Berlin"}),
            cards::with(cards::of_account(&new), &json!({"makeDefault": true, "op": "create"})),
            json!({"op": "delete", "id": other}),
            cards::bare(),
        ],
    )
    .await;
    assert_eq!(results(&reply), ["created", "updated", "created", "updated", "created"]);
    let (receipts, summary) = told(&reply);
    for (number, receipt) in receipts.iter().enumerate() {
        assert_eq!(receipt["line"], json!(number + 1));
        assert_eq!(receipt["reasons"], json!([]));
    }
    let expected = json!({
        "lines": 5, "created": 3, "updated": 2, "unchanged": 0, "refused": 0, "replayed": 0,
        "complete": true,
    });
    assert_eq!(summary, expected);
    assert_eq!((&receipts[1]["id"], &receipts[3]["id"]), (&json!(spare), &json!(other)));
    assert_eq!(app.shown(&spare).await["accountHolderInfo"]["city"], json!("Berlin"));
    app.client.get(format!("/v1/payment-methods/{other}")).await.expect(404);
    assert_eq!(app.default_of(&new).await, receipts[2]["id"]);
    app.shown(&text(&receipts[4]["id"])).await;
}

async fn a_change_that_changes_nothing_is_unchanged_and_leaves_no_event(app: App) {
    let card = app.card().await;
    let line = |city: &str| json!({"id": card, "city": city, "numConsecutiveFailures": 3});
    let first = upload(&app.client, &[line("Ulm"), line("Ulm"), line("Bonn"), line("Ulm")]).await;
    assert_eq!(results(&first), ["updated", "unchanged", "updated", "updated"]);
    let before = app.shown(&card).await;
    let again = upload(&app.client, &[line("Ulm")]).key("another").await;
    assert_eq!(results(&again), ["unchanged"]);
    assert_eq!(app.shown(&card).await, before);
}

async fn a_bad_line_does_not_stop_the_next(app: App) {
    let card = app.card().await;
    let good = json!({"id": card, "city": "Ulm"}).to_string();
    let bad: [&[u8]; 12] = [
        b"{",
        b"}",
        b"7",
        b"[]",
        b"null",
        b"\"x\"",
        b"{\"id\": \"\xff\"}",
        b"\0\0\0",
        b"{\"city\": \"\0\"}",
        b"{\"city\": 1} {}",
        b"{\"id\": \"1\", \"id\": \"1\"}",
        b"{\"a__c\": 1, \"a__c\": 1}",
    ];
    let mut body = Vec::new();
    for line in bad {
        body.extend_from_slice(line);
        body.push(b'\n');
    }
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    body.extend_from_slice(format!("{{\"gatewayOptions\": {{\"a\": {deep}}}}}\n").as_bytes());
    body.extend_from_slice(format!("{deep}\n{good}").as_bytes());
    let (receipts, summary) = told(&upload_bytes(&app.client, body).await);
    assert_eq!((&summary["updated"], &summary["refused"]), (&json!(1), &json!(bad.len() + 2)));
    for receipt in &receipts[..bad.len() + 2] {
        assert_eq!(codes(receipt), [50_000_090], "{receipt}");
        assert_eq!(receipt["id"], Value::Null);
    }
    assert_eq!(receipts[bad.len() + 2]["result"], json!("updated"));
}

async fn each_line_is_refused_as_the_single_call_would_be(app: App) {
    let account = new_account();
    let default = app.card_of(&account).await;
    let missing = "019a2c4e7b1e7c60a1b2c3d4e5f60718";
    let new = |more: Value| cards::with(cards::older(&account), &more);
    let cases = [
        (json!({"id": missing, "city": "Ulm"}), 52_500_040),
        (json!({"id": default, "nonsense": 1}), 52_500_021),
        (json!({"id": default, "expirationMonth": 13}), 52_500_120),
        (json!({"id": default, "cardHolderName": "Amy"}), 52_501_122),
        (json!({"id": default, "op": "delete"}), 52_500_030),
        (json!({"id": default, "op": "delete", "city": "Ulm"}), 52_500_021),
        (json!({"op": "delete"}), 52_500_022),
        (json!({"op": "update", "city": "Ulm"}), 52_500_022),
        (json!({"op": "upsert"}), 52_000_020),
        (json!({"id": "x", "city": "Ulm"}), 52_000_020),
        (json!({"id": default, "externalKey": ""}), 52_000_020),
        (json!({"id": default, "entityId": "x"}), 52_000_020),
        (new(json!({"op": "create", "id": default})), 52_000_020),
        (new(json!({"creditCardNumber": "4111111111111112"})), 52_000_320),
        (new(json!({"creditCardNumber": cards::MASTERCARD})), 52_000_330),
        (new(json!({"creditCardNumber": cards::DECLINED})), 52_000_030),
        (new(json!({"expirationYear": cards::past_year()})), 52_000_030),
        (new(json!({"checkDuplicated": true})), 52_000_030),
        (cards::without(cards::older(&account), "accountKey"), 52_000_122),
    ];
    let lines: Vec<_> = cases.iter().map(|(line, _)| line.clone()).collect();
    let (receipts, _) = told(&upload(&app.client, &lines).await);
    for ((line, code), receipt) in cases.iter().zip(&receipts) {
        assert_eq!(codes(receipt), [*code], "{line}\n{receipt}");
        assert_eq!(receipt["result"], json!("refused"));
    }
    assert_eq!(receipts[0]["id"], json!(missing));
}

async fn the_lines_of_one_account_are_carried_out_in_their_order(app: App) {
    const LINES: usize = 3000;
    let card = app.card().await;
    let spare = app.card_of(&new_account()).await;
    let line = |number: usize| {
        let card = if number.is_multiple_of(3) { &spare } else { &card };
        json!({"id": card, "numConsecutiveFailures": number % 2, "n__c": number})
    };
    let lines: Vec<_> = (0..LINES).map(line).collect();
    let reply = upload(&app.client, &lines).gzip().accept_gzip().await;
    assert!(results(&reply).iter().all(|result| result == "updated"), "{reply}");
    assert_eq!(app.shown(&card).await["n__c"], json!(LINES - 1));
    assert_eq!(app.shown(&spare).await["n__c"], json!(LINES - 3));
}

async fn a_line_may_name_an_entity_of_its_client(app: App) {
    let (other, foreign) = (app.new_entity().await, app.new_entity().await);
    let client = app.sign_in(&[app.entity, other], &[Right::Bulk]).await;
    let client = client.within(&app.entity.to_string());
    let line = |entity: String| cards::with(cards::older("E-1"), &json!({"entityId": entity}));
    let reply = upload(
        &client,
        &[
            cards::older("E-1"),
            line(other.to_string()),
            line(other.simple().to_uppercase()),
            line(foreign.to_string()),
            line("00000000-0000-4000-8000-000000000000".to_owned()),
        ],
    )
    .await;
    let (receipts, _) = told(&reply);
    // Dashes and capitals make no other line.
    assert_eq!(receipts[1]["id"], receipts[2]["id"]);
    let refusal = |receipt: &Value| (receipt["id"].clone(), receipt["reasons"].clone());
    assert_eq!(codes(&receipts[3]), [50_000_010]);
    assert_eq!(refusal(&receipts[3]), refusal(&receipts[4]));
    app.shown(&text(&receipts[0]["id"])).await;
    app.client.get(format!("/v1/payment-methods/{}", text(&receipts[1]["id"]))).await.expect(404);
    let theirs = app.sign_in(&[other], &[Right::Read]).await;
    theirs.get(format!("/v1/payment-methods/{}", text(&receipts[1]["id"]))).await.ok();
}

async fn a_security_code_is_verified_and_a_card_is_looked_at_as_it_is_then(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let wrong = cards::with(cards::bare(), &json!({"cardNumber": cards::WRONG_CODE}));
    let wrong = app.create(&wrong).await;
    let rename = |card: &str, name: &str, code: &str| json!({"id": card, "cardHolderName": name, "securityCode": code});
    let reply = upload(
        &app.client,
        &[
            rename(&card, "Amy", "111"),
            rename(&card, "Amy", "1111"),
            rename(&wrong, "Amy", "111"),
            json!({"op": "delete", "id": wrong}),
            rename(&wrong, "Bob", "111"),
            cards::with(cards::older(&account), &json!({"securityCode": "111"})),
            cards::with(
                cards::older(&account),
                &json!({"creditCardNumber": cards::WRONG_CODE, "securityCode": "111"}),
            ),
        ],
    )
    .await;
    let (receipts, _) = told(&reply);
    let codes: Vec<_> = receipts.iter().map(codes).collect();
    let expected: [&[u64]; 7] =
        [&[], &[52_501_120], &[52_500_030], &[], &[52_500_040], &[], &[52_000_030]];
    assert_eq!(codes, expected, "{reply}");
    assert_eq!(app.shown(&card).await["cardHolderName"], Value::Null);
}

async fn empty_lines_only_count(app: App) {
    let card = app.card().await;
    let line = json!({"id": card, "city": "Ulm"});
    let body = format!("\u{feff}\r\n{line}\r\n\n   \n{{\"id\":\"{card}\",\"city\":\"Bonn\"}}");
    let (receipts, _) = told(&upload_bytes(&app.client, body).await);
    let numbers: Vec<_> = receipts.iter().map(|receipt| receipt["line"].clone()).collect();
    assert_eq!(numbers, [json!(2), json!(5)]);
}

async fn receipts_come_compressed_to_who_wants_them(app: App) {
    let card = app.card().await;
    let lines = [json!({"id": card, "city": "Ulm"})];
    assert!(upload(&app.client, &lines).accept_gzip().await.is_compressed());
    assert!(!upload(&app.client, &lines).await.is_compressed());
}

async fn an_upload_of_nothing_has_a_summary(app: App) {
    for body in ["", "\n", "\n\n\n"] {
        assert_eq!(results(&upload_bytes(&app.client, body).await), Vec::<String>::new());
    }
}

async fn a_rehearsal_judges_lines_by_what_is_on_file_and_changes_nothing(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let lines = [
        json!({"id": card, "city": "Berlin"}),
        json!({"id": card, "numConsecutiveFailures": 0}),
        cards::older(&account),
        cards::with(cards::older(&account), &json!({"checkDuplicated": true})),
        json!({"id": card, "op": "delete"}),
        json!({"id": card, "cardHolderName": "Amy"}),
        json!({"id": card, "cardHolderName": "Amy", "securityCode": "111"}),
        json!({"id": card, "cardHolderName": "Amy", "securityCode": "1111"}),
    ];
    let before = app.shown(&card).await;
    let tried = upload(&app.client, &lines).query("dryRun", "true").await;
    assert_eq!(app.shown(&card).await, before);
    let (mut tried, tried_sum) = told(&tried);
    let (done, done_sum) = told(&upload(&app.client, &lines).query("dryRun", "false").await);
    assert_eq!(tried[2]["id"], Value::Null);
    tried[2]["id"] = done[2]["id"].clone();
    assert_eq!(tried, done);
    assert_eq!(tried_sum, done_sum);
    // What was done before is told again, and the card that was made has its id.
    let again = upload(&app.client, &lines).query("dryRun", "true").await;
    assert_eq!(told(&again).0[..5], done[..5]);
    let bad = upload(&app.client, &lines).query("dryRun", "yes").await;
    bad.fails(400, 52_000_027, "'dryRun' must be true or false.");
}

async fn lines_of_a_rehearsal_do_not_see_each_other(app: App) {
    let account = new_account();
    let new = cards::with(cards::older(&account), &json!({"checkDuplicated": true}));
    let twice = |number: u8| cards::with(new.clone(), &json!({"externalKey": number.to_string()}));
    let lines = [twice(1), twice(2)];
    let tried = upload(&app.client, &lines).query("dryRun", "true").await;
    assert_eq!(super::results(&tried), ["created", "created"]);
    assert_eq!(super::results(&upload(&app.client, &lines).await), ["created", "refused"]);
}

async fn a_rehearsal_tells_which_options_the_gateway_ignores(app: App) {
    let options = json!({"gatewayOptions": {
        "sandboxVerdict": "approved", "colour": "red", cards::VISA: "x",
    }});
    let lines = [cards::with(cards::bare(), &options), cards::bare()];
    let (tried, _) = told(&upload(&app.client, &lines).query("dryRun", "true").await);
    assert_eq!(
        tried[0]["warnings"],
        json!(["The gateway ignores the option 'colour'.", "The gateway ignores the option '?'."])
    );
    assert_eq!(tried[1].get("warnings"), None);
    // What is done is done without a word about them, as it always was.
    let (done, _) = told(&upload(&app.client, &lines).await);
    assert!(done.iter().all(|receipt| receipt.get("warnings").is_none()), "{done:?}");
}
