//! `GET /v1/tokens/{id}`: a token, used or not, for as long as it could be used.

use axum::{extract::RawPathParams, http::HeaderMap, response::Response};
use cardfile_domain::refusal::Refusal;
use cardfile_service::Source;
use serde_json::Value;

use super::{create::token, for_any_page, key_of};
use crate::{
    UseCases,
    failure::Failure,
    reply,
    stripe::{fault::StripeFault, names::echoed},
};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    params: RawPathParams,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let key = key_of(&headers).ok_or(Failure::NotSignedIn)?;
    let caller = service.let_in_browser(&key, None)?;
    let name = params.iter().next().map(|(_, value)| value).unwrap_or_default();
    let missing = || Failure::Stripe(StripeFault::NoSuchToken(echoed(name)));
    let Ok(Source::Ours { card, as_token: true }) = name.parse() else { return Err(missing()) };
    match service.find_token(&caller, card).await {
        Ok(filed) => Ok(for_any_page(reply::ok(&token(&filed, None, &Value::Null)))),
        Err(cardfile_service::Failure::Refused(Refusal::CardNotFound)) => Err(missing()),
        Err(failure) => Err(failure.into()),
    }
}
