//! `DELETE /v1/object/payment-method/{id}`, and each id of a delete action.

use axum::response::Response;
use cardfile_domain::{command::Claim, id::PaymentMethodId, refusal::Refusal};
use cardfile_service::{Caller, Service};

use super::{answer::Deleted, error::ObjectError};
use crate::{
    UseCases,
    failure::Failure,
    idempotency::{BodylessKey, claim_of},
    layers::Entered,
    reply,
    rest::path::CardPath,
};

/// Forgets a card.
pub(crate) async fn delete_card(
    service: &Service,
    caller: &Caller,
    id: PaymentMethodId,
    claim: Option<Claim>,
) -> Result<(), Failure> {
    match service.delete_card(caller, id, claim).await {
        Ok(_) => Ok(()),
        Err(cardfile_service::Failure::Refused(Refusal::CardNotFound)) => {
            Err(ObjectError::invalid_id("delete").into())
        }
        Err(failure) => Err(failure.into()),
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: Result<CardPath, Failure>,
    BodylessKey(key): BodylessKey,
) -> Result<Response, Failure> {
    let id = path.map_err(|_| ObjectError::invalid_id("delete"))?.key;
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    delete_card(&service, &caller, id, claim).await?;
    Ok(reply::ok(&Deleted::new(id)))
}
