//! `GET /v1/object/payment-method-snapshot/{id}`.

use axum::{extract::RawQuery, response::Response};
use cardfile_domain::{
    country::Country,
    id::SnapshotId,
    snapshot::{Face, Snapshot},
};
use serde_json::{Value, json};

use super::kept::{Record, SCRUBBED, selected};
use crate::{UseCases, failure::Failure, layers::Entered, reply, rest::path::Keyed};

const OBJECT: &str = "PaymentMethodSnapshot";
const SCRUBBED_COUNTRY: &str = "0";

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: Keyed<SnapshotId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let found = service.find_snapshot(&caller, path.key).await?;
    let snapshot = found.ok_or_else(|| path.not_found())?;
    Ok(reply::ok(&selected(record(&snapshot), query.as_deref(), OBJECT)?))
}

/// What there is to show of a card as it was.
pub(crate) fn record(snapshot: &Snapshot) -> Record {
    let mut record = vec![
        ("Id", json!(snapshot.id)),
        ("PaymentMethodId", json!(snapshot.card)),
        ("Type", json!("CreditCard")),
    ];
    match &snapshot.face {
        Some(face) => record.extend(fields(face)),
        None => record.extend(scrubbed()),
    }
    record.sort_unstable_by_key(|(name, _)| *name);
    record
}

fn fields(face: &Face) -> Record {
    let holder = &face.holder;
    let rule = &face.retry_rule;
    vec![
        ("BankIdentificationNumber", json!(face.bin)),
        ("CreditCardAddress1", json!(holder.address_line1)),
        ("CreditCardAddress2", json!(holder.address_line2)),
        ("CreditCardCity", json!(holder.city)),
        ("CreditCardCountry", json!(holder.country.map(Country::name))),
        ("CreditCardExpirationMonth", json!(face.month.get())),
        ("CreditCardExpirationYear", json!(face.year.get())),
        ("CreditCardHolderName", json!(face.holder_name)),
        ("CreditCardMaskNumber", json!(face.number)),
        ("CreditCardPostalCode", json!(holder.zip_code)),
        ("CreditCardState", json!(holder.state)),
        ("CreditCardType", json!(face.card_type.as_str())),
        ("DeviceSessionId", json!(face.device_session_id)),
        ("Email", json!(holder.email)),
        ("IPAddress", json!(face.ip_address)),
        ("MaxConsecutivePaymentFailures", json!(rule.max_failures)),
        ("PaymentMethodStatus", json!(face.status.as_str())),
        ("PaymentRetryWindow", json!(rule.window_hours)),
        ("Phone", json!(holder.phone)),
        ("UseDefaultRetryRule", json!(rule.use_default)),
    ]
}

/// What Zuora documents for a snapshot of a card that was scrubbed.
fn scrubbed() -> Record {
    let erased = || json!(SCRUBBED);
    vec![
        ("BankIdentificationNumber", Value::Null),
        ("CreditCardAddress1", erased()),
        ("CreditCardAddress2", erased()),
        ("CreditCardCity", erased()),
        ("CreditCardCountry", json!(SCRUBBED_COUNTRY)),
        ("CreditCardExpirationMonth", json!(12)),
        ("CreditCardExpirationYear", json!(2000)),
        ("CreditCardHolderName", erased()),
        ("CreditCardMaskNumber", erased()),
        ("CreditCardPostalCode", erased()),
        ("CreditCardState", erased()),
        ("CreditCardType", Value::Null),
        ("DeviceSessionId", Value::Null),
        ("Email", erased()),
        ("IPAddress", json!("0")),
        ("MaxConsecutivePaymentFailures", Value::Null),
        ("PaymentMethodStatus", json!("Scrubbed")),
        ("PaymentRetryWindow", Value::Null),
        ("Phone", erased()),
        ("UseDefaultRetryRule", Value::Null),
    ]
}
