//! A gateway that falls silent: the issuer is asked once, whatever callers do, and the end is true.

use cardfile_domain::{event::RecordedEvent, limits::QUESTION_HOURS};
use cardfile_tests::{
    app::{Database, card_path, create, new_account, seed_path},
    call::Call,
    cards,
    suite::Case,
    wired::Wired,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

const SILENCE: u64 = 52_000_099;
const SILENCE_OF_PUT: u64 = 52_500_099;

pub(super) fn cases() -> Vec<Case> {
    cardfile_tests::wired![
        a_card_whose_approval_was_lost_comes_in_once,
        a_card_whose_decline_was_lost_does_not_come_in,
        a_change_waits_and_the_card_stays_as_it_is,
        a_change_that_was_declined_is_dropped_and_leaves_an_event,
        a_request_without_a_key_is_told_once_what_came_of_it,
        the_same_card_for_another_account_is_another_request,
        a_question_that_nobody_can_answer_is_given_up_after_a_day,
        a_question_that_the_issuer_never_got_may_be_put_again,
        a_verification_is_settled_too,
        an_account_is_opened_when_its_card_is_approved,
        a_line_of_an_upload_waits_like_any_other,
        an_asynchronous_request_waits_for_the_truth,
        no_security_code_is_in_what_waits,
    ]
}

async fn settle(wired: &Wired) {
    // A gateway that fell silent is left alone for two seconds.
    assert_eq!(wired.service.settle_questions().await.unwrap(), 0);
    wired.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(wired.service.settle_questions().await.unwrap(), 1);
    assert_eq!(wired.service.settle_questions().await.unwrap(), 0);
}

fn numbered(account: &str, number: &str) -> Value {
    let more = json!({"cardNumber": number, "securityCode": "111"});
    cards::with(cards::of_account(account), &more)
}

fn creation(wired: &Wired, account: &str, number: &str) -> Call {
    wired.client.post("/v1/payment-methods").json(&numbered(account, number))
}

async fn cards_of(wired: &Wired, account: &str) -> usize {
    let path = format!("/v1/payment-methods/credit-cards/accounts/{account}");
    wired.client.get(path).await.ok()["creditCards"].as_array().unwrap().len()
}

async fn events_of(wired: &Wired, card: &str) -> Vec<RecordedEvent> {
    let filed = wired.store.find_card(wired.entity, card.parse().unwrap()).await.unwrap();
    wired.store.list_events(&filed.unwrap().card.account_ref(), 0, 100).await.unwrap()
}

async fn a_card_whose_approval_was_lost_comes_in_once(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let call = creation(&wired, &account, cards::LOST_APPROVAL).key("k");
    for _ in 0..3 {
        call.clone().await.fails_with(500, &[SILENCE]);
    }
    wired.client.get(format!("/v1/accounts/{account}")).await.expect(404);
    settle(&wired).await;
    let first = call.clone().await.ok();
    assert_eq!(call.await.ok(), first);
    assert_eq!((wired.gateway.asked(), cards_of(&wired, &account).await), (1, 1));
    let card = first["id"].as_str().unwrap();
    let shown = wired.client.get(card_path(card)).await.ok();
    assert_eq!(shown["lastTransactionStatus"], json!("Approved"));
}

async fn a_card_whose_decline_was_lost_does_not_come_in(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let call = creation(&wired, &account, cards::LOST_DECLINE).key("k");
    call.clone().await.fails_with(500, &[SILENCE]);
    settle(&wired).await;
    for _ in 0..2 {
        call.clone().await.fails_with(400, &[52_000_030]);
    }
    wired.client.get(format!("/v1/accounts/{account}")).await.expect(404);
    assert_eq!(wired.gateway.asked(), 1);
}

/// A card on file, and a change of it during which the gateway falls silent.
async fn change(wired: &Wired, verdict: &str) -> (String, Call) {
    let card = create(&wired.client, &cards::bare()).await;
    let body = json!({
        "cardHolderName": "Mia", "securityCode": "111",
        "gatewayOptions": {"sandboxVerdict": verdict},
    });
    let call = wired.client.put(seed_path(&card)).json(&body).version("2024-05-20");
    (card, call)
}

async fn a_change_waits_and_the_card_stays_as_it_is(database: Database) {
    let wired = Wired::apart(database).await;
    let (card, call) = change(&wired, "lost_approved").await;
    let before = wired.client.get(card_path(&card)).await.ok();
    let call = call.key("k");
    for _ in 0..2 {
        call.clone().await.fails_with(500, &[SILENCE_OF_PUT]);
        assert_eq!(wired.client.get(card_path(&card)).await.ok(), before);
    }
    settle(&wired).await;
    let shown = wired.client.get(card_path(&card)).await.ok();
    assert_eq!(shown["accountHolderInfo"]["accountHolderName"], json!("Mia"));
    for _ in 0..2 {
        call.clone().await.ok();
    }
    // The card was verified when it came in, and once for the change.
    assert_eq!((wired.gateway.asked(), events_of(&wired, &card).await.len()), (2, 2));
}

async fn a_change_that_was_declined_is_dropped_and_leaves_an_event(database: Database) {
    let wired = Wired::apart(database).await;
    let (card, call) = change(&wired, "lost_declined").await;
    let before = wired.client.get(card_path(&card)).await.ok();
    call.clone().key("k").await.fails_with(500, &[SILENCE_OF_PUT]);
    settle(&wired).await;
    call.key("k").await.fails_with(400, &[52_500_030]);
    assert_eq!(wired.client.get(card_path(&card)).await.ok(), before);
    let events = events_of(&wired, &card).await;
    let last = events.last().unwrap();
    assert_eq!((events.len(), &*last.kind), (2, "card.declined"));
    assert_eq!(last.body, r#"{"reason":"do_not_honor"}"#);
}

async fn a_request_without_a_key_is_told_once_what_came_of_it(database: Database) {
    let wired = Wired::apart(database).await;
    let (card, call) = change(&wired, "lost_approved").await;
    for _ in 0..2 {
        call.clone().await.fails_with(500, &[SILENCE_OF_PUT]);
    }
    settle(&wired).await;
    call.clone().await.ok();
    assert_eq!((wired.gateway.asked(), events_of(&wired, &card).await.len()), (2, 2));
    // From here on the same words are a new wish.
    call.await.fails_with(500, &[SILENCE_OF_PUT]);
    assert_eq!(wired.gateway.asked(), 3);
}

async fn the_same_card_for_another_account_is_another_request(database: Database) {
    let wired = Wired::apart(database).await;
    let (one, other) = (new_account(), new_account());
    creation(&wired, &one, cards::LOST_APPROVAL).await.fails_with(500, &[SILENCE]);
    creation(&wired, &other, cards::LOST_APPROVAL).await.fails_with(500, &[SILENCE]);
    assert_eq!(wired.gateway.asked(), 2);
    wired.clock.advance(SignedDuration::from_secs(2));
    assert_eq!(wired.service.settle_questions().await.unwrap(), 2);
    for account in [one, other] {
        creation(&wired, &account, cards::LOST_APPROVAL).await.ok();
        assert_eq!(cards_of(&wired, &account).await, 1);
    }
    assert_eq!(wired.gateway.asked(), 2);
}

async fn a_question_that_nobody_can_answer_is_given_up_after_a_day(database: Database) {
    let wired = Wired::apart(database).await;
    let (_, call) = change(&wired, "unknown").await;
    let call = call.key("k");
    call.clone().await.fails_with(500, &[SILENCE_OF_PUT]);
    settle(&wired).await;
    call.clone().await.fails_with(500, &[SILENCE_OF_PUT]);
    assert_eq!(wired.gateway.asked(), 2);
    wired.clock.advance(SignedDuration::from_hours(QUESTION_HOURS));
    assert_eq!(wired.service.settle_questions().await.unwrap(), 1);
    assert_eq!(wired.service.settle_questions().await.unwrap(), 0);
}

async fn a_question_that_the_issuer_never_got_may_be_put_again(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let call = creation(&wired, &account, cards::NO_ANSWER).key("k");
    for asked in 1..=3 {
        call.clone().await.fails_with(500, &[SILENCE]);
        assert_eq!(wired.gateway.asked(), asked);
        settle(&wired).await;
    }
}

async fn a_verification_is_settled_too(database: Database) {
    let wired = Wired::apart(database).await;
    let body = cards::with(cards::bare(), &json!({"skipValidation": true}));
    let card = create(&wired.client, &body).await;
    let body = json!({"gatewayOptions": {"sandboxVerdict": "lost_approved"}});
    let call = wired.client.put(format!("{}/verify", card_path(&card))).json(&body);
    call.clone().await.fails_with(500, &[SILENCE_OF_PUT]);
    settle(&wired).await;
    call.await.ok();
    let shown = wired.client.get(card_path(&card)).await.ok();
    assert_eq!(shown["lastTransactionStatus"], json!("Approved"));
    assert_eq!(wired.gateway.asked(), 1);
}

async fn an_account_is_opened_when_its_card_is_approved(database: Database) {
    let wired = Wired::apart(database).await;
    let number = new_account();
    let card = json!({
        "cardType": "Visa", "cardNumber": cards::LOST_APPROVAL, "expirationMonth": 8,
        "expirationYear": cards::year(), "cardHolderInfo": {
            "cardHolderName": "Leo", "addressLine1": "1 Main Street", "city": "Omaha",
            "state": "NE", "country": "USA", "zipCode": "68102",
        },
    });
    let body = json!({
        "name": "Leo", "currency": "USD", "accountNumber": number, "creditCard": card,
    });
    let call = wired.client.post("/v1/accounts").json(&body).key("k");
    call.clone().await.expect(500);
    wired.client.get(format!("/v1/accounts/{number}")).await.expect(404);
    settle(&wired).await;
    call.await.ok();
    wired.client.get(format!("/v1/accounts/{number}")).await.ok();
    assert_eq!(wired.gateway.asked(), 1);
}

async fn a_line_of_an_upload_waits_like_any_other(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let line = format!(
        r#"{{"accountKey":"{account}","creditCardType":"Visa","creditCardNumber":"{}","expirationMonth":8,"expirationYear":{},"cardHolderInfo":{{"cardHolderName":"Leo"}}}}"#,
        cards::LOST_APPROVAL,
        cards::year()
    );
    let path = "/v1/payment-methods/credit-cards/bulk";
    let upload = wired.client.post(path).of_type("application/x-ndjson", line);
    for _ in 0..2 {
        assert_eq!(upload.clone().await.lines()[0]["result"], json!("refused"));
    }
    settle(&wired).await;
    assert_eq!(upload.await.lines()[0]["result"], json!("created"));
    assert_eq!((wired.gateway.asked(), cards_of(&wired, &account).await), (1, 1));
}

async fn an_asynchronous_request_waits_for_the_truth(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let body =
        cards::with(cards::of_account(&account), &json!({"cardNumber": cards::LOST_APPROVAL}));
    let accepted = wired.client.post("/v1/async/payment-methods").json(&body).await.expect(202);
    wired.errands.work_off().await.unwrap();
    settle(&wired).await;
    wired.clock.advance(SignedDuration::from_mins(10));
    wired.errands.work_off().await.unwrap();
    let id = accepted["requestId"].as_str().unwrap();
    let client = wired.fresh_client().await;
    let end = client.get(format!("/v1/async/{id}")).await.ok();
    assert_eq!(end["state"], json!("succeeded"), "{end}");
    assert_eq!((wired.gateway.asked(), cards_of(&wired, &account).await), (1, 1));
}

async fn no_security_code_is_in_what_waits(database: Database) {
    let wired = Wired::apart(database).await;
    let (account, number) = (new_account(), cards::LOST_APPROVAL);
    // The code makes no difference to which request it is, so nothing kept can be derived from it.
    let with = |code: &str| {
        let body = cards::with(numbered(&account, number), &json!({"securityCode": code}));
        wired.client.post("/v1/payment-methods").json(&body)
    };
    with("111").await.fails_with(500, &[SILENCE]);
    with("222").await.fails_with(500, &[SILENCE]);
    assert_eq!(wired.gateway.asked(), 1);
}
