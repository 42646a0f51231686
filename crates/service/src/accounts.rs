//! Opening accounts and choosing what they are charged on.

use cardfile_domain::{
    command::{AccountPatch, Attach, CardPatch, Claim, Command, OpenAccount, Target},
    id::{AccountKey, AccountRef, PaymentMethodId},
    ports::Done,
    refusal::Refusal,
    text::AccountNumber,
};
use serde_json::{Map, Value};

use crate::{
    Caller, CardEntry, Failure, Service,
    cards::Sent,
    claims::Start,
    questions::{Vouched, Wish, Word},
};

/// An account as a caller sends it in.
pub struct NewAccount {
    /// The number it wants; one is made where it wants none.
    pub number: Option<AccountNumber>,
    /// What is not about cards.
    pub details: Map<String, Value>,
    /// Its first card, sent along.
    pub card: Option<CardEntry>,
    /// Its first card, on file already without an account.
    pub attach: Option<PaymentMethodId>,
}

/// Changes to an account.
pub struct AccountChange {
    /// The card to charge from now on.
    pub default_card: Option<PaymentMethodId>,
    /// Details to set; nulls remove.
    pub details: Map<String, Value>,
}

/// Numbers we make are `A` and twelve digits.
const NUMBER_RANGE: u64 = 1_000_000_000_000;
/// Among a million accounts, one number in a million is taken: three tries are plenty.
const NUMBER_TRIES: usize = 3;

impl Service {
    /// Opens an account.
    pub async fn open_account(
        &self,
        caller: &Caller,
        new: NewAccount,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let _held = match self.start(caller, claim.as_ref()).await? {
            Start::Replay(outcome) => return Ok(outcome?),
            first @ Start::First(_) => first,
        };
        let number = match &new.number {
            Some(number) => number.clone(),
            None => self.free_number(caller).await?,
        };
        let key: AccountKey = number.as_str().parse().map_err(|_| Refusal::AccountNotFound)?;
        let account = AccountRef { entity: caller.entity, key };
        match self.opening(caller, &account, new, (number, claim.as_ref())).await {
            Ok((wish, word)) => {
                let target = Target::Account(account);
                self.conclude(caller, Vouched { target, wish, word }, claim).await
            }
            Err(failure) => {
                Err(self.refuse(caller, Target::Account(account), failure, claim).await)
            }
        }
    }

    /// What opening an account comes to, once its first card is known to be good.
    async fn opening(
        &self,
        caller: &Caller,
        account: &AccountRef,
        new: NewAccount,
        (number, claim): (AccountNumber, Option<&Claim>),
    ) -> Result<(Wish, Word), Failure> {
        let mut word = Word::Given;
        let card = match new.card {
            Some(entry) => {
                let id = self.card_id(account.bucket(), self.ids.random());
                let sent = Sent::opening(new.number.as_ref(), claim);
                let (card, said) = self.admit(caller, id, entry, sent).await?;
                word = said;
                Some(card)
            }
            None => None,
        };
        let open = OpenAccount { number, details: new.details, card };
        let Some(card) = new.attach else { return Ok((Wish::Open(Box::new(open)), word)) };
        let filed = self.must_find(caller, card).await?;
        if !filed.card.account.is_orphan() {
            return Err(Refusal::AlreadyAttached.into());
        }
        let patch = CardPatch { make_default: true, ..CardPatch::default() };
        Ok((
            Wish::Attach(Box::new(Attach { card, open: Some(open), patch, may_be_token: false })),
            word,
        ))
    }

    /// Changes an account's default card or details.
    pub async fn update_account(
        &self,
        caller: &Caller,
        key: AccountKey,
        change: AccountChange,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let _held = match self.start(caller, claim.as_ref()).await? {
            Start::Replay(outcome) => return Ok(outcome?),
            first @ Start::First(_) => first,
        };
        let target = Target::Account(AccountRef { entity: caller.entity, key });
        let patch = AccountPatch { default_card: change.default_card, details: change.details };
        self.execute(caller, target, Command::UpdateAccount(patch), claim).await
    }

    async fn free_number(&self, caller: &Caller) -> Result<AccountNumber, Failure> {
        for _ in 0..NUMBER_TRIES {
            let text = format!("A{:012}", self.ids.random() % NUMBER_RANGE);
            let taken = match text.parse::<AccountKey>() {
                Ok(key) => self.store.find_account(caller.entity, &key).await?.is_some(),
                Err(_) => true,
            };
            if let (false, Ok(number)) = (taken, text.parse()) {
                return Ok(number);
            }
        }
        Err(Refusal::AccountExists.into())
    }
}
