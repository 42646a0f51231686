//! Loads accounts where tables are spread, in two statements: an outer join that begins with an array
//! of keys is one that no machine can do alone.

use cardfile_domain::id::AccountRef;
use sqlx::PgConnection;

use super::{
    connect::answered,
    fault::Fault,
    layout::Layout,
    load::add_account,
    place::{AccountKeys, find_aliases},
    rows::{Columns, account_columns},
};
use crate::lane::Loaded;

const FIND_ACCOUNTS_BY_KEY: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM unnest($1, $2, $3) AS i(bucket, entity, account_key) \
     JOIN account a ON a.bucket = i.bucket AND a.entity = i.entity \
     AND a.account_key = i.account_key"
);

/// Loads the accounts that names stand for.
pub(super) async fn load(
    connection: &mut PgConnection,
    names: &[AccountRef],
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let may_be_aliases = AccountKeys::of(names.iter().filter(|name| !name.key.is_orphan()));
    let aliases = find_aliases(connection, Layout::Spread, &may_be_aliases).await?;
    let settled = |name: &AccountRef| match aliases.get(&(name.entity, name.key.clone())) {
        Some(key) if !name.key.is_orphan() => AccountRef { key: key.clone(), ..name.clone() },
        _ => name.clone(),
    };
    let stored: Vec<_> = names.iter().map(settled).collect();
    let keys = AccountKeys::of(&stored);
    let accounts = Layout::Spread.by_key(FIND_ACCOUNTS_BY_KEY, &["a"]);
    let accounts = accounts.bind(&keys.buckets).bind(&keys.entities).bind(&keys.keys);
    for row in answered(accounts.fetch_all(connection)).await? {
        add_account(&mut Columns::of(&row), loaded)?;
    }
    for (asked, name) in names.iter().zip(stored) {
        if *asked != name && loaded.has_account(&name) {
            loaded.add_alias(asked.clone(), &name);
        }
    }
    Ok(())
}
