//! Zuora's eight-digit codes: entry, object, field and category in one number.

use axum::http::StatusCode;

/// What kind of mistake was made; the last two digits of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Category {
    /// The caller may not do this.
    Permission = 10,
    /// The caller did not prove who it is.
    Authentication = 11,
    /// A value is not of the form that is asked for.
    InvalidValue = 20,
    /// A field is unknown.
    UnknownField = 21,
    /// A field is missing.
    MissingField = 22,
    /// A parameter of a query is wrong.
    InvalidQuery = 27,
    /// A rule forbids it.
    Rule = 30,
    /// It does not exist.
    NotFound = 40,
    /// This cannot be asked for here.
    Unsupported = 45,
    /// Somebody else was faster, again and again.
    Contention = 50,
    /// We failed.
    Internal = 60,
    /// We failed, and it may pass.
    Temporary = 61,
    /// Too much at once.
    Limit = 70,
    /// The body is not JSON.
    Malformed = 90,
    /// A system behind us failed.
    Integration = 99,
}

impl Category {
    /// The status with which callers of a dated API version learn of it.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Permission => StatusCode::FORBIDDEN,
            Self::Authentication => StatusCode::UNAUTHORIZED,
            Self::InvalidValue
            | Self::UnknownField
            | Self::MissingField
            | Self::InvalidQuery
            | Self::Rule
            | Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Unsupported => StatusCode::METHOD_NOT_ALLOWED,
            Self::Contention => StatusCode::CONFLICT,
            Self::Limit => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal | Self::Temporary | Self::Integration => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }
}

/// The object that a code is about: which operation was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ObjectCode(pub(crate) u16);

impl ObjectCode {
    /// Requests without a body, and all that never reached an operation.
    pub(crate) const NONE: Self = Self(0);
    /// `POST /v1/accounts`.
    pub(crate) const POST_ACCOUNT: Self = Self(100);
    /// `creditCard` of `POST /v1/accounts`.
    const POST_ACCOUNT_CARD: Self = Self(102);
    /// `creditCard.cardHolderInfo` of `POST /v1/accounts`.
    const POST_ACCOUNT_HOLDER: Self = Self(103);
    /// `PUT /v1/accounts/{key}`.
    pub(crate) const PUT_ACCOUNT: Self = Self(150);
    /// `POST /v1/payment-methods/credit-cards` and `POST /v1/payment-methods`.
    pub(crate) const POST_PAYMENT_METHOD: Self = Self(200);
    /// `PUT /v1/payment-methods/credit-cards/{id}` and what else changes a payment method.
    pub(crate) const PUT_PAYMENT_METHOD: Self = Self(250);

    /// The object that a field is counted in, and the two digits by which it is known there; 00 for
    /// those that Zuora has no number for.
    fn place(self, field: &str) -> (Self, u8) {
        // What a refusal says of a card has the path that it has on an account.
        let of_card = field.strip_prefix("creditCard.");
        let of_holder = of_card.and_then(|field| field.strip_prefix("cardHolderInfo."));
        let (object, fields, name): (_, &[&str], _) = match self {
            Self::POST_ACCOUNT => match (of_holder, of_card) {
                (Some(name), _) => (Self::POST_ACCOUNT_HOLDER, &HOLDER_FIELDS, name),
                (None, Some(name)) => (Self::POST_ACCOUNT_CARD, &CARD_FIELDS, name),
                (None, None) => return (self, 0),
            },
            // A field inside an object is counted as the object, except on the PUT, where Zuora's own
            // numbers are those of the inner fields.
            Self::POST_PAYMENT_METHOD => {
                let outer = of_card.unwrap_or(field).split('.').next().unwrap_or_default();
                (self, &POST_FIELDS, alias(outer))
            }
            Self::PUT_PAYMENT_METHOD => {
                (self, &PUT_FIELDS, field.rsplit('.').next().unwrap_or_default())
            }
            _ => return (self, 0),
        };
        let place = fields.iter().position(|known| *known == name);
        (object, place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or(0))
    }
}

/// Fields of `POSTAccountCreditCard`, in the order of their numbers from 01.
const CARD_FIELDS: [&str; 6] = [
    "cardType",
    "cardNumber",
    "expirationMonth",
    "expirationYear",
    "securityCode",
    "cardHolderInfo",
];

