//! The tables: whether they are those that this program knows, and bringing them up to date.

use sqlx::{
    PgConnection,
    migrate::{Migrate as _, MigrateError, Migrator},
    query_scalar,
};

static MIGRATOR: Migrator = sqlx::migrate!("../../migrations/postgres");

const IS_NEW: &str = "SELECT to_regclass('_sqlx_migrations') IS NULL";

/// How the tables relate to this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SchemaState {
    /// There are none.
    Empty,
    /// A later migration than the last that was run is known here.
    Older,
    /// They are those that this program knows.
    Current,
    /// A migration was run that is not known here.
    Newer,
    /// The migration with this number was run, but it was another than the one known here.
    Other(i64),
}

/// Compares the migrations that were run with those that are known here.
pub(super) async fn state(connection: &mut PgConnection) -> Result<SchemaState, MigrateError> {
    if query_scalar(IS_NEW).fetch_one(&mut *connection).await? {
        return Ok(SchemaState::Empty);
    }
    let applied = connection.list_applied_migrations(&MIGRATOR.table_name).await?;
    if applied.is_empty() {
        return Ok(SchemaState::Empty);
    }
    for migration in &applied {
        match MIGRATOR.iter().find(|known| known.version == migration.version) {
            None => return Ok(SchemaState::Newer),
            Some(known) if known.checksum != migration.checksum => {
                return Ok(SchemaState::Other(migration.version));
            }
            Some(_) => {}
        }
    }
    let known = MIGRATOR.iter().count();
    Ok(if applied.len() < known { SchemaState::Older } else { SchemaState::Current })
}

/// Runs the migrations that were not run yet, each whole or not at all, while no other process can.
pub(super) async fn migrate(connection: &mut PgConnection) -> Result<(), MigrateError> {
    MIGRATOR.run_direct(None, connection, false).await
}
