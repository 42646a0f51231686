//! What other systems call a source: a card or a token, by a name of ours or of theirs. Giving it to an
//! account, and taking it away again.

use std::{fmt, str::FromStr};

use cardfile_domain::{
    account::Account,
    card::CardStatus,
    command::{Attach, CardPatch, Command, DropCard, Target},
    id::{AccountKey, AccountRef, PaymentMethodId},
    ports::{Done, FiledCard},
    query::{CardField, CardQuery, Comparison, Condition, Operand, Order},
    refusal::Refusal,
    text::{AccountNumber, CardName},
};
use serde_json::{Map, Value};

use crate::{AccountChange, Caller, Failure, NewAccount, Service};

/// A card or a token as other systems name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// One that was made here: the id is in the name.
    Ours {
        /// The card.
        card: PaymentMethodId,
        /// It was named as a token.
        as_token: bool,
    },
    /// One whose name was given elsewhere.
    Foreign(String),
}

const TOKEN: &str = "tok_";
const CARD: &str = "card_";

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ours = |prefix: &str| text.strip_prefix(prefix)?.parse().ok();
        Ok(if let Some(card) = ours(TOKEN) {
            Self::Ours { card, as_token: true }
        } else if let Some(card) = ours(CARD) {
            Self::Ours { card, as_token: false }
        } else {
            Self::Foreign(text.to_owned())
        })
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours { card, as_token: true } => write!(f, "{TOKEN}{card}"),
            Self::Ours { card, as_token: false } => write!(f, "{CARD}{card}"),
            Self::Foreign(name) => f.write_str(name),
        }
    }
}

/// A customer to open an account for.
pub struct NewCustomer {
    /// The name it wants; one is made where it wants none.
    pub number: Option<AccountNumber>,
    /// What is kept beside its cards.
    pub details: Map<String, Value>,
}

/// How often a card is dropped anew because another became the default, or went, in between.
const DROP_TRIES: usize = 4;

impl Service {
    /// The card that a name stands for, whoever gave the name; a token that nobody used is none yet.
    pub async fn find_source(
        &self,
        caller: &Caller,
        source: &Source,
    ) -> Result<Option<FiledCard>, Failure> {
        match source {
            Source::Ours { card, .. } => self.find_card(caller, *card).await,
            Source::Foreign(name) => match self.card_named(caller, name).await? {
                Some(card) => self.find_card(caller, card).await,
                None => Ok(None),
            },
        }
    }

