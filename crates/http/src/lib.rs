//! Zuora's wire format over the use cases, and what surrounds it.
//!
//! A request passes these layers, outermost first, in the order of `layers`:
//!
//! 1. `observe` names the request, echoes the caller's trace id, counts and logs;
//! 2. compression packs replies of more than 1000 bytes for callers that want it;
//! 3. `speak` turns every failure, ours or a layer's, into a body of the caller's dialect;
//! 4. a panic becomes a failure like any other, and so does a request whose head is too large or
//!    that takes too long;
//! 5. `linger` throws away what is left of a body that was refused, so that the refusal arrives;
//! 6. each route's own `guard` authenticates, enters the entity and checks the right: only behind
//!    it is a byte of the body read;
//! 7. decompression inflates the body as a stream, and `body` bounds what comes out.
//!
//! A handler is a few lines: read, call a use case, render. Where the answer may be long it runs apart
//! from the thread of its connection.

mod actions;
mod body;
mod bulk;
mod catalyze;
mod code;
mod code_names;
mod context;
mod crud;
mod errands;
mod failure;
mod fields;
mod gzip;
mod headers;
mod idempotency;
mod layers;
mod object_query;
mod refusals;
mod reply;
mod respond;
mod rest;
mod routes;
mod sandbox;
mod stripe;
mod stripe_back;
mod system;
mod token;
mod tokens;
mod violations;
mod webhooks;
mod zoql;

use std::{convert::Infallible, net::SocketAddr, ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};
use cardfile_domain::{id::EntityId, ports::SettableClock};
use cardfile_service::Service;
use tokio::runtime::Handle;

pub use crate::{errands::ErrandRunner, layers::Api};

/// What the API is made of.
pub struct ApiParts {
    /// The use cases.
    pub service: Arc<Service>,
    /// Renders the metrics of the process.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// The clock, where callers may move it.
    pub sandbox: Option<Arc<dyn SettableClock>>,
    /// The entity in which everybody may use the dialect that has no authentication of its own.
    pub stripe_back_open: Option<EntityId>,
    /// Where long answers are made, apart from the threads of connections.
    pub common: Handle,
}

/// What the routes share, behind one pointer: on its way a request takes some ten copies.
#[derive(Clone)]
pub(crate) struct AppState(Arc<ApiParts>);

impl Deref for AppState {
    type Target = ApiParts;

    fn deref(&self) -> &ApiParts {
        &self.0
    }
}

/// A handler's way to the use cases.
pub(crate) struct UseCases(pub(crate) Arc<Service>);

impl FromRequestParts<AppState> for UseCases {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(Self(Arc::clone(&state.service)))
    }
}

/// Who is at the other end of a connection; whoever serves one puts it beside each request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// The whole API.
pub fn api(parts: ApiParts) -> Api {
    let state = AppState(Arc::new(parts));
    let routes = routes::table(&state)
        .fallback(layers::no_route)
        .method_not_allowed_fallback(layers::no_method)
        .with_state(state.clone());
    Api::new(state, routes)
}
