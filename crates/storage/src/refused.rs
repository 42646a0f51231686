//! Programs that do not compile, each after its twin that does.
//!
//! What a store takes has a place for what the vault made of a card number, and none for the
//! number:
//!
//! ```
//! use cardfile_domain::{card::StoredNumber, command::NewCard};
//!
//! fn put(new: &mut NewCard, number: StoredNumber) {
//!     new.number = number;
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use cardfile_domain::{card_number::CardNumber, command::NewCard};
//!
//! fn put(new: &mut NewCard, number: CardNumber) {
//!     new.number = number;
//! }
//! ```
//!
//! Nor does one become the other without the vault:
//!
//! ```
//! use cardfile_domain::card::SealedNumber;
//!
//! fn seal(number: Vec<u8>) -> SealedNumber {
//!     SealedNumber { bytes: number.into(), key_version: 1 }
//! }
//! ```
//!
//! ```compile_fail,E0277
//! use cardfile_domain::{card::SealedNumber, card_number::CardNumber};
//!
//! fn seal(number: CardNumber) -> SealedNumber {
//!     SealedNumber { bytes: number.into(), key_version: 1 }
//! }
//! ```
//!
//! A change says whether there was a security code, and has no place for the code:
//!
//! ```
//! use cardfile_domain::command::{CardPatch, CodeUse};
//!
//! fn put(patch: &mut CardPatch, code: CodeUse) {
//!     patch.security_code = code;
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use cardfile_domain::{command::CardPatch, security_code::SecurityCode};
//!
//! fn put(patch: &mut CardPatch, code: SecurityCode) {
//!     patch.security_code = code;
//! }
//! ```
//!
//! And the store itself takes neither:
//!
//! ```
//! use cardfile_domain::command::Write;
//! use cardfile_storage::Opened;
//!
//! fn put(opened: &Opened, write: Write) {
//!     drop(opened.store().execute(write));
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use cardfile_domain::card_number::CardNumber;
//! use cardfile_storage::Opened;
//!
//! fn put(opened: &Opened, number: CardNumber) {
//!     drop(opened.store().execute(number));
//! }
//! ```
//!
//! ```compile_fail,E0308
//! use cardfile_domain::security_code::SecurityCode;
//! use cardfile_storage::Opened;
//!
//! fn put(opened: &Opened, code: SecurityCode) {
//!     drop(opened.store().execute(code));
//! }
//! ```
