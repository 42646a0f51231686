//! A customer as Stripe shows it, in the generations of which somebody still speaks.

use cardfile_domain::account::Account;
use cardfile_service::{Caller, Service};
use serde_json::{Value, json};

use super::{
    names::{card_name, customer_name},
    page::{CardsPage, Paging, cards_page, count_cards},
    view,
};
use crate::failure::Failure;

/// A customer with `sources` and `default_source`.
pub(crate) async fn customer(
    service: &Service,
    caller: &Caller,
    account: &Account,
) -> Result<Value, Failure> {
    let page = cards_page(service, caller, account, &Paging::default()).await?;
    let default = default_name(service, caller, account, &page).await?;
    let id = customer_name(account);
    let detail = |name: &str| account.details.get(name).filter(|value| value.is_string());
    Ok(json!({
        "id": id,
        "object": "customer",
        "balance": 0,
        "created": account.created_at.as_second(),
        "currency": null,
        "default_source": default,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": detail("email"),
        // Nobody is charged here.
        "livemode": false,
        "metadata": {},
        "name": detail("name"),
        "phone": detail("phone"),
        "sources": {
            "object": "list",
            "data": cards(&page, &id),
            "has_more": page.has_more,
            "url": format!("/v1/customers/{id}/sources"),
        },
    }))
}

/// A customer with `cards` and `default_card`, as it was before 2015.
pub(crate) async fn customer_of_2014(
    service: &Service,
    caller: &Caller,
    account: &Account,
    paging: &Paging,
) -> Result<Value, Failure> {
    let page = cards_page(service, caller, account, paging).await?;
    let default = default_name(service, caller, account, &page).await?;
    let id = customer_name(account);
    let detail = |name: &str| account.details.get(name).filter(|value| value.is_string());
    let first = cards_page(service, caller, account, &Paging::default()).await?;
    Ok(json!({
        "object": "customer",
        "created": account.created_at.as_second(),
        "id": id,
        "livemode": false,
        "description": detail("description"),
        "email": detail("email"),
        "delinquent": false,
        "metadata": {},
        "subscriptions": {
            "object": "list",
            "total_count": 0,
            "has_more": false,
            "url": format!("/v1/customers/{id}/subscriptions"),
            "data": [],
        },
        "discount": null,
        "account_balance": 0,
        "currency": null,
        "cards": {
            "object": "list",
            "total_count": count_cards(service, account, &first).await?,
            "has_more": page.has_more,
            "url": format!("/v1/customers/{id}/cards"),
            "data": cards(&page, &id),
        },
        "default_card": default,
    }))
}

/// The cards of a page as they stand in a list.
pub(crate) fn cards(page: &CardsPage, customer: &str) -> Vec<Value> {
    page.cards.iter().map(|filed| view::card(filed, Some(customer))).collect()
}

/// The name of the card that is charged, which need not be on the page.
async fn default_name(
    service: &Service,
    caller: &Caller,
    account: &Account,
    page: &CardsPage,
) -> Result<Option<String>, Failure> {
    let Some(id) = account.default_card else { return Ok(None) };
    if let Some(filed) = page.cards.iter().find(|filed| filed.card.id == id) {
        return Ok(Some(card_name(&filed.card)));
    }
    let found = service.find_card(caller, id).await?;
    Ok(found.map(|filed| card_name(&filed.card)))
}
