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
    columns: Vec<Column>,
    /// The columns of the latest table of arrays.
    ended: Vec<Column>,
    /// The table that rows are being added to.
    table: Option<&'static str>,
    is_of_bucket: bool,
    /// The text is as long as there are rows, and hardly ever comes again.
    is_for_once: bool,
    failed: Option<BoxDynError>,
}

/// A column of the rows that are being put together.
struct Column {
    name: &'static str,
    is_json: bool,
    values: Values,
}

/// Where the values of a column are.
#[derive(Clone, Copy)]
enum Values {
    /// They are the array with this number.
    Array(usize),
    /// The first has this number, and those of the next rows follow.
    Each { first: usize, rows: usize },
    /// It is that of all rows.
    Bucket,
}

/// The bucket in a statement whose rows are all of one: its value is the first.
const BUCKET: &str = "$1";

impl Statement {
    /// A statement whose rows are all of one bucket: wherever its text has the bucket of a row, this
    /// value stands in its place, so that the text alone tells that there is but one.
    ///
    /// Such a statement adds rows by their values, and in no part of it. Citus would fetch rows that are selected
    /// from arrays, take a statement apart of which a part adds some, and commit either in two phases.
    pub(super) fn of_bucket(bucket: i16) -> Self {
        let mut statement = Self { is_of_bucket: true, ..Self::default() };
        statement.failed = statement.values.add(bucket).err();
        statement
    }

    /// Appends text.
    pub(super) fn text(&mut self, text: &'static str) -> &mut Self {
        if self.is_of_bucket {
            self.sql.push_str(&text.replace("i.bucket", BUCKET));
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
        let number = self.add(value);
        self.placeholder(number)
    }

    /// Begins a table of arrays, whose columns follow.
    pub(super) fn rows(&mut self) -> &mut Self {
        self.table = None;
        self
    }

    /// Begins rows that are to be added to a table, whose columns follow.
    pub(super) fn insert(&mut self, table: &'static str) -> &mut Self {
        self.table = Some(table);
        self
    }

    /// A column of the rows. That by the name `n` tells rows apart and belongs to no table.
    pub(super) fn column<'v, T>(&mut self, name: &'static str, values: Vec<T>) -> &mut Self
    where
        T: Encode<'v, Postgres> + Type<Postgres>,
        Vec<T>: Encode<'v, Postgres> + Type<Postgres>,
    {
        let (is_of_bucket, is_insert) = (self.is_of_bucket, self.table.is_some());
        let values = match name {
            "bucket" if is_of_bucket && is_insert => Values::Bucket,
            "bucket" if is_of_bucket => return self,
            "n" if is_of_bucket && is_insert => return self,
            _ if is_of_bucket && is_insert => {
                let (first, rows) = (self.values.len() + 1, values.len());
                for value in values {
                    self.add(value);
                }
                Values::Each { first, rows }
            }
            _ => Values::Array(self.add(values)),
        };
        self.columns.push(Column { name, is_json: false, values });
        self
    }

