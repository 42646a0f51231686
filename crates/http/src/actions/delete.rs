//! `POST /v1/action/delete`.

use axum::{Extension, response::Response};
use cardfile_domain::{id::PaymentMethodId, limits::ACTION_OBJECTS_MAX};
use cardfile_service::{Caller, Service};
use serde::{Deserialize, Serialize};

use super::batch::{answer, check_count, check_type, claim_at, failed};
use crate::{
    UseCases,
    body::Json,
    context::RequestContext,
    crud::{
        answer::{Deleted, NotDeleted},
        delete::delete_card,
        error::{ObjectError, Word},
        strict::Strict,
    },
    failure::Failure,
    fields::{Field, UpTo},
    idempotency::{IdempotencyKey, begin_call},
    layers::Entered,
    rest::rest_fields::UnknownNames,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Request {
    r#type: Field<String>,
    ids: Option<UpTo<ACTION_OBJECTS_MAX, Field<String>>>,
    #[serde(flatten)]
    unknown: UnknownNames,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum DeleteResult {
    Deleted(Deleted),
    Failed(NotDeleted),
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    Extension(context): Extension<RequestContext>,
    Strict(strict): Strict,
    Json { value, key }: Json<Request>,
) -> Result<Response, Failure> {
    strict.refuse(!value.unknown.0.is_empty())?;
    check_type(&value.r#type)?;
    let ids = value.ids.map(|ids| ids.0).unwrap_or_default();
    check_count(ids.len(), "ids")?;
    let ids: Option<Vec<_>> = ids.into_iter().map(Field::into_option).collect();
    // "You cannot pass in any null IDs."
    let ids =
        ids.ok_or_else(|| ObjectError::new(Word::InvalidValue, "each of 'ids' must be a string"))?;
    let _call = begin_call(key.as_ref(), &service, &caller).await?;
    let mut results = Vec::with_capacity(ids.len());
    let mut may_pass = false;
    for (index, id) in ids.into_iter().enumerate() {
        let result = forget(&service, &caller, key.as_ref(), index, &id).await;
        may_pass |= result.as_ref().is_err_and(Failure::may_pass);
        results.push(match result {
            Ok(id) => DeleteResult::Deleted(Deleted::new(id)),
            Err(failure) => DeleteResult::Failed(NotDeleted::new(failed(&failure, &context))),
        });
    }
    Ok(answer(&results, may_pass))
}

async fn forget(
    service: &Service,
    caller: &Caller,
    key: Option<&IdempotencyKey>,
    index: usize,
    id: &str,
) -> Result<PaymentMethodId, Failure> {
    let id = id.parse().map_err(|_| ObjectError::invalid_id("delete"))?;
    let claim = claim_at(key, index, service, caller).await?;
    delete_card(service, caller, id, claim).await?;
    Ok(id)
}
