//! What payments do to a card, told from outside.

mod counting;
mod kept;
mod lineage;
mod telling;

use cardfile_tests::{
    app::{App, card_path},
    call::Call,
    suite::Case,
    unique,
};
use serde_json::{Value, json};

pub(crate) fn cases() -> Vec<Case> {
    [counting::cases(), kept::cases(), lineage::cases(), telling::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// A payment that nobody has told of, at a second of a minute that is over.
fn failed(second: u8) -> Value {
    json!({
        "paymentId": format!("ch_{}", unique()), "result": "failed",
        "time": format!("2026-01-31T12:00:{second:02}Z"),
        "code": "card_declined", "message": "Your card was declined.",
    })
}

fn succeeded(second: u8) -> Value {
    json!({
        "paymentId": format!("ch_{}", unique()), "result": "succeeded",
        "time": format!("2026-01-31T12:00:{second:02}Z"),
    })
}

fn tell(app: &App, card: &str, outcome: &Value) -> Call {
    app.client.post(format!("{}/outcomes", card_path(card))).json(outcome)
}

/// Tells of payments one after the other.
async fn tell_all(app: &App, card: &str, outcomes: &[Value]) {
    for outcome in outcomes {
        tell(app, card, outcome).await.ok();
    }
}
