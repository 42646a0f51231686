//! Uploads: lines in, receipts out.

mod bad;
mod lines;
mod many;
mod memory;
mod repeated;
mod slow;
mod table;

use cardfile_tests::{call::Call, client::Client, message::Reply, suite::Case};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    let cases = [
        lines::cases(),
        table::cases(),
        repeated::cases(),
        bad::cases(),
        many::cases(),
        memory::cases(),
    ];
    cases.into_iter().flatten().collect()
}

const PATH: &str = "/v1/payment-methods/credit-cards/bulk";
const NDJSON: &str = "application/x-ndjson";

/// An upload of lines.
fn upload(client: &Client, lines: &[Value]) -> Call {
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    let text = lines.join("\n");
    client.post(PATH).of_type(NDJSON, text)
}

/// An upload of any bytes.
fn upload_bytes(client: &Client, bytes: impl Into<bytes::Bytes>) -> Call {
    client.post(PATH).of_type(NDJSON, bytes)
}

/// The receipts and the summary of an upload.
#[track_caller]
fn told(reply: &Reply) -> (Vec<Value>, Value) {
    assert!(reply.status == 200, "{reply}");
    let mut lines = reply.lines();
    let last = lines.pop().unwrap_or_default();
    assert!(last["summary"].is_object(), "there is no summary\n{reply}");
    let summary = last["summary"].clone();
    assert_eq!(summary["lines"], json!(lines.len()), "{reply}");
    (lines, summary)
}

/// The results of an upload that was read to its end.
#[track_caller]
fn results(reply: &Reply) -> Vec<String> {
    let (receipts, summary) = told(reply);
    assert_eq!(summary["complete"], json!(true), "{reply}");
    let result = |receipt: &Value| receipt["result"].as_str().unwrap_or_default().to_owned();
    receipts.iter().map(result).collect()
}

/// The codes of one receipt.
fn codes(receipt: &Value) -> Vec<u64> {
    let reasons = receipt["reasons"].as_array().cloned().unwrap_or_default();
    reasons.iter().filter_map(|reason| reason["code"].as_u64()).collect()
}
