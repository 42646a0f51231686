//! Zuora's wire format over the use cases, and what surrounds it.
//!
//! A request passes these layers, outermost first, in the order of [`router`]:
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
//! A handler is a few lines: read, call a use case, render.

mod actions;
mod body;
mod code;
mod code_names;
mod context;
mod crud;
mod failure;
mod fields;
mod headers;
mod idempotency;
mod layers;
mod object_query;
mod refusals;
mod reply;
mod respond;
mod rest;
mod routes;
mod system;
mod token;
mod violations;
mod zoql;

use std::sync::Arc;

use axum::{Router, middleware};
use cardfile_service::Service;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{And, NotForContentType, Predicate, SizeAbove},
    },
};

/// What the routes share.
#[derive(Clone)]
pub struct AppState {
    /// The use cases.
    pub service: Arc<Service>,
    /// Renders the metrics of the process.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// The whole API.
pub fn router(state: AppState) -> Router {
    let layers = ServiceBuilder::new()
        .layer(middleware::from_fn_with_state(state.clone(), layers::observe))
        .layer(compression())
        .layer(middleware::from_fn(layers::speak))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(middleware::from_fn(layers::limit_heads))
        .layer(middleware::from_fn(layers::in_time))
        .layer(middleware::from_fn(layers::linger));
    routes::table(&state)
        .fallback(layers::no_route)
        .method_not_allowed_fallback(layers::no_method)
        .layer(layers)
        .with_state(state)
}

fn compression() -> CompressionLayer<And<SizeAbove, NotForContentType>> {
    // "Over 1000 bytes", and the predicate's bound is inclusive.
    let above = SizeAbove::new(cardfile_domain::limits::REPLY_BYTES_UNCOMPRESSED_MAX + 1);
    CompressionLayer::new()
        .gzip(true)
        .quality(CompressionLevel::Fastest)
        .compress_when(above.and(NotForContentType::SSE))
}
