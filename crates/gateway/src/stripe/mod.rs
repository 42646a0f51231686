//! Stripe, through the small part of its API that is about cards.
//!
//! A number that is kept here is verified in three steps: a token is made of the number and the code,
//! which asks nobody; a customer is made for this purpose only; the token is attached to the customer,
//! and that is when Stripe asks the issuer. Then the customer is removed. Each step has an idempotency
//! key of its own, made from the reference of the question, so a step that is repeated has one effect.
//!
//! Only the third step can leave a question open, and the token stands for number and code there. So
//! what became of it can be found out later without either: the customer is looked up, and if it has no
//! card the third step is repeated under its key, which gives the answer of the first time or is the
//! first time.
//!
//! The API is old and small, and answers differ in what they leave out. So they are read with
//! tolerance: numbers may be texts, and everything may be missing that is not needed.

mod answer;
mod client;
mod form;
mod keeper;
mod verify;

use std::time::Duration;

use zeroize::Zeroizing;

use self::client::Client;

/// The version of the API that is asked for where none is configured: the one whose answers the
/// `Stripe_Back` dialect passes on.
pub const API_VERSION_DEFAULT: &str = "2022-11-15";
/// Where Stripe is.
pub const BASE_URL_DEFAULT: &str = "https://api.stripe.com";

/// How to reach Stripe.
pub struct StripeSettings {
    /// Where it is, without a path.
    pub base_url: String,
    /// The secret key.
    pub secret_key: Zeroizing<String>,
    /// The version of the API.
    pub api_version: String,
    /// How long one attempt at one call may take.
    pub attempt_within: Duration,
    /// How long a question may take in all.
    pub within: Duration,
    /// How often a call is repeated that may be repeated.
    pub retries: u32,
}

/// What is wrong with how Stripe is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StripeFault {
    /// The address is none.
    #[error("the base URL must be like https://api.stripe.com")]
    BaseUrl,
    /// The address is not encrypted and leads to another machine.
    #[error("the base URL must begin with https:// unless it is on this machine")]
    Unencrypted,
    /// The key cannot be sent.
    #[error("the secret key must be one word such as sk_live_…")]
    SecretKey,
    /// The version cannot be sent.
    #[error("the API version must be a date such as 2022-11-15")]
    ApiVersion,
}

/// A gateway that is an account at Stripe.
pub struct Stripe {
    client: Client,
    within: Duration,
}

impl Stripe {
    /// A gateway that has not been asked anything yet.
    pub fn new(settings: &StripeSettings) -> Result<Self, StripeFault> {
        Ok(Self { client: Client::new(settings)?, within: settings.within })
    }
}
