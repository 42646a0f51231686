//! Verification of cards by an outside system.
//!
//! [`sandbox`], [`stripe`] and [`iso8583`] are such systems behind the port
//! [`cardfile_domain::ports::Gateway`]; [`Gateways`] asks the one that an entity is configured with. A
//! gateway takes the security code out of the verification and wipes it; it keeps nothing, logs
//! nothing, and answers [`Verdict::Unknown`](cardfile_domain::ports::Verdict::Unknown) whenever it
//! cannot say what happened.

mod breaker;
mod gateways;
mod guarded;
pub mod iso8583;
mod nobody;
pub mod sandbox;
pub mod stripe;

pub use gateways::Gateways;
pub use guarded::Guarded;
pub use iso8583::Iso8583;
pub use nobody::NoGateway;
pub use sandbox::Sandbox;
pub use stripe::Stripe;
