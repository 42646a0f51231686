//! A caller of the API: where it calls, as whom, and in which entity.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::future::BoxFuture;
use reqwest::{Method, header::HeaderMap};

use crate::{
    call::Call,
    contract, gzip,
    message::{Reply, Request},
};

/// The version of the API that the official SDK speaks.
pub const VERSION: &str = "2025-08-12";

/// Carries requests to something that answers them.
pub trait Transport: Send + Sync + 'static {
    /// Status, headers and body of the answer.
    fn carry<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, (u16, HeaderMap, Bytes)>;
}

/// TCP to a running program.
pub struct Tcp(
    /// Where it answers.
    pub String,
);

impl Transport for Tcp {
    fn carry<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, (u16, HeaderMap, Bytes)> {
        static POOL: LazyLock<reqwest::Client> = LazyLock::new(|| {
            // A server closes a connection that nobody used for thirty seconds, and a request that is
            // on its way at that moment is lost.
            let idle = Duration::from_secs(10);
            let client = reqwest::Client::builder().no_proxy().pool_idle_timeout(idle);
            client.build().expect("a client can be made")
        });
        Box::pin(async move {
            let method: Method = request.method.parse().expect("a method");
            let mut sent = POOL.request(method, format!("{}{}", self.0, request.target));
            for (name, value) in &request.headers {
                sent = sent.header(name, value);
            }
            if !request.body.is_empty() {
                sent = sent.body(request.body.clone());
            }
            let came = sent.send().await.unwrap_or_else(|error| panic!("{error:?}\n{request}"));
            let (status, headers) = (came.status().as_u16(), came.headers().clone());
            let body = came.bytes().await.unwrap_or_else(|error| panic!("{error:?}\n{request}"));
            (status, headers, body)
        })
    }
}

/// How a caller proves who it is.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// It does not.
    None,
    /// A token.
    Bearer(String),
    /// Id and secret by HTTP Basic.
    Basic(String, String),
    /// Id and secret in the two headers of older clients.
    KeyHeaders(String, String),
}

impl Credentials {
    fn headers(&self) -> Vec<(String, String)> {
        let header = |name: &str, value: String| (name.to_owned(), value);
        match self {
            Self::None => Vec::new(),
            Self::Bearer(token) => vec![header("Authorization", format!("Bearer {token}"))],
            Self::Basic(id, secret) => {
                let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
                vec![header("Authorization", format!("Basic {pair}"))]
            }
            Self::KeyHeaders(id, secret) => vec![
                header("apiAccessKeyId", id.clone()),
                header("apiSecretAccessKey", secret.clone()),
            ],
        }
    }
}

/// A caller.
#[derive(Clone)]
pub struct Client {
    transport: Arc<dyn Transport>,
    credentials: Credentials,
    entity: Option<String>,
    version: Option<String>,
}

impl Client {
    /// A caller without credentials that speaks the SDK's version.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        let version = Some(VERSION.to_owned());
        Self { transport, credentials: Credentials::None, entity: None, version }
    }

    /// The same caller with other credentials.
    #[must_use]
    pub fn showing(&self, credentials: Credentials) -> Self {
        Self { credentials, ..self.clone() }
    }

    /// The same caller in an entity that it names with every call.
    #[must_use]
    pub fn within(&self, entity: &str) -> Self {
        Self { entity: Some(entity.to_owned()), ..self.clone() }
    }

    /// The same caller, naming no entity.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        Self { entity: None, ..self.clone() }
    }

    /// The same caller with another `Zuora-Version`, or with none.
    #[must_use]
    pub fn speaking(&self, version: Option<&str>) -> Self {
        Self { version: version.map(str::to_owned), ..self.clone() }
    }

    /// Gets a token for a client's id and secret, and shows it from now on.
    pub async fn sign_in(&self, id: &str, secret: &str) -> Self {
        let reply = self.showing(Credentials::None).token(id, secret).await;
        let token = reply.ok()["access_token"].as_str().expect("a token is text").to_owned();
        self.showing(Credentials::Bearer(token))
    }

    /// Asks for a token.
    pub fn token(&self, id: &str, secret: &str) -> Call {
        self.anywhere().speaking(None).post("/oauth/token").form(&[
            ("client_id", id),
            ("client_secret", secret),
            ("grant_type", "client_credentials"),
        ])
    }

    /// A `GET`.
    pub fn get(&self, path: impl Into<String>) -> Call {
        self.call("GET", path)
    }

    /// A `PUT`.
    pub fn put(&self, path: impl Into<String>) -> Call {
        self.call("PUT", path)
    }

    /// A `POST`.
    pub fn post(&self, path: impl Into<String>) -> Call {
        self.call("POST", path)
    }

    /// A `DELETE`.
    pub fn delete(&self, path: impl Into<String>) -> Call {
        self.call("DELETE", path)
    }

    /// A call with any method.
    pub fn call(&self, method: &str, path: impl Into<String>) -> Call {
        let mut headers = self.credentials.headers();
        let mut add = |name: &str, value: &Option<String>| {
            if let Some(value) = value {
                headers.push((name.to_owned(), value.clone()));
            }
        };
        add("Zuora-Entity-Ids", &self.entity);
        add("Zuora-Version", &self.version);
        Call::new(self.clone(), method, path.into(), headers)
    }

    /// Sends a request, and compares it and its answer with the contract.
    pub(crate) async fn carry(&self, request: Request) -> Reply {
        let (status, headers, body) = self.transport.carry(&request).await;
        let reply = Reply { request, status, headers, body };
        contract::check(&reply);
        reply
    }
}

/// Compresses a body, for callers that say so.
pub(crate) fn packed(plain: &Bytes) -> Bytes {
    gzip::deflate(plain)
}
