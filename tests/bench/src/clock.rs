//! The time, which is what is measured here.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "a stopwatch, of which no result depends")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
