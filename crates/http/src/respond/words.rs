//! What is wrong, in words.

use std::fmt::Write;

use super::Reason;
use crate::{
    code::Category,
    failure::{EntityFault, Failure},
    refusals,
};

/// What is wrong, in words; `object` decides nothing here, so that dialects agree.
pub(crate) fn reasons(failure: &Failure) -> Vec<Reason> {
    use Category as C;
    let one = |category, message: &str| vec![Reason::whole(category, message)];
    match failure {
        Failure::NotSignedIn => {
            one(C::Authentication, "this resource is protected, please sign in first")
        }
        Failure::Entity(fault) => vec![entity_reason(*fault)],
        Failure::Forbidden => one(C::Permission, "The client does not have the right to do this."),
        Failure::BadHeader(name) => {
            let mut message = format!("The {name} header is not valid: ");
            let _ = write!(message, "{}", header_rule(name));
            vec![Reason::whole(C::InvalidValue, message)]
        }
        Failure::CorruptEncoding => {
            one(C::Malformed, "The request body is not what its Content-Encoding header says.")
        }
        Failure::Malformed(message) => one(C::Malformed, message),
        Failure::BodyTimeout => one(C::Malformed, "The request body did not come in time."),
        Failure::TooLarge => one(C::Limit, "The request body is too large."),
        Failure::HeadTooLarge => one(C::Limit, "The path and the headers are too large together."),
        Failure::UnsupportedMedia | Failure::UnsupportedEncoding => {
            one(C::Unsupported, "Send application/json, plain or with Content-Encoding: gzip.")
        }
        Failure::Upload(fault) => vec![fault.reason()],
        Failure::NotAcceptable => {
            one(C::Unsupported, "The Accept-Encoding header leaves no encoding to answer in.")
        }
        Failure::NoRoute => one(C::NotFound, "There is nothing at this path."),
        Failure::NoMethod => one(C::Unsupported, "Request method not supported"),
        Failure::Invalid(violations) => violations
            .iter()
            .map(|wrong| {
                let message = format!("'{}' {}", wrong.field, wrong.message);
                Reason::field(&wrong.field, wrong.category(), message)
            })
            .collect(),
        Failure::UnknownFields(names) => {
            vec![Reason::whole(
                C::UnknownField,
                format!("Invalid parameter(s): '{}'.", names.list()),
            )]
        }
        Failure::UnsupportedType => vec![Reason::field(
            "type",
            C::InvalidValue,
            "'type' value should be one of: CreditCard. Other payment methods are not kept here.",
        )],
        Failure::Object(error) => {
            vec![Reason::whole(C::InvalidValue, error.message.clone().into_owned())]
        }
        Failure::BadQuery(message) => vec![Reason::whole(C::InvalidQuery, message.clone())],
        Failure::NotFound(key) => {
            vec![Reason::whole(
                C::NotFound,
                format!("Cannot find entity by key: '{}'.", key.as_str()),
            )]
        }
        Failure::Refused(refusal) => vec![refusals::reason(*refusal)],
        Failure::Stripe(fault) => vec![fault.reason()],
        Failure::KeyInUse => {
            one(C::Contention, "The first request with this Idempotency-Key is still running.")
        }
        Failure::Internal(_) | Failure::DirectoryDown(_) | Failure::Panicked => {
            one(C::Internal, "Something went wrong here. Quote the processId when you report it.")
        }
        Failure::Busy => one(C::Limit, "Too many writes are waiting. Try again in a second."),
        Failure::Contended => one(C::Contention, "The account kept changing. Try again."),
        Failure::TimedOut => one(C::Temporary, "The request took too long."),
        Failure::NotReady => one(C::Temporary, "The service is not ready."),
    }
}

fn entity_reason(fault: EntityFault) -> Reason {
    let (category, message) = match fault {
        EntityFault::Unnamed => (
            Category::Permission,
            "The client may use several entities: name one in the Zuora-Entity-Ids header.",
        ),
        EntityFault::Forbidden => (
            Category::Permission,
            "The client may not use the entity in the Zuora-Entity-Ids header.",
        ),
        EntityFault::Malformed => {
            (Category::InvalidValue, "The Zuora-Entity-Ids header must hold the id of one entity.")
        }
    };
    Reason::whole(category, message)
}

fn header_rule(name: &str) -> &'static str {
    match name {
        "Idempotency-Key" => "give one key of at most 255 characters.",
        _ => "at most 64 US-ASCII characters, without colon, semicolon, quotes and card numbers.",
    }
}
