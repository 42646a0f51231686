//! Calls to Stripe: one request and its answer, repeated where that is safe.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, StatusCode, Uri,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};
use zeroize::Zeroizing;

use super::{StripeFault, StripeSettings, answer::ApiError, form::Form};

/// No answer is larger that is about one customer and its first cards.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;
/// Connections that are kept open for the next call.
const IDLE_CONNECTIONS: usize = 32;
/// Stripe closes connections that are idle for longer.
const IDLE_FOR: Duration = Duration::from_secs(50);
/// The pause before the first repetition; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// Why a call has no good answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Stripe says no.
    Refused(ApiError),
    /// The request did not leave, or Stripe turned it away unread.
    NotSent,
    /// It may have been carried out; there was no answer that can be understood.
    Lost,
}

/// One call. Each kind may be repeated: it has the same effect again, or a key that sees to it.
pub(super) struct Call<'a> {
    method: Method,
    path: &'a str,
    form: Option<Form>,
    key: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Looks at something.
    pub(super) fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, form: None, key: None }
    }

    /// Makes something, once for each idempotency key.
    pub(super) fn make(path: &'a str, form: Form, key: &'a str) -> Self {
        Self { method: Method::POST, path, form: Some(form), key: Some(key) }
    }

    /// Sets what something is, which is the same if it is set again.
    pub(super) fn set(path: &'a str, form: Form) -> Self {
        Self { method: Method::POST, path, form: Some(form), key: None }
    }

    /// Removes something.
    pub(super) fn remove(path: &'a str) -> Self {
        Self { method: Method::DELETE, path, form: None, key: None }
    }
}

/// A pool of connections to Stripe, and what every request says.
pub(super) struct Client {
    http: Http<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    headers: HeaderMap,
    attempt_within: Duration,
    retries: u32,
}

impl Client {
    pub(super) fn new(settings: &StripeSettings) -> Result<Self, StripeFault> {
        let base = settings.base_url.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| StripeFault::BaseUrl)?;
        let host = uri.host().ok_or(StripeFault::BaseUrl)?;
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if matches!(host, "localhost" | "127.0.0.1" | "[::1]") => {}
            Some("http") => return Err(StripeFault::Unencrypted),
            _ => return Err(StripeFault::BaseUrl),
        }
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(settings.attempt_within));
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = Http::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            // A request that may have been read is repeated by us or by nobody.
            .retry_canceled_requests(false)
            .build(connector);
        Ok(Self {
            http,
            base,
            headers: headers(settings)?,
            attempt_within: settings.attempt_within,
            retries: settings.retries,
        })
    }

    /// Makes a call, repeating it while that may help and there is time.
    pub(super) async fn call(&self, call: Call<'_>, until: Instant) -> Result<Value, Trouble> {
        let body = call.form.map(Form::into_bytes).unwrap_or_default();
        let mut pause = PAUSE;
        // Once something may have been carried out, a later refusal to connect does not undo it.
        let mut may_be_done = false;
        for attempt in 0.. {
            let request = self.request(&call.method, call.path, body.clone(), call.key)?;
            let end = until.min(Instant::now() + self.attempt_within);
            let (told, again) = match timeout_at(end, self.attempt(request)).await {
                Ok(told) => told,
                Err(_) => (Err(Trouble::Lost), true),
            };
            may_be_done |= told == Err(Trouble::Lost);
            if !again || attempt == self.retries || Instant::now() + pause >= until {
                return match told {
                    Err(Trouble::NotSent) if may_be_done => Err(Trouble::Lost),
                    told => told,
                };
            }
            sleep(pause).await;
            pause *= 2;
        }
        Err(Trouble::Lost)
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        body: Bytes,
        key: Option<&str>,
    ) -> Result<Request<Full<Bytes>>, Trouble> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .body(Full::new(body))
            .map_err(|_| Trouble::NotSent)?;
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        if method == Method::POST {
            let form = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(CONTENT_TYPE, form);
        }
        if let Some(key) = key {
            let key = HeaderValue::from_str(key).map_err(|_| Trouble::NotSent)?;
            headers.insert("idempotency-key", key);
        }
        Ok(request)
    }

    /// One attempt, and whether another may be made.
    async fn attempt(&self, request: Request<Full<Bytes>>) -> (Result<Value, Trouble>, bool) {
        let response = match self.http.request(request).await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return (Err(Trouble::NotSent), true),
            Err(_) => return (Err(Trouble::Lost), true),
        };
        let status = response.status();
        let advice = response.headers().get("stripe-should-retry").and_then(should_retry);
        let again = advice.unwrap_or_else(|| may_repeat(status));
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let Ok(body) = body else { return (Err(Trouble::Lost), again) };
        (read(status, &body.to_bytes()), again)
    }
}

