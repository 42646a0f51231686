//! Rows, one statement each.

use cardfile_domain::{
    card::Card,
    card_number::{Bin, Last4},
    id::PaymentMethodId,
    retry_rule::{MaxFailures, RetryWindow},
};
use rusqlite::{Connection, Params, Statement, ToSql};

use super::{
    chain::add,
    place::{OfCard, in_places, place, write_card},
    room::Texts,
    sql,
};
use crate::{
    lane::{AliasWrite, CardWrite, Chain, Committed, Head, How, ReceiptWrite, Told, Unit},
    row::{json_text, outcome_text},
};

/// Writes rows in the transaction of a connection.
pub(super) struct Writer<'c> {
    pub(super) connection: &'c Connection,
}

impl<'c> Writer<'c> {
    /// Writes on this connection.
    pub(super) fn on(connection: &'c Connection) -> Self {
        Self { connection }
    }

    /// Writes everything, or says that somebody else was faster.
    pub(super) fn all(
        &self,
        units: &[&Unit],
        receipts: &[ReceiptWrite],
    ) -> rusqlite::Result<Committed> {
        // A card that moves leaves before it arrives.
        for unit in units {
            for card in &unit.removed {
                self.delete_card(unit, *card)?;
            }
        }
        for unit in in_places(units) {
            if !self.unit(unit)? {
                return Ok(Committed::Outdated);
            }
        }
        for receipt in receipts {
            self.receipt(receipt)?;
        }
        Ok(Committed::Written)
    }

    /// Writes a unit; false if somebody else changed the account in spite of our lock.
    fn unit(&self, unit: &Unit) -> rusqlite::Result<bool> {
        let mut chain = unit.chain;
        for event in &unit.events {
            chain = add(chain, self.connection, event)?;
        }
        match unit.head {
            Head::InAccount if self.account(unit, chain)? == 0 => return Ok(false),
            Head::InAccount | Head::InCard => {}
        }
        if let Some(card) = &unit.outdated {
            self.write_card(sql::SILENCE_CARD, unit, *card, |_| Ok(()))?;
        }
        for card in &unit.cards {
            let written = match unit.head {
                Head::InAccount => self.card(unit, card, chain)?,
                Head::InCard => self.change_lone_card(unit, &card.card, chain)?,
            };
            if written == 0 {
                return Ok(false);
            }
        }
        for receipt in &unit.receipts {
            self.receipt(receipt)?;
        }
        for alias in &unit.aliases {
            self.alias(sql::INSERT_ALIAS, alias)?;
        }
        for alias in &unit.unnamed {
            self.alias(sql::DELETE_ALIAS, alias)?;
        }
        self.payments(unit)?;
        Ok(true)
    }

    fn account(&self, unit: &Unit, chain: Chain) -> rusqlite::Result<usize> {
        let account = &unit.account;
        let bucket = unit.bucket.get();
        let entity = account.name.entity.as_bytes();
        let key = account.name.key.as_str();
        let default_card = account.default_card.as_ref().map(PaymentMethodId::as_bytes);
        let lone_card = account.lone_card.as_ref().map(PaymentMethodId::as_bytes);
        if unit.expected == 0 {
            return self.run(
                sql::INSERT_ACCOUNT,
                rusqlite::params![
                    bucket,
                    entity,
                    key,
                    account.id.as_bytes(),
                    account.number.as_ref().map(AsRef::<str>::as_ref),
                    default_card,
                    lone_card,
                    account.version,
                    account.event_seq,
                    &account.event_head.0,
                    chain.latest,
                    chain.marked,
                    json_text(&account.details),
                    account.created_at.as_microsecond(),
                    account.updated_at.as_microsecond(),
                ],
            );
        }
        if unit.new_details {
            let details = json_text(&account.details);
            self.run(sql::UPDATE_DETAILS, (bucket, entity, key, details))?;
        }
        self.run(
            sql::UPDATE_ACCOUNT,
            (
                bucket,
                entity,
                key,
                unit.expected,
                default_card,
                lone_card,
                account.version,
                account.event_seq,
                &account.event_head.0,
                chain.latest,
                chain.marked,
                account.updated_at.as_microsecond(),
            ),
        )
    }

    fn card(&self, unit: &Unit, write: &CardWrite, chain: Chain) -> rusqlite::Result<usize> {
        let card = &write.card;
        match write.how {
            How::Change => self.change_card(unit, card),
            How::Insert => self.insert_card(unit, card, chain),
            How::Replace => {
                self.delete_card(unit, card.id)?;
                self.insert_card(unit, card, chain)
            }
        }
    }

    fn delete_card(&self, unit: &Unit, card: PaymentMethodId) -> rusqlite::Result<usize> {
        self.write_card(sql::DELETE_CARD, unit, card, |_| Ok(()))
    }

