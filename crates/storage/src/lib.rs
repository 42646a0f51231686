//! Where accounts and cards are kept: the lanes, and two databases behind them.
//!
//! The crate implements the ports [`Store`](cardfile_domain::ports::Store) and
//! [`Directory`](cardfile_domain::ports::Directory). Which database it is shows nowhere but in
//! [`open`]. It never meets a plain card number or a security code: the types that it takes have no
//! place for them.

mod lane;
mod open;
mod row;

pub use open::{OpenError, Opened, Options};
