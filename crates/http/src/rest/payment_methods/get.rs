//! `GET /v1/payment-methods/{payment-method-id}`.

use axum::response::Response;
use cardfile_domain::refusal::Refusal;

use crate::{
    UseCases,
    failure::Failure,
    layers::Entered,
    reply,
    rest::{path::CardPath, view::CardView},
};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: CardPath,
) -> Result<Response, Failure> {
    match service.must_find(&caller, path.key).await {
        Ok(filed) => Ok(reply::ok(&CardView::answer(&filed))),
        Err(failure) => Err(path.explain(failure, Refusal::CardNotFound)),
    }
}
