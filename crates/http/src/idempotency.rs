//! The `Idempotency-Key` header: on every write, PUT and DELETE included.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, Uri, request::Parts},
};
use cardfile_domain::command::Claim;
use cardfile_service::{Call, Caller, Service};
use serde_json::Value;

use crate::{AppState, code_names::Meaning, failure::Failure, headers};

/// What makes a request the same as another: method, path, query, and the body without its code.
#[derive(Clone)]
pub(crate) struct RequestDigest {
    line: String,
    body: String,
}

impl RequestDigest {
    /// The digest of a request, empty where no key asks for one.
    pub(crate) fn of(parts: &Parts, body: &[u8]) -> Self {
        if !matches!(headers::idempotency_key(&parts.headers), Ok(Some(_))) {
            return Self { line: String::new(), body: String::new() };
        }
        let line = line(&parts.method, &parts.uri);
        let body = match serde_json::from_slice(body) {
            Ok(value) => canonical(value).to_string(),
            Err(_) => String::new(),
        };
        Self { line, body }
    }
}

/// Method, path and query, without security codes that lost their way into the query.
fn line(method: &Method, uri: &Uri) -> String {
    let query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let query = query.filter(|(name, value)| !Meaning::of(name).makes_code_of(value));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{method} {}?{query}", uri.path())
}

/// The same value with its keys sorted and without security codes: nothing derived from one may be
/// stored, not even keyed.
pub(crate) fn canonical(value: Value) -> Value {
    canonical_under(Meaning::Other, value)
}

/// The same for a value whose name may say that it is a code.
pub(crate) fn canonical_under(meaning: Meaning, value: Value) -> Value {
    match value {
        _ if meaning == Meaning::Code => Value::Null,
        Value::Object(map) => {
            let mut entries: Vec<_> = map
                .into_iter()
                .map(|(name, value)| (meaning.with_inner(&name), name, value))
                .filter(|(meaning, ..)| *meaning != Meaning::Code)
                .map(|(meaning, name, value)| (name, canonical_under(meaning, value)))
                .collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| canonical_under(meaning, item));
            Value::Array(items.collect())
        }
        Value::String(text) if meaning.makes_code_of(&text) => Value::Null,
        Value::Number(number) if meaning.makes_code_of(&number.to_string()) => Value::Null,
        other => other,
    }
}

/// A caller's key and the request it stands for.
#[derive(Clone)]
pub(crate) struct IdempotencyKey {
    key: String,
    digest: RequestDigest,
}

impl IdempotencyKey {
    pub(crate) fn of(headers: &HeaderMap, digest: RequestDigest) -> Result<Option<Self>, Failure> {
        match headers::idempotency_key(headers) {
            Ok(None) => Ok(None),
            Ok(Some(key)) => Ok(Some(Self { key: key.to_owned(), digest })),
            Err(_) => Err(Failure::BadHeader("Idempotency-Key")),
        }
    }

    /// The claim that a request makes with this key.
    pub(crate) async fn claim(&self, service: &Service, caller: &Caller) -> Result<Claim, Failure> {
        let parts = [self.digest.line.as_bytes(), self.digest.body.as_bytes()];
        Ok(service.claim(caller, &self.key, &parts).await?)
    }

    /// The claim that one of a request's many objects makes with this key.
    pub(crate) async fn claim_part(
        &self,
        service: &Service,
        caller: &Caller,
        index: usize,
    ) -> Result<Claim, Failure> {
        let parts = [self.digest.line.as_bytes(), self.digest.body.as_bytes()];
        Ok(service.claim(caller, &format!("{} {index}", self.key), &parts).await?)
    }
}

/// The claim of a request, if it makes one.
pub(crate) async fn claim_of(
    key: Option<&IdempotencyKey>,
    service: &Service,
    caller: &Caller,
) -> Result<Option<Claim>, Failure> {
    match key {
        Some(key) => key.claim(service, caller).await.map(Some),
        None => Ok(None),
    }
}

/// Holds the key of a call of many writes, if it has one, until the call is answered.
pub(crate) async fn begin_call(
    key: Option<&IdempotencyKey>,
    service: &Service,
    caller: &Caller,
) -> Result<Option<Call>, Failure> {
    match key {
        Some(key) => {
            let claim = key.claim(service, caller).await?;
            Ok(Some(service.begin_call(caller, claim).await?))
        }
        None => Ok(None),
    }
}

/// The key of a request that has no body.
pub(crate) struct BodylessKey(pub(crate) Option<IdempotencyKey>);

impl FromRequestParts<AppState> for BodylessKey {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Failure> {
        let digest = RequestDigest::of(parts, &[]);
        IdempotencyKey::of(&parts.headers, digest).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str) -> String {
        canonical(serde_json::from_str(json).unwrap()).to_string()
    }

    #[test]
    fn neither_the_security_code_nor_the_order_of_fields_makes_another_request() {
        let one = body(r#"{"a":1,"b":{"securityCode":"111","c":[{"CreditCardSecurityCode":1}]}}"#);
        let other = body(r#"{"b":{"c":[{}],"securityCode":"999"},"a":1}"#);
        assert_eq!(one, other);
        assert!(!one.contains("111"));
        assert_ne!(one, body(r#"{"a":2,"b":{"c":[{}]}}"#));
    }

    #[test]
    fn a_security_code_in_a_wrong_place_does_not_make_another_request_either() {
        let one = body(r#"{"gatewayOptions":{"cvv2":"111","x":1},"security_code":111}"#);
        assert_eq!(one, body(r#"{"gatewayOptions":{"cvv2":"999","x":1}}"#));
        let one = body(r#"{"gatewayOptions":{"cardCvv":"111","cvc_code":[111]},"cvvResult":"M"}"#);
        assert!(!one.contains("111") && one.contains('M'), "{one}");
        let line = |uri| line(&Method::PUT, &Uri::from_static(uri));
        assert_eq!(line("/v1/a?b=1&securityCode=111"), line("/v1/a?CVV=999&b=1"));
        assert_eq!(line("/v1/a?b=1&cardCvv=111"), line("/v1/a?cardCvv=999&b=1"));
        assert_ne!(line("/v1/a?b=1"), line("/v1/a?b=2"));
        assert_ne!(line("/v1/a?b=1"), line("/v1/b?b=1"));
    }
}