    fn change_card(&self, unit: &Unit, card: &Card) -> rusqlite::Result<usize> {
        self.write_card(sql::CHANGE_CARD, unit, card.id, |change| bind_change(change, card))
    }

    fn change_lone_card(&self, unit: &Unit, card: &Card, chain: Chain) -> rusqlite::Result<usize> {
        self.write_card(sql::CHANGE_LONE_CARD, unit, card.id, |change| {
            bind_change(change, card)?;
            change.raw_bind_parameter(20, unit.account.event_seq)?;
            change.raw_bind_parameter(21, unit.account.event_head.0)?;
            change.raw_bind_parameter(22, chain.latest)?;
            change.raw_bind_parameter(23, chain.marked)
        })
    }

    fn write_card(
        &self,
        sql: OfCard,
        unit: &Unit,
        card: PaymentMethodId,
        bind: impl Fn(&mut Statement<'_>) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<usize> {
        write_card(self.connection, sql, (unit.bucket, unit.account.name.entity, card), bind)
    }

    fn insert_card(&self, unit: &Unit, card: &Card, chain: Chain) -> rusqlite::Result<usize> {
        let told = Told::by(unit, card);
        let account = told.map(|_| &unit.account);
        let chain = told.map_or_else(Chain::default, |_| chain);
        let number = card.number.as_ref();
        let vaulted = number.and_then(|number| number.vaulted.as_ref());
        let rule = &card.retry_rule;
        let texts = Texts::of(card);
        self.run(
            sql::INSERT_CARD,
            rusqlite::params![
                unit.bucket.get(),
                card.id.as_bytes(),
                card.entity.as_bytes(),
                card.account.as_str(),
                card.card_type.as_str(),
                number.and_then(|number| number.bin.as_ref()).map(Bin::as_str),
                number.map(|number| number.masked.last4()).as_ref().map(Last4::as_str),
                number.map(|number| number.masked.digits()),
                vaulted.map(|number| number.sealed.bytes.as_slice()),
                vaulted.map(|number| number.sealed.key_version),
                vaulted.map(|number| &number.fingerprint.0),
                card.expiry.month.get(),
                card.expiry.year.get(),
                card.holder_name.as_ref().map(AsRef::<str>::as_ref),
                texts.holder,
                texts.extras,
                texts.custom,
                texts.activity,
                card.failures.get(),
                card.status.as_str(),
                rule.use_default,
                rule.window_hours.map(RetryWindow::get),
                rule.max_failures.map(MaxFailures::get),
                card.created.at.as_microsecond(),
                card.created.by.as_bytes(),
                card.updated.at.as_microsecond(),
                card.updated.by.as_bytes(),
                account.map_or(0, |account| account.event_seq),
                account.map(|account| &account.event_head.0),
                chain.latest,
                chain.marked,
                told.as_ref().map(|told| told.account.as_bytes()),
                told.map(|told| told.is_default),
                place(card.id),
                texts.room_at_first(card),
            ],
        )
    }

    fn receipt(&self, write: &ReceiptWrite) -> rusqlite::Result<usize> {
        self.run(
            sql::KEEP_RECEIPT,
            (
                write.bucket.get(),
                write.entity.as_bytes(),
                &write.receipt.claim.key,
                &write.receipt.claim.request,
                outcome_text(&write.receipt.outcome),
                write.receipt.at.as_microsecond(),
            ),
        )
    }

    fn alias(&self, sql: &'static str, write: &AliasWrite) -> rusqlite::Result<usize> {
        self.run(
            sql,
            (
                write.bucket.get(),
                write.entity.as_bytes(),
                write.alias.as_str(),
                write.account_key.as_str(),
            ),
        )
    }

    pub(super) fn run(&self, sql: &'static str, params: impl Params) -> rusqlite::Result<usize> {
        self.connection.prepare_cached(sql)?.execute(params)
    }
}

/// What both ways of changing a card bind alike.
fn bind_change(change: &mut Statement<'_>, card: &Card) -> rusqlite::Result<()> {
    let rule = &card.retry_rule;
    let texts = Texts::of(card);
    let values: [&dyn ToSql; 15] = [
        &card.expiry.month.get(),
        &card.expiry.year.get(),
        &card.holder_name.as_ref().map(AsRef::<str>::as_ref),
        &texts.holder,
        &texts.extras,
        &texts.custom,
        &texts.activity,
        &card.failures.get(),
        &card.status.as_str(),
        &rule.use_default,
        &rule.window_hours.map(RetryWindow::get),
        &rule.max_failures.map(MaxFailures::get),
        &card.updated.at.as_microsecond(),
        card.updated.by.as_bytes(),
        &texts.room(card),
    ];
    for (index, value) in (5..).zip(values) {
        change.raw_bind_parameter(index, value)?;
    }
    Ok(())
}
