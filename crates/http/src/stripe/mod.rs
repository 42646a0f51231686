//! What Stripe's way of speaking of cards needs wherever it is spoken: names, objects, faults and fields.

pub(crate) mod customer;
pub(crate) mod entry;
pub(crate) mod fault;
pub(crate) mod names;
pub(crate) mod page;
pub(crate) mod view;
