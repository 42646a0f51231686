//! The key in a path: an id or an account key that exists, or "not found" and nothing else.

use std::convert::Infallible;

use axum::{
    extract::{FromRequestParts, OriginalUri, RawPathParams},
    http::request::Parts,
};
use cardfile_domain::{
    id::{AccountKey, PaymentMethodId},
    refusal::Refusal,
};

use crate::{
    AppState,
    failure::{EchoedKey, Failure},
};

/// A key from the path, and how to say that nothing has it.
pub(crate) struct Keyed<K> {
    pub(crate) key: K,
    /// As the caller wrote it.
    written: String,
}

impl<K> Keyed<K> {
    /// What a use case's failure is to whoever named the key in the path.
    pub(crate) fn explain(&self, failure: cardfile_service::Failure, missing: Refusal) -> Failure {
        match failure {
            cardfile_service::Failure::Refused(refusal) if refusal == missing => self.not_found(),
            other => other.into(),
        }
    }

    pub(crate) fn not_found(&self) -> Failure {
        Failure::NotFound(EchoedKey::new(&self.written))
    }
}

/// A payment method named in the path.
pub(crate) type CardPath = Keyed<PaymentMethodId>;
/// An account named in the path, by id or number.
pub(crate) type AccountPath = Keyed<AccountKey>;

impl<K: std::str::FromStr + Send> FromRequestParts<AppState> for Keyed<K> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Failure> {
        // What is not text names nothing.
        let Ok(params) = RawPathParams::from_request_parts(parts, state).await else {
            return Err(Failure::NotFound(EchoedKey::new("?")));
        };
        // Already decoded: doing it again would let one key pass for another.
        let text = params.iter().next().map(|(_, value)| value).unwrap_or_default();
        match text.parse() {
            Ok(key) => Ok(Self { key, written: text.to_owned() }),
            Err(_) => Err(Failure::NotFound(EchoedKey::new(text))),
        }
    }
}

/// The URL that the request went to, without its query, as the caller knows it.
pub(crate) struct Here(pub(crate) String);

impl FromRequestParts<AppState> for Here {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Infallible> {
        let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
        // The router takes prefixes off the path; the caller's has them.
        let path = match parts.extensions.get::<OriginalUri>() {
            Some(OriginalUri(uri)) => uri.path(),
            None => parts.uri.path(),
        };
        // What ends TLS in front of us says so in a header.
        let scheme = match text("x-forwarded-proto") {
            Some("https") => "https",
            _ => "http",
        };
        Ok(Self(match text("host") {
            Some(host) => format!("{scheme}://{host}{path}"),
            None => path.to_owned(),
        }))
    }
}
