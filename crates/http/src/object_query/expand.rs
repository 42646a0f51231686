//! What is shown of each payment method, and the account beside it.

use std::collections::BTreeMap;

use cardfile_domain::{account::Account, id::AccountKey, ports::FiledCard};
use cardfile_service::{Caller, Service};
use futures::future::try_join_all;
use serde_json::{Map, Value};

use super::params::bad;
use crate::{
    failure::Failure,
    zoql::{
        field::Field,
        moment::Precision,
        record::{self, Form},
    },
};

/// What to show.
#[derive(Debug, Default)]
pub(super) struct View {
    /// These fields; everything if there are none.
    pub(super) fields: Option<Vec<Field>>,
    /// The account, too.
    account: bool,
    /// These fields of the account, in lower case; everything if there are none.
    pub(super) account_fields: Option<Vec<String>>,
    /// Write null fields out.
    pub(super) nulls: bool,
}

impl View {
    /// Adds a related object.
    pub(super) fn expand(&mut self, object: &str) -> Result<(), Failure> {
        if !object.eq_ignore_ascii_case("account") {
            return Err(bad("'expand[]': a payment method is only expanded by account."));
        }
        self.account = true;
        Ok(())
    }

    /// The records of some payment methods.
    pub(super) async fn records(
        &self,
        service: &Service,
        caller: &Caller,
        found: &[FiledCard],
    ) -> Result<Vec<Map<String, Value>>, Failure> {
        let accounts =
            if self.account { accounts(service, caller, found).await? } else { BTreeMap::new() };
        Ok(found.iter().map(|filed| self.record(filed, &accounts)).collect())
    }

    fn record(
        &self,
        filed: &FiledCard,
        accounts: &BTreeMap<&AccountKey, Account>,
    ) -> Map<String, Value> {
        let form = Form::Camel { nulls: self.nulls };
        let mut record = match &self.fields {
            Some(fields) => record::of_fields(filed, fields, form),
            None => record::whole(filed, form),
        };
        if self.account {
            let account = accounts.get(&filed.card.account).map(|account| self.account(account));
            if account.is_some() || self.nulls {
                record.insert("account".to_owned(), account.into());
            }
        }
        record
    }

    fn account(&self, account: &Account) -> Map<String, Value> {
        let text = |value: Option<String>| value.map_or(Value::Null, Value::from);
        let number = account.number.as_ref().map(|number| number.as_str().to_owned());
        let default = account.default_card.map(|card| card.to_string());
        let known = [
            ("id", Value::from(account.id.to_string())),
            ("accountNumber", text(number)),
            ("defaultPaymentMethodId", text(default)),
            ("createdDate", Precision::Second.write(account.created_at).into()),
            ("updatedDate", Precision::Second.write(account.updated_at).into()),
        ];
        let known = known.into_iter().map(|(name, value)| (name.to_owned(), value));
        // An account is a flat record here: what it has inside objects has no name of its own.
        let is_flat = |value: &Value| !value.is_object() && !value.is_array();
        let kept = account.details.iter().filter(|(_, value)| is_flat(value));
        let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
        let is_wanted = |name: &str| match &self.account_fields {
            Some(wanted) => wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)),
            None => true,
        };
        // What this service knows itself goes over what it was told.
        kept.chain(known)
            .filter(|(name, value)| is_wanted(name) && (self.nulls || !value.is_null()))
            .collect()
    }
}

/// The accounts of some payment methods, each looked up once.
async fn accounts<'a>(
    service: &Service,
    caller: &Caller,
    found: &'a [FiledCard],
) -> Result<BTreeMap<&'a AccountKey, Account>, Failure> {
    let mut keys: Vec<_> =
        found.iter().map(|filed| &filed.card.account).filter(|key| !key.is_orphan()).collect();
    keys.sort();
    keys.dedup();
    let looked_up = keys.iter().map(|key| service.find_account(caller, key));
    let accounts = try_join_all(looked_up).await?;
    Ok(keys.into_iter().zip(accounts).collect())
}
