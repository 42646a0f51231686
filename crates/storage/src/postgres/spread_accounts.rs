//! Loads accounts where tables are spread, in a statement for each table: an outer join that begins with
//! an array of keys is one that no machine can do alone.

use std::collections::HashMap;

use cardfile_domain::id::{AccountKey, EntityId, PaymentMethodId};
use sqlx::{PgConnection, postgres::PgRow};

use super::{
    connect::answered,
    fault::Fault,
    layout::Layout,
    load::add_account,
    place::{AccountKeys, CardKeys},
    rows::{Columns, account_columns, noted_columns},
};
use crate::{
    lane::Loaded,
    row::{AccountRow, NotedRow},
};

const FIND_ACCOUNTS_BY_KEY: &str = concat!(
    "SELECT ",
    account_columns!(),
    " FROM unnest($1, $2, $3) AS i(bucket, entity, account_key) \
     JOIN account a ON a.bucket = i.bucket AND a.entity = i.entity \
     AND a.account_key = i.account_key"
);

const FIND_NOTED: &str = concat!(
    "SELECT h.id, ",
    noted_columns!("h"),
    " FROM unnest($1, $2) AS i(bucket, id) JOIN card h ON h.bucket = i.bucket AND h.id = i.id"
);

/// Loads accounts by the keys of their rows.
pub(super) async fn load(
    connection: &mut PgConnection,
    keys: &AccountKeys<'_>,
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let accounts = Layout::Spread.by_key(FIND_ACCOUNTS_BY_KEY, &["a"]);
    let accounts = accounts.bind(&keys.buckets).bind(&keys.entities).bind(&keys.keys);
    let rows = answered(accounts.fetch_all(&mut *connection)).await?;
    let accounts: Result<Vec<_>, _> =
        rows.iter().map(|row| Columns::of(row).account_alone()).collect();
    let accounts = accounts.map_err(Fault::of)?;
    let noted = find_noted(connection, &accounts).await?;
    for account in accounts {
        let row = account.lone_card.and_then(|card| noted.get(&card));
        let noted = row.map(read_noted).transpose()?.flatten();
        add_account(&AccountRow { noted, ..account }, loaded);
    }
    Ok(())
}

/// The rows of what lone cards know, by the ids of the cards.
async fn find_noted(
    connection: &mut PgConnection,
    accounts: &[AccountRow<'_>],
) -> Result<HashMap<[u8; 16], PgRow>, Fault> {
    let mut keys = CardKeys::default();
    for account in accounts {
        let entity = EntityId::from_bytes(account.entity);
        let bucket = AccountKey::from_stored(account.account_key.to_owned()).bucket(entity);
        if let Some(card) = account.lone_card {
            keys.push(bucket, entity, PaymentMethodId::from_bytes(card));
        }
    }
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let noted = Layout::Spread.by_key(FIND_NOTED, &["h"]).bind(keys.buckets).bind(keys.ids);
    let rows = answered(noted.fetch_all(connection)).await?;
    let by_id = |row: PgRow| Columns::of(&row).id().map(|id| (id, row)).map_err(Fault::of);
    rows.into_iter().map(by_id).collect()
}

fn read_noted(row: &PgRow) -> Result<Option<NotedRow<'_>>, Fault> {
    let mut columns = Columns::of(row);
    columns.id().and_then(|_| columns.noted()).map_err(Fault::of)
}
