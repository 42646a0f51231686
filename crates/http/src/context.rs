//! What is known of a request before its body is read.

use std::{
    fmt,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use axum::http::{HeaderMap, request::Parts};
use cardfile_domain::track_id::TrackId;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::{
    catalyze, errands::twin_of, failure::EchoedKey, headers, stripe_back::Language, tokens,
};

/// How errors are written: decided by the path, so that it is known even where no route matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// REST v1: `success`, `processId`, `reasons`.
    Rest,
    /// CRUD: `Errors`, `Success`.
    Crud,
    /// Actions: `FaultCode`, `FaultMessage`.
    Action,
    /// Webhooks: `error`, real statuses.
    Webhook,
    /// Object Query: `reasons`, `requestId`, real statuses.
    ObjectQuery,
    /// Tokens: `error` with `type` and `code`.
    Tokens,
    /// Organizations: `errors`.
    Catalyze,
    /// Customers in an envelope: `status`, `message`.
    StripeBack,
}

impl Style {
    fn of_path(path: &str) -> Self {
        if path
            .strip_prefix(tokens::PATH)
            .is_some_and(|rest| matches!(rest.get(..1), None | Some("/")))
        {
            return Self::Tokens;
        }
        if path.starts_with("/api/") {
            return Self::StripeBack;
        }
        if catalyze::is_path(path) {
            return Self::Catalyze;
        }
        let path = path.strip_prefix("/rest").unwrap_or(path);
        // What is carried out later is answered in the style of what is carried out at once.
        let path = match twin_of(path) {
            Some(twin) => &format!("/v1{twin}"),
            None => path,
        };
        if path.starts_with("/v1/object/") {
            Self::Crud
        } else if path.starts_with("/v1/action/") {
            Self::Action
        } else if path.starts_with("/webhooks/") {
            Self::Webhook
        } else if path.starts_with("/object-query/") {
            Self::ObjectQuery
        } else {
            Self::Rest
        }
    }
}

/// Shown as sixteen upper-case hex digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcessId(u64);

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl Serialize for ProcessId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The pattern of a request's route, once it has come to one.
///
/// A pattern rather than a path: ids in labels would make a metric for every card.
#[derive(Debug, Default)]
pub(crate) struct RouteOf(OnceLock<&'static str>);

impl RouteOf {
    pub(crate) fn arrive(&self, pattern: &'static str) {
        // A request comes to one route only.
        let _ = self.0.set(pattern);
    }

    pub(crate) fn pattern(&self) -> Option<&'static str> {
        self.0.get().copied()
    }
}

/// What is known of a request, for all who have to do with it.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext(Arc<Known>);

impl Deref for RequestContext {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.0
    }
}

/// The request's names and the manner of its answer.
#[derive(Debug)]
pub(crate) struct Known {
    /// Our name for the request.
    pub(crate) request_id: Uuid,
    /// What failures are found by.
    pub(crate) process_id: ProcessId,
    /// The caller's name for it, if it is a good one.
    pub(crate) track: Option<TrackId>,
    /// The caller sent a name that may not be echoed.
    pub(crate) track_is_bad: bool,
    /// Errors have real statuses.
    pub(crate) real_statuses: bool,
    /// How errors are written.
    pub(crate) style: Style,
    /// The language of the answer, in the dialect that has several.
    pub(crate) language: Language,
    /// The path, as far as it may be echoed, in the dialect that echoes it.
    pub(crate) path: Option<EchoedKey>,
    /// Where the request has come to.
    pub(crate) route: RouteOf,
}

/// Operations of no older version of the API.
const REAL_STATUSES: [&str; 3] =
    ["/oauth/token", "/v1/payment-methods/credit-cards/bulk", "/sandbox/clock"];

impl RequestContext {
    pub(crate) fn new(path: &str, headers: &HeaderMap, random: [u64; 3]) -> Self {
        let [high, low, process] = random;
        let (track, track_is_bad) = match headers::track_id(headers) {
            Ok(track) => (track, false),
            Err(_) => (None, true),
        };
        let style = Style::of_path(path);
        Self(Arc::new(Known {
            request_id: uuid::Builder::from_random_bytes(
                ((u128::from(high) << 64) | u128::from(low)).to_be_bytes(),
            )
            .into_uuid(),
            process_id: ProcessId(process),
            track,
            track_is_bad,
            // Only REST v1 ever answered mistakes with 200.
            real_statuses: style != Style::Rest
                || REAL_STATUSES.contains(&path.strip_prefix("/rest").unwrap_or(path))
                || headers::has_real_statuses(headers),
            style,
            language: Language::of(headers),
            path: (style == Style::StripeBack).then(|| EchoedKey::new(path)),
            route: RouteOf::default(),
        }))
    }

    /// The context that `observe` gave the request.
    pub(crate) fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self::nameless().clone())
    }

    /// Stands in where no layer has named the request, which is nowhere in the router.
    fn nameless() -> &'static Self {
        static NAMELESS: OnceLock<RequestContext> = OnceLock::new();
        NAMELESS.get_or_init(|| Self::new("", &HeaderMap::new(), [0; 3]))
    }
}
