//! Every route, its rule and its handler: the table of contents of the API.

use axum::{
    Router,
    extract::Request,
    handler::Handler,
    middleware,
    routing::{MethodFilter, MethodRouter, on},
};
use cardfile_domain::client::Right;

use crate::{
    AppState, UseCases, actions, bulk, catalyze,
    code::ObjectCode,
    crud, errands,
    layers::{Door, Entered, Post, Rule, guard},
    object_query,
    rest::{accounts, charging, credit_cards, payment_methods},
    sandbox, stripe_back, system, token, tokens, webhooks,
};

const OPEN: Rule =
    Rule { right: None, object: ObjectCode::NONE, takes_body: false, door: Door::Client };
const SIGN_IN: Rule = Rule { door: Door::Application, ..OPEN };
const USER_READS: Rule = Rule { door: Door::User, ..READ };
const USER_WRITES: Rule = Rule { door: Door::User, ..DROP };
const LOOK: Rule = Rule { door: Door::MayBeOpen, ..READ };
const CHANGE: Rule = Rule { door: Door::MayBeOpen, ..DROP };
const WEBHOOK: Rule = Rule { takes_body: true, ..OPEN };
const READ: Rule = of(Right::Read, ObjectCode::NONE, false);
const ASK: Rule = of(Right::Read, ObjectCode::NONE, true);
const DROP: Rule = of(Right::Write, ObjectCode::NONE, false);
const DROP_MANY: Rule = of(Right::Write, ObjectCode::NONE, true);
const SCRUB: Rule = of(Right::Scrub, ObjectCode::PUT_PAYMENT_METHOD, false);
const CREATE: Rule = of(Right::Write, ObjectCode::POST_PAYMENT_METHOD, true);
const UPDATE: Rule = of(Right::Write, ObjectCode::PUT_PAYMENT_METHOD, true);
const BULK: Rule = of(Right::Bulk, ObjectCode::POST_PAYMENT_METHOD, true);
const ADMIN: Rule = of(Right::Admin, ObjectCode::NONE, true);
const OPEN_ACCOUNT: Rule = of(Right::Write, ObjectCode::POST_ACCOUNT, true);
const UPDATE_ACCOUNT: Rule = of(Right::Write, ObjectCode::PUT_ACCOUNT, true);

const fn of(right: Right, object: ObjectCode, takes_body: bool) -> Rule {
    Rule { right: Some(right), object, takes_body, door: Door::Client }
}

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PUT: MethodFilter = MethodFilter::PUT;
const DELETE: MethodFilter = MethodFilter::DELETE;
const OPTIONS: MethodFilter = MethodFilter::OPTIONS;

/// The routes of one router, each with its rule.
struct Table<'a> {
    router: Router<AppState>,
    state: &'a AppState,
}

impl Table<'_> {
    /// Adds a route. There is no other way to add one, and none to leave out its rule.
    fn route<H, T>(self, method: MethodFilter, path: &'static str, rule: Rule, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let post = self.post(rule, path);
        self.with_twin(method, post, handler)
    }

    /// Adds a route whose answers may be long.
    fn long<H, T>(self, method: MethodFilter, path: &'static str, rule: Rule, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let post = Post { is_long: true, ..self.post(rule, path) };
        self.with_twin(method, post, handler)
    }

    fn with_twin<H, T>(self, method: MethodFilter, post: Post, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let (path, rule) = (post.path, post.rule);
        let table = self.add(method, path, post.clone(), handler);
        match errands::later(path) {
            // What writes can be asked for now and done later, without a word in the table.
            Some(later) if rule.writes() => {
                let submit = move |UseCases(service), Entered(caller), request: Request| {
                    errands::submit(service, caller, rule.takes_body, request)
                };
                let post = Post { path: errands::PATTERN, is_long: false, ..post };
                table.add(method, &later, post, submit)
            }
            _ => table,
        }
    }

    fn add<H, T>(self, method: MethodFilter, path: &str, post: Post, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        self.guarded(path, post, on(method, handler))
    }

    /// Adds a route that inflates for itself.
    fn upload<H, T>(self, path: &'static str, rule: Rule, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let post = Post { inflates: false, ..self.post(rule, path) };
        self.guarded(path, post, on(POST, handler))
    }

    fn post(&self, rule: Rule, path: &'static str) -> Post {
        Post { state: self.state.clone(), rule, path, inflates: true, is_long: false }
    }

    fn guarded(self, path: &str, post: Post, route: MethodRouter<AppState>) -> Self {
        let guarded = route.layer(middleware::from_fn_with_state(post, guard));
        Self { router: self.router.route(path, guarded), state: self.state }
    }
}

