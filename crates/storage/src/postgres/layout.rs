//! Whether the tables are in one place or spread over machines by bucket, and what that asks of a
//! statement.
//!
//! On Citus every table but the two small ones is distributed by `bucket`, colocated. A statement
//! goes to one machine if it names the bucket of each table as a value. One that joins an array of
//! keys with tables is sent to the machines of the buckets that it names for each table beside the
//! join, and to all machines if it names none.

use std::collections::HashSet;

use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, postgres::PgArguments, query, query::Query, query_scalar,
};

/// Tables whose rows have a bucket. The first is the one that the others are placed by.
const KEYED: [&str; 9] = [
    "account",
    "card",
    "event",
    "receipt",
    "alias",
    "errand",
    "payment_log",
    "snapshot",
    "question",
];
/// Small tables, of which every machine has a copy.
const EVERYWHERE: [&str; 4] = ["entity", "client", "api_key", "session"];

const HAS_CITUS: &str = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus')";

const LIST_SPREAD: &str = "SELECT CAST(logicalrelid AS TEXT) FROM pg_dist_partition";

/// Where the tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// In one place: a batch is written in one statement.
    Whole,
    /// Spread by bucket: a batch is written bucket by bucket, side by side.
    Spread,
}

impl Layout {
    /// How the tables of a database lie; nothing if they were left half way between both.
    pub(super) async fn of(connection: &mut PgConnection) -> Result<Option<Self>, sqlx::Error> {
        Ok(Self::with(&spread_tables(connection).await?.unwrap_or_default()))
    }

    /// How they lie where these tables are spread.
    fn with(spread: &HashSet<String>) -> Option<Self> {
        // A join of a local table with one that is spread would be refused, or go to all machines.
        match KEYED.iter().chain(&EVERYWHERE).filter(|table| spread.contains(**table)).count() {
            0 => Some(Self::Whole),
            count if count == KEYED.len() + EVERYWHERE.len() => Some(Self::Spread),
            _ => None,
        }
    }

    /// A statement that joins keys, of which the first array are the buckets, with tables that go by
    /// these letters. It ends with the join: what else it asks for belongs into that.
    pub(super) fn by_key(
        self,
        sql: &'static str,
        tables: &[&str],
    ) -> Query<'static, Postgres, PgArguments> {
        match self {
            Self::Whole => query(sql),
            Self::Spread => query(AssertSqlSafe(pruned(sql, tables))),
        }
    }
}

/// The statement with the buckets of each table named beside the join.
fn pruned(sql: &str, tables: &[&str]) -> String {
    debug_assert!(!sql.contains(" WHERE "), "the condition would stand behind another one");
    let named: Vec<_> = tables.iter().map(|table| format!("{table}.bucket = ANY($1)")).collect();
    format!("{sql} WHERE {}", named.join(" AND "))
}

