//! Loads what a batch needs: a statement for each kind of thing, and none for what nobody asks.
//!
//! The statements see the database at slightly different moments. That does no harm: what a batch
//! writes is guarded by the version of each account as it was loaded first, and by the latest event that
//! its lone card knew at that very moment.

mod beside;

use cardfile_domain::id::{AccountKey, AccountRef, EntityId, PaymentMethodId};
use sqlx::{PgConnection, query, query_scalar};

use super::{
    connect::answered,
    fault::Fault,
    layout::Layout,
    names,
    place::{AccountKeys, CardKeys, bucket_column, find_moved, settle},
    rows::{
        AccountOf, Columns, account_columns, card_and_account_columns, its_account,
        its_account_unless_told, telling_card_columns,
    },
    spot::Spots,
    spread_accounts,
    telling::Telling,
};
use crate::{
    lane::{CardNeed, ClaimKey, Loaded, Needs, receipt_bucket},
    row::AccountRow,
};

/// That a card is the entity's is asked of the row that its key leads to. As a plain condition it would
/// fit another index as well, by which all cards of the bucket are looked at, and while there are few
/// the planner sees no difference. What it then chose is kept as long as the connection.
macro_rules! find_cards {
    ($columns:expr, $spot:literal $($account:tt)*) => {
        concat!(
            "SELECT ",
            $columns,
            $spot,
            " FROM unnest($1, $2, $3) AS i(bucket, entity, id) \
             JOIN card c ON c.bucket = i.bucket AND c.id = i.id AND (c.entity = i.entity) IS TRUE ",
            $($account)*
        )
    };
}

const FIND_TELLING_CARDS: &str =
    find_cards!(telling_card_columns!(), ", c.ctid" "AND c.account_id IS NOT NULL");

const FIND_CARDS: &str =
    find_cards!(card_and_account_columns!(), ", c.ctid" its_account_unless_told!());

const FIND_SPREAD_CARDS: &str = find_cards!(card_and_account_columns!(), "" its_account!());

const FIND_ACCOUNTS: &str = concat!(
    "SELECT ",
    account_columns!("h"),
    " FROM unnest($1, $2, $3) AS i(bucket, entity, account_key) \
     JOIN account a ON a.bucket = i.bucket AND a.entity = i.entity \
     AND a.account_key = i.account_key LEFT JOIN card h ON h.bucket = a.bucket AND h.id = a.lone_card"
);

const FIND_RECEIPTS: &str = "SELECT r.entity, r.key, r.request, r.outcome, r.at \
    FROM unnest($1, $2, $3) AS i(bucket, entity, key) \
    JOIN receipt r ON r.bucket = i.bucket AND r.entity = i.entity AND r.key = i.key";

const CAN_WRITE: &str =
    "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'";

/// What a connection learns of the cards that are loaded over it.
#[derive(Default)]
pub(super) struct Known {
    /// Where those of the latest batch lie.
    pub(super) spots: Spots,
    telling: Telling,
}

/// Loads what a batch needs.
pub(super) async fn load(
    connection: &mut PgConnection,
    needs: &Needs,
    layout: Layout,
    known: &mut Known,
) -> Result<Loaded, Fault> {
    let mut loaded = Loaded::default();
    known.spots.clear();
    if *needs == Needs::default() {
        // A probe: it wants to know whether anything could be written.
        let can_write = query_scalar(CAN_WRITE).fetch_one(connection);
        return if answered(can_write).await? { Ok(loaded) } else { Err(Fault::read_only()) };
    }
    if !needs.accounts.is_empty() {
        load_accounts(connection, layout, &needs.accounts, &mut loaded).await?;
    }
    if !needs.cards.is_empty() {
        load_cards(connection, layout, &needs.cards, (&mut loaded, known)).await?;
    }
    if !needs.receipts.is_empty() {
        load_receipts(connection, layout, &needs.receipts, &mut loaded).await?;
    }
    if !needs.names.is_empty() {
        names::load_taken(connection, layout, &needs.names, &mut loaded).await?;
    }
    beside::load(connection, layout, needs, &mut loaded).await?;
    Ok(loaded)
}

async fn load_accounts(
    connection: &mut PgConnection,
    layout: Layout,
    names: &[AccountRef],
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let stored = settle(connection, layout, names).await?;
    let keys = AccountKeys::of(&stored);
    if layout == Layout::Spread {
        spread_accounts::load(connection, &keys, loaded).await?;
    } else {
        let found = query(FIND_ACCOUNTS).bind(keys.buckets).bind(keys.entities).bind(keys.keys);
        for row in answered(found.fetch_all(connection)).await? {
            let account = Columns::of(&row).account().map_err(Fault::of)?;
            let name = add_account(&account, loaded);
            // Nobody could write it, and whoever tried would be told that another was faster.
            if account.lone_card.is_some() && account.noted.is_none() {
                loaded.spoil_account(&name, account.without_lone_card());
            }
        }
    }
    for (asked, name) in names.iter().zip(stored) {
        if *asked != name && loaded.has_account(&name) {
            loaded.add_alias(asked.clone(), &name);
        }
    }
    Ok(())
}

