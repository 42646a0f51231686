//! Accounts, as far as cards need them.
//!
//! What is not about cards is kept as given and returned: Cardfile is no billing system, but a
//! program written for one must find its account again.

pub(crate) mod cards;
pub(crate) mod get;
pub(crate) mod open;
pub(crate) mod update;
