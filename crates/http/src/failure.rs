//! The closed list of ways in which a request can end badly.
//!
//! A failure carries facts; what status, code and words it gets is decided in [`crate::respond`].

use std::{borrow::Cow, sync::Arc};

use axum::{
    body::Body,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use cardfile_domain::{card_number::looks_like_card_number, ports::StoreError, refusal::Refusal};
use cardfile_service::{AuthFailure, EntryFailure};

use crate::{
    bulk::UploadFault,
    code::{Category, ObjectCode},
    crud::error::ObjectError,
    stripe::fault::StripeFault,
};

/// How a request ended badly.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No credentials, or none that are good.
    NotSignedIn,
    /// The entity was not named, or is not open to the client.
    Entity(EntityFault),
    /// The client lacks the right.
    Forbidden,
    /// A header has a value it may not have.
    BadHeader(&'static str),
    /// The body is not what `Content-Encoding` says.
    CorruptEncoding,
    /// The body is not JSON of the right shape.
    Malformed(&'static str),
    /// The body did not come in time.
    BodyTimeout,
    /// The body is too large, compressed or inflated.
    TooLarge,
    /// The head is too large: the path and the headers together.
    HeadTooLarge,
    /// The body's media type is not supported.
    UnsupportedMedia,
    /// The body's encoding is not supported.
    UnsupportedEncoding,
    /// No encoding is left that the caller would take.
    NotAcceptable,
    /// There is no such path.
    NoRoute,
    /// The path has no such method.
    NoMethod,
    /// Fields have values they may not have.
    Invalid(Vec<Violation>),
    /// Fields that nobody knows.
    UnknownFields(UnknownFields),
    /// The payment method's type is not one that is kept here.
    UnsupportedType,
    /// A parameter of a query is wrong.
    BadQuery(Cow<'static, str>),
    /// A mistake that only CRUD and Actions have a word for.
    Object(ObjectError),
    /// What the path names does not exist.
    NotFound(EchoedKey),
    /// The business says no.
    Refused(Refusal),
    /// A mistake that only Stripe's way of speaking has a word for.
    Stripe(StripeFault),
    /// A mistake that only uploads can have.
    Upload(UploadFault),
    /// The first request under this idempotency key is still running.
    KeyInUse,
    /// The use case failed for a reason that is ours.
    Internal(Box<cardfile_service::Failure>),
    /// Who is calling could not be found out.
    DirectoryDown(Box<StoreError>),
    /// Too many writes are waiting.
    Busy,
    /// Other processes kept changing the same account.
    Contended,
    /// The request took too long.
    TimedOut,
    /// The code panicked.
    Panicked,
    /// The service is not ready to work.
    NotReady,
}

/// What is wrong with the entity of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EntityFault {
    /// The client has several and named none.
    Unnamed,
    /// It may not use the one it named.
    Forbidden,
    /// What it named is not one entity.
    Malformed,
}

/// One field that has a value it may not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// The field's path on the wire.
    pub(crate) field: String,
    /// What is wrong with it, to be read after the field's name. It never holds input.
    pub(crate) message: Cow<'static, str>,
    /// Whether the field is missing rather than wrong.
    pub(crate) missing: bool,
}

/// Names of unknown fields, as far as they may be echoed.
#[derive(Clone, Debug)]
pub(crate) struct UnknownFields(Vec<String>);

impl UnknownFields {
    const SHOWN_MAX: usize = 20;
    const CHARS_MAX: usize = 64;

    /// Keeps the names that are plain words; a caller could have put a card number in place of one.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let plain = |name: &str| {
            name.len() <= Self::CHARS_MAX
                && name.starts_with(|first: char| first.is_ascii_alphabetic())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && !looks_like_card_number(name)
        };
        let mut shown: Vec<_> =
            names.map(|name| if plain(name) { name.to_owned() } else { "?".to_owned() }).collect();
        shown.sort();
        shown.dedup();
        shown.truncate(Self::SHOWN_MAX);
        Self(shown)
    }

    pub(crate) fn list(&self) -> String {
        self.0.join(",")
    }
}

/// A key from the path, as far as it may be echoed.
#[derive(Clone, Debug)]
pub(crate) struct EchoedKey(String);

impl EchoedKey {
    const CHARS_MAX: usize = 100;
    /// What stands for a key that may not be echoed.
    pub(crate) const UNSHOWN: &str = "?";

    pub(crate) fn new(key: &str) -> Self {
        let harmless = key.len() <= Self::CHARS_MAX
            && !looks_like_card_number(key)
            && key.chars().all(|letter| !letter.is_control());
        Self(if harmless { key } else { Self::UNSHOWN }.to_owned())
    }

    /// A name that is built around an id of ours, whose digits may look like those of a card by chance.
    pub(crate) fn built_by_us(name: &str) -> Self {
        Self(name.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<cardfile_service::Failure> for Failure {
    fn from(failure: cardfile_service::Failure) -> Self {
        use cardfile_service::Failure as Service;
        match failure {
            Service::Refused(refusal) => Self::Refused(refusal),
            Service::KeyInUse => Self::KeyInUse,
            Service::TooOften { seconds } => Self::Stripe(StripeFault::TooOften { seconds }),
            Service::Store(StoreError::Busy) => Self::Busy,
            Service::Store(StoreError::Contended) => Self::Contended,
            other @ (Service::Store(_) | Service::Vault(_)) => Self::Internal(Box::new(other)),
        }
    }
}

impl From<AuthFailure> for Failure {
    fn from(failure: AuthFailure) -> Self {
        match failure {
            AuthFailure::Invalid => Self::NotSignedIn,
            AuthFailure::Store(StoreError::Busy) => Self::Busy,
            AuthFailure::Store(error) => Self::DirectoryDown(Box::new(error)),
        }
    }
}

impl From<EntryFailure> for Failure {
    fn from(failure: EntryFailure) -> Self {
        match failure {
            EntryFailure::EntityUnnamed => Self::Entity(EntityFault::Unnamed),
            EntryFailure::EntityForbidden => Self::Entity(EntityFault::Forbidden),
            EntryFailure::RightMissing(_) => Self::Forbidden,
        }
    }
}

/// A failure on its way from a handler or a layer to `speak`.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// What happened.
    pub(crate) failure: Arc<Failure>,
    /// The operation in which it happened, as far as one was reached.
    pub(crate) object: ObjectCode,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
            .extensions_mut()
            .insert(Carried { failure: Arc::new(self), object: ObjectCode::NONE });
        response
    }
}

impl Failure {
    /// Whether the same request may go well another time.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::KeyInUse
            | Self::Internal(_)
            | Self::DirectoryDown(_)
            | Self::Busy
            | Self::Contended
            | Self::TimedOut
            | Self::NotReady => true,
            Self::Refused(refusal) => refusal.may_pass(),
            _ => false,
        }
    }
}

impl Violation {
    /// The category that the violation is of.
    pub(crate) fn category(&self) -> Category {
        if self.missing { Category::MissingField } else { Category::InvalidValue }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_number_in_place_of_a_name_is_not_echoed() {
        let names = ["b", "4111111111111111", "a", "a b", "x4111111111111111"];
        assert_eq!(UnknownFields::new(names.into_iter()).list(), "?,a,b");
        assert_eq!(EchoedKey::new("4111-1111-1111-1111").as_str(), "?");
        assert_eq!(EchoedKey::new("A-S009327871").as_str(), "A-S009327871");
    }
}
