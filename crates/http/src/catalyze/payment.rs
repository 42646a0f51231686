//! `/org/{orgId}/payment` and `/org/{orgId}/customer`: what an organization pays with.

use axum::{
    Extension,
    extract::{RawPathParams, State},
    response::Response,
};
use cardfile_domain::{account::Account, ports::FiledCard};
use cardfile_service::{Caller, CardChange, CodePolicy, Service, Source};
use serde_json::Map;

use super::{
    bodies::{Members, Texts, param},
    door::SignedIn,
    nothing,
    org::{PAYERS, find_if_any, key_of, require},
};
use crate::{
    AppState,
    failure::Failure,
    layers::Entered,
    reply,
    stripe::{
        customer::customer_of_2014,
        entry::{CHANGEABLE, read_patch},
        fault::StripeFault,
        page::{Paging, card_of},
    },
    stripe_back::of_token,
};

/// `POST /org/{orgId}/payment`.
pub(crate) async fn add(
    State(AppState { service, .. }): State<AppState>,
    Entered(caller): Entered,
    Extension(signed_in): Extension<SignedIn>,
    params: RawPathParams,
    members: Members,
) -> Result<Response, Failure> {
    let org = param(&params, 0);
    let account = find_if_any(&service, &caller, org).await?;
    require(&signed_in.user, account.as_ref(), &PAYERS)?;
    let name = members.text("paymentId")?;
    let Ok(source) = name.parse::<Source>();
    let attached = service.attach_source(&caller, &key_of(org)?, &source).await;
    attached.map_err(|failure| of_token(failure, name))?;
    Ok(nothing())
}

/// `PUT /org/{orgId}/customer`.
pub(crate) async fn set_default(
    State(AppState { service, .. }): State<AppState>,
    Entered(caller): Entered,
    Extension(signed_in): Extension<SignedIn>,
    params: RawPathParams,
    members: Members,
) -> Result<Response, Failure> {
    let account = allowed(&service, &caller, &signed_in, param(&params, 0)).await?;
    let name = members.text("paymentId")?;
    let card = card_of(&service, &caller, &account, name).await?;
    service.choose_source(&caller, &account, &card).await?;
    Ok(nothing())
}

/// `GET /org/{orgId}/customer`.
pub(crate) async fn customer(
    State(AppState { service, .. }): State<AppState>,
    Entered(caller): Entered,
    Extension(signed_in): Extension<SignedIn>,
    params: RawPathParams,
    paging: Paging,
) -> Result<Response, Failure> {
    let account = allowed(&service, &caller, &signed_in, param(&params, 0)).await?;
    if service.list_sources(&account, None, 1).await?.is_empty() {
        return Err(Failure::Stripe(StripeFault::NoCardYet));
    }
    Ok(reply::ok(&customer_of_2014(&service, &caller, &account, &paging).await?))
}

/// `PUT /org/{orgId}/payment/{paymentId}`.
pub(crate) async fn update(
    State(AppState { service, .. }): State<AppState>,
    Entered(caller): Entered,
    Extension(signed_in): Extension<SignedIn>,
    params: RawPathParams,
    members: Members,
) -> Result<Response, Failure> {
    let account = allowed(&service, &caller, &signed_in, param(&params, 0)).await?;
    let filed = own(&service, &caller, &account, param(&params, 1)).await?;
    let change = CardChange {
        patch: read_patch(&Texts::of(members, &CHANGEABLE)?)?,
        account: None,
        security_code: None,
        policy: CodePolicy::Optional,
        gateway_options: Map::new(),
    };
    service.update_card(&caller, filed.card.id, change, None).await?;
    Ok(nothing())
}

/// `DELETE /org/{orgId}/payment/{paymentId}`.
pub(crate) async fn remove(
    State(AppState { service, .. }): State<AppState>,
    Entered(caller): Entered,
    Extension(signed_in): Extension<SignedIn>,
    params: RawPathParams,
) -> Result<Response, Failure> {
    let account = allowed(&service, &caller, &signed_in, param(&params, 0)).await?;
    let filed = own(&service, &caller, &account, param(&params, 1)).await?;
    service.drop_source(&caller, &account, filed.card.id).await?;
    Ok(nothing())
}

/// The organization, for a user who may look after what it pays with.
async fn allowed(
    service: &Service,
    caller: &Caller,
    signed_in: &SignedIn,
    org: &str,
) -> Result<Account, Failure> {
    let account = find_if_any(service, caller, org).await?;
    require(&signed_in.user, account.as_ref(), &PAYERS)?;
    account.ok_or(Failure::Stripe(StripeFault::NoOrg))
}

/// A card that is named in the path: it is there, or the answer is "not found".
async fn own(
    service: &Service,
    caller: &Caller,
    account: &Account,
    name: &str,
) -> Result<FiledCard, Failure> {
    match card_of(service, caller, account, name).await {
        Err(Failure::Stripe(StripeFault::NoSource(_))) => {
            Err(Failure::Stripe(StripeFault::NoPayment))
        }
        found => found,
    }
}
