//! How Stripe tells what is wrong: a type, a code, a parameter and a sentence.

use std::borrow::Cow;

use axum::http::StatusCode;
use cardfile_domain::refusal::{Decline, Refusal};

use crate::{
    code::Category,
    failure::{EchoedKey, Failure},
    respond::Reason,
};

/// A mistake that only Stripe's way of speaking has a word for.
#[derive(Debug)]
pub(crate) enum StripeFault {
    /// A parameter that has to be there is not.
    Missing(&'static str),
    /// A parameter that nobody knows.
    Unknown(EchoedKey),
    /// A parameter has a value that it may not have.
    Invalid(&'static str),
    /// Something on the card itself is wrong.
    Card(CardFault),
    /// There is no customer of this name.
    NoCustomer(EchoedKey),
    /// The customer has no card of this name.
    NoSource(EchoedKey),
    /// There is no token of this name.
    NoToken(EchoedKey),
    /// The token was used before.
    TokenUsed(EchoedKey),
    /// Fields have to be there, in the words of the dialect.
    Required(&'static Words),
    /// There is no token of the name that is asked for.
    NoSuchToken(EchoedKey),
    /// Too much was asked for; it may be asked for again after so many seconds.
    TooOften {
        /// Whole seconds, at least one.
        seconds: u32,
    },
    /// A card number was sent where none may be.
    NumberSent,
    /// Nobody has given the organization a card yet.
    NoCardYet,
    /// The organization has no card of that name.
    NoPayment,
    /// There is no such organization.
    NoOrg,
}

/// A sentence in the two languages of the dialect that has two.
#[derive(Debug)]
pub(crate) struct Words {
    /// In the language of the original.
    pub(crate) spanish: &'static str,
    /// In the language of everybody else.
    pub(crate) english: &'static str,
}

/// What is wrong with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardFault {
    /// The number is none, or none of a known brand.
    Number,
    /// The month is none, or over.
    Month,
    /// The year is none, or over.
    Year,
    /// The security code is none.
    Code,
}

/// A failure as Stripe tells it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) status: StatusCode,
    pub(crate) kind: &'static str,
    pub(crate) code: Option<&'static str>,
    pub(crate) decline_code: Option<&'static str>,
    pub(crate) param: Option<&'static str>,
    pub(crate) message: Cow<'static, str>,
}

const INVALID_REQUEST: &str = "invalid_request_error";
const CARD: &str = "card_error";
const API: &str = "api_error";

impl Said {
    fn of(status: StatusCode, kind: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let (code, decline_code, param) = (None, None, None);
        Self { status, kind, code, decline_code, param, message: message.into() }
    }