/// Spreads the tables that are not spread yet, if the database can; rows that are there move along.
pub(super) async fn spread(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let Some(spread) = spread_tables(connection).await? else { return Ok(()) };
    for sql in statements(&spread) {
        query(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// What is left to be done so that all tables are spread.
fn statements(spread: &HashSet<String>) -> Vec<String> {
    let missing = |table: &&&str| !spread.contains(**table);
    let everywhere = EVERYWHERE.iter().filter(missing);
    let everywhere =
        everywhere.map(|table| (table, format!("SELECT create_reference_table('{table}')")));
    let keyed = KEYED.iter().filter(missing).map(|table| {
        let beside = if *table == KEYED[0] { "none" } else { KEYED[0] };
        let with = format!("'bucket', colocate_with => '{beside}'");
        (table, format!("SELECT create_distributed_table('{table}', {with})"))
    });
    // The rows are copied to the machines, and would stay where they were as well.
    let empty = |table| format!("SELECT truncate_local_data_after_distributing_table('{table}')");
    everywhere.chain(keyed).flat_map(|(table, spread)| [spread, empty(table)]).collect()
}

/// The tables that are spread; nothing where none can be.
async fn spread_tables(
    connection: &mut PgConnection,
) -> Result<Option<HashSet<String>>, sqlx::Error> {
    if !query_scalar(HAS_CITUS).fetch_one(&mut *connection).await? {
        return Ok(None);
    }
    let tables: Vec<String> = query_scalar(LIST_SPREAD).fetch_all(connection).await?;
    Ok(Some(tables.into_iter().collect()))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn strings(names: &[&str]) -> HashSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn all_tables_are_spread_beside_each_other() {
        let all = statements(&HashSet::new());
        let spread: Vec<_> = all.iter().step_by(2).map(String::as_str).collect();
        assert_eq!(
            spread,
            [
                "SELECT create_reference_table('entity')",
                "SELECT create_reference_table('client')",
                "SELECT create_reference_table('api_key')",
                "SELECT create_reference_table('session')",
                "SELECT create_distributed_table('account', 'bucket', colocate_with => 'none')",
                "SELECT create_distributed_table('card', 'bucket', colocate_with => 'account')",
                "SELECT create_distributed_table('event', 'bucket', colocate_with => 'account')",
                "SELECT create_distributed_table('receipt', 'bucket', colocate_with => 'account')",
                "SELECT create_distributed_table('alias', 'bucket', colocate_with => 'account')",
                "SELECT create_distributed_table('errand', 'bucket', colocate_with => 'account')",
                "SELECT create_distributed_table('payment_log', 'bucket', colocate_with => \
                 'account')",
                "SELECT create_distributed_table('snapshot', 'bucket', colocate_with => 'account')",
                "SELECT create_distributed_table('question', 'bucket', colocate_with => 'account')",
            ]
        );
        for (emptied, table) in all.iter().skip(1).step_by(2).zip(EVERYWHERE.iter().chain(&KEYED)) {
            let expected =
                format!("SELECT truncate_local_data_after_distributing_table('{table}')");
            assert_eq!(*emptied, expected);
        }
    }

    #[test]
    fn a_table_that_came_later_joins_those_that_are_spread() {
        let mut before = strings(&[&KEYED[..], &EVERYWHERE].concat());
        before.remove("errand");
        let added = [
            "SELECT create_distributed_table('errand', 'bucket', colocate_with => 'account')",
            "SELECT truncate_local_data_after_distributing_table('errand')",
        ];
        assert_eq!(statements(&before), added);
        assert_eq!(statements(&strings(&[&KEYED[..], &EVERYWHERE].concat())), [""; 0]);
    }

    #[test]
    fn tables_of_which_some_are_spread_lie_in_no_way() {
        let all = [&EVERYWHERE[..], &KEYED].concat();
        assert_eq!(Layout::with(&strings(&[])), Some(Layout::Whole));
        assert_eq!(Layout::with(&strings(&["another's"])), Some(Layout::Whole));
        for count in 1..all.len() {
            assert_eq!(Layout::with(&strings(&all[..count])), None, "{count}");
        }
        assert_eq!(Layout::with(&strings(&all)), Some(Layout::Spread));
    }

    #[test]
    fn no_table_of_the_migrations_is_forgotten() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
        let mut found = HashSet::new();
        for file in fs::read_dir(folder).unwrap() {
            let sql = fs::read_to_string(file.unwrap().path()).unwrap();
            for table in sql.split("CREATE TABLE ").skip(1) {
                let (name, columns) = table.split_once(" (").unwrap();
                let is_keyed = columns.trim_start().starts_with("bucket ");
                assert_eq!(is_keyed, KEYED.contains(&name), "{name}");
                assert_eq!(!is_keyed, EVERYWHERE.contains(&name), "{name}");
                // A unique key must hold the bucket, or no machine could vouch for it.
                let key = format!("PRIMARY KEY ({}", if is_keyed { "bucket, " } else { "" });
                assert!(!is_keyed || columns.contains(&key), "{name}");
                found.insert(name.to_owned());
            }
        }
        assert_eq!(found.len(), KEYED.len() + EVERYWHERE.len());
    }

    #[test]
    fn a_join_names_the_buckets_of_each_table() {
        assert_eq!(
            pruned("SELECT 1 FROM unnest($1) AS i(bucket) JOIN card c ON TRUE", &["c", "a"]),
            "SELECT 1 FROM unnest($1) AS i(bucket) JOIN card c ON TRUE \
             WHERE c.bucket = ANY($1) AND a.bucket = ANY($1)"
        );
    }
}
