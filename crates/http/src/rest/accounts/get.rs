//! `GET /v1/accounts/{account-key}`: what was given comes back, in the groups that Zuora has.

use axum::response::Response;
use cardfile_domain::{account::Account, refusal::Refusal};
use serde_json::{Map, Value, json};

use crate::{UseCases, failure::Failure, layers::Entered, reply, rest::path::AccountPath};

/// Details that belong to `billingAndPayment`.
const BILLING: [&str; 11] = [
    "additionalEmailAddresses",
    "autoPay",
    "billCycleDay",
    "currency",
    "invoiceDeliveryPrefsEmail",
    "invoiceDeliveryPrefsPrint",
    "paymentGateway",
    "paymentGatewayNumber",
    "paymentTerm",
    "roundingMode",
    "scheduleName",
];

/// Details that are groups of their own.
const GROUPS: [&str; 6] = [
    "billToContact",
    "einvoiceProfile",
    "paymentMethodCascadingConsent",
    "shipToContact",
    "soldToContact",
    "taxInfo",
];

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: AccountPath,
) -> Result<Response, Failure> {
    match service.find_account(&caller, &path.key).await {
        Ok(account) => Ok(reply::ok(&view(&account))),
        Err(failure) => Err(path.explain(failure, Refusal::AccountNotFound)),
    }
}

fn view(account: &Account) -> Value {
    let details = &account.details;
    let mut basic = Map::new();
    basic.insert("id".to_owned(), json!(account.id));
    basic.insert("accountNumber".to_owned(), json!(account.number));
    basic.insert("status".to_owned(), json!("Active"));
    let mut billing = Map::new();
    let mut answer = Map::new();
    for (name, value) in details {
        let group = if BILLING.contains(&name.as_str()) {
            &mut billing
        } else if GROUPS.contains(&name.as_str()) {
            &mut answer
        } else {
            &mut basic
        };
        // A detail cannot pass for a fact of ours.
        group.entry(name.clone()).or_insert_with(|| value.clone());
    }
    basic.entry("name".to_owned()).or_insert(Value::Null);
    let default = account.default_card.map(|card| card.to_string());
    billing.insert("defaultPaymentMethodId".to_owned(), json!(default));
    for name in ["currency", "paymentGateway"] {
        billing.entry(name.to_owned()).or_insert(Value::Null);
    }
    for name in ["billToContact", "soldToContact"] {
        answer.entry(name.to_owned()).or_insert(Value::Null);
    }
    answer.insert("basicInfo".to_owned(), Value::Object(basic));
    answer.insert("billingAndPayment".to_owned(), Value::Object(billing));
    answer.insert("success".to_owned(), Value::Bool(true));
    Value::Object(answer)
}