/// Fields of `POSTAccountCreditCardHolderInfo`, in the order of their numbers from 01.
const HOLDER_FIELDS: [&str; 9] = [
    "cardHolderName",
    "addressLine1",
    "addressLine2",
    "city",
    "state",
    "zipCode",
    "country",
    "phone",
    "email",
];

/// Fields of `POSTPaymentMethod`, in the order of their numbers from 01.
const POST_FIELDS: [&str; 8] = [
    "accountKey",
    "creditCardType",
    "creditCardNumber",
    "expirationMonth",
    "expirationYear",
    "securityCode",
    "defaultPaymentMethod",
    "cardHolderInfo",
];

/// Fields of `PUTPaymentMethod`, in the order of their numbers from 01.
const PUT_FIELDS: [&str; 13] = [
    "expirationMonth",
    "expirationYear",
    "defaultPaymentMethod",
    "cardHolderName",
    "addressLine1",
    "addressLine2",
    "city",
    "state",
    "zipCode",
    "country",
    "securityCode",
    "phone",
    "email",
];

/// The newer `POST` calls three fields otherwise; they are the same fields.
fn alias(field: &str) -> &str {
    match field {
        "cardType" => "creditCardType",
        "cardNumber" => "creditCardNumber",
        "makeDefault" => "defaultPaymentMethod",
        other => other,
    }
}

/// The eight digits of what is wrong with a field, or with the whole object if the field is empty.
pub(crate) fn eight_digits(object: ObjectCode, field: &str, category: Category) -> u32 {
    const REST: u32 = 5;
    let (object, field) = object.place(field);
    REST * 10_000_000 + u32::from(object.0) * 10_000 + u32::from(field) * 100 + category as u32
}

/// What Zuora says to callers that it does not know.
pub(crate) const NOT_SIGNED_IN: u32 = 90_000_011;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_made_of_entry_object_field_and_category() {
        let put = ObjectCode::PUT_PAYMENT_METHOD;
        let code = |field, category| eight_digits(put, field, category);
        assert_eq!(code("expirationMonth", Category::InvalidValue), 52_500_120);
        assert_eq!(code("country", Category::InvalidValue), 52_501_020);
        assert_eq!(code("securityCode", Category::MissingField), 52_501_122);
        assert_eq!(code("", Category::NotFound), 52_500_040);
        assert_eq!(code("numConsecutiveFailures", Category::InvalidValue), 52_500_020);
        assert_eq!(eight_digits(ObjectCode::NONE, "", Category::NotFound), 50_000_040);
    }

    #[test]
    fn inner_fields_of_a_create_are_counted_as_their_object() {
        let post = ObjectCode::POST_PAYMENT_METHOD;
        assert_eq!(post.place("cardHolderInfo.city"), (post, 8));
        assert_eq!(post.place("cardNumber"), (post, 3));
        assert_eq!(post.place("creditCardNumber"), (post, 3));
    }

    #[test]
    fn what_a_refusal_is_about_has_its_number_everywhere() {
        let place = |object: ObjectCode, field| {
            let (ObjectCode(object), number) = object.place(field);
            (object, number)
        };
        let state = "creditCard.cardHolderInfo.state";
        assert_eq!(place(ObjectCode::POST_PAYMENT_METHOD, state), (200, 8));
        assert_eq!(place(ObjectCode::PUT_PAYMENT_METHOD, state), (250, 8));
        assert_eq!(place(ObjectCode::POST_ACCOUNT, state), (103, 5));
        let code = "creditCard.securityCode";
        assert_eq!(place(ObjectCode::POST_PAYMENT_METHOD, code), (200, 6));
        assert_eq!(place(ObjectCode::PUT_PAYMENT_METHOD, code), (250, 11));
        assert_eq!(place(ObjectCode::POST_ACCOUNT, code), (102, 5));
        assert_eq!(place(ObjectCode::POST_ACCOUNT, "securityCode"), (100, 0));
        assert_eq!(place(ObjectCode::PUT_ACCOUNT, code), (150, 0));
    }
}
