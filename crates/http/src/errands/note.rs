//! What is noted of a request, and what takes its place once it is carried out.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Request, request::Parts},
};
use cardfile_domain::track_id::TrackId;
use serde::{Deserialize, Serialize};

use super::twin_of;
use crate::{context::RequestContext, failure::EchoedKey, headers};

/// A request that is to be carried out. There is no place in it for credentials: they were checked.
#[derive(Serialize, Deserialize)]
pub(super) struct Order {
    /// What can be told of it afterwards.
    pub(super) told: Told,
    /// Path and query of the twin.
    target: String,
    /// The version that decides how mistakes are answered.
    version: Option<String>,
    body: Option<String>,
}

/// What a request is told by, in Zuora's words for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Told {
    /// Nothing if the request cannot be read any more.
    pub(super) method: Option<String>,
    pub(super) url: String,
    #[serde(rename = "trackId")]
    pub(super) track: Option<TrackId>,
}

/// What came of a request.
#[derive(Serialize, Deserialize)]
pub(super) struct Report {
    pub(super) told: Told,
    pub(super) succeeded: bool,
    pub(super) status: u16,
    pub(super) body: serde_json::Value,
}

impl Told {
    /// What can be told of a request that cannot be read.
    pub(super) fn nothing() -> Self {
        Self { method: None, url: EchoedKey::UNSHOWN.to_owned(), track: None }
    }
}

impl Order {
    /// What to note of a request whose body is JSON or nothing.
    pub(super) fn of(parts: &Parts, context: &RequestContext, body: Option<String>) -> Self {
        let path = parts.uri.path();
        let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        // What the router takes for this path goes to the twin's handler; no other path comes here.
        let twin = twin_of(path).unwrap_or_default();
        let version = parts.headers.get(headers::VERSION).and_then(|text| text.to_str().ok());
        Self {
            told: Told {
                method: Some(parts.method.as_str().to_owned()),
                url: EchoedKey::new(path).as_str().to_owned(),
                track: context.track.clone(),
            },
            target: format!("/v1{twin}{query}"),
            version: version.map(str::to_owned),
            body,
        }
    }

    /// The request to the twin, under a claim; nothing if no program of ours noted it.
    pub(super) fn into_request(self, key: &str) -> Option<(Told, Request<Body>)> {
        let mut request = Request::builder().method(self.told.method.as_deref()?).uri(self.target);
        let mut header = |name: HeaderName, text: &str| {
            let value = HeaderValue::from_str(text).ok()?;
            request.headers_mut()?.insert(name, value);
            Some(())
        };
        header(headers::IDEMPOTENCY_KEY, key)?;
        if let Some(version) = &self.version {
            header(headers::VERSION, version)?;
        }
        if let Some(track) = &self.told.track {
            header(headers::TRACK_ID, track.as_str())?;
        }
        let body = self.body.map_or_else(Body::empty, Body::from);
        Some((self.told, request.body(body).ok()?))
    }
}
