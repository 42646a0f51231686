//! `DELETE /v1/payment-methods/{payment-method-id}`: forgets a card that is not the default.

use axum::response::Response;
use cardfile_domain::refusal::Refusal;

use crate::{
    UseCases,
    failure::Failure,
    idempotency::{BodylessKey, claim_of},
    layers::Entered,
    reply::{self, Success},
    rest::path::CardPath,
};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
    BodylessKey(key): BodylessKey,
) -> Result<Response, Failure> {
    let claim = claim_of(key.as_ref(), &service, &caller).await?;
    match service.delete_card(&caller, path.key, claim).await {
        Ok(_) => Ok(reply::ok(&Success::TRUE)),
        Err(failure) => Err(path.explain(failure, Refusal::CardNotFound)),
    }
}
