//! Lets a request in: who is it, where may it work, may it do this. The body is not touched before.

use axum::{
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cardfile_domain::client::Right;
use cardfile_service::{Caller, Credentials};
use http_body_util::BodyExt;

use super::apart::apart;
use crate::{
    AppState,
    body::SentBytes,
    catalyze,
    code::ObjectCode,
    context::RequestContext,
    errands::Resumed,
    failure::{Carried, EntityFault, Failure},
    gzip, headers, stripe_back,
};

/// What a route asks of its callers. There is no route without one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// The right that it needs; `None` is open to everybody.
    pub(crate) right: Option<Right>,
    /// The object part of the codes of its errors.
    pub(crate) object: ObjectCode,
    /// Whether it reads a body.
    pub(crate) takes_body: bool,
    /// How it finds out who is calling.
    pub(crate) door: Door,
}

/// How a route finds out who is calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// By the credentials of one of our clients.
    Client,
    /// In the same way, unless the dialect is open.
    MayBeOpen,
    /// By the application's key alone: nobody has signed in yet.
    Application,
    /// By the application's key and the token of a session.
    User,
}

impl Rule {
    /// Whether it lets in what changes something.
    pub(crate) fn writes(self) -> bool {
        matches!(self.right, Some(Right::Write | Right::Scrub))
    }
}

/// Where a guard stands.
#[derive(Clone)]
pub(crate) struct Post {
    /// What there is behind it.
    pub(crate) state: AppState,
    /// Whom it lets in.
    pub(crate) rule: Rule,
    /// The route's pattern.
    pub(crate) path: &'static str,
    /// Whether what it lets in is inflated here; an upload does that for itself.
    pub(crate) inflates: bool,
    /// Whether an answer may be so long that others on the connection's thread would wait for it.
    pub(crate) is_long: bool,
}

/// Lets a request in by its route's rule.
pub(crate) async fn guard(State(post): State<Post>, request: Request, next: Next) -> Response {
    let Post { state, rule, path, inflates, is_long } = post;
    if let Some(context) = request.extensions().get::<RequestContext>() {
        context.route.arrive(path);
    }
    let admitted = match admit(&state, rule, request).await {
        Ok(request) if inflates => gzip::inflate(request),
        other => other,
    };
    let mut response = match admitted {
        Ok(request) if is_long => Box::pin(apart(&state.common, next.run(request))).await,
        Ok(request) => next.run(request).await,
        Err(failure) => failure.into_response(),
    };
    // Handlers do not know which operation they are; their failures learn it here.
    if let Some(carried) = response.extensions_mut().get_mut::<Carried>() {
        carried.object = rule.object;
    }
    response
}

async fn admit(state: &AppState, rule: Rule, request: Request) -> Result<Request, Failure> {
    let (mut parts, body) = request.into_parts();
    let context = RequestContext::of(&parts);
    if rule.door == Door::Application {
        let application = catalyze::enter_application(state, &parts.headers).await?;
        parts.extensions.insert(application);
        good_track(&context)?;
    }
    if let Some(right) = rule.right {
        let caller = match parts.extensions.remove::<Resumed>() {
            Some(Resumed(caller)) => caller,
            None => enter(state, rule.door, right, &mut parts, &context).await?,
        };
        parts.extensions.insert(caller);
        good_track(&context)?;
    }
    gzip::name_encoding(&mut parts.headers);
    let sent = SentBytes::default();
    parts.extensions.insert(sent.clone());
    let counted = body.map_frame(move |frame| {
        if let Some(data) = frame.data_ref() {
            sent.add(data.len());
        }
        frame
    });
    Ok(Request::from_parts(parts, Body::new(counted)))
}

/// Finds out who is calling, and lets it into an entity with a right.
async fn enter(
    state: &AppState,
    door: Door,
    right: Right,
    parts: &mut Parts,
    context: &RequestContext,
) -> Result<Caller, Failure> {
    let open = state.stripe_back_open.filter(|_| door == Door::MayBeOpen);
    if let Some(caller) = open.and_then(|entity| stripe_back::anybody(entity, parts, context)) {
        return Ok(caller);
    }
    if door == Door::User {
        // Boxed, as most callers are clients: a future is as large as its largest branch.
        return Box::pin(catalyze::enter_user(state, right, parts, context)).await;
    }
    let basic = basic_credentials(&parts.headers);
    let shown = credentials(&parts.headers, basic.as_ref()).ok_or(Failure::NotSignedIn)?;
    let identity = state.service.authenticate(shown).await?;
    let named =
        headers::entity(&parts.headers).map_err(|_| Failure::Entity(EntityFault::Malformed))?;
    let caller = identity.enter(named, right, context.track.clone())?;
    // The lines of an upload may each name an entity.
    if right == Right::Bulk {
        parts.extensions.insert(identity);
    }
    Ok(caller)
}

/// Refuses a trace id that may not be echoed.
pub(crate) fn good_track(context: &RequestContext) -> Result<(), Failure> {
    if context.track_is_bad { Err(Failure::BadHeader("Zuora-Track-Id")) } else { Ok(()) }
}

/// What the caller shows: a token, HTTP Basic, or the two headers of older clients.
fn credentials<'a>(
    headers: &'a HeaderMap,
    basic: Option<&'a (String, String)>,
) -> Option<Credentials<'a>> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if headers.contains_key(header::AUTHORIZATION) {
        let (scheme, rest) = text("authorization")?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("bearer") {
            return Some(Credentials::Bearer(rest.trim()));
        }
        let (client, secret) = basic?;
        return Some(Credentials::Secret { client, secret });
    }
    let client = text("apiaccesskeyid")?;
    let secret = text("apisecretaccesskey")?;
    Some(Credentials::Secret { client, secret })
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (client, secret) = pair.split_once(':')?;
    Some((client.to_owned(), secret.to_owned()))
}

/// A handler's way to its caller; only a guarded request has one.
pub(crate) struct Entered(pub(crate) Caller);

impl FromRequestParts<AppState> for Entered {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Failure> {
        parts.extensions.get::<Caller>().cloned().map(Self).ok_or(Failure::NotSignedIn)
    }
}
