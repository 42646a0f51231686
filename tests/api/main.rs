//! The API tests: the program from outside, over both databases, with `openapi.yaml` beside it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, wherever its code stands"
)]

mod every;
mod guard;
mod gzip;
mod headers;
mod idempotency;
mod rules;
mod samples;
mod seed;
mod smoke;
mod transport;
mod wall;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cases = [
        every::cases(),
        guard::cases(),
        gzip::cases(),
        headers::cases(),
        idempotency::cases(),
        rules::cases(),
        seed::cases(),
        smoke::cases(),
        transport::cases(),
        wall::cases(),
    ];
    cardfile_tests::suite::main(cases.into_iter().flatten().collect())
}
