//! The ceiling: the same framework, the same body parsed, the same bytes answered, and nothing else. With a
//! file, the plainest of services: it also writes each change before it answers, by itself.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, put},
};
use bytes::Bytes;
use serde::Deserialize;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::{direct::Direct, failed::Failed};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// File with what a GET answers, as Cardfile answered it
    #[arg(long)]
    card: PathBuf,
    /// Copy of a file of Cardfile's, in which each PUT changes its card
    #[arg(long)]
    file: Option<PathBuf>,
}

#[derive(Clone)]
struct Served {
    card: Bytes,
    file: Option<Arc<Direct>>,
}

/// The fields of the request, taken out of it as any handler would.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "the work is to parse them")]
struct Change {
    card_holder_name: String,
    expiration_month: u8,
    expiration_year: u16,
    gateway_options: serde_json::Map<String, serde_json::Value>,
    num_consecutive_failures: u8,
    address_line1: String,
    city: String,
    state: String,
    country: String,
    zip_code: String,
    email: String,
    phone: String,
}

pub(crate) async fn serve(args: Args) -> Result<(), Failed> {
    let card = Bytes::from(std::fs::read(args.card)?);
    let file = args.file.as_deref().map(Direct::open).transpose()?.map(Arc::new);
    let routes = Router::new()
        .route("/v1/payment-methods/credit-cards/{id}", put(change))
        .route("/v1/payment-methods/{id}", get(show))
        .with_state(Served { card, file });
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = listener.local_addr()?;
    #[expect(clippy::print_stdout, reason = "whoever started this waits for the address")]
    {
        println!("listening on http://{address}");
    }
    // A program that is built with counters writes them down when it ends by itself.
    let mut terminated = signal(SignalKind::terminate())?;
    let ended = async move {
        terminated.recv().await;
    };
    Ok(axum::serve(listener, routes).with_graceful_shutdown(ended).await?)
}

async fn change(State(served): State<Served>, uri: Uri, body: Bytes) -> Response {
    let Ok(change) = serde_json::from_slice::<Change>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let id = uri.path().rsplit('/').next().unwrap_or_default();
    let failures = change.num_consecutive_failures;
    let written = served.file.map_or(Ok(()), |file| file.change(id, failures));
    if written.is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    json(format!("{{\"paymentMethodId\":\"{id}\",\"success\":true}}"))
}

async fn show(State(served): State<Served>) -> Response {
    json(served.card)
}

fn json(body: impl IntoResponse) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
