//! Who may do what.

use cardfile_domain::{
    client::{Client, Entity},
    ports::StoreError,
    session::{ApiKey, Session},
};
use rusqlite::Row;

use super::Cells;
use crate::row::{ApiKeyRow, ClientRow, EntityRow, SessionRow};

pub(in crate::sqlite) fn entity(row: &Row<'_>) -> Result<Entity, StoreError> {
    let cells = Cells::new(row, "entity", 0);
    EntityRow {
        id: cells.id()?,
        name: cells.text()?,
        wrapped_keys: cells.bytes()?,
        created_at: cells.number()?,
    }
    .read()
}

pub(in crate::sqlite) fn client(row: &Row<'_>) -> Result<Client, StoreError> {
    let cells = Cells::new(row, "client", 0);
    ClientRow {
        id: cells.id()?,
        name: cells.text()?,
        secret_hash: cells.bytes()?,
        entities: cells.read(|value| serde_json::from_str(value.as_str().ok()?).ok())?,
        rights: cells.number()?,
        created_at: cells.number()?,
        disabled_at: cells.number_or_null()?,
    }
    .read()
}

pub(in crate::sqlite) fn api_key(row: &Row<'_>) -> Result<ApiKey, StoreError> {
    let cells = Cells::new(row, "api_key", 0);
    ApiKeyRow {
        id: cells.text()?,
        kind: cells.text()?,
        identifier: cells.text()?,
        entity: cells.id()?,
        created_at: cells.number()?,
    }
    .read()
}

pub(in crate::sqlite) fn session(row: &Row<'_>) -> Result<Session, StoreError> {
    let cells = Cells::new(row, "session", 2);
    SessionRow {
        hash: cells.bytes()?,
        entity: cells.id()?,
        client: cells.id()?,
        expires_at: cells.number()?,
    }
    .read()
}