    /// The card to which somebody gave this name.
    async fn card_named(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Option<PaymentMethodId>, Failure> {
        let Ok(name) = name.parse::<CardName>() else { return Ok(None) };
        Ok(self.store.find_named(caller.entity, &name).await?)
    }

    /// Gives a card to an account by its name: a token, which is used up by that, or a card that has
    /// no account yet. The account comes into being if there is none.
    pub async fn attach_source(
        &self,
        caller: &Caller,
        account: &AccountKey,
        source: &Source,
    ) -> Result<FiledCard, Failure> {
        match source {
            Source::Ours { card, as_token } => {
                self.attach_own(caller, account, *card, *as_token).await
            }
            Source::Foreign(name) => {
                match self.card_named(caller, name).await? {
                    Some(card) => self.attach_own(caller, account, card, false).await,
                    // Nobody has told of it here, but the gateway may know it.
                    None if self.keeper.keeps(caller.entity) => {
                        self.attach_kept(caller, account, name).await
                    }
                    None => Err(Refusal::CardNotFound.into()),
                }
            }
        }
    }

    async fn attach_own(
        &self,
        caller: &Caller,
        account: &AccountKey,
        card: PaymentMethodId,
        as_token: bool,
    ) -> Result<FiledCard, Failure> {
        let attach = Attach {
            card,
            open: None,
            patch: CardPatch::default(),
            // The card of an unused token is reached by the name of the token only.
            may_be_token: as_token,
        };
        let target = Target::Account(AccountRef { entity: caller.entity, key: account.clone() });
        match self.execute(caller, target, Command::AttachCard(Box::new(attach)), None).await {
            Ok(_) => self.must_find(caller, card).await,
            Err(Failure::Refused(Refusal::AlreadyAttached)) => Err(Refusal::TokenUsed.into()),
            Err(failure) => Err(failure),
        }
    }

    /// Makes a card its account's default, also where a gateway keeps it.
    pub async fn choose_source(
        &self,
        caller: &Caller,
        account: &Account,
        filed: &FiledCard,
    ) -> Result<(), Failure> {
        self.choose_kept(caller, &filed.card).await?;
        let change = AccountChange { default_card: Some(filed.card.id), details: Map::new() };
        self.update_account(caller, account.name.key.clone(), change, None).await.map(drop)
    }

    /// Opens an account for a customer.
    pub async fn open_customer(
        &self,
        caller: &Caller,
        new: NewCustomer,
    ) -> Result<Account, Failure> {
        let NewCustomer { number, details } = new;
        let new = NewAccount { number, details, card: None, attach: None };
        let done = self.open_account(caller, new, None).await?;
        self.account_of(caller, &done).await
    }

    /// The account that a write went to.
    pub async fn account_of(&self, caller: &Caller, done: &Done) -> Result<Account, Failure> {
        let key = done.account_id.to_string().parse().map_err(|_| Refusal::AccountNotFound)?;
        self.find_account(caller, &key).await
    }

    /// Lists an account's cards that still are cards, the latest first, after one of them.
    pub async fn list_sources(
        &self,
        account: &Account,
        after: Option<PaymentMethodId>,
        limit: usize,
    ) -> Result<Vec<FiledCard>, Failure> {
        let scrubbed = Operand::Text(CardStatus::Scrubbed.as_str().to_owned());
        let mut conditions = vec![
            Condition::OfAccount(account.name.clone()),
            Condition::Compare(CardField::Status, Comparison::NotEqual, scrubbed),
        ];
        conditions.extend(after.map(|id| {
            Condition::Compare(CardField::Id, Comparison::Less, Operand::Text(id.to_string()))
        }));
        let query = CardQuery {
            condition: Some(Condition::All(conditions)),
            order: vec![Order { field: CardField::Id, descending: true }],
            offset: 0,
            limit,
        };
        Ok(self.store.query_cards(account.name.entity, &query).await?)
    }

    /// Forgets a card of an account, the default too: the card that was added last takes its place.
    pub async fn drop_source(
        &self,
        caller: &Caller,
        account: &Account,
        card: PaymentMethodId,
    ) -> Result<(), Failure> {
        if self.keeper.keeps(caller.entity)
            && let Some(filed) = self.find_card(caller, card).await?
        {
            self.remove_kept(caller, &filed.card).await?;
        }
        let mut tries = DROP_TRIES;
        loop {
            tries -= 1;
            let next = self.next_default(account, card).await?;
            let command = Command::DropCard(DropCard { card, next });
            match self.execute(caller, Target::Account(account.name.clone()), command, None).await {
                // The next one has gone or was closed in between.
                Err(Failure::Refused(
                    Refusal::NotOfAccount | Refusal::Closed | Refusal::Scrubbed,
                )) if tries > 0 => {}
                done => return done.map(drop),
            }
        }
    }

    /// The card that was added last of those that may be charged.
    async fn next_default(
        &self,
        account: &Account,
        gone: PaymentMethodId,
    ) -> Result<Option<PaymentMethodId>, Failure> {
        let active = Operand::Text(CardStatus::Active.as_str().to_owned());
        let gone = Operand::Text(gone.to_string());
        let query = CardQuery {
            condition: Some(Condition::All(vec![
                Condition::OfAccount(account.name.clone()),
                Condition::Compare(CardField::Status, Comparison::Equal, active),
                Condition::Compare(CardField::Id, Comparison::NotEqual, gone),
            ])),
            order: vec![Order { field: CardField::Id, descending: true }],
            offset: 0,
            limit: 1,
        };
        let found = self.store.query_cards(account.name.entity, &query).await?;
        Ok(found.first().map(|filed| filed.card.id))
    }

    /// Forgets all cards of an account, the default last.
    pub async fn drop_all_sources(
        &self,
        caller: &Caller,
        account: &Account,
    ) -> Result<(), Failure> {
        const AT_ONCE: usize = 100;
        loop {
            let page = self.list_sources(account, None, AT_ONCE).await?;
            if page.is_empty() {
                return Ok(());
            }
            let last = page.len() < AT_ONCE;
            let (default, others): (Vec<_>, Vec<_>) =
                page.into_iter().partition(|filed| filed.is_default);
            let rest = if last { default } else { Vec::new() };
            for filed in others.iter().chain(&rest) {
                match self.drop_source(caller, account, filed.card.id).await {
                    // Somebody else has forgotten it.
                    Ok(()) | Err(Failure::Refused(Refusal::CardNotFound)) => {}
                    Err(failure) => return Err(failure),
                }
            }
        }
    }

    /// Lists the accounts of an entity, the latest first, after one of them.
    pub async fn list_customers(
        &self,
        caller: &Caller,
        after: Option<&Account>,
        limit: usize,
    ) -> Result<Vec<Account>, Failure> {
        let before = after.map(|account| account.id);
        Ok(self.store.list_accounts(caller.entity, before, limit).await?)
    }
}
