//! `GET /v1/payment-methods/credit-cards/accounts/{account-key}`: the older list, in pages.

use axum::{extract::Query, response::Response};
use cardfile_domain::{
    country::Country,
    limits::{PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX},
    ports::{CardPage, FiledCard},
    refusal::Refusal,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    UseCases,
    failure::Failure,
    layers::Entered,
    reply,
    rest::{
        path::{AccountPath, Here},
        view::masked,
    },
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Paging {
    page_size: Option<String>,
    page: Option<String>,
}

impl Paging {
    /// Page size and page number; what cannot be read counts as not sent, and a wish for a larger
    /// page gets the largest there is.
    fn read(&self) -> (usize, usize) {
        let number = |text: Option<&String>| {
            text.and_then(|text| text.parse::<u32>().ok()).filter(|number| *number > 0)
        };
        let size = number(self.page_size.as_ref()).map_or(PAGE_SIZE_DEFAULT, |size| size as usize);
        let page = number(self.page.as_ref()).map_or(1, |page| page as usize);
        (size.min(PAGE_SIZE_MAX), page)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CardList<'a> {
    credit_cards: Vec<CardItem<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page: Option<String>,
    success: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CardItem<'a> {
    id: String,
    default_payment_method: bool,
    card_type: &'static str,
    card_number: String,
    expiration_month: u8,
    expiration_year: u16,
    card_holder_info: Holder<'a>,
    #[serde(flatten)]
    custom: serde_json::Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Holder<'a> {
    card_holder_name: Option<&'a str>,
    address_line1: Option<&'a str>,
    address_line2: Option<&'a str>,
    city: Option<&'a str>,
    state: Option<&'a str>,
    zip_code: Option<&'a str>,
    country: Option<&'a str>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
}

impl<'a> CardItem<'a> {
    fn of(filed: &'a FiledCard) -> Self {
        let card = &filed.card;
        let holder = &card.holder;
        let custom = card.custom.iter();
        Self {
            id: card.id.to_string(),
            default_payment_method: filed.is_default,
            card_type: card.card_type.as_str(),
            card_number: masked(card),
            expiration_month: card.expiry.month.get(),
            expiration_year: card.expiry.year.get(),
            card_holder_info: Holder {
                card_holder_name: card.holder_name.as_ref().map(AsRef::as_ref),
                address_line1: holder.address_line1.as_ref().map(AsRef::as_ref),
                address_line2: holder.address_line2.as_ref().map(AsRef::as_ref),
                city: holder.city.as_ref().map(AsRef::as_ref),
                state: holder.state.as_ref().map(AsRef::as_ref),
                zip_code: holder.zip_code.as_ref().map(AsRef::as_ref),
                country: holder.country.map(Country::name),
                phone: holder.phone.as_ref().map(AsRef::as_ref),
                email: holder.email.as_ref().map(AsRef::as_ref),
            },
            custom: custom.map(|(name, value)| (name.as_str().to_owned(), value.clone())).collect(),
        }
    }
}

pub(crate) async fn handler(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: AccountPath,
    Query(paging): Query<Paging>,
    Here(here): Here,
) -> Result<Response, Failure> {
    let (size, page) = paging.read();
    let account = service
        .find_account(&caller, &path.key)
        .await
        .map_err(|failure| path.explain(failure, Refusal::AccountNotFound))?;
    // One more than asked for tells whether there is a next page.
    let wanted =
        CardPage { active_only: false, offset: (page - 1).saturating_mul(size), limit: size + 1 };
    let mut cards = service.list_cards(&account, &wanted).await?;
    let next_page =
        (cards.len() > size).then(|| format!("{here}?page={}&pageSize={size}", page + 1));
    cards.truncate(size);
    let credit_cards = cards.iter().map(CardItem::of).collect();
    Ok(reply::ok(&CardList { credit_cards, next_page, success: true }))
}
