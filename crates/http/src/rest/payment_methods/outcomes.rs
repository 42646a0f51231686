//! `POST /v1/payment-methods/{payment-method-id}/outcomes`: tells what became of a payment.
//!
//! Zuora has no such call, because it makes the payments itself.

use axum::response::Response;
use cardfile_domain::{
    payment::{GatewayMessage, PaymentAmount, PaymentOutcome, PaymentResult},
    refusal::Refusal,
    text::{CurrencyCode, GatewayCode, GatewayName, PaymentId},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use validator::Validate;

use crate::{
    UseCases,
    body::Json,
    failure::{Failure, UnknownFields, Violation},
    fields::{Complaint, Field, Read, Scalar},
    idempotency::begin_call,
    layers::Entered,
    reply,
    rest::{path::CardPath, rest_fields::each_once},
    violations::{Naming, check_with},
};

/// Whether the money came, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Succeeded,
    Failed,
}

impl Read for Outcome {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text("succeeded") => Ok(Self::Succeeded),
            Scalar::Text("failed") => Ok(Self::Failed),
            _ => Err(Complaint::Borrowed("value should be one of: succeeded, failed")),
        }
    }
}

#[derive(Debug, Default, Deserialize, Validate)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Request {
    #[validate(nested)]
    payment_id: Field<PaymentId>,
    #[validate(nested)]
    result: Field<Outcome>,
    #[validate(nested)]
    code: Field<GatewayCode>,
    #[validate(nested)]
    message: Field<String>,
    #[validate(nested)]
    time: Field<Timestamp>,
    #[validate(nested)]
    amount: Field<PaymentAmount>,
    #[validate(nested)]
    currency: Field<CurrencyCode>,
    #[validate(nested)]
    gateway: Field<GatewayName>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    fn into_outcome(mut self) -> Result<PaymentOutcome, Failure> {
        if !self.rest.is_empty() {
            let names = self.rest.keys().map(String::as_str);
            return Err(Failure::UnknownFields(UnknownFields::new(names)));
        }
        self.payment_id.require();
        self.result.require();
        self.time.require();
        check_with(&self, Naming::Camel, self.reasons_of_success())?;
        let required =
            (self.payment_id.into_option(), self.result.into_option(), self.time.into_option());
        let (Some(payment), Some(result), Some(at)) = required else {
            return Err(Failure::Malformed("A required field is missing."));
        };
        let message = self.message.into_option();
        let result = match result {
            Outcome::Succeeded => PaymentResult::Succeeded,
            Outcome::Failed => PaymentResult::Failed {
                code: self.code.into_option(),
                message: message.as_deref().and_then(GatewayMessage::of),
            },
        };
        Ok(PaymentOutcome {
            payment,
            result,
            at,
            amount: self.amount.into_option(),
            currency: self.currency.into_option(),
            gateway: self.gateway.into_option(),
        })
    }

    /// A payment that succeeded has no reason why it failed.
    fn reasons_of_success(&self) -> Vec<Violation> {
        if !matches!(self.result, Field::Value(Outcome::Succeeded)) {
            return Vec::new();
        }
        let given = [("code", self.code.has_value()), ("message", self.message.has_value())];
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        let violation = |(field, _): (&str, bool)| Violation {
            field: field.to_owned(),
            message: "must be left out where the payment succeeded".into(),
            missing: false,
        };
        given.map(violation).collect()
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    let outcome = value.into_outcome()?;
    // The payment's own id is what makes two requests one. A key beside it stands for this request
    // and no other, and the answer under it is that to the payment.
    let _call = begin_call(key.as_ref(), &service, &caller).await?;
    let done = service
        .record_outcome(&caller, path.key, outcome)
        .await
        .map_err(|failure| path.explain(failure, Refusal::CardNotFound))?;
    Ok(reply::ok(&json!({
        "paymentMethodId": path.key,
        "paymentMethodTransactionLogId": done.payment.map(|noted| noted.log),
        "paymentMethodSnapshotId": done.payment.map(|noted| noted.snapshot),
        "success": true,
    })))
}
