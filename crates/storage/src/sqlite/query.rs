//! Lists and queries: statements that may return many rows.

use cardfile_domain::{
    id::{AccountRef, EntityId},
    ports::{CardPage, FiledCard, StoreError},
    query::{CardField, CardQuery, Comparison, Condition, Operand},
};
use rusqlite::{Connection, Params, Row, ToSql, params_from_iter, types::ToSqlOutput};

use super::{
    cells,
    load::{find_key, find_new_home},
    sql,
};
use crate::query_sql::{Dialect, Param, render};

/// What a list came to: one row that cannot be read spoils it, and is named.
pub(super) type Rows<T> = Result<Vec<T>, StoreError>;

/// Runs a statement and reads every row.
pub(super) fn list<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> rusqlite::Result<Rows<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        match read(row) {
            Ok(item) => found.push(item),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(found))
}

/// The cards of an account, the latest changed first.
pub(super) fn list_cards(
    connection: &Connection,
    account: &AccountRef,
    page: &CardPage,
) -> rusqlite::Result<Rows<FiledCard>> {
    let account = canonical(connection, account)?;
    let sql = if page.active_only { sql::LIST_ACTIVE_CARDS } else { sql::LIST_CARDS };
    let key = (account.bucket().get(), account.entity.as_bytes(), account.key.as_str());
    let (limit, offset) = (number(page.limit), number(page.offset));
    list(connection, sql, (key.0, key.1, key.2, limit, offset), cells::filed_card)
}

/// The cards that a query asks for.
pub(super) fn query_cards(
    connection: &Connection,
    entity: EntityId,
    query: CardQuery,
) -> rusqlite::Result<Rows<FiledCard>> {
    let condition = query.condition.map(|given| settle_names(connection, entity, given));
    let query = CardQuery { condition: condition.transpose()?, ..query };
    let rendered = render(Dialect::Sqlite, sql::FILED_COLUMNS, entity, &query);
    list(connection, &rendered.sql, params_from_iter(&rendered.params), cells::filed_card)
}

/// The name under which an account's row is filed. What is no id is such a name, or a new one.
pub(super) fn canonical(
    connection: &Connection,
    name: &AccountRef,
) -> rusqlite::Result<AccountRef> {
    let key = find_key(connection, name)?;
    Ok(AccountRef { entity: name.entity, key: key.unwrap_or_else(|| name.key.clone()) })
}

/// A limit or an offset, as SQLite counts.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Replaces ids of accounts by their keys, and cards by where they live now.
fn settle_names(
    connection: &Connection,
    entity: EntityId,
    condition: Condition,
) -> rusqlite::Result<Condition> {
    let each = |parts: Vec<Condition>| -> rusqlite::Result<Vec<Condition>> {
        parts.into_iter().map(|part| settle_names(connection, entity, part)).collect()
    };
    Ok(match condition {
        Condition::All(parts) => Condition::All(each(parts)?),
        Condition::Any(parts) => Condition::Any(each(parts)?),
        Condition::OfAccount(account) => Condition::OfAccount(canonical(connection, &account)?),
        Condition::IsCard(id) => match find_new_home(connection, entity, id)? {
            None => Condition::IsCard(id),
            Some(home) => Condition::All(vec![
                Condition::OfAccount(home),
                Condition::Compare(CardField::Id, Comparison::Equal, Operand::Text(id.to_string())),
            ]),
        },
        other => other,
    })
}

impl ToSql for Param {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Number(number) => number.to_sql(),
            Self::Flag(flag) => flag.to_sql(),
            Self::Id(id) => Ok(ToSqlOutput::from(id.as_slice())),
        }
    }
}
