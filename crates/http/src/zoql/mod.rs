//! ZOQL: questions about payment methods as text.
//!
//! `select CreditCardType, Email from PaymentMethod where AccountId = 'A-1' and Type = 'CreditCard'`
//! becomes a list of [`Field`]s to show and a [`Condition`] that any store can answer. Nothing of a
//! query reaches a store but through that tree, and nothing of it is echoed but field names.
//!
//! The lexer, the parser and the table of fields bound what they take: characters, conditions and
//! nesting. Comparing is in [`compare`], which Object Query shares.

pub(crate) mod compare;
pub(crate) mod field;
mod field_table;
#[cfg(test)]
pub(crate) mod fixture;
mod lexer;
pub(crate) mod moment;
mod parser;
pub(crate) mod record;
#[cfg(test)]
mod tests;
pub(crate) mod unanswerable;

use std::borrow::Cow;

use cardfile_domain::{id::EntityId, query::Condition};

use self::field::Field;

/// A query that was understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Select {
    /// What to show of each payment method, without repetitions, in the order that was asked for.
    pub(crate) fields: Vec<Field>,
    /// Which payment methods; all of them if there is no condition.
    pub(crate) condition: Option<Condition>,
}

/// Why a query was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not ZOQL, or more of ZOQL than is spoken here.
    Malformed(Cow<'static, str>),
    /// A payment method has no such field.
    UnknownField(String),
    /// It asks for another object.
    UnknownObject,
}

impl Fault {
    fn at(place: usize, complaint: &str) -> Self {
        Self::Malformed(Cow::Owned(format!("{complaint}, at character {place}")))
    }

    /// A complaint about a field; its name is echoed as far as it may be.
    fn unknown_field(name: &str) -> Self {
        Self::UnknownField(crate::failure::UnknownFields::new(std::iter::once(name)).list())
    }
}

/// Understands a query on behalf of an entity.
pub(crate) fn parse(query: &str, entity: EntityId) -> Result<Select, Fault> {
    let tokens = lexer::tokens(query)?;
    parser::Parser::new(&tokens, entity).query()
}
