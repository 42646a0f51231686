//! What a card on file is, and what may happen to it.
//!
//! This crate is the pure core of Cardfile: no I/O, no clock, no async runtime, no wire format.
//! A caller's wish arrives as a [`command::Write`], is judged by [`decide::decide`] against an
//! [`account::State`], and becomes an [`event::Event`] or a [`refusal::Refusal`]. The ports through
//! which the core reaches the world are in [`ports`].
//!
//! A value exists only if it is valid: the newtypes here are built by parsing and by nothing else,
//! so no later code has to ask again. Two of them cannot be kept at all: [`card_number::CardNumber`]
//! and [`security_code::SecurityCode`] have no way into a stored type.

pub mod account;
pub mod brand;
pub mod card;
pub mod card_number;
pub mod client;
pub mod clock;
pub mod command;
pub mod country;
mod country_table;
pub mod custom_fields;
pub mod decide;
pub mod eligibility;
pub mod errand;
pub mod event;
pub mod expiry;
pub mod expiry_warning;
pub mod failures;
pub mod gateway;
mod hex_bytes;
pub mod id;
pub mod limits;
pub mod payment;
pub mod policy;
pub mod ports;
pub mod query;
pub mod refusal;
pub mod region;
mod region_table;
pub mod retry_rule;
pub mod security_code;
pub mod session;
pub mod snapshot;
pub mod store_error;
pub mod tally;
pub mod test_numbers;
pub mod text;
pub mod track_id;