pub(crate) fn table(state: &AppState) -> Router<AppState> {
    let api = zuora(state);
    let organizations = catalyze(state);
    Router::new()
        .merge(operations(state))
        .merge(tokens(state))
        .merge(stripe_back(state))
        .merge(organizations.clone())
        .nest("/v2", organizations)
        .merge(api.clone())
        .nest("/rest", api)
}

fn operations(state: &AppState) -> Router<AppState> {
    Table { router: Router::new(), state }
        .route(POST, "/oauth/token", OPEN, token::create)
        .route(POST, "/webhooks/stripe", WEBHOOK, webhooks::stripe)
        .route(POST, "/api/webhooks/stripe", WEBHOOK, webhooks::stripe_back)
        .route(GET, "/health/live", OPEN, system::live)
        .route(GET, "/health/ready", OPEN, system::ready)
        .route(GET, "/metrics", OPEN, system::metrics)
        .router
}

fn tokens(state: &AppState) -> Router<AppState> {
    Table { router: Router::new(), state }
        .route(POST, "/v1/tokens", OPEN, tokens::create)
        .route(OPTIONS, "/v1/tokens", OPEN, tokens::preflight)
        .route(GET, "/v1/tokens/{id}", OPEN, tokens::get)
        .route(OPTIONS, "/v1/tokens/{id}", OPEN, tokens::preflight)
        .router
}

#[rustfmt::skip] // One route a line, so that the table can be read as one.
fn stripe_back(state: &AppState) -> Router<AppState> {
    Table { router: Router::new(), state }
        .route(POST,   "/api/cards/create", CHANGE, stripe_back::create_card)
        .route(POST,   "/api/cards/assign", CHANGE, stripe_back::assign_card)
        .route(POST,   "/api/cards/default", CHANGE, stripe_back::set_default)
        .route(GET,    "/api/cards/{id}", LOOK, stripe_back::list_cards)
        .route(POST,   "/api/customers/create", CHANGE, stripe_back::create_customer)
        .route(PUT,    "/api/customers/update", CHANGE, stripe_back::update_customer)
        .route(DELETE, "/api/customers/delete", CHANGE, stripe_back::delete_customer)
        .route(GET,    "/api/customers/{id}", LOOK, stripe_back::get_customer)
        .route(GET,    "/api/customers", LOOK, stripe_back::list_customers)
        .router
}

#[rustfmt::skip] // One route a line, so that the table can be read as one.
fn catalyze(state: &AppState) -> Router<AppState> {
    Table { router: Router::new(), state }
        .route(POST,   "/auth/signin", SIGN_IN, catalyze::sign_in)
        .route(GET,    "/auth/signout", USER_READS, catalyze::sign_out)
        .route(GET,    "/auth/verify", USER_READS, catalyze::verify)
        .route(POST,   "/org", USER_WRITES, catalyze::create_org)
        .route(GET,    "/org/{orgId}", USER_READS, catalyze::get_org)
        .route(PUT,    "/org/{orgId}", USER_WRITES, catalyze::update_org)
        .route(POST,   "/org/{orgId}/payment", USER_WRITES, catalyze::add_payment)
        .route(PUT,    "/org/{orgId}/payment/{paymentId}", USER_WRITES, catalyze::update_payment)
        .route(DELETE, "/org/{orgId}/payment/{paymentId}", USER_WRITES, catalyze::remove_payment)
        .route(GET,    "/org/{orgId}/customer", USER_READS, catalyze::get_customer)
        .route(PUT,    "/org/{orgId}/customer", USER_WRITES, catalyze::set_default_payment)
        .router
}

