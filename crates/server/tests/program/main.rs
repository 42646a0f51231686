//! The real program, started the way people start it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin;
mod config;
mod dialects;
mod export;
mod faults;
mod first_start;
mod import;
mod postgres;
mod sandbox;
mod serving;
mod support;
