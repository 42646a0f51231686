//! Verification of cards by an outside system.
//!
//! Every module here is one such system behind the port [`cardfile_domain::ports::Gateway`]. A
//! gateway takes the security code out of the verification and wipes it; it keeps nothing, logs
//! nothing, and answers [`Verdict::Unknown`](cardfile_domain::ports::Verdict::Unknown) whenever it
//! cannot say what happened.

pub mod sandbox;

pub use sandbox::Sandbox;
