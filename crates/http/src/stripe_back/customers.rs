//! `/api/customers`: a customer is an account, seen from here.

use axum::{extract::RawPathParams, http::StatusCode, response::Response};
use cardfile_domain::{account::Account, text::Phone};
use cardfile_service::{AccountChange, Caller, NewCustomer, Service};
use serde_json::{Map, Value, json};

use super::{
    Language, done,
    fields::Fields,
    words::{self, Message},
};
use crate::{
    UseCases,
    failure::Failure,
    layers::Entered,
    rest::accounts::open::free_of_card_numbers,
    stripe::{
        customer::customer,
        names::{DELETED, customer_name, find_customer, is_gone},
        page::Paging,
    },
};

/// What a customer says of itself.
const KEPT: [&str; 3] = ["email", "name", "phone"];

/// `POST /api/customers/create`.
pub(crate) async fn create(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.require(&KEPT, &words::CUSTOMER)?;
    let new = NewCustomer { number: None, details: details(&fields)? };
    let account = service.open_customer(&caller, new).await?;
    Ok(done(StatusCode::CREATED, language, Message::CustomerCreated, &short(&account)))
}

/// `PUT /api/customers/update`.
pub(crate) async fn update(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.require(&["userId"], &words::USER)?;
    let account = find_customer(&service, &caller, fields.text("userId")).await?;
    let change = AccountChange { default_card: None, details: details(&fields)? };
    service.update_account(&caller, account.name.key.clone(), change, None).await?;
    let account = service.find_account(&caller, &account.name.key).await?;
    Ok(done(StatusCode::OK, language, Message::CustomerUpdated, &short(&account)))
}

/// `DELETE /api/customers/delete`: the customer's cards are forgotten, the default too.
pub(crate) async fn delete(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.require(&["userId"], &words::USER_TO_DELETE)?;
    let account = find_customer(&service, &caller, fields.text("userId")).await?;
    service.drop_all_sources(&caller, &account).await?;
    let mut details: Map<String, Value> =
        KEPT.map(|name| (name.to_owned(), Value::Null)).into_iter().collect();
    details.insert(DELETED.to_owned(), Value::Bool(true));
    let change = AccountChange { default_card: None, details };
    service.update_account(&caller, account.name.key.clone(), change, None).await?;
    let data = json!({"id": customer_name(&account)});
    Ok(done(StatusCode::OK, language, Message::CustomerDeleted, &data))
}

/// `GET /api/customers/{id}`.
pub(crate) async fn get(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    params: RawPathParams,
) -> Result<Response, Failure> {
    let name = params.iter().next().map(|(_, value)| value).unwrap_or_default();
    let account = find_customer(&service, &caller, name).await?;
    let data = customer(&service, &caller, &account).await?;
    Ok(done(StatusCode::OK, language, Message::CustomerFound, &data))
}

/// `GET /api/customers`.
pub(crate) async fn list(
    UseCases(service): UseCases,
    Entered(caller): Entered,
    language: Language,
    paging: Paging,
) -> Result<Response, Failure> {
    let mut after = match &paging.after {
        Some(name) => Some(find_customer(&service, &caller, name).await?),
        None => None,
    };
    let mut found = Vec::new();
    // One more than is shown tells whether there are more; those that were deleted do not count.
    while found.len() <= paging.limit {
        let wanted = paging.limit + 1 - found.len();
        let listed = service.list_customers(&caller, after.as_ref(), wanted).await?;
        let is_last = listed.len() < wanted;
        after = listed.last().cloned().or(after);
        for account in listed {
            if !is_gone(&service, &account).await? {
                found.push(account);
            }
        }
        if is_last {
            break;
        }
    }
    let has_more = found.len() > paging.limit;
    found.truncate(paging.limit);
    let data = json!({
        "object": "list",
        "data": whole(&service, &caller, &found).await?,
        "has_more": has_more,
        "url": "/v1/customers",
    });
    Ok(done(StatusCode::OK, language, Message::CustomersListed, &data))
}

async fn whole(
    service: &Service,
    caller: &Caller,
    accounts: &[Account],
) -> Result<Vec<Value>, Failure> {
    let mut shown = Vec::with_capacity(accounts.len());
    for account in accounts {
        shown.push(customer(service, caller, account).await?);
    }
    Ok(shown)
}

/// A customer in short.
fn short(account: &Account) -> Value {
    let detail = |name: &str| account.details.get(name);
    json!({
        "id": customer_name(account),
        "email": detail("email"),
        "name": detail("name"),
        "phone": detail("phone"),
    })
}

/// What is kept in the open of what was sent.
fn details(fields: &Fields) -> Result<Map<String, Value>, Failure> {
    let details = fields.kept(&KEPT);
    // Long phone numbers look like those of cards, unless one knows which are given out.
    let is_phone = |(name, value): &(&String, &Value)| {
        *name == "phone" && value.as_str().is_some_and(|text| text.parse::<Phone>().is_ok())
    };
    let others = details.iter().filter(|member| !is_phone(member));
    let others = others.map(|(name, value)| (name.clone(), value.clone())).collect();
    let found = free_of_card_numbers(&others);
    if found.is_empty() { Ok(details) } else { Err(Failure::Invalid(found)) }
}