fn headers(settings: &StripeSettings) -> Result<HeaderMap, StripeFault> {
    if settings.secret_key.is_empty() || settings.secret_key.contains(char::is_whitespace) {
        return Err(StripeFault::SecretKey);
    }
    let bearer = Zeroizing::new(format!("Bearer {}", &*settings.secret_key));
    let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| StripeFault::SecretKey)?;
    bearer.set_sensitive(true);
    let version = &settings.api_version;
    if version.len() < 10 || !version.is_char_boundary(10) {
        return Err(StripeFault::ApiVersion);
    }
    let version = HeaderValue::from_str(version).map_err(|_| StripeFault::ApiVersion)?;
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, bearer);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert("stripe-version", version);
    Ok(headers)
}

fn should_retry(advice: &HeaderValue) -> Option<bool> {
    match advice.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

fn may_repeat(status: StatusCode) -> bool {
    status == StatusCode::CONFLICT
        || status == StatusCode::TOO_MANY_REQUESTS
        || status.is_server_error()
}

/// Reads an answer: the status first, and only then what it says.
fn read(status: StatusCode, body: &[u8]) -> Result<Value, Trouble> {
    let body = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
    match status {
        StatusCode::TOO_MANY_REQUESTS => Err(Trouble::NotSent),
        // Another request under the same key is being carried out, or may be.
        StatusCode::CONFLICT => Err(Trouble::Lost),
        status if status.is_success() => body.ok_or(Trouble::Lost),
        status if status.is_client_error() => match body {
            Some(body) => Err(Trouble::Refused(ApiError::of(status.as_u16(), &body))),
            None => Err(Trouble::Lost),
        },
        _ => Err(Trouble::Lost),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(number: u16) -> StatusCode {
        StatusCode::from_u16(number).unwrap()
    }

    #[test]
    fn the_status_decides_before_the_body_does() {
        let body = br#"{"error":{"type":"invalid_request_error","code":"card_declined"}}"#;
        let Err(Trouble::Refused(error)) = read(status(402), body) else { panic!() };
        assert_eq!((error.status, error.code.as_deref()), (402, Some("card_declined")));
        assert_eq!(read(status(429), body), Err(Trouble::NotSent));
        for number in [302, 409, 500, 502, 503] {
            assert_eq!(read(status(number), body), Err(Trouble::Lost), "{number}");
        }
    }

    #[test]
    fn what_is_no_object_is_no_answer_whatever_its_status() {
        for number in [200, 400, 402, 404, 500] {
            for body in [&b"<html>It works!</html>"[..], b"", b"[]", b"\"ok\"", b"{\"id\":"] {
                assert_eq!(read(status(number), body), Err(Trouble::Lost), "{number}");
            }
        }
    }

    #[test]
    fn an_address_without_encryption_must_be_on_this_machine() {
        let at = |url: &str| {
            let settings = StripeSettings {
                base_url: url.to_owned(),
                secret_key: Zeroizing::new("sk_test_x".to_owned()),
                api_version: super::super::API_VERSION_DEFAULT.to_owned(),
                attempt_within: PAUSE,
                within: PAUSE,
                retries: 0,
            };
            Client::new(&settings).err()
        };
        for good in ["https://api.stripe.com", "http://127.0.0.1:1/", "http://[::1]:1"] {
            assert_eq!(at(good), None, "{good}");
        }
        assert_eq!(at("http://api.stripe.com"), Some(StripeFault::Unencrypted));
        for bad in ["api.stripe.com", "ftp://x", "", "https://"] {
            assert_eq!(at(bad), Some(StripeFault::BaseUrl), "{bad}");
        }
    }
}
