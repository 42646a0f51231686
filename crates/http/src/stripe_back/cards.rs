//! `/api/cards`: a card becomes a token, a token becomes a customer's, and one is the default.

use axum::{extract::RawPathParams, http::StatusCode, response::Response};
use cardfile_domain::refusal::Refusal;
use cardfile_service::Source;
use serde_json::{Value, json};

use super::{
    Language, done,
    fields::Fields,
    words::{self, Message},
};
use crate::{
    UseCases,
    failure::Failure,
    layers::Entered,
    reply,
    stripe::{
        customer::{cards, customer},
        entry::read_entry,
        fault::StripeFault,
        names::{card_name, customer_name, echoed, find_customer},
        page::{Paging, card_of, cards_page},
        view::{brand, last4},
    },
};

/// `POST /api/cards/create`.
pub(crate) async fn create(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.require(&["number", "exp_month", "exp_year", "cvc"], &words::CARD)?;
    let entry = read_entry(&fields, service.now())?;
    let filed = service.create_token(&caller, entry).await?;
    let card = &filed.card;
    let data = json!({
        "token_id": Source::Ours { card: card.id, as_token: true }.to_string(),
        "card_id": card_name(card),
        "card_brand": brand(card.card_type),
        "card_last4": last4(card),
    });
    Ok(done(StatusCode::CREATED, language, Message::CardCreated, &data))
}

/// `POST /api/cards/assign`.
pub(crate) async fn assign(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.require(&["userId", "source"], &words::SOURCE)?;
    let account = find_customer(&service, &caller, fields.text("userId")).await?;
    let name = fields.text("source");
    let Ok(source) = name.parse::<Source>();
    let attached = service.attach_source(&caller, &account.name.key, &source).await;
    let card = attached.map_err(|failure| of_token(failure, name))?.card;
    let data = json!({
        "cardId": card_name(&card),
        "brand": brand(card.card_type),
        "last4": last4(&card),
    });
    Ok(done(StatusCode::OK, language, Message::CardAssigned, &data))
}

/// What is wrong with a token, by its name.
pub(crate) fn of_token(failure: cardfile_service::Failure, name: &str) -> Failure {
    let name = || echoed(name);
    match failure {
        cardfile_service::Failure::Refused(Refusal::CardNotFound) => {
            Failure::Stripe(StripeFault::NoToken(name()))
        }
        cardfile_service::Failure::Refused(Refusal::TokenUsed) => {
            Failure::Stripe(StripeFault::TokenUsed(name()))
        }
        failure => failure.into(),
    }
}

/// `POST /api/cards/default`.
pub(crate) async fn set_default(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.require(&["userId", "default_source"], &words::DEFAULT_SOURCE)?;
    let account = find_customer(&service, &caller, fields.text("userId")).await?;
    let name = fields.text("default_source");
    if !["card_", "src_"].iter().any(|prefix| name.starts_with(prefix)) {
        return Err(Failure::Stripe(StripeFault::NoSource(echoed(name))));
    }
    let card = card_of(&service, &caller, &account, name).await?;
    service.choose_source(&caller, &account, &card).await?;
    let account = service.find_account(&caller, &account.name.key).await?;
    let data = customer(&service, &caller, &account).await?;
    Ok(done(StatusCode::OK, language, Message::DefaultSet, &data))
}

/// `GET /api/cards/{id}`: the cards of a customer.
pub(crate) async fn list(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    params: RawPathParams,
    paging: Paging,
) -> Result<Response, Failure> {
    let name = params.iter().next().map(|(_, value)| value).unwrap_or_default();
    let account = find_customer(&service, &caller, name).await?;
    let page = cards_page(&service, &caller, &account, &paging).await?;
    let data: Vec<Value> = cards(&page, &customer_name(&account));
    let message = Message::CardsListed.words().in_language(language);
    Ok(reply::ok(&json!({
        "status": true,
        "message": message,
        "data": data,
        "has_more": page.has_more,
    })))
}
