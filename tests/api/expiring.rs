//! Warnings that cards expire: each once and in order, whoever looks, and whenever.

use cardfile_domain::{
    event::RecordedEvent,
    id::{AccountKey, AccountRef},
};
use cardfile_tests::{
    app::{Database, create, new_account, seed_path},
    cards,
    suite::Case,
    wired,
    wired::Wired,
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    wired![
        five_years_ahead_every_warning_was_given_once_and_in_order,
        processes_that_look_at_once_give_a_warning_once,
        a_process_without_a_memory_gives_what_was_missed_and_nothing_twice,
        a_card_that_comes_late_is_not_warned_of_what_is_over,
        each_entity_is_warned_of_its_own,
    ]
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The first day of a month from now on.
fn first_day(wired: &Wired, months: i64) -> Date {
    let today = wired.service.now().to_zoned(TimeZone::UTC).date();
    today.first_of_month().checked_add(months.months()).unwrap()
}

/// The moment at which the month before a day is over.
fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// Puts a card on file that expires in a month from now on: its id.
async fn card_expiring(wired: &Wired, account: &str, months: i64) -> String {
    let day = first_day(wired, months);
    let expiry = json!({"expirationMonth": day.month(), "expirationYear": day.year()});
    create(&wired.client, &cards::with(cards::of_account(account), &expiry)).await
}

async fn warnings(wired: &Wired, account: &str) -> Vec<RecordedEvent> {
    let key: AccountKey = account.parse().unwrap();
    let account = AccountRef { entity: wired.entity, key };
    let events = wired.store.list_events(&account, 0, 1000).await.unwrap();
    events.into_iter().filter(|event| event.kind == "card.expiring").collect()
}

fn due(event: &RecordedEvent) -> Timestamp {
    let body: Value = serde_json::from_str(&event.body).unwrap();
    body["due"].as_str().unwrap().parse().unwrap()
}

fn days_left(event: &RecordedEvent) -> u64 {
    let body: Value = serde_json::from_str(&event.body).unwrap();
    body["daysLeft"].as_u64().unwrap()
}

async fn five_years_ahead_every_warning_was_given_once_and_in_order(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let mut ends = Vec::new();
    for months in [4, 5, 30, 58] {
        card_expiring(&wired, &account, months).await;
        ends.push(midnight(first_day(&wired, months + 1)));
    }
    assert_eq!(wired.service.warn_of_expiry().await.unwrap(), 0);
    wired.clock.advance(DAY * (5 * 366));
    assert_eq!(wired.service.warn_of_expiry().await.unwrap(), 16);
    let mut expected: Vec<_> =
        ends.iter().flat_map(|end| [60, 30, 7, 0].map(|days| *end - DAY * days)).collect();
    expected.sort_unstable();
    let given = warnings(&wired, &account).await;
    assert_eq!(given.iter().map(due).collect::<Vec<_>>(), expected);
    assert_eq!(wired.service.warn_of_expiry().await.unwrap(), 0);
    assert_eq!(warnings(&wired, &account).await.len(), 16);
}

async fn processes_that_look_at_once_give_a_warning_once(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    for _ in 0..20 {
        card_expiring(&wired, &account, 3).await;
    }
    wired.clock.set(midnight(first_day(&wired, 4)) - DAY * 20);
    let processes: Vec<_> = (0..4).map(|_| wired.another_process()).collect();
    let counts = join_all(processes.iter().map(cardfile_service::Service::warn_of_expiry)).await;
    let given: u64 = counts.into_iter().map(Result::unwrap).sum();
    assert_eq!(given, 40);
    assert_eq!(warnings(&wired, &account).await.len(), 40);
}

async fn a_process_without_a_memory_gives_what_was_missed_and_nothing_twice(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    card_expiring(&wired, &account, 3).await;
    let end = midnight(first_day(&wired, 4));
    let mut given = Vec::new();
    for (days_before, count) in [(61, 0), (60, 1), (29, 1), (8, 0), (7, 1), (1, 0), (0, 1)] {
        wired.clock.set(end - DAY * days_before);
        let after_restart = wired.another_process();
        assert_eq!(after_restart.warn_of_expiry().await.unwrap(), count, "{days_before}");
        assert_eq!(after_restart.warn_of_expiry().await.unwrap(), 0, "{days_before}");
        given = warnings(&wired, &account).await;
    }
    assert_eq!(given.iter().map(days_left).collect::<Vec<_>>(), [60, 30, 7, 0]);
}

async fn a_card_that_comes_late_is_not_warned_of_what_is_over(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let end = midnight(first_day(&wired, 4));
    let card = card_expiring(&wired, &account, 40).await;
    wired.clock.set(end - DAY * 20);
    let client = wired.fresh_client().await;
    let day = first_day(&wired, 0);
    let change = json!({
        "expirationMonth": day.month(),
        "expirationYear": day.year(),
        "securityCode": "123",
    });
    client.put(seed_path(&card)).json(&change).await.ok();
    assert_eq!(wired.service.warn_of_expiry().await.unwrap(), 0);
    wired.clock.set(end);
    assert_eq!(wired.service.warn_of_expiry().await.unwrap(), 2);
    let given = warnings(&wired, &account).await;
    assert_eq!(given.iter().map(days_left).collect::<Vec<_>>(), [7, 0]);
}

async fn each_entity_is_warned_of_its_own(database: Database) {
    let wired = Wired::apart(database).await;
    let other = wired.office.new_entity(wired.service.now()).await;
    let stranger = wired.sign_in(&[other], &cardfile_domain::client::Right::ALL).await;
    let account = new_account();
    card_expiring(&wired, &account, 3).await;
    let day = first_day(&wired, 3);
    let expiry = json!({"expirationMonth": day.month(), "expirationYear": day.year()});
    create(&stranger, &cards::with(cards::of_account(&account), &expiry)).await;
    wired.clock.set(midnight(first_day(&wired, 4)) - DAY * 60);
    assert_eq!(wired.service.warn_of_expiry().await.unwrap(), 2);
    assert_eq!(warnings(&wired, &account).await.len(), 1);
}
