//! A Stripe of our own that falls silent at any step, before it acts or after: whatever is believed in
//! the end is true, and the issuer was asked once at the most.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, wherever its code stands")]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use cardfile_domain::{
    card_number::CardNumber,
    expiry::Expiry,
    id::EntityId,
    ports::{Gateway, Verdict, Verification},
    refusal::Decline,
};
use cardfile_gateway::{
    Stripe,
    stripe::{API_VERSION_DEFAULT, StripeSettings},
};
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const ENTITY: EntityId = EntityId::from_bytes([7; 16]);

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Failing {
    /// The connection breaks before anything is done.
    Before,
    /// It is done, and the connection breaks.
    After,
    /// It is done, and the answer is a page for people.
    Html,
}

#[derive(Default)]
struct Peer {
    requests: usize,
    failing: Option<(usize, Failing)>,
    declines: bool,
    asked_issuer: usize,
    card: Option<Value>,
    kept: HashMap<String, (u16, Value)>,
}

impl Peer {
    /// Does what a request asks for, once for each idempotency key.
    fn act(&mut self, line: &str, key: Option<String>) -> (u16, Value) {
        if let Some(kept) = key.as_ref().and_then(|key| self.kept.get(key)) {
            return kept.clone();
        }
        let answer = self.act_anew(line);
        if let Some(key) = key {
            self.kept.insert(key, answer.clone());
        }
        answer
    }

    fn act_anew(&mut self, line: &str) -> (u16, Value) {
        if line.starts_with("POST /v1/tokens") {
            return (200, json!({"id": "tok_1", "object": "token"}));
        }
        if line.starts_with("POST /v1/customers/cus_1/sources") {
            self.asked_issuer += 1;
            if self.declines {
                let error = json!({"code": "card_declined", "decline_code": "lost_card"});
                return (402, json!({ "error": error }));
            }
            let card = json!({"id": "card_1", "object": "card", "cvc_check": "pass"});
            self.card = Some(card.clone());
            return (200, card);
        }
        if line.starts_with("GET /v1/customers/cus_1") {
            let cards: Vec<_> = self.card.iter().collect();
            return (200, json!({"id": "cus_1", "sources": {"data": cards}}));
        }
        (200, json!({"id": "cus_1", "object": "customer"}))
    }
}

async fn serve(peer: Arc<Mutex<Peer>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&peer)));
        }
    });
    format!("http://{address}")
}

async fn answer(mut stream: TcpStream, peer: Arc<Mutex<Peer>>) {
    let mut bytes = Vec::new();
    let (line, key) = loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await.unwrap_or_default();
        if length == 0 {
            return;
        }
        bytes.extend_from_slice(&piece[..length]);
        if let Some(read) = whole(&String::from_utf8_lossy(&bytes)) {
            break read;
        }
    };
    let answer = {
        let mut peer = peer.lock().unwrap();
        let number = peer.requests;
        peer.requests += 1;
        let failing = peer.failing.filter(|(at, _)| *at == number).map(|(_, failing)| failing);
        if failing == Some(Failing::Before) {
            return;
        }
        let (status, body) = peer.act(&line, key);
        match failing {
            Some(Failing::Html) => (200, "<html>Bad gateway</html>".to_owned()),
            Some(_) => return,
            None => (status, body.to_string()),
        }
    };
    let (status, body) = answer;
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close", body.len());
    let _ = stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await;
}

/// The first line and the idempotency key of a request that has come to its end.
fn whole(text: &str) -> Option<(String, Option<String>)> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let length = header("content-length").map_or(0, |length| length.parse().unwrap());
    (body.len() >= length)
        .then(|| (head.lines().next().unwrap().to_owned(), header("idempotency-key")))
}

fn gateway(base_url: String, retries: u32) -> Stripe {
    let second = Duration::from_secs(5);
    Stripe::new(&StripeSettings {
        base_url,
        secret_key: "sk_test_x".to_owned().into(),
        api_version: API_VERSION_DEFAULT.to_owned(),
        attempt_within: second,
        within: second,
        retries,
    })
    .unwrap()
}

/// The end of a question: what is believed of it, once it was found out.
async fn end_of(stripe: &Stripe) -> Verdict {
    let number: CardNumber = "4242424242424242".parse().unwrap();
    let verdict = stripe
        .verify(Verification {
            entity: ENTITY,
            reference: 1,
            number: &number,
            expiry: Expiry { year: "2099".parse().unwrap(), month: "8".parse().unwrap() },
            holder_name: None,
            security_code: Some("123".parse().unwrap()),
            currency: None,
            options: &Map::new(),
        })
        .await;
    match verdict {
        Verdict::Unknown(trail) => stripe.trace(ENTITY, &trail).await,
        verdict => verdict,
    }
}

#[tokio::test]
async fn at_whichever_step_it_falls_silent_the_end_is_true_and_the_issuer_was_asked_once() {
    for declines in [false, true] {
        let truth =
            if declines { Verdict::Declined(Decline::LostOrStolen) } else { Verdict::Approved };
        for retries in [0, 2] {
            for step in 0..4 {
                for failing in [Failing::Before, Failing::After, Failing::Html] {
                    let peer = Peer { failing: Some((step, failing)), declines, ..Peer::default() };
                    let peer = Arc::new(Mutex::new(peer));
                    let stripe = gateway(serve(Arc::clone(&peer)).await, retries);
                    let end = end_of(&stripe).await;
                    let asked = peer.lock().unwrap().asked_issuer;
                    let case =
                        format!("{failing:?} at {step}, {retries} retries: {end:?}, {asked}");
                    match &end {
                        Verdict::Unasked => {
                            // A page with a good status is not asked for again.
                            let is_final = retries == 0 || failing == Failing::Html;
                            assert!(asked == 0 && is_final && step < 2, "{case}");
                        }
                        end => assert!(*end == truth && asked == 1, "{case}"),
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn where_nobody_listens_nobody_was_asked() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let stripe = gateway(format!("http://{free}"), 1);
    assert_eq!(end_of(&stripe).await, Verdict::Unasked);
}
