//! `POST /oauth/token`: client credentials for an access token.

use axum::{
    body::Body,
    extract::{Request, State},
    http::header,
    response::Response,
};
use cardfile_domain::limits::TOKEN_BYTES_MAX;
use serde_json::json;

use crate::{
    AppState,
    body::{SentBytes, collect_up_to},
    context::RequestContext,
    failure::{Failure, Violation},
    layers::good_track,
    reply,
};

/// What the form holds.
#[derive(Default)]
struct Form {
    client_id: String,
    client_secret: String,
    grant_type: String,
}

pub(crate) async fn create(
    State(state): State<AppState>,
    request: Request<Body>,
) -> Result<Response, Failure> {
    let form = read(request).await?;
    let token = state.service.issue_token(&form.client_id, &form.client_secret).await?;
    // Callers find out from the scope whether they must name an entity.
    let mut scope = format!("user.{}", token.client.simple());
    for entity in &token.entities {
        scope.push_str(" entity.");
        scope.push_str(&entity.to_string());
    }
    Ok(reply::ok(&json!({
        "access_token": token.access_token,
        "token_type": "bearer",
        "expires_in": token.expires_in,
        "scope": scope,
        "jti": token.id,
    })))
}

async fn read(request: Request<Body>) -> Result<Form, Failure> {
    let (parts, body) = request.into_parts();
    good_track(&RequestContext::of(&parts))?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Failure::UnsupportedMedia);
    }
    let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
    // Nobody has signed in yet, so nobody gets more room than a form takes.
    let bytes = collect_up_to(TOKEN_BYTES_MAX, body, &sent).await?;
    let mut form = Form::default();
    for (name, value) in form_urlencoded::parse(&bytes) {
        match name.as_ref() {
            "client_id" => form.client_id = value.into_owned(),
            "client_secret" => form.client_secret = value.into_owned(),
            "grant_type" => form.grant_type = value.into_owned(),
            _ => {}
        }
    }
    check(&form)?;
    Ok(form)
}

fn check(form: &Form) -> Result<(), Failure> {
    let mut found = Vec::new();
    let mut complain = |field: &str, message: &'static str, missing| {
        found.push(Violation { field: field.to_owned(), message: message.into(), missing });
    };
    for (field, value) in [("client_id", &form.client_id), ("client_secret", &form.client_secret)] {
        if value.is_empty() {
            complain(field, "is required", true);
        }
    }
    match form.grant_type.as_str() {
        "client_credentials" => {}
        "" => complain("grant_type", "is required", true),
        _ => complain("grant_type", "value should be one of: client_credentials", false),
    }
    if found.is_empty() { Ok(()) } else { Err(Failure::Invalid(found)) }
}