async fn load_cards(
    connection: &mut PgConnection,
    layout: Layout,
    needs: &[CardNeed],
    (loaded, known): (&mut Loaded, &mut Known),
) -> Result<(), Fault> {
    if layout == Layout::Whole && known.telling.asks() {
        find_cards(connection, FIND_TELLING_CARDS, layout, &keys(needs), (loaded, known)).await?;
        known.telling.learn(needs.len(), known.spots.len());
    }
    let silent = missing(needs, loaded);
    if silent.is_empty() {
        return Ok(());
    }
    find_cards(connection, with_account(layout), layout, &keys(&silent), (loaded, known)).await?;
    let gone = missing(&silent, loaded);
    if gone.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = gone.iter().map(|need| (need.entity, need.id)).collect();
    let mut keys = CardKeys::default();
    for ((entity, id), account) in find_moved(connection, layout, &names).await? {
        keys.push(account.bucket(), entity, id);
    }
    if keys.is_empty() {
        return Ok(());
    }
    find_cards(connection, with_account(layout), layout, &keys, (loaded, known)).await
}

fn missing(needs: &[CardNeed], loaded: &Loaded) -> Vec<CardNeed> {
    needs.iter().filter(|need| !loaded.has_card(need.id)).copied().collect()
}

fn keys(needs: &[CardNeed]) -> CardKeys {
    let mut keys = CardKeys::default();
    for need in needs {
        keys.push(need.bucket, need.entity, need.id);
    }
    keys
}

/// The statement that finds cards whether they tell of their accounts or not.
fn with_account(layout: Layout) -> &'static str {
    match layout {
        Layout::Whole => FIND_CARDS,
        // The machines are chosen before it is known which cards tell.
        Layout::Spread => FIND_SPREAD_CARDS,
    }
}

async fn find_cards(
    connection: &mut PgConnection,
    statement: &'static str,
    layout: Layout,
    keys: &CardKeys,
    (loaded, known): (&mut Loaded, &mut Known),
) -> Result<(), Fault> {
    let cards = layout.by_key(statement, &["c", "a"]);
    let cards = cards.bind(&keys.buckets).bind(&keys.entities).bind(&keys.ids);
    for row in answered(cards.fetch_all(connection)).await? {
        let mut columns = Columns::of(&row);
        let (row, account) = columns.card_and_account().map_err(Fault::of)?;
        let id = PaymentMethodId::from_bytes(row.id);
        if layout == Layout::Whole {
            known.spots.insert(id, columns.last().map_err(Fault::of)?);
        }
        let card = match &account {
            AccountOf::Nothing => continue,
            AccountOf::Row(account) => {
                add_account(account, loaded);
                row.read()
            }
            AccountOf::Told(told, noted) => row.read().and_then(|card| {
                let (seq, head) = noted.head(id)?;
                loaded.add_account(told.account(&card, seq, head), noted.chain);
                Ok(card)
            }),
        };
        match card {
            Ok(card) => loaded.add_card(card),
            Err(error) => loaded.spoil_card(id, error),
        }
    }
    Ok(())
}

async fn load_receipts(
    connection: &mut PgConnection,
    layout: Layout,
    claims: &[ClaimKey],
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let bucket = |(entity, key): &ClaimKey| bucket_column(receipt_bucket(*entity, key));
    let receipts = layout
        .by_key(FIND_RECEIPTS, &["r"])
        .bind(claims.iter().map(bucket).collect::<Vec<_>>())
        .bind(claims.iter().map(|(entity, _)| entity.uuid()).collect::<Vec<_>>())
        .bind(claims.iter().map(|(_, key)| &key[..]).collect::<Vec<_>>());
    for row in answered(receipts.fetch_all(connection)).await? {
        let mut columns = Columns::of(&row);
        let entity = EntityId::from_bytes(columns.id().map_err(Fault::of)?);
        let receipt = columns.receipt().map_err(Fault::of)?;
        match (receipt.read(), receipt.key.try_into()) {
            (Ok(receipt), _) => loaded.add_receipt(entity, receipt),
            (Err(error), Ok(key)) => loaded.spoil_receipt((entity, key), error),
            // A key of another length is not one that was asked for.
            (Err(_), Err(_)) => {}
        }
    }
    Ok(())
}

/// Adds an account, and tells its name.
pub(super) fn add_account(account: &AccountRow<'_>, loaded: &mut Loaded) -> AccountRef {
    let name = AccountRef {
        entity: EntityId::from_bytes(account.entity),
        key: AccountKey::from_stored(account.account_key.to_owned()),
    };
    if !loaded.has_account(&name) {
        let chain = account.chain();
        match account.read() {
            Ok(account) => loaded.add_account(account, chain),
            Err(error) => loaded.spoil_account(&name, error),
        }
    }
    name
}
