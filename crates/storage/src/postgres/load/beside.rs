//! Cards that are needed beside those that a batch is about: they look like one of them, or an account shall
//! charge them.

use cardfile_domain::{
    card_number::Last4,
    id::{AccountKey, AccountRef, EntityId, PaymentMethodId},
};
use sqlx::{PgConnection, postgres::PgRow};

use crate::{
    lane::{Loaded, Needs},
    postgres::{
        connect::answered,
        fault::Fault,
        layout::Layout,
        place::{AccountKeys, card_column},
        rows::{Columns, card_columns},
    },
};

const FIND_LOOKALIKES: &str = concat!(
    "SELECT ",
    card_columns!(),
    " FROM unnest($1, $2, $3, $4) AS i(bucket, entity, account_key, last4) \
     JOIN card c ON c.bucket = i.bucket AND c.entity = i.entity \
     AND c.account_key = i.account_key AND c.last4 = i.last4"
);

const FIND_OWN_CARDS: &str = concat!(
    "SELECT ",
    card_columns!(),
    " FROM unnest($1, $2, $3, $4) AS i(bucket, entity, account_key, id) \
     JOIN card c ON c.bucket = i.bucket AND c.id = i.id \
     AND (c.entity = i.entity AND c.account_key = i.account_key) IS TRUE"
);

/// Loads them, once what the batch is about is loaded.
pub(super) async fn load(
    connection: &mut PgConnection,
    layout: Layout,
    needs: &Needs,
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let twins = lookalikes(needs, loaded);
    if !twins.is_empty() {
        load_lookalikes(connection, layout, &twins, loaded).await?;
    }
    let own = candidates(needs, loaded);
    if !own.is_empty() {
        load_own_cards(connection, layout, &own, loaded).await?;
    }
    Ok(())
}

/// The accounts and last digits of the cards that might look like one which is to be written.
fn lookalikes(needs: &Needs, loaded: &Loaded) -> Vec<(AccountRef, Last4)> {
    let stored = |name: &AccountRef| Some(loaded.account(name)?.name.clone());
    let last4 = |id| Some(loaded.card(id)?.number.as_ref()?.masked.last4());
    let made = needs.twins.iter().filter_map(|it| Some((stored(&it.account)?, it.last4)));
    let changed = needs.cards.iter().filter(|need| need.with_twins).filter_map(|need| {
        let account = loaded.card(need.id)?.account_ref();
        Some((stored(&account)?, last4(need.id)?))
    });
    let arrivals = needs.arrivals.iter();
    let arriving = arrivals.filter_map(|it| Some((stored(&it.account)?, last4(it.card)?)));
    let mut all: Vec<_> = made.chain(changed).chain(arriving).collect();
    all.sort_unstable();
    all.dedup();
    all
}

async fn load_lookalikes(
    connection: &mut PgConnection,
    layout: Layout,
    wanted: &[(AccountRef, Last4)],
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let keys = AccountKeys::of(wanted.iter().map(|(account, _)| account));
    let cards = layout
        .by_key(FIND_LOOKALIKES, &["c"])
        .bind(keys.buckets)
        .bind(keys.entities)
        .bind(keys.keys)
        .bind(wanted.iter().map(|(_, last4)| last4.as_str()).collect::<Vec<_>>());
    let rows = answered(cards.fetch_all(connection)).await?;
    add_cards(&rows, loaded)
}

/// The cards that an account shall charge, as far as the account is there.
fn candidates(needs: &Needs, loaded: &Loaded) -> Vec<(AccountRef, PaymentMethodId)> {
    let stored = |name: &AccountRef| Some(loaded.account(name)?.name.clone());
    needs.candidates.iter().filter_map(|(name, card)| Some((stored(name)?, *card))).collect()
}

async fn load_own_cards(
    connection: &mut PgConnection,
    layout: Layout,
    wanted: &[(AccountRef, PaymentMethodId)],
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let keys = AccountKeys::of(wanted.iter().map(|(account, _)| account));
    let cards = layout
        .by_key(FIND_OWN_CARDS, &["c"])
        .bind(keys.buckets)
        .bind(keys.entities)
        .bind(keys.keys)
        .bind(wanted.iter().map(|(_, id)| card_column(*id)).collect::<Vec<_>>());
    let rows = answered(cards.fetch_all(connection)).await?;
    add_cards(&rows, loaded)
}

/// Adds cards of accounts that are loaded. One that cannot be read spoils its account, because
/// whatever is decided without it may be wrong.
fn add_cards(rows: &[PgRow], loaded: &mut Loaded) -> Result<(), Fault> {
    for row in rows {
        let card = Columns::of(row).card().map_err(Fault::of)?;
        match card.read() {
            Ok(card) => loaded.add_card(card),
            Err(error) => {
                let account = AccountRef {
                    entity: EntityId::from_bytes(card.entity),
                    key: AccountKey::from_stored(card.account_key.to_owned()),
                };
                loaded.spoil_account(&account, error);
            }
        }
    }
    Ok(())
}
