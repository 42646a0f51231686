//! `/auth`: signing in, signing out, and whether one still is.

use axum::{Extension, response::Response};
use cardfile_service::{Application, User};
use serde_json::{Value, json};

use super::{bodies::Members, door::SignedIn, nothing};
use crate::{UseCases, failure::Failure, reply};

/// `POST /auth/signin`.
pub(crate) async fn sign_in(
    UseCases(service): UseCases,
    Extension(application): Extension<Application>,
    members: Members,
) -> Result<Response, Failure> {
    let (username, password) = (members.text("username")?, members.text("password")?);
    let signed = service.sign_in(application, username, password).await?;
    let mut shown = user(&signed.user);
    shown["sessionToken"] = signed.token.into();
    Ok(reply::ok(&shown))
}

/// `GET /auth/signout`.
pub(crate) async fn sign_out(
    UseCases(service): UseCases,
    Extension(signed_in): Extension<SignedIn>,
) -> Result<Response, Failure> {
    service.sign_out(&signed_in.token).await?;
    Ok(nothing())
}

/// `GET /auth/verify`.
pub(crate) async fn verify(Extension(signed_in): Extension<SignedIn>) -> Result<Response, Failure> {
    Ok(reply::ok(&user(&signed_in.user)))
}

/// A user as far as there is something to tell.
fn user(user: &User) -> Value {
    let at = user.created_at().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({
        "email": {"primary": null, "secondary": null, "work": null, "other": null},
        "name": {
            "prefix": null,
            "firstName": user.name(),
            "middleName": null,
            "lastName": null,
            "maidenName": null,
            "suffix": null,
        },
        "extras": {},
        "usersId": user.id(),
        "active": true,
        "createdAt": at,
        "updatedAt": at,
    })
}
