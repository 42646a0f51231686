//! One call, put together piece by piece and sent by awaiting it.

use std::future::IntoFuture;

use bytes::Bytes;
use futures::future::BoxFuture;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{
    client::{Client, packed},
    message::{Reply, Request},
};

/// A call that was not sent yet.
#[must_use = "a call is sent by awaiting it"]
#[derive(Clone)]
pub struct Call {
    client: Client,
    request: Request,
}

const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as it may stand in a path or a query.
pub fn escaped(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

impl Call {
    pub(crate) fn new(
        client: Client,
        method: &str,
        target: String,
        headers: Vec<(String, String)>,
    ) -> Self {
        let (body, plain) = (Bytes::new(), Bytes::new());
        Self {
            client,
            request: Request { method: method.to_owned(), target, headers, body, plain },
        }
    }

    /// Adds a parameter to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        let target = &mut self.request.target;
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&escaped(name));
        target.push('=');
        target.push_str(&escaped(value));
        self
    }

    /// Adds a header, beside others of its name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Puts a header in place of others of its name.
    pub fn only_header(mut self, name: &str, value: &str) -> Self {
        self.request.headers.retain(|header| !header.0.eq_ignore_ascii_case(name));
        self.header(name, value)
    }

    /// Names the call.
    pub fn track(self, id: &str) -> Self {
        self.only_header("Zuora-Track-Id", id)
    }

    /// Names an entity for this call.
    pub fn entity(self, id: &str) -> Self {
        self.only_header("Zuora-Entity-Ids", id)
    }

    /// Speaks another version of the API.
    pub fn version(self, version: &str) -> Self {
        self.only_header("Zuora-Version", version)
    }

    /// Makes the call safe to repeat.
    pub fn key(self, key: &str) -> Self {
        self.only_header("Idempotency-Key", key)
    }

    /// Asks for a compressed reply.
    pub fn accept_gzip(self) -> Self {
        self.only_header("Accept-Encoding", "gzip")
    }

    /// Sends JSON.
    pub fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string())
    }

    /// Sends any bytes as JSON.
    pub fn bytes(self, body: impl Into<Bytes>) -> Self {
        self.of_type("application/json", body)
    }

    /// Sends a form.
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pair = |(name, value): &(&str, &str)| format!("{}={}", escaped(name), escaped(value));
        let form: Vec<_> = fields.iter().map(pair).collect();
        self.of_type("application/x-www-form-urlencoded", form.join("&"))
    }

    /// Sends any bytes as what they are said to be.
    pub fn of_type(mut self, media: &str, body: impl Into<Bytes>) -> Self {
        self.request.plain = body.into();
        self.request.body = self.request.plain.clone();
        self.only_header("Content-Type", media)
    }

    /// Compresses what is sent.
    pub fn gzip(mut self) -> Self {
        self.request.body = packed(&self.request.plain);
        self.only_header("Content-Encoding", "gzip")
    }

    /// Sends bytes as the body and says that they are compressed so.
    pub fn encoded(mut self, encoding: &str, body: impl Into<Bytes>) -> Self {
        self.request.body = body.into();
        self.only_header("Content-Encoding", encoding)
    }

    /// The request that would be sent.
    pub fn request(&self) -> &Request {
        &self.request
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = BoxFuture<'static, Reply>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.client.carry(self.request).await })
    }
}
