//! `PUT /v1/accounts/{account-key}`: chooses the default card; the rest is kept as given.

use axum::{extract::State, response::Response};
use cardfile_domain::{id::PaymentMethodId, refusal::Refusal};
use cardfile_service::AccountChange;
use serde::Deserialize;
use serde_json::{Map, Value};
use validator::Validate;

use super::open::free_of_card_numbers;
use crate::{
    AppState,
    body::Json,
    failure::Failure,
    fields::Field,
    idempotency::claim_of,
    layers::Entered,
    reply::{self, Success},
    rest::path::AccountPath,
    violations::{Naming, check_with},
};

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    default_payment_method_id: Field<PaymentMethodId>,
    #[serde(flatten)]
    details: Map<String, Value>,
}

impl Request {
    fn into_change(mut self) -> Result<AccountChange, Failure> {
        self.default_payment_method_id.refuse_null();
        check_with(&self, Naming::Camel, free_of_card_numbers(&self.details))?;
        Ok(AccountChange {
            default_card: self.default_payment_method_id.into_option(),
            details: self.details,
        })
    }
}

pub(crate) async fn handler(
    State(AppState { service, .. }): State<AppState>,
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
