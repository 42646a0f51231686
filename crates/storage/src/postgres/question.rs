//! Queries: names are replaced by what they lead to, and then the question becomes a statement.

use cardfile_domain::{
    id::{AccountKey, AccountRef, EntityId},
    ports::StoreError,
    query::{CardField, CardQuery, Comparison, Condition, Operand},
};
use sqlx::{AssertSqlSafe, postgres::PgRow};
use uuid::Uuid;

use super::{
    PostgresStore,
    fault::unavailable,
    place::{AccountIds, AccountKeys, Aliases, aliases_query, keys_query, read_aliases, read_keys},
    rows::filed_columns,
};
use crate::{
    lane::card_alias,
    query_sql::{Dialect, Param, render},
};

impl PostgresStore {
    /// The rows of the cards that a query asks for.
    pub(super) async fn ask(
        &self,
        entity: EntityId,
        mut question: CardQuery,
    ) -> Result<Vec<PgRow>, StoreError> {
        let mut names = Vec::new();
        if let Some(condition) = &question.condition {
            collect_names(entity, condition, &mut names);
        }
        if !names.is_empty() {
            let aliases = self.resolve(&names).await?;
            question.condition = question.condition.map(|given| settle(entity, given, &aliases));
        }
        let rendered = render(Dialect::Postgres, filed_columns!(), entity, &question);
        let ask = || {
            let mut query = sqlx::query(AssertSqlSafe(rendered.sql.clone()));
            for param in &rendered.params {
                query = match param {
                    Param::Text(text) => query.bind(text),
                    Param::Number(number) => query.bind(number),
                    Param::Flag(flag) => query.bind(flag),
                    Param::Id(id) => query.bind(Uuid::from_bytes(*id)),
                };
            }
            // Hardly two of them are alike: keeping them would push out those that are.
            query.persistent(false)
        };
        self.pool.fetch(ask).await
    }

    async fn resolve(&self, names: &[AccountRef]) -> Result<Aliases, StoreError> {
        let mut found = Aliases::new();
        let aliases = AccountKeys::of(names.iter().filter(|name| name.key.is_orphan()));
        if !aliases.is_empty() {
            let rows = self.pool.fetch(|| aliases_query(self.layout, &aliases)).await?;
            found.extend(read_aliases(&rows).map_err(unavailable)?);
        }
        let ids = AccountIds::among(names);
        if !ids.is_empty() {
            let rows = self.pool.fetch(|| keys_query(self.layout, &ids)).await?;
            found.extend(read_keys(&rows).map_err(unavailable)?);
        }
        Ok(found)
    }
}

/// The names that a condition holds and that may stand for others.
fn collect_names(entity: EntityId, condition: &Condition, names: &mut Vec<AccountRef>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                collect_names(entity, part, names);
            }
        }
        Condition::OfAccount(account) if !account.key.is_orphan() => names.push(account.clone()),
        Condition::IsCard(id) => names.push(AccountRef { entity, key: card_alias(*id) }),
        _ => {}
    }
}

/// Replaces ids of accounts by their keys, and cards by where they live now.
fn settle(entity: EntityId, condition: Condition, aliases: &Aliases) -> Condition {
    let each = |parts: Vec<Condition>| {
        parts.into_iter().map(|part| settle(entity, part, aliases)).collect()
    };
    let home = |entity: EntityId, key: AccountKey| {
        let key = aliases.get(&(entity, key))?.clone();
        Some(Condition::OfAccount(AccountRef { entity, key }))
    };
    match condition {
        Condition::All(parts) => Condition::All(each(parts)),
        Condition::Any(parts) => Condition::Any(each(parts)),
        // A private account has the name that is the alias of its card.
        Condition::OfAccount(account) if !account.key.is_orphan() => {
            home(account.entity, account.key.clone()).unwrap_or(Condition::OfAccount(account))
        }
        Condition::IsCard(id) => match home(entity, card_alias(id)) {
            Some(home) => {
                let id = Operand::Text(id.to_string());
                Condition::All(vec![home, Condition::Compare(CardField::Id, Comparison::Equal, id)])
            }
            None => Condition::IsCard(id),
        },
        other => other,
    }
}
