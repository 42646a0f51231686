//! `POST /v1/action/update`.

use axum::{Extension, response::Response};
use cardfile_domain::id::PaymentMethodId;
use cardfile_service::{Caller, Service};

use super::batch::{Batch, SaveResult, answer, claim_at};
use crate::{
    UseCases,
    body::Json,
    context::RequestContext,
    crud::{error::ObjectError, object::CardObject, strict::Strict, update::update_card},
    failure::Failure,
    idempotency::{IdempotencyKey, begin_call},
    layers::Entered,
};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Extension(context): Extension<RequestContext>,
    Strict(strict): Strict,
    Json { value, key }: Json<Batch>,
) -> Result<Response, Failure> {
    strict.refuse(value.is_strange(CardObject::is_strange_to_update))?;
    let _call = begin_call(key.as_ref(), &service, &caller).await?;
    let mut results = Vec::new();
    let mut may_pass = false;
    // One after the other: which cards share an account is not known here, and the changes of an
    // account keep their order.
    for (index, object) in value.into_objects()?.into_iter().enumerate() {
        let result = change(&service, &caller, key.as_ref(), index, object).await;
        may_pass |= result.as_ref().is_err_and(Failure::may_pass);
        results.push(SaveResult::new(result, &context));
    }
    Ok(answer(&results, may_pass))
}

async fn change(
    service: &Service,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    index: usize,
    object: CardObject,
) -> Result<PaymentMethodId, Failure> {
    let id = object.id().ok_or_else(|| ObjectError::invalid_id("update"))?;
    let change = object.into_change()?;
    let claim = claim_at(key, index, service, caller).await?;
    update_card(service, caller, id, change, claim).await?;
    Ok(id)
}
