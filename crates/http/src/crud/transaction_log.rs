//! `GET /v1/object/payment-method-transaction-log/{id}`.

use axum::{extract::RawQuery, response::Response};
use cardfile_domain::{
    id::LogId,
    payment::{GatewayMessage, LogEntry, PaymentResult},
};
use serde_json::{Value, json};

use super::kept::{Record, SCRUBBED, selected};
use crate::{
    UseCases, failure::Failure, layers::Entered, reply, rest::path::Keyed, zoql::moment::Precision,
};

const OBJECT: &str = "PaymentMethodTransactionLog";
const SCRUBBED_REQUEST: &str = "Scrubbed Request String";
const SCRUBBED_RESPONSE: &str = "Scrubbed Response String";

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: Keyed<LogId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let found = service.find_log_entry(&caller, path.key).await?;
    let log = found.ok_or_else(|| path.not_found())?;
    Ok(reply::ok(&selected(record(&log), query.as_deref(), OBJECT)?))
}

/// What there is to show of a payment. There is no request to show: it was made elsewhere.
fn record(log: &LogEntry) -> Record {
    let erased = || json!(SCRUBBED);
    let (mut gateway, mut code, mut message) = (erased(), erased(), erased());
    let (mut payment, mut request) = (erased(), json!(SCRUBBED_REQUEST));
    let mut response = json!(SCRUBBED_RESPONSE);
    if let Some(outcome) = &log.outcome {
        gateway = json!(outcome.gateway);
        payment = json!(outcome.payment);
        request = Value::Null;
        response =
            json!({"amount": outcome.amount, "currency": outcome.currency}).to_string().into();
        (code, message) = match &outcome.result {
            PaymentResult::Succeeded => (Value::Null, json!("Approved")),
            PaymentResult::Failed { code, message } => {
                (json!(code), json!(message.as_ref().map_or("Declined", GatewayMessage::as_str)))
            }
        };
    }
    vec![
        ("Gateway", gateway),
        ("GatewayReasonCode", code),
        ("GatewayReasonCodeDescription", message),
        ("GatewayTransactionType", json!("Sale")),
        ("Id", json!(log.id)),
        ("PaymentMethodId", json!(log.card)),
        ("PaymentMethodSnapshotId", json!(log.snapshot)),
        ("PaymentMethodType", json!("CreditCard")),
        ("RequestString", request),
        ("ResponseString", response),
        ("TransactionDate", json!(Precision::Millisecond.write(log.at))),
        ("TransactionId", payment),
    ]
}
