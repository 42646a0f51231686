//! The API tests: the program from outside, over both databases, with `openapi.yaml` beside it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking, wherever its code stands"
)]

mod accounts;
mod actions;
mod bulk;
mod catalyze;
mod charging;
mod clock;
mod contract;
mod credentials;
mod crud;
mod every;
mod expiring;
mod gateways;
mod guard;
mod gzip;
mod headers;
mod idempotency;
mod later;
mod later_hindered;
mod lists;
mod newer;
mod object_query;
mod one_truth;
mod outcomes;
mod recorded;
mod remembered;
mod rules;
mod samples;
mod seed;
mod stripe_back;
mod tokens;
mod transport;
mod wall;
mod webhooks;
mod zoql;

use std::process::ExitCode;

fn main() -> ExitCode {
    let cases = [
        accounts::cases(),
        actions::cases(),
        bulk::cases(),
        charging::cases(),
        clock::cases(),
        catalyze::cases(),
        contract::cases(),
        credentials::cases(),
        crud::cases(),
        every::cases(),
        expiring::cases(),
        gateways::cases(),
        guard::cases(),
        gzip::cases(),
        headers::cases(),
        idempotency::cases(),
        later::cases(),
        later_hindered::cases(),
        lists::cases(),
        newer::cases(),
        object_query::cases(),
        one_truth::cases(),
        outcomes::cases(),
        recorded::cases(),
        remembered::cases(),
        rules::cases(),
        seed::cases(),
        stripe_back::cases(),
        tokens::cases(),
        transport::cases(),
        wall::cases(),
        webhooks::cases(),
        zoql::cases(),
    ];
    cardfile_tests::suite::main(cases.into_iter().flatten().collect())
}
