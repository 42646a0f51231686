//! The one place with statuses, codes and words.

mod words;

use std::fmt::Write;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use cardfile_domain::refusal::Refusal;
use serde::Serialize;
use serde_json::json;

pub(crate) use self::words::reasons;
use crate::{
    bulk::UploadFault,
    code::{Category, NOT_SIGNED_IN, ObjectCode, eight_digits},
    context::{RequestContext, Style},
    failure::Failure,
    reply,
    stripe::fault::StripeFault,
};

/// One thing that is wrong, as every dialect needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reason {
    /// The field that it is about; empty for the whole object.
    pub(crate) field: String,
    /// What kind of mistake it is.
    pub(crate) category: Category,
    /// What is wrong, in a sentence.
    pub(crate) message: String,
}

impl Reason {
    pub(crate) fn whole(category: Category, message: impl Into<String>) -> Self {
        Self { field: String::new(), category, message: message.into() }
    }

    pub(crate) fn field(field: &str, category: Category, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), category, message: message.into() }
    }
}

/// Answers a failure in the dialect of its request.
pub(crate) fn respond(failure: &Failure, object: ObjectCode, context: &RequestContext) -> Response {
    log(failure, context);
    let object = if is_of_operation(failure) { object } else { ObjectCode::NONE };
    let reasons = reasons(failure);
    let status = status(failure, &reasons, context);
    let mut response = match context.style {
        Style::Rest => rest(failure, &reasons, object, status, context),
        Style::ObjectQuery => object_query(&reasons, object, status, context),
        Style::Webhook => crate::webhooks::respond_failure(&reasons, status),
        Style::Crud => crate::crud::respond_failure(failure, &reasons, status),
        Style::Action => crate::actions::respond_failure(failure, &reasons, status),
        Style::Tokens => crate::tokens::respond_failure(failure, &reasons, status),
        Style::Catalyze => crate::catalyze::respond_failure(failure, &reasons, status),
        Style::StripeBack => {
            crate::stripe_back::respond_failure(failure, &reasons, status, context)
        }
    };
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        let realms = "Basic realm=\"Zuora API\", ZSession realm=\"Zuora API\", \
                      Bearer realm=\"Zuora API\"";
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(realms));
    }
    if matches!(failure, Failure::UnsupportedEncoding) {
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        let seconds = match failure {
            Failure::Stripe(StripeFault::TooOften { seconds }) => (*seconds).into(),
            _ => HeaderValue::from_static("1"),
        };
        headers.insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// Whether a failure is about what an operation was asked for. Everything else would have failed
/// on any other operation too, and is counted as no operation's.
fn is_of_operation(failure: &Failure) -> bool {
    match failure {
        Failure::Invalid(_)
        | Failure::UnknownFields(_)
        | Failure::UnsupportedType
        | Failure::BadQuery(_)
        | Failure::Object(_)
        | Failure::NotFound(_)
        | Failure::Upload(UploadFault::KeyReused) => true,
        Failure::Refused(refusal) => *refusal != Refusal::KeyReused,
        Failure::NotSignedIn
        | Failure::Entity(_)
        | Failure::Forbidden
        | Failure::BadHeader(_)
        | Failure::CorruptEncoding
        | Failure::Malformed(_)
        | Failure::BodyTimeout
        | Failure::TooLarge
        | Failure::HeadTooLarge
        | Failure::UnsupportedMedia
        | Failure::UnsupportedEncoding
        | Failure::Upload(_)
        | Failure::NotAcceptable
        | Failure::NoRoute
        | Failure::NoMethod
        | Failure::Stripe(_)
        | Failure::KeyInUse
        | Failure::Internal(_)
        | Failure::DirectoryDown(_)
        | Failure::Busy
        | Failure::Contended
        | Failure::TimedOut
        | Failure::Panicked
        | Failure::NotReady => false,
    }
}

/// A reason as an answer has it.
#[derive(Serialize)]
pub(crate) struct Coded {
    code: u32,
    message: String,
}

/// The reasons of a failure that is one of many in an answer.
pub(crate) fn coded_reasons(failure: &Failure, object: ObjectCode) -> Vec<Coded> {
    let object = if is_of_operation(failure) { object } else { ObjectCode::NONE };
    let coded = |reason: Reason| Coded { code: code(&reason, object), message: reason.message };
    reasons(failure).into_iter().map(coded).collect()
}

fn code(reason: &Reason, object: ObjectCode) -> u32 {
    match reason.category {
        Category::Authentication => NOT_SIGNED_IN,
        category => eight_digits(object, &reason.field, category),
    }
}

#[derive(Serialize)]
struct CodedReason<'a> {
    code: u32,
    message: &'a str,
}

