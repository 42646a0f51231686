//! The newer calls, `/v1/payment-methods`: what the official SDK uses.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod get;
pub(crate) mod outcomes;
pub(crate) mod scrub;
pub(crate) mod update;
pub(crate) mod verify;