#[rustfmt::skip] // One route a line, so that the table can be read as one.
fn zuora(state: &AppState) -> Router<AppState> {
    Table { router: Router::new(), state }
        .route(POST,   "/v1/payment-methods/credit-cards", CREATE, credit_cards::create::handler)
        .upload(       "/v1/payment-methods/credit-cards/bulk", BULK, bulk::handler)
        .route(PUT,    "/v1/payment-methods/credit-cards/{id}", UPDATE, credit_cards::update::handler)
        .route(GET,    "/v1/payment-methods/credit-cards/accounts/{key}", READ, credit_cards::list::handler)
        .route(POST,   "/v1/payment-methods", CREATE, payment_methods::create::handler)
        .route(GET,    "/v1/payment-methods/{id}", READ, payment_methods::get::handler)
        .route(PUT,    "/v1/payment-methods/{id}", UPDATE, payment_methods::update::handler)
        .route(DELETE, "/v1/payment-methods/{id}", DROP, payment_methods::delete::handler)
        .route(PUT,    "/v1/payment-methods/{id}/scrub", SCRUB, payment_methods::scrub::handler)
        .route(PUT,    "/v1/payment-methods/{id}/verify", UPDATE, payment_methods::verify::handler)
        .route(POST,   "/v1/payment-methods/{id}/outcomes", UPDATE, payment_methods::outcomes::handler)
        .route(GET,    "/v1/payment-methods/{id}/eligibility", READ, charging::eligibility)
        .route(POST,   "/v1/accounts", OPEN_ACCOUNT, accounts::open::handler)
        .route(GET,    "/v1/accounts/{key}", READ, accounts::get::handler)
        .route(PUT,    "/v1/accounts/{key}", UPDATE_ACCOUNT, accounts::update::handler)
        .long( GET,    "/v1/accounts/{key}/payment-methods", READ, accounts::cards::list)
        .route(GET,    "/v1/accounts/{key}/payment-methods/chargeable", READ, charging::chargeable)
        .route(GET,    "/v1/accounts/{key}/payment-methods/default", READ, accounts::cards::default)
        .route(POST,   "/v1/object/payment-method", CREATE, crud::create)
        .route(GET,    "/v1/object/payment-method/{id}", READ, crud::get)
        .route(PUT,    "/v1/object/payment-method/{id}", UPDATE, crud::update)
        .route(DELETE, "/v1/object/payment-method/{id}", DROP, crud::delete)
        .route(GET,    "/v1/object/payment-method-snapshot/{id}", READ, crud::snapshot::handler)
        .route(GET,    "/v1/object/payment-method-transaction-log/{id}", READ, crud::transaction_log::handler)
        .route(POST,   "/v1/action/create", CREATE, actions::create)
        .route(POST,   "/v1/action/update", UPDATE, actions::update)
        .route(POST,   "/v1/action/delete", DROP_MANY, actions::delete)
        .long( POST,   "/v1/action/query", ASK, actions::query)
        .long( POST,   "/v1/action/queryMore", ASK, actions::query_more)
        .route(GET,    "/v1/async/{id}", READ, errands::status)
        .route(POST,   "/sandbox/clock", ADMIN, sandbox::set)
        .route(GET,    "/object-query/payment-methods", READ, object_query::list)
        .route(GET,    "/object-query/payment-methods/{key}", READ, object_query::get)
        .route(GET,    "/object-query/payment-method-snapshots", READ, object_query::snapshots::list)
        .route(GET,    "/object-query/payment-method-snapshots/{key}", READ, object_query::snapshots::get)
        .router
}
