//! An empty database to try things on, whichever it is.

use std::any::Any;

use cardfile_storage::{Opened, Options, open};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

/// A database of its own for one test.
pub(crate) struct Bench {
    /// The store under test.
    pub(crate) opened: Opened,
    /// How to get at it.
    pub(crate) url: String,
    by_bucket: bool,
    /// What goes away when the test is over.
    _guard: Box<dyn Any + Send + Sync>,
}

/// A connection besides those of the store.
pub(crate) enum Aside {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bench {
    /// Opens a database that is there and up to date.
    ///
    /// One lane keeps the order of all writes, on which some tests count; several lanes have a bench
    /// of their own.
    pub(crate) async fn open(url: String, guard: Box<dyn Any + Send + Sync>) -> Self {
        Self::open_as(url, false, guard).await
    }

    /// The same, where a batch is written bucket by bucket or not.
    pub(crate) async fn open_as(
        url: String,
        by_bucket: bool,
        guard: Box<dyn Any + Send + Sync>,
    ) -> Self {
        let options = Options { lanes: 1, by_bucket, ..Options::default() };
        let opened = open(&url, &options).await.unwrap();
        Self { opened, url, by_bucket, _guard: guard }
    }

    /// Opens the same database once more, as another process would.
    pub(crate) async fn open_again(&self) -> Opened {
        let options = Options { by_bucket: self.by_bucket, ..Options::default() };
        open(&self.url, &options).await.unwrap()
    }

    /// Whether bytes are written the way of SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Bytes as they are written in a statement.
    pub(crate) fn bytes(&self, hex: &str) -> String {
        if self.is_sqlite() { format!("x'{hex}'") } else { format!("'\\x{hex}'") }
    }

    /// A connection that the store knows nothing of.
    pub(crate) async fn aside(&self) -> Aside {
        if self.is_sqlite() {
            let path = self.url.trim_start_matches("sqlite://");
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
            Aside::Sqlite(SqliteConnection::connect_with(&options).await.unwrap())
        } else {
            Aside::Postgres(PgConnection::connect(&self.url).await.unwrap())
        }
    }

    /// Does to the database what no program of ours would.
    pub(crate) async fn run(&self, sql: &str) -> u64 {
        let mut aside = self.aside().await;
        let rows = aside.run(sql).await;
        aside.close().await;
        rows
    }
}

impl Bench {
    /// Keeps the store from writing until the answer is let go of.
    pub(crate) async fn hold(&self) -> Aside {
        let mut aside = self.aside().await;
        let lock = if self.is_sqlite() {
            "BEGIN IMMEDIATE"
        } else {
            "BEGIN; LOCK TABLE account IN ACCESS EXCLUSIVE MODE"
        };
        aside.run(lock).await;
        aside
    }
}

impl Aside {
    /// Lets the store write again.
    pub(crate) async fn let_go(mut self) {
        self.run("ROLLBACK").await;
        self.close().await;
    }

    /// Runs a statement and tells how many rows it touched.
    pub(crate) async fn run(&mut self, sql: &str) -> u64 {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        match self {
            Self::Sqlite(connection) => sql.execute(connection).await.unwrap().rows_affected(),
            Self::Postgres(connection) => sql.execute(connection).await.unwrap().rows_affected(),
        }
    }

    /// Hangs up.
    pub(crate) async fn close(self) {
        match self {
            Self::Sqlite(connection) => connection.close().await.unwrap(),
            Self::Postgres(connection) => connection.close().await.unwrap(),
        }
    }
}
