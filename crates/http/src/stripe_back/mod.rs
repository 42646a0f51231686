//! `/api`: customers and cards in an envelope, with messages in Spanish, or in English for whoever
//! prefers that.

mod cards;
mod customers;
mod fields;
mod open;
mod words;

use axum::{http::StatusCode, response::Response};
use serde::Serialize;
use serde_json::json;

pub(crate) use self::words::Language;
use self::words::Message;
use crate::{
    context::RequestContext,
    failure::{EchoedKey, Failure},
    reply,
    respond::Reason,
    stripe::fault::{StripeFault, said},
};

pub(crate) use cards::{
    assign as assign_card, create as create_card, list as list_cards, of_token, set_default,
};
pub(crate) use customers::{
    create as create_customer, delete as delete_customer, get as get_customer,
    list as list_customers, update as update_customer,
};
pub(crate) use open::anybody;

/// An answer in the envelope.
fn done(
    status: StatusCode,
    language: Language,
    message: Message,
    data: &impl Serialize,
) -> Response {
    let message = message.words().in_language(language);
    reply::json(status, &json!({"status": true, "message": message, "data": data}))
}

/// A failure in the envelope.
pub(crate) fn respond_failure(
    failure: &Failure,
    reasons: &[Reason],
    status: StatusCode,
    context: &RequestContext,
) -> Response {
    let said = said(failure, reasons, status);
    let message = match failure {
        Failure::Stripe(StripeFault::Required(words)) => {
            words.in_language(context.language).to_owned()
        }
        // The original knows no methods, only routes.
        Failure::NoRoute | Failure::NoMethod => {
            let path = context.path.as_ref().map_or(EchoedKey::UNSHOWN, EchoedKey::as_str);
            format!("Route not found: {path}")
        }
        _ => said.message.into_owned(),
    };
    match said.code {
        Some(code) => {
            reply::json(said.status, &json!({"status": false, "message": message, "code": code}))
        }
        None => reply::json(said.status, &json!({"status": false, "message": message})),
    }
}
