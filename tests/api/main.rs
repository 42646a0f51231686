//! The API tests: the program from outside, over both databases, with `openapi.yaml` beside it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, wherever its code stands"
)]

mod smoke;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cases = [smoke::cases()];
    cardfile_tests::suite::main(cases.into_iter().flatten().collect())
}
