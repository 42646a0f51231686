//! `PUT /v1/payment-methods/{payment-method-id}/verify`: asks the gateway without taking money.

use axum::response::Response;
use cardfile_domain::{
    refusal::Refusal,
    security_code::SecurityCode,
    text::{Cryptogram, CurrencyCode, GatewayName, GatewayNumber},
};
use cardfile_service::VerifyRequest;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use validator::Validate;

use crate::{
    UseCases,
    body::Json,
    failure::{Failure, UnknownFields},
    fields::{Field, FreeObject, Object},
    idempotency::claim_of,
    layers::Entered,
    reply,
    rest::{path::CardPath, rest_fields::each_once},
    violations::{Naming, check},
};

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    currency_code: Field<CurrencyCode>,
    // Which gateway to ask and its cryptogram are accepted for the SDK's sake: there is one gateway.
    #[validate(nested)]
    cryptogram: Field<Cryptogram>,
    #[validate(nested)]
    gateway_options: Object<FreeObject>,
    #[validate(nested)]
    payment_gateway_name: Field<GatewayName>,
    #[validate(nested)]
    payment_gateway_number: Field<GatewayNumber>,
    #[validate(nested)]
    security_code: Field<SecurityCode>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    fn into_request(self) -> Result<VerifyRequest, Failure> {
        if !self.rest.is_empty() {
            let names = self.rest.keys().map(String::as_str);
            return Err(Failure::UnknownFields(UnknownFields::new(names)));
        }
        check(&self, Naming::Camel)?;
        Ok(VerifyRequest {
            security_code: self.security_code.into_option(),
            currency: self.currency_code.into_option(),
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
    let request = value.into_request()?;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    match service.verify_card(&caller, path.key, request, claim).await {
        Ok(_) => Ok(reply::ok(&json!({"paymentMethodId": path.key, "success": true}))),
        Err(failure) => Err(path.explain(failure, Refusal::CardNotFound)),
    }
}
