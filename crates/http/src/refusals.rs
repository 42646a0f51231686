//! What the business's refusals are called on the wire.

use cardfile_domain::refusal::Refusal;

use crate::{code::Category as C, respond::Reason};

/// The field, the category and the sentence of a refusal.
///
/// A field of a card has the path that it has on an account, which is the longest that it has.
pub(crate) fn reason(refusal: Refusal) -> Reason {
    let rule = |sentence: &str| Reason::whole(C::Rule, sentence);
    match refusal {
        Refusal::CardNotFound => Reason::whole(C::NotFound, "Cannot find the payment method."),
        Refusal::AccountNotFound => Reason::whole(C::NotFound, "Cannot find the account."),
        Refusal::AccountExists => {
            Reason::field("accountNumber", C::Rule, "The account number is already in use.")
        }
        Refusal::SecurityCodeRequired => Reason::field(
            "securityCode",
            C::MissingField,
            "'securityCode' is required when expirationMonth, expirationYear or cardHolderName \
             changes.",
        ),
        Refusal::SecurityCodeLength => Reason::field(
            "creditCard.securityCode",
            C::InvalidValue,
            "'securityCode' must have 3 digits, or 3 or 4 for AmericanExpress.",
        ),
        Refusal::Expired => Reason::whole(C::Rule, "Expiration date must be a future date."),
        Refusal::BrandMismatch => Reason::field(
            "creditCard.cardNumber",
            C::Rule,
            "The card number does not belong to the card type.",
        ),
        Refusal::UnknownState => Reason::field(
            "creditCard.cardHolderInfo.state",
            C::InvalidValue,
            "'state' must be a state or province of the country, by its name or its code.",
        ),
        Refusal::Duplicate => Reason::whole(
            C::Rule,
            "The account already has an active payment method like this one.",
        ),
        Refusal::IsDefault => Reason::whole(
            C::Rule,
            "The default payment method cannot be deleted. Make another one the default first.",
        ),
        Refusal::Scrubbed => rule("The payment method was scrubbed and cannot be used any more."),
        Refusal::Closed => Reason::whole(C::Rule, "A closed payment method cannot be the default."),
        Refusal::AlreadyAttached => {
            Reason::field("accountKey", C::Rule, "The payment method already has an account.")
        }
        Refusal::NotOfAccount => Reason::field(
            "defaultPaymentMethodId",
            C::Rule,
            "The payment method does not belong to this account.",
        ),
        Refusal::DefaultRetryRule => Reason::whole(
            C::Rule,
            "paymentRetryWindow and maxConsecutivePaymentFailures need useDefaultRetryRule to be \
             false.",
        ),
        Refusal::TooManyCustomFields => {
            Reason::whole(C::InvalidValue, "A payment method has at most 50 custom fields.")
        }
        Refusal::DetailsTooLarge => {
            Reason::whole(C::InvalidValue, "The account's fields are too large to be kept.")
        }
        // A decline is an answer, not a failure: trying again would only annoy the issuer.
        Refusal::Declined(decline) => Reason::whole(
            C::Rule,
            format!("Transaction declined.{} - The card was declined.", decline.as_str()),
        ),
        Refusal::GatewayUnknown => Reason::whole(
            C::Integration,
            "The gateway did not answer in time; it is not known what became of the request.",
        ),
        Refusal::KeyReused => rule("The Idempotency-Key was used for another request."),
    }
}
