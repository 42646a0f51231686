//! `/org/{orgId}/payment` and `/org/{orgId}/customer`: what an organization pays with.

use axum::response::Response;
use cardfile_service::{CardChange, CodePolicy, Source};
use serde_json::Map;

use super::{
    bodies::{Members, Texts},
    nothing,
    org::{PAYERS, key_of, require},
    visit::Visit,
};
use crate::{
    failure::Failure,
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
pub(crate) async fn add(visit: Visit, members: Members) -> Result<Response, Failure> {
    let account = visit.find_if_any().await?;
    require(&visit.user, account.as_ref(), &PAYERS)?;
    let name = members.text("paymentId")?;
    let Ok(source) = name.parse::<Source>();
    let org = key_of(visit.org())?;
    let attached = visit.service.attach_source(&visit.caller, &org, &source).await;
    attached.map_err(|failure| of_token(failure, name))?;
    Ok(nothing())
}

/// `PUT /org/{orgId}/customer`.
pub(crate) async fn set_default(visit: Visit, members: Members) -> Result<Response, Failure> {
    let account = visit.paid_for().await?;
    let name = members.text("paymentId")?;
    let card = card_of(&visit.service, &visit.caller, &account, name).await?;
    visit.service.choose_source(&visit.caller, &account, &card).await?;
    Ok(nothing())
}

/// `GET /org/{orgId}/customer`.
pub(crate) async fn customer(visit: Visit, paging: Paging) -> Result<Response, Failure> {
    let account = visit.paid_for().await?;
    let Visit { service, caller, .. } = visit;
    if service.list_sources(&account, None, 1).await?.is_empty() {
        return Err(Failure::Stripe(StripeFault::NoCardYet));
    }
    Ok(reply::ok(&customer_of_2014(&service, &caller, &account, &paging).await?))
}

/// `PUT /org/{orgId}/payment/{paymentId}`.
pub(crate) async fn update(visit: Visit, members: Members) -> Result<Response, Failure> {
    let account = visit.paid_for().await?;
    let filed = visit.payment(&account).await?;
    let change = CardChange {
        patch: Box::new(read_patch(&Texts::of(members, &CHANGEABLE)?)?),
        account: None,
        security_code: None,
        policy: CodePolicy::Optional,
        gateway_options: Map::new(),
    };
    visit.service.update_card(&visit.caller, filed.card.id, change, None).await?;
    Ok(nothing())
}

/// `DELETE /org/{orgId}/payment/{paymentId}`.
pub(crate) async fn remove(visit: Visit) -> Result<Response, Failure> {
    let account = visit.paid_for().await?;
    let filed = visit.payment(&account).await?;
    visit.service.drop_source(&visit.caller, &account, filed.card.id).await?;
    Ok(nothing())
}
