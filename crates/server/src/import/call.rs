//! The two calls of an import: for a token, and the upload itself.

use std::io;

use bytes::Bytes;
use cardfile_domain::id::EntityId;
use http_body_util::{BodyExt as _, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{Request, Response, StatusCode, Uri, body::Incoming, header, http::request::Builder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;

use super::access::Access;
use crate::{
    fault::{Fault, chain},
    file_form::Format,
};

const TOKEN_PATH: &str = "/oauth/token";
const BULK_PATH: &str = "/v1/payment-methods/credit-cards/bulk";
/// Since this version failures have statuses of their own.
const VERSION: &str = "2025-08-12";
/// More than any answer but that of an upload has.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// What is sent.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How an upload is to be understood.
pub(super) struct Upload {
    pub(super) format: Format,
    pub(super) packed: bool,
    pub(super) entity: Option<EntityId>,
    pub(super) dry_run: bool,
}

/// A server that lets us in.
pub(super) struct Session {
    client: Client<HttpConnector, Body>,
    base: String,
    token: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// The part of a failure's answer that is for people.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    reasons: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    message: String,
}

impl Session {
    /// Asks for a token.
    pub(super) async fn begin(access: &Access) -> Result<Self, Fault> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &access.client.to_string())
            .append_pair("client_secret", &access.secret)
            .finish();
        let request = Request::post(uri(&access.base, TOKEN_PATH)?)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let body = Full::new(Bytes::from(form)).map_err(|never| match never {});
        let mut session = Self { client, base: access.base.clone(), token: String::new() };
        let answer = session.send(request, body.boxed_unsync()).await?;
        let status = answer.status();
        let bytes = whole(answer).await?;
        if status == StatusCode::UNAUTHORIZED {
            return Err(Fault::usage(format!(
                "The server does not know the client {} with this secret; `cardfile client list` \
                 shows whether it is enabled.",
                access.client
            )));
        }
        let Ok(token) = serde_json::from_slice::<Token>(&bytes) else {
            return Err(refused(&access.base, status, &bytes));
        };
        session.token = token.access_token;
        Ok(session)
    }

    /// Begins an upload. Its answer begins before it ends.
    pub(super) async fn upload(&self, upload: &Upload, body: Body) -> Result<Incoming, Fault> {
        let query = if upload.dry_run { "?dryRun=true" } else { "" };
        let mut request = Request::post(uri(&self.base, &format!("{BULK_PATH}{query}"))?)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, upload.format.media_type())
            .header("Zuora-Version", VERSION);
        if upload.packed {
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
        if let Some(entity) = upload.entity {
            request = request.header("Zuora-Entity-Ids", entity.to_string());
        }
        let answer = self.send(request, body).await?;
        match answer.status() {
            StatusCode::OK => Ok(answer.into_body()),
            status => Err(refused(&self.base, status, &whole(answer).await?)),
        }
    }

    async fn send(&self, request: Builder, body: Body) -> Result<Response<Incoming>, Fault> {
        let request = request.body(body).map_err(|error| Fault::usage(format!("{error}.")))?;
        self.client.request(request).await.map_err(|error| {
            Fault::other(format!(
                "The server {} cannot be reached: {}; is `cardfile serve` running there?",
                self.base,
                chain(&error)
            ))
        })
    }
}

/// The connection was lost after the upload began.
pub(super) fn lost(error: &hyper::Error) -> Fault {
    Fault::other(format!("The connection to the server was lost: {}.", chain(error)))
}

fn uri(base: &str, path: &str) -> Result<Uri, Fault> {
    format!("{base}{path}")
        .parse()
        .map_err(|_| Fault::usage("The server's address is not understood."))
}

async fn whole(answer: Response<Incoming>) -> Result<Bytes, Fault> {
    let limited = Limited::new(answer.into_body(), ANSWER_BYTES_MAX);
    let collected = limited.collect().await;
    collected
        .map(http_body_util::Collected::to_bytes)
        .map_err(|error| Fault::other(format!("The server's answer cannot be read: {error}.")))
}

/// The server answered something else than what was asked for.
fn refused(base: &str, status: StatusCode, answer: &[u8]) -> Fault {
    let failure: Failure = serde_json::from_slice(answer).unwrap_or_default();
    let why = match failure.reasons.first() {
        Some(reason) => format!(": {}", reason.message.trim_end_matches('.')),
        None => String::new(),
    };
    let sentence = format!("The server {base} refused the import with {}{why}.", status.as_u16());
    if status.is_client_error() { Fault::usage(sentence) } else { Fault::other(sentence) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_the_server_says() {
        let answer = br#"{"success":false,"reasons":[{"code":1,"message":"No right."}]}"#;
        let fault = refused("http://a", StatusCode::FORBIDDEN, answer);
        assert_eq!(fault.to_string(), "The server http://a refused the import with 403: No right.");
        assert_eq!(fault.exit_code(), 2);
        let fault = refused("http://a", StatusCode::BAD_GATEWAY, b"<html>");
        assert_eq!(fault.to_string(), "The server http://a refused the import with 502.");
        assert_eq!(fault.exit_code(), 1);
    }
}
