//! Where a card lies.
//!
//! A card's id tells when it was made and in which bucket; the number of its row is made of both, so whoever
//! has the id goes to the row without the index of ids. That is a walk and a page less, and of a million cards
//! the index is more than is kept at hand. What comes later still goes to the end of the table.
//!
//! Few ids are alike in all that their place is made of. Whose place is taken gets a row that the index leads
//! to, as do all cards of a file that was made before rows were numbered so.

use cardfile_domain::{
    id::{Bucket, EntityId, PaymentMethodId},
    ports::StoreError,
};
use rusqlite::{Connection, Row, Statement, ToSql};

use super::load::find;
use crate::lane::Unit;

/// Bits of an id after its milliseconds that count: its bucket, and the first random ones.
const LOW_BITS: u32 = 15;

/// A statement about a card whose key and place are `?1` to `?4`.
#[derive(Clone, Copy)]
pub(super) struct OfCard {
    /// Of the one at the place.
    pub(super) in_place: &'static str,
    /// Of one that may lie anywhere: while it is looked for somebody may have put it into its place.
    pub(super) anywhere: &'static str,
}

/// Such a statement up to its conditions, in which the card is `c`, and conditions of its own.
macro_rules! of_card {
    ($($part:expr),+; $also:literal) => {
        OfCard {
            in_place: concat!(
                $($part,)+
                " WHERE c.row = ?4 AND +c.bucket = ?1 AND +c.entity = ?2 AND +c.id = ?3",
                $also
            ),
            anywhere: concat!(
                $($part,)+
                " WHERE c.bucket = ?1 AND c.entity = ?2 AND c.id = ?3 AND ?4 IS NOT NULL",
                $also
            ),
        }
    };
    ($($part:expr),+) => {
        of_card!($($part),+; "")
    };
}
pub(super) use of_card;

/// The number of the row in which a card lies, if no other was there before.
pub(super) fn place(id: PaymentMethodId) -> i64 {
    let bits = u128::from_be_bytes(*id.as_bytes());
    // After the bucket come two bits that are the same in every id.
    let (millis, random) = (bits >> 80, bits >> 59 & 7);
    let low = u128::from(id.bucket().get()) << 3 | random;
    i64::try_from(millis << LOW_BITS | low).unwrap_or(i64::MAX)
}

/// Finds a card, wherever it lies.
pub(super) fn find_card<T>(
    connection: &Connection,
    sql: OfCard,
    key: (Bucket, EntityId, PaymentMethodId),
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> rusqlite::Result<Option<Result<T, StoreError>>> {
    let (bucket, entity, id) = key;
    let key = (bucket.get(), entity.as_bytes(), id.as_bytes(), place(id));
    match find(connection, sql.in_place, key, &read)? {
        None => find(connection, sql.anywhere, key, read),
        found => Ok(found),
    }
}

/// Runs a statement that writes a card, wherever it lies; it binds what comes after the key. Returns how many
/// cards were written.
pub(super) fn write_card(
    connection: &Connection,
    sql: OfCard,
    key: (Bucket, EntityId, PaymentMethodId),
    bind: impl Fn(&mut Statement<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<usize> {
    let (bucket, entity, id) = key;
    let run = |sql: &'static str| {
        let mut statement = connection.prepare_cached(sql)?;
        let key: [&dyn ToSql; 4] = [&bucket.get(), entity.as_bytes(), id.as_bytes(), &place(id)];
        for (index, value) in (1..).zip(key) {
            statement.raw_bind_parameter(index, value)?;
        }
        bind(&mut statement)?;
        statement.raw_execute()
    };
    match run(sql.in_place)? {
        0 => run(sql.anywhere),
        written => Ok(written),
    }
}

/// New accounts in the order of the places of their cards: each goes to the end then, or nearly, and no page
/// between others has to give way.
pub(super) fn in_places<'u>(units: &[&'u Unit]) -> Vec<&'u Unit> {
    let mut units = units.to_vec();
    if units.iter().all(|unit| unit.expected == 0) {
        units.sort_by_key(|unit| unit.cards.first().map(|write| place(write.card.id)));
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: OfCard = of_card!("SELECT c.row FROM card c");

    #[test]
    fn a_card_that_is_put_into_its_place_while_somebody_looks_is_found() {
        let file = Connection::open_in_memory().unwrap();
        let card = PaymentMethodId::new(Bucket::new(7), 1_000, 5);
        let (entity, place) = ([1; 16], place(card));
        file.execute_batch("CREATE TABLE card (row INTEGER PRIMARY KEY, bucket, entity, id)")
            .unwrap();
        let key = (7, entity, card.as_bytes(), place);
        let look = |sql| find(&file, sql, key, |row| Ok(row.get::<_, i64>(0).unwrap())).unwrap();
        assert!(look(ROW.anywhere).is_none());
        let insert = "INSERT INTO card VALUES (1, ?1, ?2, ?3)";
        file.execute(insert, (7, entity, card.as_bytes())).unwrap();
        assert!(look(ROW.in_place).is_none());
        assert_eq!(look(ROW.anywhere).unwrap().unwrap(), 1);
        file.execute("UPDATE card SET row = ?1", [place]).unwrap();
        assert_eq!(look(ROW.anywhere).unwrap().unwrap(), place);
    }
}
