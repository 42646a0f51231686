//! `POST /v1/tokens`.

use std::net::IpAddr;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, header, request::Parts},
    response::Response,
};
use cardfile_domain::{limits::TOKEN_BYTES_MAX, ports::FiledCard};
use cardfile_service::Source;
use serde_json::{Value, json};

use super::{for_any_page, form::Form, key_of};
use crate::{
    Peer, UseCases,
    body::{SentBytes, collect_up_to},
    context::RequestContext,
    failure::Failure,
    layers::good_track,
    reply,
    stripe::{entry::read_entry, view},
};

pub(crate) async fn handler(
    UseCases(service): UseCases,
    request: Request<Body>,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    let context = RequestContext::of(&parts);
    good_track(&context)?;
    let form = read(&parts, body).await?;
    let key = key_of(&parts.headers).or(form.key.clone()).ok_or(Failure::NotSignedIn)?;
    let caller = service.let_in_browser(&key, context.track.clone())?;
    let address = address_of(&parts);
    let entry = read_entry(&form, service.now())?;
    let has_code = entry.security_code.is_some();
    let filed = service.create_token_for(&caller, address, entry).await?;
    // The gateway has approved the card with the code: otherwise there would be no token.
    let checked = if has_code { json!("pass") } else { Value::Null };
    Ok(for_any_page(reply::ok(&token(&filed, address, &checked))))
}

/// A token as Stripe shows it.
pub(super) fn token(filed: &FiledCard, address: Option<IpAddr>, code_check: &Value) -> Value {
    let card = &filed.card;
    let mut shown = view::card(filed, None);
    shown["cvc_check"] = code_check.clone();
    // A page is not told by what its owner recognises a card.
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("fingerprint");
        shown.remove("customer");
    }
    json!({
        "id": Source::Ours { card: card.id, as_token: true }.to_string(),
        "object": "token",
        "card": shown,
        "client_ip": address.map(|address| address.to_string()),
        "created": card.created.at.as_second(),
        "livemode": false,
        "type": "card",
        "used": !card.extras.is_token,
    })
}

async fn read(parts: &Parts, body: Body) -> Result<Form, Failure> {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Failure::UnsupportedMedia);
    }
    let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
    // Whoever can see a page can call, so nobody gets more room than a form takes.
    Form::read(&collect_up_to(TOKEN_BYTES_MAX, body, &sent).await?)
}

/// Where the request comes from. What a proxy on this machine says is believed, and nobody else.
fn address_of(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>()?.0.ip();
    if peer.is_loopback() { Some(forwarded(&parts.headers).unwrap_or(peer)) } else { Some(peer) }
}

/// Who called the proxy: the last that is named, because callers can name others before.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}
