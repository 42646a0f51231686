//! What the business's refusals are called on the wire.

use std::borrow::Cow;

use cardfile_domain::refusal::Refusal;

use crate::{code::Category as C, respond::Reason};

/// No field: the mistake is the whole object's.
const WHOLE: &str = "";

/// The field, the category and the sentence of a refusal.
///
/// A field of a card has the path that it has on an account, which is the longest that it has.
pub(crate) fn reason(refusal: Refusal) -> Reason {
    let (field, category) = place(refusal);
    Reason { field: field.to_owned(), category, message: sentence(refusal).into_owned() }
}

fn place(refusal: Refusal) -> (&'static str, C) {
    match refusal {
        Refusal::CardNotFound | Refusal::AccountNotFound => (WHOLE, C::NotFound),
        Refusal::AccountExists => ("accountNumber", C::Rule),
        Refusal::SecurityCodeRequired => ("securityCode", C::MissingField),
        Refusal::SecurityCodeLength => ("creditCard.securityCode", C::InvalidValue),
        Refusal::BrandMismatch | Refusal::TestNumber | Refusal::NotATestNumber => {
            ("creditCard.cardNumber", C::Rule)
        }
        Refusal::UnknownState => ("creditCard.cardHolderInfo.state", C::InvalidValue),
        Refusal::AlreadyAttached => ("accountKey", C::Rule),
        Refusal::NotOfAccount => ("defaultPaymentMethodId", C::Rule),
        Refusal::NothingToReplace => ("replaces", C::Rule),
        Refusal::TooManyCustomFields | Refusal::DetailsTooLarge => (WHOLE, C::InvalidValue),
        Refusal::GatewayUnknown => (WHOLE, C::Integration),
        Refusal::GatewayAway => (WHOLE, C::Temporary),
        // A decline is an answer, not a failure: trying again would only annoy the issuer.
        Refusal::Declined(_)
        | Refusal::Expired
        | Refusal::Duplicate
        | Refusal::TokenUsed
        | Refusal::IsDefault
        | Refusal::NumberElsewhere
        | Refusal::NameTaken
        | Refusal::AlreadyReplaced
        | Refusal::OtherOutcome
        | Refusal::Scrubbed
        | Refusal::Closed
        | Refusal::DefaultRetryRule
        | Refusal::NoGateway
        | Refusal::KeyReused => (WHOLE, C::Rule),
    }
}

fn sentence(refusal: Refusal) -> Cow<'static, str> {
    Cow::Borrowed(match refusal {
        Refusal::CardNotFound => "Cannot find the payment method.",
        Refusal::AccountNotFound => "Cannot find the account.",
        Refusal::AccountExists => "The account number is already in use.",
        Refusal::SecurityCodeRequired => {
            "'securityCode' is required when expirationMonth, expirationYear or cardHolderName \
             changes."
        }
        Refusal::SecurityCodeLength => {
            "'securityCode' must have 3 digits, or 3 or 4 for AmericanExpress."
        }
        Refusal::Expired => "Expiration date must be a future date.",
        Refusal::BrandMismatch => "The card number does not belong to the card type.",
        Refusal::UnknownState => {
            "'state' must be a state or province of the country, by its name or its code."
        }
        Refusal::TestNumber => {
            "The card number is a published test number; this server is for real cards. Start one \
             with --sandbox to try things out."
        }
        Refusal::NotATestNumber => {
            "The card number is not a published test number, and this server is a sandbox: it \
             keeps no real cards."
        }
        Refusal::NoGateway => {
            "No gateway is configured for this entity, so nobody can verify a card. Leave the \
             security code out, or have a gateway configured."
        }
        Refusal::Duplicate => "The account already has an active payment method like this one.",
        Refusal::IsDefault => {
            "The default payment method cannot be deleted. Make another one the default first."
        }
        Refusal::Scrubbed => "The payment method was scrubbed and cannot be used any more.",
        Refusal::NumberElsewhere => {
            "The gateway keeps the card's number: make tokens there, and give it no security code \
             here."
        }
        Refusal::Closed => "A closed payment method cannot be the default.",
        Refusal::NameTaken => "Another payment method has the same name.",
        Refusal::NothingToReplace => "The account has no such payment method to replace.",
        Refusal::AlreadyReplaced => "The payment method was replaced by another before.",
        Refusal::OtherOutcome => "Another outcome of the same payment was told before.",
        Refusal::AlreadyAttached => "The payment method already has an account.",
        Refusal::TokenUsed => "The token was used before.",
        Refusal::NotOfAccount => "The payment method does not belong to this account.",
        Refusal::DefaultRetryRule => {
            "paymentRetryWindow and maxConsecutivePaymentFailures need useDefaultRetryRule to be \
             false."
        }
        Refusal::TooManyCustomFields => "A payment method has at most 50 custom fields.",
        Refusal::DetailsTooLarge => "The account's fields are too large to be kept.",
        Refusal::Declined(decline) => {
            let name = decline.as_str();
            return Cow::Owned(format!("Transaction declined.{name} - The card was declined."));
        }
        Refusal::GatewayUnknown => {
            "The gateway did not answer in time; it is not known yet what became of the request. \
             Nothing was changed. Send the same request again later, not a new one: it is then \
             told what became of it, and not verified twice."
        }
        Refusal::GatewayAway => {
            "The gateway cannot be reached. Nobody was asked and nothing was changed. Try again."
        }
        Refusal::KeyReused => "The Idempotency-Key was used for another request.",
    })
}
