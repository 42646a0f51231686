//! The older calls, `/v1/payment-methods/credit-cards`.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod update;
