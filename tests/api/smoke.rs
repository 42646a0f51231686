//! The shortest way through: a card is put on file, changed and shown.

use cardfile_tests::{
    app::{App, Database},
    cards, served,
    suite::Case,
    wired,
    wired::Wired,
};
use serde_json::json;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = served![a_card_is_put_on_file];
    cases.extend(wired![a_wired_card_is_put_on_file]);
    cases
}

async fn a_card_is_put_on_file(app: App) {
    let id = app.create(&cards::bare()).await;
    let shown = app.shown(&id).await;
    assert_eq!(shown["cardNumber"], json!("************1111"));
}

async fn a_wired_card_is_put_on_file(database: Database) {
    let wired = Wired::new(database).await;
    let reply = wired.client.post("/v1/payment-methods").json(&cards::bare()).await;
    reply.ok();
}