fn coded(reasons: &[Reason], object: ObjectCode) -> Vec<CodedReason<'_>> {
    reasons
        .iter()
        .map(|reason| CodedReason { code: code(reason, object), message: &reason.message })
        .collect()
}

fn rest(
    failure: &Failure,
    reasons: &[Reason],
    object: ObjectCode,
    status: StatusCode,
    context: &RequestContext,
) -> Response {
    let reasons = coded(reasons, object);
    // Zuora leaves the process id out where nobody has signed in.
    let body = if matches!(failure, Failure::NotSignedIn) {
        json!({"success": false, "reasons": reasons, "requestId": context.request_id})
    } else {
        json!({
            "success": false,
            "processId": context.process_id,
            "reasons": reasons,
            "requestId": context.request_id,
        })
    };
    reply::json(status, &body)
}

fn object_query(
    reasons: &[Reason],
    object: ObjectCode,
    status: StatusCode,
    context: &RequestContext,
) -> Response {
    let reasons = coded(reasons, object);
    reply::json(status, &json!({"reasons": reasons, "requestId": context.request_id}))
}

/// The status of a failure: its own if the transport is at fault, its category's if the caller's
/// version of the API has them, or 200 as in the old days.
fn status(failure: &Failure, reasons: &[Reason], context: &RequestContext) -> StatusCode {
    match failure {
        Failure::NotSignedIn => StatusCode::UNAUTHORIZED,
        Failure::NoRoute => StatusCode::NOT_FOUND,
        Failure::NoMethod if context.style == Style::StripeBack => StatusCode::NOT_FOUND,
        Failure::NoMethod => StatusCode::METHOD_NOT_ALLOWED,
        Failure::Stripe(fault) => fault.status(),
        Failure::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Failure::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Failure::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Failure::UnsupportedMedia
        | Failure::UnsupportedEncoding
        | Failure::Upload(UploadFault::MediaType) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Failure::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
        Failure::Busy | Failure::Upload(UploadFault::TooMany) => StatusCode::TOO_MANY_REQUESTS,
        Failure::KeyInUse => StatusCode::CONFLICT,
        Failure::Refused(Refusal::KeyReused) => StatusCode::UNPROCESSABLE_ENTITY,
        Failure::Internal(_) | Failure::DirectoryDown(_) | Failure::Panicked => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        Failure::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        Failure::NotReady => StatusCode::SERVICE_UNAVAILABLE,
        _ if context.real_statuses => {
            reasons.first().map_or(StatusCode::BAD_REQUEST, |reason| reason.category.status())
        }
        _ => StatusCode::OK,
    }
}

/// Logs what is our fault, once, with the whole chain of causes; callers' mistakes are theirs.
pub(crate) fn log(failure: &Failure, context: &RequestContext) {
    let cause: &dyn std::error::Error = match failure {
        Failure::Internal(error) => error.as_ref(),
        Failure::DirectoryDown(error) => error.as_ref(),
        Failure::Panicked => {
            tracing::error!(process_id = %context.process_id, "a request panicked");
            return;
        }
        _ => return,
    };
    let mut chain = cause.to_string();
    let mut next = cause.source();
    while let Some(cause) = next {
        let _ = write!(chain, ": {cause}");
        next = cause.source();
    }
    tracing::error!(
        process_id = %context.process_id,
        request_id = %context.request_id,
        track_id = context.track.as_ref().map(cardfile_domain::track_id::TrackId::as_str),
        cause = chain,
        "a request failed",
    );
}
