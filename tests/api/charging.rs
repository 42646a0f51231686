//! Which card would be charged, when, and why: now, in time to come, and on days that are past.

use cardfile_tests::{
    app::{App, Database, card_path, create, new_account, seed_path},
    call::Call,
    cards,
    client::Client,
    served,
    suite::Case,
    unique, wired,
    wired::Wired,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![
        a_good_card_is_eligible_and_every_rule_says_so,
        a_card_is_not_eligible_after_its_month,
        an_account_without_a_card_to_charge_says_so,
        what_is_not_there_is_not_found,
        a_moment_that_is_none_is_refused,
    ];
    cases.extend(wired![
        what_is_asked_about_a_past_day_is_what_was_said_on_that_day,
        a_card_that_was_deleted_since_is_named_as_such,
        a_failed_payment_leaves_the_card_alone_for_its_hours,
    ]);
    cases
}

fn eligibility(client: &Client, card: &str, at: Option<Timestamp>) -> Call {
    let query = at.map_or_else(String::new, |at| format!("?at={at}"));
    client.get(format!("{}/eligibility{query}", card_path(card)))
}

fn chargeable(client: &Client, account: &str, at: Option<Timestamp>) -> Call {
    let query = at.map_or_else(String::new, |at| format!("?at={at}"));
    client.get(format!("/v1/accounts/{account}/payment-methods/chargeable{query}"))
}

/// What a rule said.
fn rule<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let decisions = answer["decisions"].as_array().unwrap();
    decisions.iter().find(|decision| decision["rule"] == name).unwrap()
}

async fn a_good_card_is_eligible_and_every_rule_says_so(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    let answer = eligibility(&app.client, &card, None).await.ok();
    assert_eq!((&answer["eligible"], &answer["paymentMethodId"]), (&json!(true), &json!(card)));
    assert_eq!(answer["eligibleFrom"], answer["at"]);
    for name in ["status", "expiry", "maximumFailures", "retryWindow"] {
        assert_eq!(rule(&answer, name)["passed"], true, "{answer}");
    }
    let same = chargeable(&app.client, &account, None).await.ok();
    assert_eq!((&same["paymentMethodId"], &same["eligible"]), (&json!(card), &json!(true)));
}

async fn a_card_is_not_eligible_after_its_month(app: App) {
    let card = app.card().await;
    let later = format!("{}-01-01T00:00:00Z", cards::year() + 1).parse().unwrap();
    let answer = eligibility(&app.client, &card, Some(later)).await.ok();
    assert_eq!((&answer["eligible"], &answer["eligibleFrom"]), (&json!(false), &Value::Null));
    let until = format!("{}-09-01T00:00:00Z", cards::year());
    assert_eq!(
        rule(&answer, "expiry"),
        &json!({"rule": "expiry", "passed": false, "until": until})
    );
    assert_eq!(rule(&answer, "status")["passed"], true);
}

async fn an_account_without_a_card_to_charge_says_so(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    app.client.put(format!("{}/scrub", card_path(&card))).await.ok();
    let answer = chargeable(&app.client, &account, None).await.ok();
    assert_eq!((&answer["standing"], &answer["eligible"]), (&json!("noDefault"), &json!(false)));
    assert_eq!(answer["paymentMethodId"], Value::Null);
    let answer = eligibility(&app.client, &card, None).await.ok();
    assert_eq!(rule(&answer, "status")["status"], "Scrubbed");
}

async fn what_is_not_there_is_not_found(app: App) {
    let foreign = app.new_entity().await;
    let stranger = app.sign_in(&[foreign], &cardfile_domain::client::Right::ALL).await;
    let account = new_account();
    let card = app.card_of(&account).await;
    for (client, card, account) in [(&stranger, &*card, &*account), (&app.client, "none", "A-none")]
    {
        eligibility(client, card, None).await.fails_with(404, &[50_000_040]);
        chargeable(client, account, None).await.fails_with(404, &[50_000_040]);
    }
}

async fn a_moment_that_is_none_is_refused(app: App) {
    let account = new_account();
    let card = app.card_of(&account).await;
    for at in ["yesterday", "2031-01-31", ""] {
        let path = format!("{}/eligibility?at={at}", card_path(&card));
        app.client.get(path).await.fails_with(400, &[50_000_020]);
        let path = format!("/v1/accounts/{account}/payment-methods/chargeable?at={at}");
        app.client.get(path).await.fails_with(400, &[50_000_020]);
    }
}

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// What may happen to one of two cards of an account, told by a number.
async fn happen(wired: &Wired, client: &Client, [first, second]: [&str; 2], number: u64) {
    let card = if number & 1 == 0 { first } else { second };
    let count = (number >> 8) % 5;
    let (path, body) = match (number >> 4) % 8 {
        0 => (seed_path(card), json!({"numConsecutiveFailures": count})),
        1 => {
            let month = 1 + count;
            (seed_path(card), json!({"expirationMonth": month, "securityCode": "123"}))
        }
        2 => (seed_path(card), json!({"defaultPaymentMethod": true})),
        3 | 4 => {
            let body = json!({
                "paymentId": format!("p-{}", unique()), "result": "failed",
                "time": wired.service.now().to_string(),
            });
            client.post(format!("{}/outcomes", card_path(card))).json(&body).await.ok();
            return;
        }
        5 => {
            let body = json!({
                "paymentId": format!("p-{}", unique()), "result": "succeeded",
                "time": wired.service.now().to_string(),
            });
            client.post(format!("{}/outcomes", card_path(card))).json(&body).await.ok();
            return;
        }
        6 => {
            let own = json!({
                "useDefaultRetryRule": false, "paymentRetryWindow": 1 + count,
                "maxConsecutivePaymentFailures": 1 + count,
            });
            (card_path(card), own)
        }
        _ => (card_path(card), json!({"useDefaultRetryRule": true})),
    };
    client.put(path).json(&body).await.ok();
}

