//! Cards that belong to nobody, which are forgotten in time.

use cardfile_domain::{
    id::{EntityId, PaymentMethodId},
    ports::StoreError,
};
use jiff::Timestamp;
use sqlx::query;

use super::{PostgresStore, fault::unavailable, rows::Columns, store::number};

pub(super) const LIST_ORPHANS: &str = "SELECT entity, id FROM card \
    WHERE account_key LIKE '~%' AND created_at < $1 ORDER BY created_at, id LIMIT $2";

pub(super) const LIST_TOKENS: &str = "SELECT entity, id FROM card \
    WHERE account_key LIKE '~%' AND extras ->> 'isToken' IS NOT NULL AND created_at < $1 \
    ORDER BY created_at, id LIMIT $2";

impl PostgresStore {
    /// Cards without an account that were made before a moment.
    pub(super) async fn list_unowned(
        &self,
        sql: &'static str,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(EntityId, PaymentMethodId)>, StoreError> {
        let list = || query(sql).bind(before.as_microsecond()).bind(number(limit));
        let read = |row| {
            let mut columns = Columns::of(row);
            let entity = EntityId::from_bytes(columns.id()?);
            Ok((entity, PaymentMethodId::from_bytes(columns.id()?)))
        };
        let rows = self.pool.fetch(list).await?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(unavailable)
    }
}