    /// A column whose values are the text of JSON.
    pub(super) fn json<'v, T>(&mut self, name: &'static str, values: Vec<T>) -> &mut Self
    where
        T: Encode<'v, Postgres> + Type<Postgres>,
        Vec<T>: Encode<'v, Postgres> + Type<Postgres>,
    {
        self.column(name, values);
        if let Some(column) = self.columns.last_mut() {
            column.is_json = true;
        }
        self
    }

    /// Ends the table of arrays and calls it `i`.
    ///
    /// Arrays that are unfolded side by side in a list of columns are read as they are needed. As one
    /// function of many arrays each would first be copied into a table of its own. Where tables are
    /// spread the function stays: the other form was never tried there.
    pub(super) fn end_rows(&mut self) -> &mut Self {
        let columns = std::mem::take(&mut self.columns);
        if self.is_of_bucket {
            self.text("unnest(");
            self.list(&columns, |it, column| it.values_of(column, 0));
            self.text(") AS i(");
            self.list(&columns, |it, column| it.text(column.name));
            self.text(")");
        } else {
            self.text("(SELECT ");
            self.list(&columns, |it, column| {
                it.text("unnest(").values_of(column, 0).text(") AS ").text(column.name)
            });
            self.text(") i");
        }
        self.ended = columns;
        self
    }

    /// Ends the rows and has them added to their table. Where they come from arrays they are called `i`.
    pub(super) fn end_insert(&mut self) -> &mut Self {
        let table = self.table.take().unwrap_or_default();
        if self.is_of_bucket {
            return self.insert_values(table);
        }
        let columns = std::mem::take(&mut self.columns);
        self.insert_into(table, &columns);
        self.columns = columns;
        self.end_rows()
    }

    /// Adds the rows of the latest table of arrays to a table of the database. They are in what goes by this name.
    pub(super) fn insert_from(&mut self, table: &'static str, source: &'static str) -> &mut Self {
        let columns = std::mem::take(&mut self.ended);
        self.insert_into(table, &columns).text(source)
    }

    fn insert_into(&mut self, table: &'static str, columns: &[Column]) -> &mut Self {
        self.begin_insert(table, columns).text("SELECT ");
        self.list(of_table(columns), |it, column| it.cast(column, |it| it.text(column.name)));
        self.text(" FROM ")
    }

    fn insert_values(&mut self, table: &'static str) -> &mut Self {
        let columns = std::mem::take(&mut self.columns);
        let rows = rows_of(&columns);
        self.is_for_once = rows > 1;
        self.begin_insert(table, &columns).text("VALUES ");
        for row in 0..rows {
            self.text(if row == 0 { "(" } else { ", (" });
            self.list(of_table(&columns), |it, column| {
                it.cast(column, |it| it.values_of(column, row))
            });
            self.text(")");
        }
        self
    }

    fn begin_insert(&mut self, table: &'static str, columns: &[Column]) -> &mut Self {
        self.text("INSERT INTO ").text(table).text(" (");
        self.list(of_table(columns), |it, column| it.text(column.name));
        self.text(") ")
    }

    /// Runs it and returns what comes back once it is committed.
    pub(super) async fn fetch(
        self,
        connection: &mut PgConnection,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        debug_assert!(!self.is_of_bucket || !self.sql.contains("(INSERT"), "{}", self.sql);
        if let Some(error) = self.failed {
            return Err(sqlx::Error::Encode(error));
        }
        let query: Query<'_, Postgres, PgArguments> =
            sqlx::query_with(AssertSqlSafe(self.sql), self.values);
        query.persistent(!self.is_for_once).fetch_all(connection).await
    }

    /// Adds a value and returns its number.
    fn add<'v, T>(&mut self, value: T) -> usize
    where
        T: Encode<'v, Postgres> + Type<Postgres>,
    {
        if let Err(error) = self.values.add(value) {
            self.failed = Some(error);
        }
        self.values.len()
    }

    fn placeholder(&mut self, number: usize) -> &mut Self {
        self.sql.push('$');
        self.sql.push_str(&number.to_string());
        self
    }

    /// The values of a column, or that of a row if each has its own.
    fn values_of(&mut self, column: &Column, row: usize) -> &mut Self {
        match column.values {
            Values::Array(number) => self.placeholder(number),
            Values::Each { first, .. } => self.placeholder(first + row),
            Values::Bucket => self.text(BUCKET),
        }
    }

    fn cast(&mut self, column: &Column, value: impl FnOnce(&mut Self) -> &mut Self) -> &mut Self {
        if column.is_json { value(self.text("CAST(")).text(" AS JSON)") } else { value(self) }
    }

    /// What is said of each column, with commas.
    fn list<'c>(
        &mut self,
        columns: impl IntoIterator<Item = &'c Column>,
        say: impl for<'s> Fn(&'s mut Self, &Column) -> &'s mut Self,
    ) {
        for (place, column) in columns.into_iter().enumerate() {
            if place > 0 {
                self.text(", ");
            }
            say(self, column);
        }
    }
}

/// The columns that a table of the database has as well.
fn of_table(columns: &[Column]) -> impl Iterator<Item = &Column> {
    columns.iter().filter(|column| column.name != "n")
}

fn rows_of(columns: &[Column]) -> usize {
    let rows = columns.iter().map(|column| match column.values {
        Values::Each { rows, .. } => rows,
        Values::Array(_) | Values::Bucket => 0,
    });
    rows.max().unwrap_or_default()
}

#[cfg(test)]
mod tests;
