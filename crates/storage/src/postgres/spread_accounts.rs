//! Loads accounts where tables are spread: an outer join that begins with an array of keys is one that no
//! machine can do alone.
//!
//! What an account and its lone card say of the account's latest event has to be of one moment, because whoever
//! writes the one notes it in the other. So those that have a lone card come with it, and then the others.

use sqlx::PgConnection;

use super::{
    connect::answered,
    fault::Fault,
    layout::Layout,
    load::add_account,
    place::AccountKeys,
    rows::{Columns, account_columns},
};
use crate::lane::Loaded;

macro_rules! find_accounts {
    ($columns:expr $(, $lone_card:literal)?) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM unnest($1, $2, $3) AS i(bucket, entity, account_key) \
             JOIN account a ON a.bucket = i.bucket AND a.entity = i.entity \
             AND a.account_key = i.account_key",
            $($lone_card)?
        )
    };
}

const FIND_WITH_LONE_CARD: &str = find_accounts!(
    account_columns!("h"),
    " JOIN card h ON h.bucket = a.bucket AND h.id = a.lone_card"
);

/// An account whose card comes to be its lone one meanwhile is found here without it. What is decided on it then
/// is outdated if the card knows a later event.
const FIND_ALONE: &str = find_accounts!(account_columns!());

/// Loads accounts by the keys of their rows.
pub(super) async fn load(
    connection: &mut PgConnection,
    keys: &AccountKeys<'_>,
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let with_card = Layout::Spread.by_key(FIND_WITH_LONE_CARD, &["a", "h"]);
    let with_card = with_card.bind(&keys.buckets).bind(&keys.entities).bind(&keys.keys);
    let found = answered(with_card.fetch_all(&mut *connection)).await?;
    for row in &found {
        add_account(&Columns::of(row).account().map_err(Fault::of)?, loaded);
    }
    if found.len() == keys.keys.len() {
        return Ok(());
    }
    let alone = Layout::Spread.by_key(FIND_ALONE, &["a"]);
    let alone = alone.bind(&keys.buckets).bind(&keys.entities).bind(&keys.keys);
    for row in answered(alone.fetch_all(connection)).await? {
        add_account(&Columns::of(&row).account_alone().map_err(Fault::of)?, loaded);
    }
    Ok(())
}
