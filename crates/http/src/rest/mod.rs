//! REST v1: the older credit-card calls, the newer payment-method calls, and accounts.
//!
//! One operation, one file, with the same names inside: `Request`, `into_…`, `handler`.

pub(crate) mod accounts;
pub(crate) mod charging;
pub(crate) mod credit_cards;
mod holder;
mod mandate;
pub(crate) mod path;
pub(crate) mod payment_methods;
pub(crate) mod rest_fields;
mod view;
