//! Cards to send: published test numbers, and expiry dates that are always to come.

use serde_json::{Value, json};

use crate::wired;

/// Visa.
pub const VISA: &str = "4111111111111111";
/// Another Visa.
pub const VISA_2: &str = "4242424242424242";
/// `MasterCard`.
pub const MASTERCARD: &str = "5555555555554444";
/// American Express, whose security code has four digits.
pub const AMEX: &str = "378282246310005";
/// Discover.
pub const DISCOVER: &str = "6011111111111117";
/// JCB.
pub const JCB: &str = "3530111333300000";
/// Diners, with fourteen digits.
pub const DINERS: &str = "30569309025904";
/// The sandbox declines it.
pub const DECLINED: &str = "4000000000000002";
/// The sandbox declines it for want of money.
pub const NO_FUNDS: &str = "4000000000009995";
/// The sandbox declines any security code with it, and approves it without one.
pub const WRONG_CODE: &str = "4000000000000127";
/// The sandbox does not answer in time.
pub const NO_ANSWER: &str = "4000000000000408";

/// The sandbox approves it, and loses the answer.
pub const LOST_APPROVAL: &str = "4000000000000499";
/// The sandbox declines it, and loses the answer.
pub const LOST_DECLINE: &str = "4000000000000598";

/// Every number that tests send; none of them may ever come back.
pub const NUMBERS: [&str; 18] = [
    VISA,
    VISA_2,
    MASTERCARD,
    AMEX,
    DISCOVER,
    JCB,
    DINERS,
    DECLINED,
    NO_FUNDS,
    WRONG_CODE,
    NO_ANSWER,
    LOST_APPROVAL,
    LOST_DECLINE,
    "4222222222222",
    "6304000000000000",
    "6759649826438453",
    "6212345678901232",
    "4000056655665556",
];

/// A year that is far enough away, seen from today.
pub fn year() -> i64 {
    wired::this_year() + 4
}

/// A year that is over.
pub fn past_year() -> i64 {
    wired::this_year() - 1
}

/// The body of a `POST /v1/payment-methods` with no more than it must have.
pub fn bare() -> Value {
    json!({
        "type": "CreditCard",
        "cardType": "Visa",
        "cardNumber": VISA,
        "expirationMonth": 8,
        "expirationYear": year(),
        "cardHolderInfo": {"cardHolderName": "Leo"},
    })
}

/// The same for an account.
pub fn of_account(account: &str) -> Value {
    with(bare(), &json!({"accountKey": account}))
}

/// The body of a `POST /v1/payment-methods/credit-cards` with no more than it must have.
pub fn older(account: &str) -> Value {
    json!({
        "accountKey": account,
        "creditCardType": "Visa",
        "creditCardNumber": VISA,
        "expirationMonth": 8,
        "expirationYear": year(),
        "cardHolderInfo": {"cardHolderName": "Leo"},
    })
}

/// A CRUD record, or an object of an action, with no more than it must have.
pub fn record(account: &str) -> Value {
    json!({
        "AccountId": account,
        "Type": "CreditCard",
        "CreditCardType": "Visa",
        "CreditCardNumber": VISA,
        "CreditCardExpirationMonth": 8,
        "CreditCardExpirationYear": year(),
        "CreditCardHolderName": "Leo",
    })
}

/// The first object with the fields of the second in place of its own.
pub fn with(mut body: Value, more: &Value) -> Value {
    let fields = body.as_object_mut().expect("a body is an object");
    for (name, value) in more.as_object().expect("fields come in an object") {
        fields.insert(name.clone(), value.clone());
    }
    body
}

/// The object without a field.
pub fn without(mut body: Value, name: &str) -> Value {
    body.as_object_mut().expect("a body is an object").remove(name);
    body
}
