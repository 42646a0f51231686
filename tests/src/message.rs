//! Requests and replies as they go over the wire, and what tests say about replies.

use std::fmt;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::gzip;

/// A request as it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// Headers in the order of sending; one name may come twice.
    pub headers: Vec<(String, String)>,
    /// The body as it is sent.
    pub body: Bytes,
    /// The body before compression.
    pub plain: Bytes,
}

impl Request {
    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The query as it is sent.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// All values of a header.
    pub fn header<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        let all = self.headers.iter().filter(move |header| header.0.eq_ignore_ascii_case(name));
        all.map(|header| header.1.as_str())
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        for (name, value) in &self.headers {
            // A failing test should not put a token into somebody's log.
            let shown = if name.eq_ignore_ascii_case("authorization") { "…" } else { value };
            write!(f, "\n  {name}: {shown}")?;
        }
        write!(f, "\n  {}", shortened(&self.plain))
    }
}

/// A reply as it came, together with the request that it answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What was asked.
    pub request: Request,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came, compressed or not.
    pub body: Bytes,
}

/// A reason of a failure: its code and its text.
pub type Reason = (u64, String);

impl Reply {
    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the body came compressed.
    pub fn is_compressed(&self) -> bool {
        self.headers.contains_key("content-encoding")
    }

    /// The body after inflating.
    #[track_caller]
    pub fn plain(&self) -> Bytes {
        if self.is_compressed() {
            gzip::inflate(&self.body).unwrap_or_else(|error| panic!("{error}\n{self}"))
        } else {
            self.body.clone()
        }
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.plain()).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.plain())
            .unwrap_or_else(|error| panic!("the reply is not JSON: {error}\n{self}"))
    }

    /// Each line of the body as JSON.
    #[track_caller]
    pub fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let read = |line: &str| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("a line is not JSON: {error}\n{self}"))
        };
        text.lines().map(read).collect()
    }

    /// The body, if the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert!(self.status == status, "{status} was expected\n{self}");
        self.json()
    }

    /// The body of a success: status 200 and nothing in it that says otherwise.
    #[track_caller]
    pub fn ok(&self) -> Value {
        let body = self.expect(200);
        assert!(!says_failure(&body), "a success was expected\n{self}");
        body
    }

    /// The reasons of a failure in any of the dialects that number them.
    #[track_caller]
    pub fn reasons(&self) -> Vec<Reason> {
        let body = self.json();
        let Some(reasons) = body["reasons"].as_array() else {
            panic!("reasons were expected\n{self}")
        };
        let read = |reason: &Value| {
            let message = reason["message"].as_str().unwrap_or_default();
            (reason["code"].as_u64().unwrap_or_default(), message.to_owned())
        };
        reasons.iter().map(read).collect()
    }

    /// The codes of a failure with this status.
    #[track_caller]
    pub fn codes(&self, status: u16) -> Vec<u64> {
        self.expect(status);
        self.reasons().into_iter().map(|(code, _)| code).collect()
    }

    /// Expects one reason.
    #[track_caller]
    pub fn fails(&self, status: u16, code: u64, message: &str) {
        self.expect(status);
        let expected = [(code, message.to_owned())];
        assert!(self.reasons() == expected, "{code} {message:?} was expected\n{self}");
    }

    /// Expects codes without a look at their words.
    #[track_caller]
    pub fn fails_with(&self, status: u16, codes: &[u64]) {
        assert!(self.codes(status) == codes, "{codes:?} was expected\n{self}");
    }
}

/// Whether a body says that something failed, in any dialect.
pub fn says_failure(body: &Value) -> bool {
    ["success", "Success"].iter().any(|name| body[name] == Value::Bool(false))
        || ["FaultCode", "reasons", "Errors"].iter().any(|name| !body[name].is_null())
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nanswered {}", self.request, self.status)?;
        for (name, value) in &self.headers {
            write!(f, "\n  {name}: {}", value.to_str().unwrap_or("(not text)"))?;
        }
        let plain = if self.is_compressed() { gzip::inflate(&self.body).ok() } else { None };
        write!(f, "\n  {}", shortened(plain.as_ref().unwrap_or(&self.body)))
    }
}

fn shortened(body: &[u8]) -> String {
    const BYTES_MAX: usize = 3000;
    let text = String::from_utf8_lossy(&body[..body.len().min(BYTES_MAX)]);
    if body.len() > BYTES_MAX {
        format!("{text}… ({} bytes)", body.len())
    } else {
        text.into_owned()
    }
}
