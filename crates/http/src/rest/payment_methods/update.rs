//! `PUT /v1/payment-methods/{payment-method-id}`: a security code is welcome, not required.

use axum::response::Response;
use cardfile_domain::{
    command::{CardPatch, RetryPatch},
    expiry::{ExpirationMonth, ExpirationYear},
    failures::ConsecutiveFailures,
    id::AccountKey,
    refusal::Refusal,
    retry_rule::{MaxFailures, RetryWindow},
    security_code::SecurityCode,
    text::{CurrencyCode, GatewayName, GatewayNumber, IpAddress},
};
use cardfile_service::{CardChange, CodePolicy};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use validator::Validate;

use crate::{
    UseCases,
    body::Json,
    failure::Failure,
    fields::{Field, FreeObject, Object},
    idempotency::claim_of,
    layers::Entered,
    reply,
    rest::{
        holder::HolderInfo,
        mandate::Mandate,
        path::CardPath,
        rest_fields::{UnknownNames, custom_fields, each_once},
    },
    violations::{Naming, check_with},
};

/// `processingOptions` of a request.
#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ProcessingOptions {
    #[validate(nested)]
    pub(crate) check_duplicated: Field<bool>,
    #[serde(flatten)]
    pub(crate) unknown: UnknownNames,
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    account_holder_info: Object<HolderInfo>,
    #[validate(nested)]
    account_key: Field<AccountKey>,
    #[validate(nested)]
    auth_gateway: Field<GatewayName>,
    #[validate(nested)]
    currency_code: Field<CurrencyCode>,
    #[validate(nested)]
    expiration_month: Field<ExpirationMonth>,
    #[validate(nested)]
    expiration_year: Field<ExpirationYear>,
    #[validate(nested)]
    gateway_options: Object<FreeObject>,
    #[validate(nested)]
    ip_address: Field<IpAddress>,
    #[validate(nested)]
    mandate_info: Object<Mandate>,
    #[validate(nested)]
    max_consecutive_payment_failures: Field<MaxFailures>,
    #[validate(nested)]
    num_consecutive_failures: Field<ConsecutiveFailures>,
    #[validate(nested)]
    payment_gateway_number: Field<GatewayNumber>,
    #[validate(nested)]
    payment_retry_window: Field<RetryWindow>,
    #[validate(nested)]
    processing_options: Object<ProcessingOptions>,
    #[validate(nested)]
    security_code: Field<SecurityCode>,
    #[validate(nested)]
    use_default_retry_rule: Field<bool>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    fn into_change(mut self) -> Result<CardChange, Failure> {
        let mut inner = Vec::new();
        if let Field::Value(holder) = &self.account_holder_info.0 {
            inner.push(&holder.unknown);
        }
        if let Field::Value(mandate) = &self.mandate_info.0 {
            inner.push(&mandate.unknown);
        }
        if let Field::Value(options) = &self.processing_options.0 {
            inner.push(&options.unknown);
        }
        let (custom, found) = custom_fields(std::mem::take(&mut self.rest), &inner)?;
        self.account_key.refuse_null();
        self.expiration_month.refuse_null();
        self.expiration_year.refuse_null();
        self.num_consecutive_failures.refuse_null();
        check_with(&self, Naming::Camel, found)?;
        let options = self.processing_options.0.into_option().unwrap_or_default();
        let holder = self.account_holder_info.0.into_option().unwrap_or_default();
        let patch = CardPatch {
            month: self.expiration_month.into_option(),
            year: self.expiration_year.into_option(),
            holder: holder.into_patch(),
            ip_address: self.ip_address.into_patch(),
            auth_gateway: self.auth_gateway.into_patch(),
            gateway_number: self.payment_gateway_number.into_patch(),
            currency: self.currency_code.into_patch(),
            mandate: self.mandate_info.0.into_option().map(Mandate::into_info),
            custom,
            failures: self.num_consecutive_failures.into_option(),
            retry: RetryPatch {
                use_default: self.use_default_retry_rule.into_option(),
                window_hours: self.payment_retry_window.into_patch(),
                max_failures: self.max_consecutive_payment_failures.into_patch(),
            },
            check_duplicated: options.check_duplicated.into_option().unwrap_or_default(),
            ..CardPatch::default()
        };
        Ok(CardChange {
            patch: Box::new(patch),
            account: self.account_key.into_option(),
            security_code: self.security_code.into_option(),
            policy: CodePolicy::Optional,
            gateway_options: self.gateway_options.0.into_option().unwrap_or_default().0,
        })
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    let change = value.into_change()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    match service.update_card(&caller, path.key, change, claim).await {
        Ok(_) => Ok(reply::ok(&json!({"id": path.key, "success": true}))),
        Err(failure) => Err(path.explain(failure, Refusal::CardNotFound)),
    }
}
