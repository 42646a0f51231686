//! What CRUD and Actions call a mistake: a word, and a sentence.

use std::borrow::Cow;

use cardfile_domain::refusal::Refusal;
use serde::Serialize;

use crate::{
    code::Category,
    failure::Failure,
    respond::{self, Reason},
    zoql,
};

/// The words that Zuora's older interfaces have for mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Word {
    /// The item could not be deleted.
    CannotDelete,
    /// Something is there already.
    DuplicateValue,
    /// The object has no such field, or it may not be used here.
    InvalidField,
    /// Nothing has this id.
    InvalidId,
    /// Objects of this type are not kept here.
    InvalidType,
    /// A value is wrong.
    InvalidValue,
    /// Others work on the same thing; it may be tried again.
    LockCompetition,
    /// The query is not ZOQL.
    MalformedQuery,
    /// There are more objects than one call may have.
    MaxRecordsExceeded,
    /// A value is missing.
    MissingRequiredValue,
    /// The client may not do this.
    NoPermission,
    /// Too much at once; it may be tried again.
    RequestExceededLimit,
    /// The gateway declined.
    TransactionFailed,
    /// Nobody knows, or it is our fault.
    UnknownError,
}

/// A mistake as the wire has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ObjectError {
    /// What kind of mistake it is.
    pub(crate) code: Word,
    /// What is wrong, in a sentence that holds no input.
    pub(crate) message: Cow<'static, str>,
}

impl ObjectError {
    pub(crate) fn new(code: Word, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into() }
    }

    /// Nothing has the id of an object to be changed or deleted.
    pub(crate) fn invalid_id(verb: &str) -> Self {
        Self::new(Word::InvalidId, format!("invalid id for {verb}"))
    }
}

impl From<ObjectError> for Failure {
    fn from(error: ObjectError) -> Self {
        Self::Object(error)
    }
}

impl From<zoql::Fault> for Failure {
    fn from(fault: zoql::Fault) -> Self {
        Self::Object(match fault {
            zoql::Fault::Malformed(why) => ObjectError::new(
                Word::MalformedQuery,
                format!("You have an error in your ZOQL syntax: {why}."),
            ),
            zoql::Fault::UnknownField(name) => ObjectError::new(
                Word::InvalidField,
                format!("invalid field for query: PaymentMethod.{name}"),
            ),
            zoql::Fault::UnknownObject => ObjectError::new(
                Word::InvalidType,
                "invalid type for query: only PaymentMethod can be queried here",
            ),
        })
    }
}

/// Everything that is wrong, with at least one entry.
pub(crate) fn errors_of(failure: &Failure) -> Vec<ObjectError> {
    match failure {
        Failure::Object(error) => vec![error.clone()],
        Failure::UnsupportedType => vec![ObjectError::new(
            Word::InvalidType,
            "'Type' must be CreditCard: other payment methods are not kept here",
        )],
        Failure::Refused(refusal) => vec![refused(*refusal)],
        other => respond::reasons(other)
            .into_iter()
            .map(|reason| ObjectError::new(word(other, &reason), reason.message))
            .collect(),
    }
}

fn word(failure: &Failure, reason: &Reason) -> Word {
    match (failure, reason.category) {
        (Failure::NoRoute, _) => Word::InvalidType,
        (Failure::NotFound(_), _) => Word::InvalidId,
        (Failure::KeyInUse, _) | (_, Category::Contention) => Word::LockCompetition,
        (_, Category::MissingField) => Word::MissingRequiredValue,
        (_, Category::UnknownField) => Word::InvalidField,
        (_, Category::Permission | Category::Authentication) => Word::NoPermission,
        (Failure::Busy, _) => Word::RequestExceededLimit,
        (_, Category::InvalidQuery) => Word::MalformedQuery,
        (_, Category::Internal | Category::Temporary | Category::Integration) => Word::UnknownError,
        (
            _,
            Category::InvalidValue
            | Category::Rule
            | Category::NotFound
            | Category::Unsupported
            | Category::Limit
            | Category::Malformed,
        ) => Word::InvalidValue,
    }
}

