//! A token for the client whose credentials the first start of a server wrote down.

use std::path::Path;

use serde::Deserialize;

use crate::{connection::Connection, failed::Failed};

#[derive(Deserialize)]
struct Credentials {
    client_id: String,
    client_secret: String,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

pub(crate) async fn fetch(host: &str, credentials: &Path) -> Result<String, Failed> {
    let pair: Credentials = serde_json::from_slice(&std::fs::read(credentials)?)?;
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &pair.client_id)
        .append_pair("client_secret", &pair.client_secret)
        .append_pair("grant_type", "client_credentials")
        .finish();
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut connection = Connection::open(host).await?;
    let token: Token = serde_json::from_slice(connection.must(request.as_bytes()).await?)?;
    Ok(token.access_token)
}
