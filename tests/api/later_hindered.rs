//! Asynchronous requests that something is in the way of: what may pass is waited for, and the rest
//! is told.

use cardfile_domain::{
    client::{Right, Rights},
    errand::{ErrandName, NewErrand, SealedNote},
    id::{ClientId, ErrandId},
    limits::{ERRAND_TRIES_MAX, ERRANDS_WAITING_MAX},
};
use cardfile_service::Caller;
use cardfile_tests::{
    app::{Database, new_account},
    cards,
    client::Client,
    suite::Case,
    wired,
    wired::{Fault, Wired},
};
use futures::{StreamExt as _, stream};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::later::{LATER, accepted, done, state};

pub(crate) fn cases() -> Vec<Case> {
    wired![
        what_hinders_a_request_and_passes_is_waited_for,
        what_hinders_a_part_of_a_request_is_waited_for_too,
        what_does_not_pass_is_told_in_the_end,
        what_cannot_be_read_fails_in_the_end,
        when_too_many_wait_the_next_is_told_to_come_again,
    ]
}

async fn what_hinders_a_request_and_passes_is_waited_for(database: Database) {
    let wired = Wired::apart(database).await;
    for fault in [Fault::Busy, Fault::Contended, Fault::Gone] {
        let id = accepted(&wired.client.post(LATER).json(&cards::of_account(&new_account())).await);
        wired.faults.store(Some(fault));
        assert_eq!(wired.errands.work_off().await.unwrap(), 1);
        wired.faults.store(None);
        assert_eq!(done(&wired, &id).await["state"], "pending", "it is too soon to try again");
        wired.clock.advance(SignedDuration::from_secs(60));
        assert_eq!(done(&wired, &id).await["state"], "succeeded");
    }
}

async fn what_hinders_a_part_of_a_request_is_waited_for_too(database: Database) {
    let wired = Wired::apart(database).await;
    let account = new_account();
    let listed = async || {
        let path = format!("/v1/accounts/{account}/payment-methods");
        wired.client.get(path).await.ok()["creditcard"].as_array().unwrap().clone()
    };
    let objects = |objects: &[Value]| json!({"type": "PaymentMethod", "objects": objects});
    let mut ids = Vec::new();
    for action in ["create", "update", "delete"] {
        let body = match action {
            "create" => objects(&vec![cards::record(&account); 3]),
            "update" => {
                let change = |id| json!({"Id": id, "Phone": "1"});
                objects(&ids.iter().map(change).collect::<Vec<_>>())
            }
            // The default stays.
            _ => json!({"type": "PaymentMethod", "ids": ids[1..]}),
        };
        let call = wired.client.post(format!("/v1/async/action/{action}")).json(&body);
        let id = accepted(&call.await);
        // One write is that of the call's key, and one of the first object.
        wired.faults.store_after(2, Fault::Busy);
        assert_eq!(wired.errands.work_off().await.unwrap(), 1);
        wired.faults.store(None);
        assert_eq!(state(&wired.client, &id).await["state"], "pending", "{action}");
        let before = listed().await;
        wired.clock.advance(SignedDuration::from_secs(60));
        let seen = done(&wired, &id).await;
        assert_eq!(seen["state"], "succeeded", "{action}: {seen}");
        let results = seen["response"]["body"].as_array().unwrap();
        for result in results {
            assert_eq!(result.get("Success").or(result.get("success")), Some(&json!(true)));
        }
        if action == "create" {
            assert_eq!((before.len(), listed().await.len()), (1, 3));
            ids = results.iter().map(|result| result["Id"].clone()).collect();
            assert_eq!(before[0]["id"], ids[0], "what took effect was not done again");
        }
    }
    assert_eq!(listed().await.len(), 1);
}

