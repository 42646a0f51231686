//! `PUT /v1/payment-methods/credit-cards/{id}`: the call that the product is for, field by field.

mod clearing;
mod code_rule;
mod custom_fields;
mod fields;
mod numbers;
mod refusals;
mod sample;

use cardfile_tests::{
    app::{App, seed_path},
    message::Reply,
    suite::Case,
};
use serde_json::Value;

pub(crate) fn cases() -> Vec<Case> {
    [
        clearing::cases(),
        code_rule::cases(),
        custom_fields::cases(),
        fields::cases(),
        numbers::cases(),
        refusals::cases(),
        sample::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Updates a card.
async fn put(app: &App, card: &str, body: &Value) -> Reply {
    app.client.put(seed_path(card)).json(body).await
}
