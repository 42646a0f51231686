//! `PUT /v1/accounts/{account-key}`: chooses the default card; the rest is kept as given.

use axum::response::Response;
use cardfile_domain::{id::PaymentMethodId, refusal::Refusal};
use cardfile_service::AccountChange;
use serde::Deserialize;
use serde_json::{Map, Value};
use validator::Validate;

use super::open::free_of_card_numbers;
use crate::{
    UseCases,
    body::Json,
    failure::{Failure, UnknownFields},
    fields::Field,
    idempotency::claim_of,
    layers::Entered,
    reply::{self, Success},
    rest::{path::AccountPath, rest_fields::each_once},
    violations::{Naming, check_with},
};

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    default_payment_method_id: Field<PaymentMethodId>,
    #[serde(flatten, deserialize_with = "each_once")]
    details: Map<String, Value>,
}

/// What an account is opened with and what cannot be changed here.
const FIXED: [&str; 4] =
    ["accountNumber", "creditCard", "hpmCreditCardPaymentMethodId", "paymentMethod"];

impl Request {
    fn into_change(mut self) -> Result<AccountChange, Failure> {
        let fixed = self.details.keys().map(String::as_str).filter(|name| FIXED.contains(name));
        let mut fixed = fixed.peekable();
        if fixed.peek().is_some() {
            return Err(Failure::UnknownFields(UnknownFields::new(fixed)));
        }
        self.default_payment_method_id.refuse_null();
        check_with(&self, Naming::Camel, free_of_card_numbers(&self.details))?;
        Ok(AccountChange {
            default_card: self.default_payment_method_id.into_option(),
            details: self.details,
        })
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: AccountPath,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    let change = value.into_change()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    match service.update_account(&caller, path.key.clone(), change, claim).await {
        Ok(_) => Ok(reply::ok(&Success::TRUE)),
        Err(failure) => Err(path.explain(failure, Refusal::AccountNotFound)),
    }
}
