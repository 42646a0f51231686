//! Questions about cards as SQL that PostgreSQL and SQLite both understand.
//!
//! The text is put together from literals only. Whatever a caller wrote, a value or the
//! name of a custom field, becomes a parameter: `$1`, `$2` and so on in the order of first use.

mod field;
#[cfg(test)]
mod tests;
mod value;

use std::fmt::Write as _;

use cardfile_domain::{
    id::{AccountRef, EntityId, PaymentMethodId},
    query::{CardField, CardQuery, Comparison, Condition, FieldKind, Operand, Order},
};

use self::{
    field::id_column,
    value::{can_be_held, value_for},
};

/// Which database will run the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// The value of a placeholder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Param {
    /// A text.
    Text(String),
    /// A number, or a moment in microseconds.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// An id.
    Id([u8; 16]),
}

/// A statement and the values of its placeholders.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rendered {
    /// The statement.
    pub(crate) sql: String,
    /// The value of `$1`, of `$2` and so on.
    pub(crate) params: Vec<Param>,
}

/// Renders a query for the cards of an entity.
///
/// `columns` is what to select: the card is `c`, its account `a`. Names that have moved must have
/// been replaced before, because finding out where they lead takes a look at other rows.
pub(crate) fn render(
    dialect: Dialect,
    columns: &'static str,
    entity: EntityId,
    query: &CardQuery,
) -> Rendered {
    let mut text = Renderer { dialect, entity, sql: String::new(), params: Vec::new() };
    text.push("SELECT ");
    text.push(columns);
    text.push(
        " FROM card c JOIN account a ON a.bucket = c.bucket AND a.entity = c.entity \
         AND a.account_key = c.account_key WHERE c.entity = ",
    );
    text.param(Param::Id(*entity.as_bytes()));
    if let Some(condition) = &query.condition {
        text.push(" AND ");
        text.condition(condition);
    }
    text.order(&query.order);
    text.push(" LIMIT ");
    text.param(count(query.limit));
    text.push(" OFFSET ");
    text.param(count(query.offset));
    Rendered { sql: text.sql, params: text.params }
}

fn count(count: usize) -> Param {
    Param::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

struct Renderer {
    dialect: Dialect,
    entity: EntityId,
    sql: String,
    params: Vec<Param>,
}

impl Renderer {
    fn push(&mut self, text: &'static str) {
        self.sql.push_str(text);
    }

    /// Writes the next placeholder.
    fn param(&mut self, value: Param) -> usize {
        self.params.push(value);
        let number = self.params.len();
        self.same_param(number);
        number
    }

    /// Writes a placeholder that was written before.
    fn same_param(&mut self, number: usize) {
        // Writing to a string cannot fail.
        let _ = write!(self.sql, "${number}");
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::All(parts) => self.join(parts, " AND ", "TRUE"),
            Condition::Any(parts) => self.join(parts, " OR ", "FALSE"),
            Condition::Compare(field, comparison, operand) => {
                self.compare(field, *comparison, operand);
            }
            Condition::IsNull(field) => {
                self.field(field);
                self.push(" IS NULL");
            }
            Condition::IsNotNull(field) => self.is_not_null(field),
            Condition::OfAccount(account) => self.of_account(account),
            Condition::HasAccount(true) => self.push("c.account_key NOT LIKE '~%'"),
            Condition::HasAccount(false) => self.push("c.account_key LIKE '~%'"),
            Condition::IsCard(id) => self.is_card(*id),
            Condition::StartsWith(field, prefix) => self.starts_with(field, prefix),
            Condition::NoToken => {
                self.push("(c.account_key NOT LIKE '~%' OR c.extras ->> 'isToken' IS NULL)");
            }
            Condition::Never => self.push("FALSE"),
        }
    }

    fn join(&mut self, parts: &[Condition], word: &'static str, empty: &'static str) {
        if parts.is_empty() {
            return self.push(empty);
        }
        self.push("(");
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                self.push(word);
            }
            self.condition(part);
        }
        self.push(")");
    }

    fn is_not_null(&mut self, field: &CardField) {
        self.field(field);
        self.push(" IS NOT NULL");
    }

    fn of_account(&mut self, account: &AccountRef) {
        if account.entity != self.entity {
            return self.push("FALSE");
        }
        self.push("(c.bucket = ");
        self.param(Param::Number(account.bucket().get().into()));
        self.push(" AND c.account_key = ");
        self.param(Param::Text(account.key.as_str().to_owned()));
        self.push(")");
    }

    fn is_card(&mut self, id: PaymentMethodId) {
        self.push("(c.bucket = ");
        self.param(Param::Number(id.bucket().get().into()));
        self.push(" AND c.id = ");
        self.param(Param::Id(*id.as_bytes()));
        self.push(")");
    }

    /// Compares characters, so that no character of the prefix means anything but itself.
    fn starts_with(&mut self, field: &CardField, prefix: &str) {
        if field.kind() != FieldKind::Text || !can_be_held(prefix) {
            return self.push("FALSE");
        }
        self.push("substr(");
        self.field(field);
        self.push(", 1, length(");
        let number = self.param(Param::Text(prefix.to_owned()));
        self.push(")) = ");
        self.same_param(number);
    }

    fn compare(&mut self, field: &CardField, comparison: Comparison, operand: &Operand) {
        let Some(value) = value_for(field, operand) else {
            // A value of another kind is neither equal to what the field holds nor before or after.
            return if comparison == Comparison::NotEqual {
                self.is_not_null(field);
            } else {
                self.push("FALSE");
            };
        };
        match (&value, id_column(field)) {
            (Param::Id(_), Some(column)) => self.push(column),
            _ => self.field(field),
        }
        self.push(match comparison {
            Comparison::Equal => " = ",
            Comparison::NotEqual => " <> ",
            Comparison::Less => " < ",
            Comparison::LessOrEqual => " <= ",
            Comparison::Greater => " > ",
            Comparison::GreaterOrEqual => " >= ",
        });
        self.param(value);
    }

    /// Nulls come before every value, and an id decides between equals.
    fn order(&mut self, keys: &[Order]) {
        self.push(" ORDER BY ");
        for key in keys {
            match id_column(&key.field) {
                Some(column) => self.push(column),
                None => self.field(&key.field),
            }
            self.push(if key.descending { " DESC NULLS LAST, " } else { " ASC NULLS FIRST, " });
        }
        self.push("c.id");
    }
}
