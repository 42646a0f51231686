//! Comparisons that nobody can answer, and what is said about them.

use std::fmt;

/// Why a comparison cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unanswerable {
    /// The field can be shown but not compared.
    Field,
    /// Accounts are found by name and not put in order.
    Account,
    /// The field's values have no order.
    Order,
    /// Nothing is less or more than null.
    Null,
    /// The field holds numbers.
    Number,
    /// The field holds moments.
    Moment,
    /// The field is true or false.
    Flag,
    /// The field holds no text to start with anything.
    Text,
    /// Custom fields are compared as text.
    Custom,
}

impl fmt::Display for Unanswerable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Field => "can be selected but not compared",
            Self::Account => {
                "can only be equal to the id or the number of an account, or be null or not"
            }
            Self::Order => "can only be equal or not equal",
            Self::Null => "can be null or not, but not less or more than null",
            Self::Number => "is compared with a whole number",
            Self::Moment => "is compared with a date or a time such as 2026-01-31T10:00:00",
            Self::Flag => "is compared with true or false",
            Self::Text => "is no text that could start with anything",
            Self::Custom => "is compared as text: put the value between quotes",
        })
    }
}
