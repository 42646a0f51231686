//! Is the answer one that the operation promises?

use serde_json::{Value, json};

use super::Place;
use crate::{
    message::{Reply, says_failure},
    spec::{Answer, Spec},
};

/// Headers that may come with any answer, so that the contract does not name them at each: those of
/// HTTP, and the caller's own name for the call.
const OF_ALL: [&str; 11] = [
    "accept-encoding",
    "allow",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "transfer-encoding",
    "vary",
    "zuora-track-id",
];

/// Whether what was asked was done.
pub(super) fn is_success(reply: &Reply) -> bool {
    let json = || serde_json::from_slice::<Value>(&reply.plain());
    matches!(reply.status, 200..=202) && json().map_or(true, |body| !says_failure(&body))
}

pub(super) fn complaints(spec: &Spec, place: Place<'_>, reply: &Reply) -> Vec<String> {
    let status = reply.status;
    let answer = match place {
        Place::NoPath if status != 404 => return vec!["an unknown path is 404".to_owned()],
        // Who may not come in is not told which methods there are.
        // One dialect knows no methods, only routes.
        Place::NoMethod if status != 405 && !reply.request.path().starts_with("/api/") => {
            return vec!["an unknown method is 405".to_owned()];
        }
        Place::Operation(operation) => operation.answers.get(&status),
        Place::NoPath | Place::NoMethod => None,
    };
    let Some(answer) = answer.or_else(|| spec.transport.get(&status)) else {
        return vec![format!("status {status} is not promised")];
    };
    let mut found = headers(spec, answer, reply);
    if reply.request.method != "HEAD" {
        found.extend(body(spec, answer, reply));
    }
    found
}

fn headers(spec: &Spec, answer: &Answer, reply: &Reply) -> Vec<String> {
    let mut found = Vec::new();
    for (name, required, schema) in &answer.headers {
        match reply.header(name) {
            None if *required => found.push(format!("header {name} is missing")),
            None => {}
            Some(text) => {
                let wrong = spec.complaints(schema, &scalar(spec, schema, text));
                found.extend(wrong.iter().map(|wrong| format!("header {name}: {wrong}")));
            }
        }
    }
    for name in reply.headers.keys().map(reqwest::header::HeaderName::as_str) {
        let named = answer.headers.iter().any(|header| header.0.eq_ignore_ascii_case(name));
        if !named && !OF_ALL.contains(&name) {
            found.push(format!("header {name} is not promised"));
        }
    }
    found
}

fn body(spec: &Spec, answer: &Answer, reply: &Reply) -> Vec<String> {
    if answer.content.is_empty() && reply.body.is_empty() {
        return Vec::new();
    }
    let media = reply.header("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let Some(schema) = answer.content.get(media) else {
        return vec![format!("content type {media:?} is not promised")];
    };
    if media == "application/x-ndjson" {
        let lines = reply.lines();
        return lines.iter().flat_map(|line| spec.complaints(schema, line)).collect();
    }
    if media != "application/json" {
        return Vec::new();
    }
    match serde_json::from_slice(&reply.plain()) {
        Ok(body) => spec.complaints(schema, &body),
        Err(error) => vec![format!("the body is not JSON: {error}")],
    }
}

/// A text as the type that a schema asks for: headers, paths and queries know only texts.
pub(super) fn scalar(spec: &Spec, schema: &Value, text: &str) -> Value {
    let kind = spec.flat(schema).remove("type").unwrap_or_default();
    match kind.as_str() {
        Some("integer") => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        Some("boolean") => text.parse::<bool>().map_or_else(|_| json!(text), |flag| json!(flag)),
        _ => json!(text),
    }
}