async fn what_does_not_pass_is_told_in_the_end(database: Database) {
    let wired = Wired::apart(database).await;
    let id = accepted(&wired.client.post(LATER).json(&cards::of_account(&new_account())).await);
    wired.faults.store(Some(Fault::Busy));
    let mut tries = 0;
    while wired.errands.work_off().await.unwrap() > 0 {
        tries += 1;
        wired.clock.advance(SignedDuration::from_mins(6));
    }
    wired.faults.store(None);
    assert_eq!(tries, ERRAND_TRIES_MAX);
    let seen = state(&wired.client, &id).await;
    assert_eq!((&seen["state"], &seen["response"]["status"]), (&json!("failed"), &json!(429)));
}

async fn what_cannot_be_read_fails_in_the_end(database: Database) {
    let wired = Wired::apart(database).await;
    let now = cardfile_domain::ports::Clock::now(&*wired.clock);
    let id = |n| ErrandId::from_uuid(uuid::Uuid::from_u64_pair(n, n));
    let client = ClientId::from_bytes([1; 16]);
    // One whose key is lost, and one that another version noted.
    let note = SealedNote { bytes: vec![7; 40], key_version: 1 };
    let name = ErrandName { entity: wired.entity, id: id(1) };
    let errand = NewErrand { name, client, request: [0; 32], at: now, note };
    wired.waiting.file(&errand, now).await.unwrap();
    let caller = Caller { client, entity: wired.entity, rights: Rights::default(), track: None };
    wired.service.file_errand(&caller, id(2), None, b"{\"of\":\"later\"}").await.unwrap();
    let good = accepted(&wired.client.post(LATER).json(&cards::of_account(&new_account())).await);
    let ids = [id(1), id(2)].map(|id| id.to_string());
    for last in (0..ERRAND_TRIES_MAX).map(|n| n + 1 == ERRAND_TRIES_MAX) {
        wired.errands.work_off().await.unwrap();
        let client = wired.fresh_client().await;
        for id in &ids {
            let seen = state(&client, id).await;
            assert_eq!(seen["state"], if last { "failed" } else { "pending" }, "{seen}");
            assert_eq!(seen["completeTime"].is_null(), !last);
            assert_eq!(seen["response"], Value::Null);
            let request = json!({"id": id, "method": null, "url": "?", "trackId": null});
            assert_eq!(seen["request"], request);
        }
        assert_eq!(state(&client, &good).await["state"], "succeeded");
        wired.clock.advance(SignedDuration::from_mins(6));
    }
}

async fn when_too_many_wait_the_next_is_told_to_come_again(database: Database) {
    let wired = Wired::apart(database).await;
    let now = cardfile_domain::ports::Clock::now(&*wired.clock);
    let file = |n: u64| {
        let id = ErrandId::from_uuid(uuid::Uuid::from_u64_pair(n, n));
        let note = SealedNote { bytes: Vec::new(), key_version: 1 };
        let name = ErrandName { entity: wired.entity, id };
        let client = ClientId::from_bytes([1; 16]);
        let errand = NewErrand { name, client, request: [0; 32], at: now, note };
        let waiting = &wired.waiting;
        async move { waiting.file(&errand, now).await.unwrap() }
    };
    let mut filed = stream::iter(1..ERRANDS_WAITING_MAX).map(file).buffer_unordered(64);
    while filed.next().await.is_some() {}
    let post = |client: &Client| client.post(LATER).json(&cards::of_account(&new_account()));
    let last = accepted(&post(&wired.client).await);
    let refused = post(&wired.client).await;
    refused.expect(429);
    assert_eq!(refused.header("retry-after"), Some("1"));
    let other = wired.sign_in(&[wired.office.new_entity(now).await], &Right::ALL).await;
    accepted(&post(&other).await);
    // One is done, and a second later that is known.
    let until = now + SignedDuration::from_secs(15);
    let done = wired.waiting.take(now, until, 1).await.unwrap().remove(0);
    assert_ne!(done.name.id.to_string(), last, "the oldest come first");
    assert!(wired.waiting.finish(&done, now, &done.note).await.unwrap());
    post(&wired.client).await.expect(429);
    wired.clock.advance(SignedDuration::from_secs(1));
    accepted(&post(&wired.client).await);
    post(&wired.client).await.expect(429);
}
