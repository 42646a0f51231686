//! The asynchronous twins: `POST`, `PUT` and `DELETE` of `/v1/async/<path>` are accepted at once and
//! carried out later, by the same router with the same handlers, so that the answer is the same.
//!
//! What is noted in between is sealed as a whole. A security code must not be noted even so, and is
//! refused ([`screen`]). The claim under which a request is carried out is derived from its id, so
//! that it takes effect once however often it is tried.

mod note;
mod runner;
mod screen;
mod status;
mod submit;

pub use runner::ErrandRunner;
pub(crate) use runner::Resumed;
pub(crate) use status::handler as status;
pub(crate) use submit::submit;

/// What stands in a path between the version and the path of the twin.
const PREFIX: &str = "/v1/async";

/// How all twins are counted. What they ask for is counted again, apart, when it is carried out.
pub(crate) const PATTERN: &str = "/v1/async/{path}";

/// The path of the twin that is carried out at once, for a path that is carried out later.
pub(crate) fn twin_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(PREFIX)?;
    rest.starts_with('/').then_some(rest)
}

/// The path of the twin that is carried out later.
pub(crate) fn later(path: &str) -> Option<String> {
    path.strip_prefix("/v1/").map(|rest| format!("{PREFIX}/{rest}"))
}
