//! Where things are kept: keys as arrays, and what other names stand for.

use std::collections::HashMap;

use cardfile_domain::id::{AccountId, AccountKey, AccountRef, Bucket, EntityId, PaymentMethodId};
use sqlx::{
    PgConnection, Postgres,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use uuid::Uuid;

use super::{connect::answered, fault::Fault, layout::Layout, rows::Columns};
use crate::lane::card_alias;

const FIND_ALIASES: &str = "SELECT l.entity, l.alias, l.account_key \
    FROM unnest($1, $2, $3) AS i(bucket, entity, alias) \
    JOIN alias l ON l.bucket = i.bucket AND l.entity = i.entity AND l.alias = i.alias";

/// That the account is in the bucket is asked of the row. As a plain condition it would fit the index of keys,
/// by which all accounts of the bucket are looked at.
const FIND_KEYS: &str = "SELECT a.entity, a.id, a.account_key \
    FROM unnest($1, $2, $3) AS i(bucket, entity, id) \
    JOIN account a ON (a.bucket = i.bucket) IS TRUE AND a.entity = i.entity AND a.id = i.id \
    AND a.account_key NOT LIKE '~%'";

/// A bucket as its column holds it.
pub(super) fn bucket_column(bucket: Bucket) -> i16 {
    // There are 4096 of them.
    bucket.get().cast_signed()
}

/// A card's id as its column holds it.
pub(super) fn card_column(id: PaymentMethodId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// The id of an account as its column holds it.
pub(super) fn account_column(id: AccountId) -> Uuid {
    Uuid::from_bytes(*id.as_bytes())
}

/// The account with the key `$3`, or with that as its id. That of an account which nobody can name is not
/// one to find it by.
macro_rules! named_by_3 {
    (key) => {
        " a.bucket = $1 AND a.entity = $2 AND a.account_key = $3 "
    };
    (id) => {
        " a.bucket = $1 AND a.entity = $2 AND a.id = $3 AND a.account_key NOT LIKE '~%' "
    };
}
pub(super) use named_by_3;

/// The keys of accounts as arrays: buckets, entities, keys.
#[derive(Default)]
pub(super) struct AccountKeys<'k> {
    pub(super) buckets: Vec<i16>,
    pub(super) entities: Vec<Uuid>,
    pub(super) keys: Vec<&'k str>,
}

impl<'k> AccountKeys<'k> {
    pub(super) fn of(accounts: impl IntoIterator<Item = &'k AccountRef>) -> Self {
        let mut arrays = Self::default();
        for account in accounts {
            arrays.push(account.bucket(), account.entity, &account.key);
        }
        arrays
    }

    pub(super) fn push(&mut self, bucket: Bucket, entity: EntityId, key: &'k AccountKey) {
        self.buckets.push(bucket_column(bucket));
        self.entities.push(entity.uuid());
        self.keys.push(key.as_str());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

/// The ids of accounts as arrays: buckets, entities, ids.
#[derive(Default)]
pub(super) struct AccountIds {
    pub(super) buckets: Vec<i16>,
    pub(super) entities: Vec<Uuid>,
    pub(super) ids: Vec<Uuid>,
}

impl AccountIds {
    /// Those of the names that are ids.
    pub(super) fn among<'n>(names: impl IntoIterator<Item = &'n AccountRef>) -> Self {
        let mut arrays = Self::default();
        for name in names {
            if let Some(id) = name.key.as_account_id() {
                arrays.buckets.push(bucket_column(name.bucket()));
                arrays.entities.push(name.entity.uuid());
                arrays.ids.push(account_column(id));
            }
        }
        arrays
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// The keys of cards as arrays: buckets, entities, ids.
#[derive(Default)]
pub(super) struct CardKeys {
    pub(super) buckets: Vec<i16>,
    pub(super) entities: Vec<Uuid>,
    pub(super) ids: Vec<Uuid>,
}

impl CardKeys {
    pub(super) fn push(&mut self, bucket: Bucket, entity: EntityId, id: PaymentMethodId) {
        self.buckets.push(bucket_column(bucket));
        self.entities.push(entity.uuid());
        self.ids.push(card_column(id));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

/// Finds the accounts that cards were given to, for those that were given to one.
///
/// A card that was never given away, one that does not exist and one of another entity all look
/// the same here.
pub(super) async fn find_moved(
    connection: &mut PgConnection,
    layout: Layout,
    cards: &[(EntityId, PaymentMethodId)],
) -> Result<HashMap<(EntityId, PaymentMethodId), AccountRef>, Fault> {
    let aliases: Vec<_> = cards.iter().map(|(_, id)| card_alias(*id)).collect();
    let mut keys = AccountKeys::default();
    for ((entity, id), alias) in cards.iter().zip(&aliases) {
        keys.push(id.bucket(), *entity, alias);
    }
    let names = find_aliases(connection, layout, &keys).await?;
    let place = |(entity, id): &(EntityId, PaymentMethodId)| {
        let key = names.get(&(*entity, card_alias(*id)))?;
        Some(((*entity, *id), AccountRef { entity: *entity, key: key.clone() }))
    };
    Ok(cards.iter().filter_map(place).collect())
}

/// Finds what names stand for, for those that are aliases.
pub(super) async fn find_aliases(
    connection: &mut PgConnection,
    layout: Layout,
    names: &AccountKeys<'_>,
) -> Result<Aliases, Fault> {
    let rows = answered(aliases_query(layout, names).fetch_all(connection)).await?;
    read_aliases(&rows).map_err(Fault::of)
}

/// The names under which accounts are filed: as they are, but for those that are ids of accounts.
pub(super) async fn settle(
    connection: &mut PgConnection,
    layout: Layout,
    names: &[AccountRef],
) -> Result<Vec<AccountRef>, Fault> {
    let ids = AccountIds::among(names);
    if ids.is_empty() {
        return Ok(names.to_vec());
    }
    let rows = answered(keys_query(layout, &ids).fetch_all(connection)).await?;
    let keys = read_keys(&rows).map_err(Fault::of)?;
    let settled = |name: &AccountRef| match keys.get(&(name.entity, name.key.clone())) {
        Some(key) => AccountRef { key: key.clone(), ..name.clone() },
        None => name.clone(),
    };
    Ok(names.iter().map(settled).collect())
}

/// The statement by which it is found what accounts with some ids are filed under.
pub(super) fn keys_query(
    layout: Layout,
    ids: &AccountIds,
) -> Query<'static, Postgres, PgArguments> {
    let by_id = layout.by_key(FIND_KEYS, &["a"]);
    by_id.bind(ids.buckets.clone()).bind(ids.entities.clone()).bind(ids.ids.clone())
}

/// What came of [`keys_query`], by the ids as names.
pub(super) fn read_keys(rows: &[PgRow]) -> Result<Aliases, sqlx::Error> {
    let read = |row| {
        let mut columns = Columns::of(row);
        let entity = EntityId::from_bytes(columns.id()?);
        let id = AccountId::from_bytes(columns.id()?);
        let name = AccountKey::from_stored(id.to_string());
        Ok(((entity, name), AccountKey::from_stored(columns.take()?)))
    };
    rows.iter().map(read).collect()
}

/// What names stand for.
pub(super) type Aliases = HashMap<(EntityId, AccountKey), AccountKey>;

/// The statement by which it is found what names stand for.
pub(super) fn aliases_query(
    layout: Layout,
    names: &AccountKeys<'_>,
) -> Query<'static, Postgres, PgArguments> {
    layout.by_key(FIND_ALIASES, &["l"]).bind(&names.buckets).bind(&names.entities).bind(&names.keys)
}

/// What came of [`aliases_query`].
pub(super) fn read_aliases(rows: &[PgRow]) -> Result<Aliases, sqlx::Error> {
    let read = |row| {
        let mut columns = Columns::of(row);
        let entity = EntityId::from_bytes(columns.id()?);
        let alias = AccountKey::from_stored(columns.take()?);
        Ok(((entity, alias), AccountKey::from_stored(columns.take()?)))
    };
    rows.iter().map(read).collect()
}