    fn coded(self, code: &'static str, param: Option<&'static str>) -> Self {
        Self { code: Some(code), param, ..self }
    }
}

impl CardFault {
    fn said(self) -> Said {
        let (code, param, message) = match self {
            Self::Number => ("incorrect_number", "number", "Your card number is incorrect."),
            Self::Month => {
                ("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
            }
            Self::Year => {
                ("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
            }
            Self::Code => ("invalid_cvc", "cvc", "Your card's security code is invalid."),
        };
        Said::of(StatusCode::PAYMENT_REQUIRED, CARD, message).coded(code, Some(param))
    }
}

impl StripeFault {
    fn said(&self) -> Said {
        let bad = |message: Cow<'static, str>| {
            Said::of(StatusCode::BAD_REQUEST, INVALID_REQUEST, message)
        };
        let missing = |what: &str, name: &EchoedKey, param| {
            bad(format!("No such {what}: '{}'", name.as_str()).into())
                .coded("resource_missing", Some(param))
        };
        match self {
            Self::Missing(name) => bad(format!("Missing required param: {name}.").into())
                .coded("parameter_missing", Some(name)),
            Self::Unknown(name) => {
                bad(format!("Received unknown parameter: {}", name.as_str()).into())
                    .coded("parameter_unknown", None)
            }
            Self::Invalid(name) => bad(format!("Invalid value for {name}.").into())
                .coded("parameter_invalid", Some(name)),
            Self::Card(fault) => fault.said(),
            // Whoever is named in the path or acts is missing; what is named beside it is wrong.
            Self::NoCustomer(name) => {
                Said { status: StatusCode::NOT_FOUND, ..missing("customer", name, "id") }
            }
            Self::NoSource(name) => missing("source", name, "source"),
            Self::NoToken(name) => missing("token", name, "source"),
            Self::NoSuchToken(name) => {
                Said { status: StatusCode::NOT_FOUND, ..missing("token", name, "token") }
            }
            Self::TooOften { .. } => {
                let status = StatusCode::TOO_MANY_REQUESTS;
                let message = "Too many tokens were asked for. Wait before the next.";
                Said::of(status, INVALID_REQUEST, message).coded("rate_limit", None)
            }
            Self::TokenUsed(name) => {
                let name = name.as_str();
                bad(format!("You cannot use a Stripe token more than once: {name}.").into())
                    .coded("token_already_used", None)
            }
            Self::Required(words) => bad(words.english.into()),
            Self::NumberSent => bad("Card numbers must not be sent to this API.".into()),
            Self::NoCardYet => bad("The organization has no payment method yet.".into()),
            Self::NoPayment => Said::of(
                StatusCode::NOT_FOUND,
                INVALID_REQUEST,
                "The organization has no such payment method.",
            ),
            Self::NoOrg => {
                Said::of(StatusCode::NOT_FOUND, INVALID_REQUEST, "There is no such organization.")
            }
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.said().status
    }

    /// The same for whoever speaks of categories.
    pub(crate) fn reason(&self) -> Reason {
        let Said { status, message, .. } = self.said();
        let category = match status {
            StatusCode::NOT_FOUND => Category::NotFound,
            StatusCode::TOO_MANY_REQUESTS => Category::Limit,
            _ => Category::Rule,
        };
        Reason::whole(category, message)
    }
}

/// A failure in Stripe's words, with the status that it has otherwise where Stripe has none.
pub(crate) fn said(failure: &Failure, reasons: &[Reason], status: StatusCode) -> Said {
    match failure {
        Failure::Stripe(fault) => fault.said(),
        Failure::Refused(refusal) => refused(*refusal, status),
        _ => {
            let kind = if status.is_server_error() { API } else { INVALID_REQUEST };
            let message = reasons.first().map(|reason| reason.message.clone()).unwrap_or_default();
            Said::of(status, kind, message)
        }
    }
}

fn refused(refusal: Refusal, status: StatusCode) -> Said {
    match refusal {
        Refusal::Declined(decline) => declined(decline),
        Refusal::SecurityCodeLength => CardFault::Code.said(),
        Refusal::BrandMismatch => CardFault::Number.said(),
        Refusal::Expired => CardFault::Year.said(),
        Refusal::GatewayUnknown => {
            Said::of(StatusCode::INTERNAL_SERVER_ERROR, API, sentence(refusal))
        }
        Refusal::CardNotFound | Refusal::AccountNotFound | Refusal::NotOfAccount => {
            Said::of(StatusCode::NOT_FOUND, INVALID_REQUEST, sentence(refusal))
                .coded("resource_missing", None)
        }
        Refusal::TokenUsed => Said::of(StatusCode::BAD_REQUEST, INVALID_REQUEST, sentence(refusal))
            .coded("token_already_used", None),
        other => Said::of(status, INVALID_REQUEST, sentence(other)),
    }
}

fn sentence(refusal: Refusal) -> String {
    crate::refusals::reason(refusal).message
}

fn declined(decline: Decline) -> Said {
    let said = |message: &'static str| Said::of(StatusCode::PAYMENT_REQUIRED, CARD, message);
    let plain = |decline_code, message| Said {
        decline_code: Some(decline_code),
        ..said(message).coded("card_declined", None)
    };
    match decline {
        Decline::DoNotHonor => plain("do_not_honor", "Your card was declined."),
        Decline::LostOrStolen => plain("lost_card", "Your card was declined."),
        Decline::InsufficientFunds => {
            plain("insufficient_funds", "Your card has insufficient funds.")
        }
        Decline::IncorrectSecurityCode => {
            said("Your card's security code is incorrect.").coded("incorrect_cvc", Some("cvc"))
        }
        Decline::ExpiredCard => {
            said("Your card has expired.").coded("expired_card", Some("exp_month"))
        }
        Decline::ProcessingError => {
            said("An error occurred while processing your card. Try again in a little bit.")
                .coded("processing_error", None)
        }
    }
}
