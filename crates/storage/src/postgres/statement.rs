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
    is_of_bucket: bool,
    failed: Option<BoxDynError>,
}

impl Statement {
    /// A statement whose rows are all of one bucket: wherever its text has the bucket of a row, this
    /// value stands in its place, so that the text alone tells that there is but one.
    pub(super) fn of_bucket(bucket: i16) -> Self {
        let mut statement = Self { is_of_bucket: true, ..Self::default() };
        statement.failed = statement.values.add(bucket).err();
        statement
    }

    /// Appends text.
    pub(super) fn text(&mut self, text: &'static str) -> &mut Self {
        if self.is_of_bucket {
            let text = text.replace("i.bucket", "$1").replace("SELECT bucket,", "SELECT $1,");
            self.sql.push_str(&text);
        } else {
            self.sql.push_str(text);
        }
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
    ///
    /// Arrays that are unfolded side by side in a list of columns are read as they are needed. As one
    /// function of many arrays each would first be copied into a table of its own. Where tables are
    /// spread the function stays: the other form was never tried there.
    pub(super) fn rows(&mut self) -> &mut Self {
        let begin = if self.is_of_bucket { "unnest(" } else { "(SELECT " };
        self.text(begin)
    }

    /// A column of the table of arrays.
    pub(super) fn column<'v, T>(&mut self, name: &'static str, values: Vec<T>) -> &mut Self
    where
        Vec<T>: Encode<'v, Postgres> + Type<Postgres>,
    {
        if self.is_of_bucket && name == "bucket" {
            return self;
        }
        if !self.columns.is_empty() {
            self.text(", ");
        }
        self.columns.push(name);
        if self.is_of_bucket {
            self.value(values)
        } else {
            self.text("unnest(").value(values).text(") AS ").text(name)
        }
    }

    /// Ends the table of arrays and calls it `i`.
    pub(super) fn end_rows(&mut self) -> &mut Self {
        let columns = std::mem::take(&mut self.columns);
        if !self.is_of_bucket {
            return self.text(") i");
        }
        self.text(") AS i(");
        for (place, column) in columns.into_iter().enumerate() {
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
        assert_eq!(
            statement.sql,
            "SELECT * FROM (SELECT unnest($1) AS n, unnest($2) AS name) i WHERE n > $3"
        );
        assert_eq!(statement.values.len(), 3);
    }

    #[test]
    fn the_one_bucket_of_a_statement_is_a_value_of_its_own() {
        let mut statement = Statement::of_bucket(7);
        statement.text("INSERT INTO t SELECT bucket, n FROM ").rows();
        statement.column("n", vec![1_i32]).column("bucket", vec![7_i16]).end_rows();
        statement.text(" WHERE t.bucket = i.bucket AND i.n > ").value(0_i32);
        assert_eq!(
            statement.sql,
            "INSERT INTO t SELECT $1, n FROM unnest($2) AS i(n) WHERE t.bucket = $1 AND i.n > $3"
        );
        assert_eq!(statement.values.len(), 3);
    }
}
