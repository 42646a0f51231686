//! The real program, started the way people start it.

mod admin;
mod config;
mod faults;
mod first_start;
mod postgres;
mod serving;
mod support;
