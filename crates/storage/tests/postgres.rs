//! The conformance suite on PostgreSQL, each test on a database of its own.
//!
//! `CARDFILE_TEST_POSTGRES_URL` names a server on which databases may be made. Without it there is
//! nothing to run on, and every test says so and passes.

mod conformance;
mod server;

conformance::conformance!(crate::server::fresh);
