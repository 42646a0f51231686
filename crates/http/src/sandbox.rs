//! `POST /sandbox/clock`: the time of a server that is for trying things out.

use axum::{extract::State, response::Response};
use cardfile_domain::ports::{ClockFault, Goal, SettableClock};
use cardfile_service::CaughtUp;
use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    AppState,
    body::Json,
    failure::{Failure, UnknownFields, Violation},
    reply,
    rest::rest_fields::each_once,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Request {
    now: Option<String>,
    advance: Option<String>,
    #[serde(flatten, deserialize_with = "each_once")]
    rest: Map<String, Value>,
}

impl Request {
    fn goal(&self, now: Timestamp) -> Result<Goal, Failure> {
        if !self.rest.is_empty() {
            let names = self.rest.keys().map(String::as_str);
            return Err(Failure::UnknownFields(UnknownFields::new(names)));
        }
        match (&self.now, &self.advance) {
            (Some(text), None) => text
                .parse()
                .map(Goal::To)
                .map_err(|_| wrong("now", "must be a moment such as 2031-01-31T12:00:00Z")),
            (None, Some(text)) => ahead(text, now)
                .map(Goal::By)
                .ok_or_else(|| wrong("advance", "must be a length of time such as P5Y or PT1H")),
            _ => Err(wrong("now", "is required, or else 'advance'; not both")),
        }
    }
}

fn ahead(text: &str, now: Timestamp) -> Option<SignedDuration> {
    let span: Span = text.parse().ok()?;
    // Years and months have the length that the calendar gives them.
    let moment = now.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
    Some(moment.timestamp().duration_since(now))
}

fn wrong(field: &str, message: &'static str) -> Failure {
    Failure::Invalid(vec![Violation {
        field: field.to_owned(),
        message: message.into(),
        missing: false,
    }])
}

fn clock(state: &AppState) -> Result<&dyn SettableClock, Failure> {
    state.sandbox.as_deref().ok_or(Failure::NoRoute)
}

/// Moves time ahead, and returns when everything that became due by then is done.
pub(crate) async fn set(
    State(state): State<AppState>,
    Json { value, .. }: Json<Request>,
) -> Result<Response, Failure> {
    let clock = clock(&state)?;
    let goal = value.goal(clock.now())?;
    clock.advance(goal).map_err(|fault| match fault {
        ClockFault::Backwards => wrong("now", "must not lie before the sandbox's time"),
        ClockFault::TooFar => wrong("now", "must lie before the year 9000"),
        ClockFault::NotKept(error) => {
            tracing::error!(%error, "the sandbox's time cannot be kept");
            Failure::NotReady
        }
    })?;
    let CaughtUp { warnings, forgotten } = state.service.catch_up().await?;
    Ok(reply::ok(&json!({
        "success": true,
        "now": clock.now().to_string(),
        "warnings": warnings,
        "forgotten": forgotten,
    })))
}