async fn what_is_asked_about_a_past_day_is_what_was_said_on_that_day(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let first = create(&wired.client, &cards::of_account(&account)).await;
    wired.clock.advance(SignedDuration::from_secs(60));
    let second = create(&wired.client, &cards::of_account(&account)).await;
    wired.clock.advance(SignedDuration::from_secs(60));
    let (mut said, mut number) = (Vec::new(), 0x9E37_79B9_u64);
    for _ in 0..60 {
        // Any sequence will do that is the same in each run.
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let client = wired.fresh_client().await;
        happen(&wired, &client, [&first, &second], number >> 33).await;
        wired.clock.advance(HOUR / 2);
        let at = wired.service.now();
        let mut answers = Vec::new();
        for card in [&first, &second] {
            answers.push(eligibility(&client, card, None).await.ok());
        }
        answers.push(chargeable(&client, &account, None).await.ok());
        said.push((at, answers));
        wired.clock.advance(HOUR);
    }
    let client = wired.fresh_client().await;
    let mut verdicts = [0, 0];
    for (at, answers) in said {
        for (card, then) in [&first, &second].into_iter().zip(&answers) {
            assert_eq!(&eligibility(&client, card, Some(at)).await.ok(), then, "{at}");
            verdicts[usize::from(then["eligible"] == true)] += 1;
        }
        assert_eq!(chargeable(&client, &account, Some(at)).await.ok(), answers[2], "{at}");
    }
    assert!(verdicts.iter().all(|count| *count > 5), "{verdicts:?}");
}

async fn a_card_that_was_deleted_since_is_named_as_such(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let before = wired.service.now() - HOUR;
    let first = create(&wired.client, &cards::of_account(&account)).await;
    wired.clock.advance(SignedDuration::from_secs(60));
    let between = wired.service.now();
    wired.clock.advance(SignedDuration::from_secs(60));
    let default = cards::with(cards::of_account(&account), &json!({"makeDefault": true}));
    let second = create(&wired.client, &default).await;
    wired.client.delete(card_path(&first)).await.ok();
    let answer = chargeable(&wired.client, &account, Some(between)).await.ok();
    assert_eq!(
        (&answer["paymentMethodId"], &answer["standing"]),
        (&json!(first), &json!("deletedSince"))
    );
    let answer = chargeable(&wired.client, &account, Some(before)).await.ok();
    assert_eq!(answer["standing"], "noDefault");
    let answer = eligibility(&wired.client, &second, Some(between)).await.ok();
    assert_eq!((&answer["standing"], &answer["decisions"]), (&json!("notYetOnFile"), &json!([])));
    let answer = chargeable(&wired.client, &account, None).await.ok();
    assert_eq!(answer["paymentMethodId"], second);
}

async fn a_failed_payment_leaves_the_card_alone_for_its_hours(database: Database) {
    let wired = Wired::apart(database).await;
    let card = create(&wired.client, &cards::of_account(&new_account())).await;
    let own = json!({
        "useDefaultRetryRule": false, "paymentRetryWindow": 5, "maxConsecutivePaymentFailures": 2,
    });
    wired.client.put(card_path(&card)).json(&own).await.ok();
    let failed_at = wired.service.now();
    let tell = |time: Timestamp| {
        let body = json!({
            "paymentId": format!("p-{}", unique()), "result": "failed", "time": time.to_string(),
        });
        wired.client.post(format!("{}/outcomes", card_path(&card))).json(&body)
    };
    tell(failed_at).await.ok();
    let answer = eligibility(&wired.client, &card, None).await.ok();
    assert_eq!(
        (&answer["eligible"], &rule(&answer, "retryWindow")["source"]),
        (&json!(false), &json!("card"))
    );
    let from: Timestamp = answer["eligibleFrom"].as_str().unwrap().parse().unwrap();
    assert_eq!(from, failed_at + HOUR * 5);
    let answer = eligibility(&wired.client, &card, Some(from)).await.ok();
    assert_eq!(answer["eligible"], true, "{answer}");
    wired.clock.advance(SignedDuration::from_secs(1));
    tell(wired.service.now()).await.ok();
    let answer = eligibility(&wired.client, &card, Some(from + HOUR * 5)).await.ok();
    assert_eq!(
        rule(&answer, "maximumFailures"),
        &json!({
            "rule": "maximumFailures", "passed": false, "failures": 2, "maximum": 2, "source": "card",
        })
    );
    assert_eq!((&answer["eligible"], &answer["eligibleFrom"]), (&json!(false), &Value::Null));
}
