//! Lists in parts: how many, and after which.

use axum::{extract::FromRequestParts, http::request::Parts};
use cardfile_domain::{
    account::Account,
    limits::{STRIPE_PAGE_DEFAULT, STRIPE_PAGE_MAX},
    ports::FiledCard,
};
use cardfile_service::{Caller, Service, Source};

use super::{fault::StripeFault, names::echoed};
use crate::{AppState, failure::Failure};

/// `limit` and `starting_after`.
#[derive(Debug)]
pub(crate) struct Paging {
    /// How many.
    pub(crate) limit: usize,
    /// The name of the one after which the part begins.
    pub(crate) after: Option<String>,
}

impl Default for Paging {
    fn default() -> Self {
        Self { limit: STRIPE_PAGE_DEFAULT, after: None }
    }
}

impl FromRequestParts<AppState> for Paging {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Failure> {
        let mut paging = Self::default();
        for (name, value) in
            form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        {
            match name.as_ref() {
                "limit" => {
                    let limit = value.parse().ok();
                    paging.limit = limit
                        .filter(|limit| (1..=STRIPE_PAGE_MAX).contains(limit))
                        .ok_or(Failure::Stripe(StripeFault::Invalid("limit")))?;
                }
                "starting_after" => paging.after = Some(value.into_owned()),
                _ => {}
            }
        }
        Ok(paging)
    }
}

/// Some of a customer's cards, and whether there are more.
pub(crate) struct CardsPage {
    pub(crate) cards: Vec<FiledCard>,
    pub(crate) has_more: bool,
}

/// The part of a customer's cards that is asked for.
pub(crate) async fn cards_page(
    service: &Service,
    caller: &Caller,
    account: &Account,
    paging: &Paging,
) -> Result<CardsPage, Failure> {
    let after = match &paging.after {
        Some(name) => Some(card_of(service, caller, account, name).await?.card.id),
        None => None,
    };
    let mut cards = service.list_sources(account, after, paging.limit + 1).await?;
    let has_more = cards.len() > paging.limit;
    cards.truncate(paging.limit);
    Ok(CardsPage { cards, has_more })
}

/// A customer's card by its name.
pub(crate) async fn card_of(
    service: &Service,
    caller: &Caller,
    account: &Account,
    name: &str,
) -> Result<FiledCard, Failure> {
    let Ok(source) = name.parse::<Source>();
    let found = service.find_source(caller, &source).await?;
    let own = found.filter(|filed| filed.card.account == account.name.key);
    own.ok_or_else(|| Failure::Stripe(StripeFault::NoSource(echoed(name))))
}

/// How many cards a customer has, as far as the store lists them.
pub(crate) async fn count_cards(
    service: &Service,
    account: &Account,
    page: &CardsPage,
) -> Result<usize, Failure> {
    let mut count = page.cards.len();
    let mut last = page.cards.last().map(|filed| filed.card.id).filter(|_| page.has_more);
    while last.is_some() {
        let more = service.list_sources(account, last, COUNTED_AT_ONCE).await?;
        count += more.len();
        last = more.last().map(|filed| filed.card.id).filter(|_| more.len() == COUNTED_AT_ONCE);
    }
    Ok(count)
}

const COUNTED_AT_ONCE: usize = 1000;
