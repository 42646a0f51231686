//! A statement that is put together from parts, each with its own arrays of values.

use sqlx::{Arguments as _, PgConnection};
use sqlx::{
    AssertSqlSafe, Encode, Postgres, Type,
    error::BoxDynError,
    postgres::{PgArguments, PgRow},
    query::Query,
};

/// Text, and the values of its placeholders in order.
///
/// All text is a literal of this crate. A statement that is put together from the same parts has
/// the same text and so is prepared once.
#[derive(Default)]
pub(super) struct Statement {
    sql: String,
    values: PgArguments,
    columns: Vec<&'static str>,
    failed: Option<BoxDynError>,
}

impl Statement {
    /// Appends text.
    pub(super) fn text(&mut self, text: &'static str) -> &mut Self {
        self.sql.push_str(text);
        self
    }

    /// Appends the next placeholder.
    pub(super) fn value<'v, T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'v, Postgres> + Type<Postgres>,
    {
        if let Err(error) = self.values.add(value) {
            self.failed = Some(error);
        }
        self.sql.push('$');
        self.sql.push_str(&self.values.len().to_string());
        self
    }

    /// Begins a table of arrays, whose columns follow.
    pub(super) fn rows(&mut self) -> &mut Self {
        self.text("unnest(")
    }

    /// A column of the table of arrays.
    pub(super) fn column<'v, T>(&mut self, name: &'static str, values: Vec<T>) -> &mut Self
    where
        Vec<T>: Encode<'v, Postgres> + Type<Postgres>,
    {
        if !self.columns.is_empty() {
            self.text(", ");
        }
        self.columns.push(name);
        self.value(values)
    }

    /// Ends the table of arrays and calls it `i`.
    pub(super) fn end_rows(&mut self) -> &mut Self {
        self.text(") AS i(");
        for (place, column) in std::mem::take(&mut self.columns).into_iter().enumerate() {
            if place > 0 {
                self.text(", ");
            }
            self.text(column);
        }
        self.text(")")
    }

    /// Runs it and returns what comes back once it is committed.
    pub(super) async fn fetch(
        self,
        connection: &mut PgConnection,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        if let Some(error) = self.failed {
            return Err(sqlx::Error::Encode(error));
        }
        let query: Query<'_, Postgres, PgArguments> =
            sqlx::query_with(AssertSqlSafe(self.sql), self.values);
        query.fetch_all(connection).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_become_a_table_with_named_columns() {
        let mut statement = Statement::default();
        statement.text("SELECT * FROM ").rows();
        statement.column("n", vec![1_i32]).column("name", vec!["a"]).end_rows();
        statement.text(" WHERE n > ").value(0_i32);
        assert_eq!(statement.sql, "SELECT * FROM unnest($1, $2) AS i(n, name) WHERE n > $3");
        assert_eq!(statement.values.len(), 3);
    }
}
