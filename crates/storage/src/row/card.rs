//! The row of a card.

use cardfile_domain::{
    card::{Card, Fingerprint, SealedNumber, Stamp, StoredNumber, VaultedNumber},
    card_number::MaskedNumber,
    expiry::Expiry,
    id::{AccountKey, ClientId, EntityId, PaymentMethodId},
    ports::StoreError,
    retry_rule::RetryRule,
};

use super::Origin;

/// The columns of `card`.
#[derive(Clone, Debug)]
pub(crate) struct CardRow<'r> {
    pub(crate) id: [u8; 16],
    pub(crate) entity: [u8; 16],
    pub(crate) account_key: &'r str,
    pub(crate) card_type: &'r str,
    pub(crate) bin: Option<&'r str>,
    pub(crate) last4: Option<&'r str>,
    pub(crate) digits: Option<i64>,
    pub(crate) sealed: Option<&'r [u8]>,
    pub(crate) key_version: Option<i64>,
    pub(crate) fingerprint: Option<&'r [u8]>,
    pub(crate) expiry_month: i64,
    pub(crate) expiry_year: i64,
    pub(crate) holder_name: Option<&'r str>,
    pub(crate) holder: &'r str,
    pub(crate) extras: &'r str,
    pub(crate) custom: &'r str,
    pub(crate) activity: &'r str,
    pub(crate) failures: i64,
    pub(crate) status: &'r str,
    pub(crate) retry_use_default: bool,
    pub(crate) retry_window: Option<i64>,
    pub(crate) retry_max: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) created_by: [u8; 16],
    pub(crate) updated_at: i64,
    pub(crate) updated_by: [u8; 16],
}

impl CardRow<'_> {
    /// The card.
    pub(crate) fn read(&self) -> Result<Card, StoreError> {
        let id = PaymentMethodId::from_bytes(self.id);
        let origin = Origin { table: "card", row: &id };
        let holder_name = self.holder_name.map(str::parse).transpose();
        Ok(Card {
            id,
            entity: EntityId::from_bytes(self.entity),
            account: AccountKey::from_stored(self.account_key.to_owned()),
            card_type: origin.check("card_type", self.card_type.parse())?,
            number: self.number(origin)?,
            expiry: Expiry {
                year: origin.check("expiry_year", self.expiry_year.try_into())?,
                month: origin.check("expiry_month", self.expiry_month.try_into())?,
            },
            holder_name: origin.check("holder_name", holder_name)?,
            holder: origin.json("holder", self.holder)?,
            extras: origin.json("extras", self.extras)?,
            custom: origin.json("custom", self.custom)?,
            failures: origin.check("failures", self.failures.try_into())?,
            status: origin.check("status", self.status.parse())?,
            retry_rule: self.retry_rule(origin)?,
            activity: origin.json("activity", self.activity)?,
            created: Stamp {
                at: origin.time("created_at", self.created_at)?,
                by: ClientId::from_bytes(self.created_by),
            },
            updated: Stamp {
                at: origin.time("updated_at", self.updated_at)?,
                by: ClientId::from_bytes(self.updated_by),
            },
        })
    }

    /// What is kept of the number: nothing after scrubbing, less where a gateway has the rest.
    fn number(&self, origin: Origin<'_>) -> Result<Option<StoredNumber>, StoreError> {
        let vaulted = self.vaulted(origin)?;
        let Some(last4) = self.last4 else {
            let rest = [
                ("last4", vaulted.is_some()),
                ("bin", self.bin.is_some()),
                ("digits", self.digits.is_some()),
            ];
            return match rest.into_iter().find(|(_, is_left)| *is_left) {
                Some((column, _)) => Err(origin.bad(column)),
                None => Ok(None),
            };
        };
        let last4 = origin.check("last4", last4.parse())?;
        let digits = self.digits.unwrap_or_default().try_into();
        let digits = origin.check("digits", digits)?;
        // Whose number is kept here is known by its issuer's part too.
        if vaulted.is_some() && self.bin.is_none() {
            return Err(origin.bad("bin"));
        }
        Ok(Some(StoredNumber {
            bin: origin.check("bin", self.bin.map(str::parse).transpose())?,
            masked: origin.check("digits", MaskedNumber::new(last4, digits))?,
            vaulted,
        }))
    }

    fn vaulted(&self, origin: Origin<'_>) -> Result<Option<VaultedNumber>, StoreError> {
        let Some(sealed) = self.sealed else {
            let rest = [
                ("key_version", self.key_version.is_some()),
                ("fingerprint", self.fingerprint.is_some()),
            ];
            return match rest.into_iter().find(|(_, is_left)| *is_left) {
                Some((column, _)) => Err(origin.bad(column)),
                None => Ok(None),
            };
        };
        // A version may be 0, so an absent one must not pass for it.
        let key_version = self.key_version.unwrap_or(-1).try_into();
        let fingerprint = self.fingerprint.unwrap_or_default().try_into();
        Ok(Some(VaultedNumber {
            sealed: SealedNumber {
                bytes: sealed.to_vec(),
                key_version: origin.check("key_version", key_version)?,
            },
            fingerprint: Fingerprint(origin.check("fingerprint", fingerprint)?),
        }))
    }

    fn retry_rule(&self, origin: Origin<'_>) -> Result<RetryRule, StoreError> {
        let window = self.retry_window.map(TryInto::try_into).transpose();
        let max = self.retry_max.map(TryInto::try_into).transpose();
        Ok(RetryRule {
            use_default: self.retry_use_default,
            window_hours: origin.check("retry_window", window)?,
            max_failures: origin.check("retry_max", max)?,
        })
    }
}
