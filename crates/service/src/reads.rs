//! Looking at cards and accounts.

use cardfile_domain::{
    account::Account,
    id::{AccountKey, PaymentMethodId},
    ports::{CardPage, FiledCard},
    query::{CardQuery, Condition},
    refusal::Refusal,
};

use crate::{Caller, Failure, Service};

impl Service {
    /// Finds a card; a foreign one is as missing as one that never was.
    pub async fn find_card(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
    ) -> Result<Option<FiledCard>, Failure> {
        let filed = self.store.find_card(caller.entity, id).await?;
        // A token is a card only once it is used.
        Ok(filed.filter(|filed| !filed.card.extras.is_token))
    }

    /// Finds a card or fails.
    pub async fn must_find(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
    ) -> Result<FiledCard, Failure> {
        self.find_card(caller, id).await?.ok_or(Failure::Refused(Refusal::CardNotFound))
    }

    /// Finds an account or fails.
    pub async fn find_account(
        &self,
        caller: &Caller,
        key: &AccountKey,
    ) -> Result<Account, Failure> {
        let account = self.store.find_account(caller.entity, key).await?;
        account.ok_or(Failure::Refused(Refusal::AccountNotFound))
    }

    /// Lists an account's cards, the latest changed first.
    pub async fn list_cards(
        &self,
        account: &Account,
        page: &CardPage,
    ) -> Result<Vec<FiledCard>, Failure> {
        Ok(self.store.list_cards(&account.name, page).await?)
    }

    /// Finds the cards that a query asks for.
    ///
    /// An account in a condition may be named by its id, which is resolved here: a store compares
    /// keys.
    pub async fn query_cards(
        &self,
        caller: &Caller,
        query: &CardQuery,
    ) -> Result<Vec<FiledCard>, Failure> {
        let mut query = query.clone();
        let mut parts = vec![Condition::NoToken];
        if let Some(condition) = query.condition.take() {
            parts.push(self.resolve(caller, condition).await?);
        }
        query.condition = Some(Condition::All(parts));
        Ok(self.store.query_cards(caller.entity, &query).await?)
    }

    async fn resolve(&self, caller: &Caller, condition: Condition) -> Result<Condition, Failure> {
        Ok(match condition {
            Condition::All(parts) => Condition::All(self.resolve_each(caller, parts).await?),
            Condition::Any(parts) => Condition::Any(self.resolve_each(caller, parts).await?),
            // Whatever entity a condition names, the caller's own is the one that is asked.
            Condition::OfAccount(named) => {
                match self.store.find_account(caller.entity, &named.key).await? {
                    Some(account) => Condition::OfAccount(account.name),
                    None => Condition::Never,
                }
            }
            other => other,
        })
    }

    async fn resolve_each(
        &self,
        caller: &Caller,
        parts: Vec<Condition>,
    ) -> Result<Vec<Condition>, Failure> {
        let mut resolved = Vec::with_capacity(parts.len());
        for part in parts {
            resolved.push(Box::pin(self.resolve(caller, part)).await?);
        }
        Ok(resolved)
    }
}
