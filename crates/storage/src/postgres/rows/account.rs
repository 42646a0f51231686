//! The columns of accounts, alone and beside a card.

use cardfile_domain::id::AccountId;

use super::Columns;
use crate::{
    lane::{Chain, Told},
    row::{AccountRow, CardRow, NotedRow},
};

/// The columns that [`Columns::account_alone`] reads, of `account a`.
macro_rules! account_columns {
    () => {
        concat!("a.entity, a.account_key, ", $crate::postgres::rows::account::account_rest!())
    };
    // Those that [`Columns::account`] reads, where the lone card goes by the letter.
    ($card:literal) => {
        concat!(
            $crate::postgres::rows::account::account_columns!(),
            ", ",
            $crate::postgres::rows::account::noted_columns!($card)
        )
    };
}
pub(in crate::postgres) use account_columns;

/// What there is of `account a` beside its name.
macro_rules! account_rest {
    () => {
        "a.id, a.number, a.default_card, a.version, a.event_seq, a.event_head, a.details, \
         a.created_at, a.updated_at, a.lone_card, a.event_marked"
    };
}
pub(in crate::postgres) use account_rest;

/// The columns that [`Columns::noted`] reads, of the card that goes by the letter.
macro_rules! noted_columns {
    ($card:literal) => {
        concat!(
            $card,
            ".event_seq, ",
            $card,
            ".event_head, ",
            $card,
            ".updated_at, ",
            $card,
            ".event_marked"
        )
    };
}
pub(in crate::postgres) use noted_columns;

/// The columns that [`Columns::card_and_account`] reads of a `card c` that tells of its account.
macro_rules! telling_card_columns {
    () => {
        concat!(
            $crate::postgres::rows::card_columns!(),
            ", c.event_seq, c.event_head, c.event_marked, c.account_id, c.is_default"
        )
    };
}
pub(in crate::postgres) use telling_card_columns;

/// Those that it reads of `card c` and its `account a`, which may be missing.
macro_rules! card_and_account_columns {
    () => {
        concat!(
            $crate::postgres::rows::telling_card_columns!(),
            ", ",
            $crate::postgres::rows::account::account_rest!()
        )
    };
}
pub(in crate::postgres) use card_and_account_columns;

/// Joins `card c` with its account, which comes with it.
macro_rules! its_account {
    () => {
        "JOIN account a ON a.bucket = c.bucket AND a.entity = c.entity \
         AND a.account_key = c.account_key"
    };
}
pub(in crate::postgres) use its_account;

/// The same where the card does not tell of its account. Nothing equals null, so no index is walked for
/// the account of one that does.
macro_rules! its_account_unless_told {
    () => {
        "LEFT JOIN account a ON a.bucket = c.bucket AND a.entity = c.entity \
         AND a.account_key = CASE WHEN c.account_id IS NULL THEN c.account_key END"
    };
}
pub(in crate::postgres) use its_account_unless_told;

/// What there is of a card's account.
pub(in crate::postgres) enum AccountOf<'r> {
    /// The card tells of it.
    Told(Told, NotedRow<'r>),
    /// Its row.
    Row(AccountRow<'r>),
    /// Neither.
    Nothing,
}

impl<'r> Columns<'r> {
    /// The next columns as an account, with what its lone card knows.
    pub(in crate::postgres) fn account(&mut self) -> Result<AccountRow<'r>, sqlx::Error> {
        let alone = self.account_alone()?;
        Ok(AccountRow { noted: self.noted()?, ..alone })
    }

    /// The next columns as an account, without what its lone card knows.
    pub(in crate::postgres) fn account_alone(&mut self) -> Result<AccountRow<'r>, sqlx::Error> {
        let (entity, account_key, id) = (self.id()?, self.take()?, self.id()?);
        self.account_rest(entity, account_key, id)
    }

    /// The next columns as a card and what there is of its account. What the lone card of an account knows
    /// is asked of the very card: if it is not the lone one, it knows nothing that the account does not.
    pub(in crate::postgres) fn card_and_account(
        &mut self,
    ) -> Result<(CardRow<'r>, AccountOf<'r>), sqlx::Error> {
        let card = self.card()?;
        let noted = NotedRow {
            event_seq: self.take()?,
            event_head: self.take()?,
            updated_at: card.updated_at,
            chain: self.chain(card.updated_at)?,
        };
        if let Some((account_id, is_default)) = self.id_if_any()?.zip(self.take()?) {
            let told = Told { account: AccountId::from_bytes(account_id), is_default };
            return Ok((card, AccountOf::Told(told, noted)));
        }
        let Some(id) = self.id_if_any()? else { return Ok((card, AccountOf::Nothing)) };
        let alone = self.account_rest(card.entity, card.account_key, id)?;
        let account = AccountRow { noted: Some(noted), ..alone };
        Ok((card, AccountOf::Row(account)))
    }

    fn account_rest(
        &mut self,
        entity: [u8; 16],
        account_key: &'r str,
        id: [u8; 16],
    ) -> Result<AccountRow<'r>, sqlx::Error> {
        let mut row = AccountRow {
            entity,
            account_key,
            id,
            number: self.take()?,
            default_card: self.id_if_any()?,
            version: self.take()?,
            event_seq: self.take()?,
            event_head: self.take()?,
            details: self.take()?,
            created_at: self.take()?,
            updated_at: self.take()?,
            lone_card: self.id_if_any()?,
            chain: Chain::default(),
            noted: None,
        };
        row.chain = self.chain(row.updated_at)?;
        Ok(row)
    }

    /// The next column as what is known of a chain beside when its latest event happened.
    fn chain(&mut self, latest: i64) -> Result<Chain, sqlx::Error> {
        Ok(Chain { latest: Some(latest), marked: self.take()? })
    }

    /// The next columns as what the row of an account's lone card knows of its chain, if there is one.
    pub(in crate::postgres) fn noted(&mut self) -> Result<Option<NotedRow<'r>>, sqlx::Error> {
        let (event_seq, event_head) = (self.take()?, self.take()?);
        let updated_at: Option<i64> = self.take()?;
        let chain = self.chain(updated_at.unwrap_or_default())?;
        let noted = |(event_seq, updated_at)| NotedRow { event_seq, event_head, updated_at, chain };
        Ok(Option::zip(event_seq, updated_at).map(noted))
    }
}