/// A refusal, with the names that fields have here.
fn refused(refusal: Refusal) -> ObjectError {
    let code = match refusal {
        Refusal::CardNotFound | Refusal::AccountNotFound => Word::InvalidId,
        Refusal::AccountExists | Refusal::Duplicate => Word::DuplicateValue,
        Refusal::IsDefault => Word::CannotDelete,
        Refusal::SecurityCodeRequired => Word::MissingRequiredValue,
        Refusal::Declined(_) => Word::TransactionFailed,
        Refusal::GatewayUnknown | Refusal::GatewayAway => Word::UnknownError,
        Refusal::SecurityCodeLength
        | Refusal::Expired
        | Refusal::BrandMismatch
        | Refusal::TestNumber
        | Refusal::NotATestNumber
        | Refusal::NoGateway
        | Refusal::UnknownState
        | Refusal::Scrubbed
        | Refusal::NumberElsewhere
        | Refusal::NameTaken
        | Refusal::NothingToReplace
        | Refusal::AlreadyReplaced
        | Refusal::OtherOutcome
        | Refusal::Closed
        | Refusal::AlreadyAttached
        | Refusal::TokenUsed
        | Refusal::NotOfAccount
        | Refusal::DefaultRetryRule
        | Refusal::TooManyCustomFields
        | Refusal::DetailsTooLarge
        | Refusal::KeyReused => Word::InvalidValue,
    };
    let message: Cow<'static, str> = match refusal {
        Refusal::SecurityCodeLength => {
            "'CreditCardSecurityCode' must have 3 digits, or 3 or 4 for AmericanExpress.".into()
        }
        Refusal::UnknownState => {
            "'CreditCardState' must be a state or province of the country, by its name or its code."
                .into()
        }
        Refusal::DefaultRetryRule => {
            "PaymentRetryWindow and MaxConsecutivePaymentFailures need UseDefaultRetryRule to be \
             false."
                .into()
        }
        other => crate::refusals::reason(other).message.into(),
    };
    ObjectError { code, message }
}

#[cfg(test)]
mod tests {
    use cardfile_domain::refusal::Decline;

    use super::*;
    use crate::failure::Violation;

    #[test]
    fn words_are_written_as_zuora_writes_them() {
        let error = ObjectError::invalid_id("update");
        let json = serde_json::to_value(&error).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"Code": "INVALID_ID", "Message": "invalid id for update"})
        );
    }

    #[test]
    fn every_wrong_field_is_one_error_and_missing_ones_are_called_so() {
        let wrong = |field: &str, message: &'static str, missing| Violation {
            field: field.to_owned(),
            message: message.into(),
            missing,
        };
        let failure = Failure::Invalid(vec![
            wrong("CreditCardCity", "must be a string", false),
            wrong("Type", "is required", true),
        ]);
        assert_eq!(
            errors_of(&failure),
            [
                ObjectError::new(Word::InvalidValue, "'CreditCardCity' must be a string"),
                ObjectError::new(Word::MissingRequiredValue, "'Type' is required"),
            ]
        );
    }

    #[test]
    fn refusals_have_words_of_their_own() {
        for (refusal, code) in [
            (Refusal::Declined(Decline::DoNotHonor), Word::TransactionFailed),
            (Refusal::IsDefault, Word::CannotDelete),
            (Refusal::Duplicate, Word::DuplicateValue),
            (Refusal::CardNotFound, Word::InvalidId),
            (Refusal::Expired, Word::InvalidValue),
        ] {
            assert_eq!(errors_of(&Failure::Refused(refusal))[0].code, code, "{refusal:?}");
        }
        let declined = errors_of(&Failure::Refused(Refusal::Declined(Decline::DoNotHonor)));
        assert_eq!(
            declined[0].message,
            "Transaction declined.do_not_honor - The card was declined."
        );
    }
}
