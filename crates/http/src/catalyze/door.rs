//! Who calls: the application by its key, the user by the token of a session.

use axum::http::{HeaderMap, header, request::Parts};
use cardfile_domain::client::Right;
use cardfile_service::{Application, Caller, User};

use crate::{AppState, context::RequestContext, failure::Failure};

/// A user at work in an application.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(super) user: User,
    pub(super) token: String,
}

/// Finds out which application is calling.
pub(crate) async fn enter_application(
    state: &AppState,
    headers: &HeaderMap,
) -> Result<Application, Failure> {
    let key = headers.get("x-api-key").and_then(|value| value.to_str().ok());
    let id = key.and_then(key_id).ok_or(Failure::NotSignedIn)?;
    Ok(state.service.application(id).await?)
}

/// The part of a key that is looked up: the last of its three, or all of it.
fn key_id(key: &str) -> Option<&str> {
    let parts: Vec<_> = key.split_whitespace().collect();
    match parts.as_slice() {
        [id] | [_, _, id] => Some(id),
        _ => None,
    }
}

/// Finds out which user of which application is calling, and notes it beside the request.
pub(crate) async fn enter_user(
    state: &AppState,
    right: Right,
    parts: &mut Parts,
    context: &RequestContext,
) -> Result<Caller, Failure> {
    let application = enter_application(state, &parts.headers).await?;
    let token = token_of(&parts.headers).ok_or(Failure::NotSignedIn)?;
    let user = state.service.resume(application, token).await?;
    if !user.rights().has(right) {
        return Err(Failure::Forbidden);
    }
    let caller = state.service.caller_of(application, &user, context.track.clone());
    let signed_in = SignedIn { user, token: token.to_owned() };
    parts.extensions.insert(signed_in);
    Ok(caller)
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_three_parts_or_is_the_id_alone() {
        let id = "525ad5d6993247cccb083e5a";
        assert_eq!(key_id(&format!("browser api.catalyze.io {id}")), Some(id));
        assert_eq!(key_id(id), Some(id));
        for bad in ["", " ", "browser x", "browser a b c"] {
            assert_eq!(key_id(bad), None, "{bad}");
        }
    }
}
