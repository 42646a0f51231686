//! `GET /v1/accounts/{account-key}/payment-methods` and `…/default`.

use axum::{extract::Query, response::Response};
use cardfile_domain::{
    account::Account,
    limits::ACCOUNT_LIST_MAX,
    ports::{CardPage, FiledCard},
    refusal::Refusal,
};
use cardfile_service::{Caller, Service};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    UseCases,
    failure::{Failure, Violation},
    layers::Entered,
    reply,
    rest::{path::AccountPath, view::CardView},
};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Filter {
    is_default_only: Option<String>,
    is_active_only: Option<String>,
}

impl Filter {
    fn read(&self) -> Result<(bool, bool), Failure> {
        let mut found = Vec::new();
        let mut flag = |field: &str, text: Option<&String>| match text.map(String::as_str) {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                let message = "must be true or false".into();
                found.push(Violation { field: field.to_owned(), message, missing: false });
                false
            }
        };
        let only_default = flag("isDefaultOnly", self.is_default_only.as_ref());
        let only_active = flag("isActiveOnly", self.is_active_only.as_ref());
        if found.is_empty() {
            Ok((only_default, only_active))
        } else {
            Err(Failure::Invalid(found))
        }
    }
}

#[derive(Serialize)]
struct CardsOfAccount<'a> {
    creditcard: Vec<CardView<'a>>,
    #[serde(rename = "defaultPaymentMethodId")]
    default_payment_method_id: Option<String>,
    #[serde(rename = "paymentGateway")]
    payment_gateway: Option<&'a Value>,
    success: bool,
}

pub(crate) async fn list(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: AccountPath,
    Query(filter): Query<Filter>,
) -> Result<Response, Failure> {
    let (only_default, only_active) = filter.read()?;
    let account = find(&service, &caller, &path).await?;
    let cards = if only_default {
        let default = find_default(&service, &caller, &account).await?;
        default.filter(|filed| filed.card.is_active() || !only_active).into_iter().collect()
    } else {
        let page = CardPage { active_only: only_active, offset: 0, limit: ACCOUNT_LIST_MAX };
        service.list_cards(&account, &page).await?
    };
    Ok(reply::ok(&CardsOfAccount {
        creditcard: cards.iter().map(CardView::item).collect(),
        default_payment_method_id: account.default_card.map(|card| card.to_string()),
        payment_gateway: account.details.get("paymentGateway"),
        success: true,
    }))
}

pub(crate) async fn default(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    path: AccountPath,
) -> Result<Response, Failure> {
    let account = find(&service, &caller, &path).await?;
    match find_default(&service, &caller, &account).await? {
        Some(filed) => Ok(reply::ok(&CardView::answer(&filed))),
        None => Err(path.not_found()),
    }
}

async fn find_default(
    service: &Service,
    caller: &Caller,
    account: &Account,
) -> Result<Option<FiledCard>, Failure> {
    match account.default_card {
        Some(card) => Ok(service.find_card(caller, card).await?),
        None => Ok(None),
    }
}

async fn find(service: &Service, caller: &Caller, path: &AccountPath) -> Result<Account, Failure> {
    service
        .find_account(caller, &path.key)
        .await
        .map_err(|failure| path.explain(failure, Refusal::AccountNotFound))
}
