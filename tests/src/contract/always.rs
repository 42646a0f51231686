//! What holds for every answer there is.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, PoisonError},
};

use cardfile_domain::card_number::looks_like_card_number;
use serde_json::Value;

use crate::{cards, message::Reply};

pub(super) fn complaints(reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    found.extend(request_id(reply));
    found.extend(track_id(reply));
    found.extend(card_numbers(reply));
    found.extend(compression(reply));
    found
}

/// Every answer has an id of its own, in the header and, if the body has one, there too.
fn request_id(reply: &Reply) -> Option<String> {
    static KNOWN: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);
    let Some(id) = reply.header("zuora-request-id") else {
        return Some("there is no Zuora-Request-Id".to_owned());
    };
    let body: Value = serde_json::from_slice(&reply.plain()).unwrap_or_default();
    if !body["requestId"].is_null() && body["requestId"] != id {
        return Some("the requestId is not the one of the header".to_owned());
    }
    // What is carried out later has one name, however often it is asked for under one key.
    if reply.status == 202 {
        return None;
    }
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    (!known.insert(id.to_owned())).then(|| format!("the request id {id} was there before"))
}

/// A good track id comes back, a bad one does not, and there is none that was not sent.
fn track_id(reply: &Reply) -> Option<String> {
    let sent = reply.request.header("Zuora-Track-Id").next().filter(|id| is_good_track_id(id));
    let came = reply.header("zuora-track-id");
    (sent != came).then(|| format!("the track id {sent:?} came back as {came:?}"))
}

fn is_good_track_id(id: &str) -> bool {
    let good = |letter: char| (' '..='~').contains(&letter) && !":;\"'".contains(letter);
    (1..=64).contains(&id.len()) && id.chars().all(good) && !looks_like_card_number(id)
}

/// No card number that a test may have sent is anywhere in an answer, however it was written.
fn card_numbers(reply: &Reply) -> Option<String> {
    let mut text = reply.text();
    for value in reply.headers.values() {
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(value.as_bytes()));
    }
    text.retain(|letter| !matches!(letter, ' ' | '-'));
    let number = cards::NUMBERS.iter().find(|number| text.contains(**number))?;
    Some(format!("the card number that ends in {} is in the answer", &number[number.len() - 4..]))
}

/// Large answers are compressed for those who ask, and only for them; small ones for nobody.
fn compression(reply: &Reply) -> Option<String> {
    const UNCOMPRESSED_BYTES_MAX: usize = 1000;
    let asked = match reply.request.header("Accept-Encoding").next() {
        None => false,
        Some("gzip") => true,
        // What other wishes mean is for the tests that send them.
        Some(_) => return None,
    };
    let bytes = reply.plain().len();
    // How long a stream will be is not known when it begins.
    let streamed = reply.header("content-type") == Some("application/x-ndjson");
    let expected = asked && (streamed || bytes > UNCOMPRESSED_BYTES_MAX);
    let wrong = reply.is_compressed() != expected && reply.request.method != "HEAD";
    wrong.then(|| format!("{bytes} bytes, compressed: {}", reply.is_compressed()))
}
