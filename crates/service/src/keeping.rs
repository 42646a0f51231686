//! Cards that the gateway of their entity keeps: what is done with them is done there first, and then
//! here. Their numbers never come this way.
//!
//! A request to the gateway is known by what it is about, so one that was cut short in between and is
//! sent again has one effect there.

use cardfile_domain::{
    account::Account,
    brand::CardType,
    card::{Activity, Card, Extras, StoredNumber, TransactionStatus, Upstream},
    card_number::MaskedNumber,
    command::{Brought, CardPatch, Command, Mode, NewCard, Patch, Target, Write},
    country::Country,
    custom_fields::CustomFields,
    failures::ConsecutiveFailures,
    gateway::{Addition, KeeperFault, KeptCard, KeptChange},
    id::{AccountKey, AccountRef, PaymentMethodId},
    ports::FiledCard,
    refusal::Refusal,
    retry_rule::RetryRule,
};

use crate::{Caller, CardChange, CodePolicy, Failure, Service};

/// How many of an account's cards are looked at for the customer that the gateway knows it by.
const LOOKED_AT: usize = 100;

impl Service {
    /// Gives the card that a token of the gateway stands for to an account, and keeps what may be shown
    /// of it.
    pub(crate) async fn attach_kept(
        &self,
        caller: &Caller,
        account: &AccountKey,
        token: &str,
    ) -> Result<FiledCard, Failure> {
        let known = self.store.find_account(caller.entity, account).await?;
        let key = known.as_ref().map_or(account, |account| &account.name.key).clone();
        let customer = match &known {
            Some(account) => self.customer_of(account).await?,
            None => None,
        };
        self.load_keys(caller.entity).await?;
        let parts: [&[u8]; 3] = [b"source", key.as_str().as_bytes(), token.as_bytes()];
        let mac = self.vault.request_mac(caller.entity, &parts)?;
        let reference = mac.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        let addition = Addition { customer: customer.as_deref(), token, reference };
        let kept = self.keeper.add(caller.entity, addition).await.map_err(refusal)?;
        let target = AccountRef { entity: caller.entity, key };
        let id = self.card_id(target.bucket(), self.ids.random());
        let new = self.kept_card(id, kept, token)?;
        let command = Command::CreateCard(Box::new(new));
        match self.execute(caller, Target::Account(target), command, None).await {
            Ok(_) => self.must_find(caller, id).await,
            // The same token, handed in by two at once.
            Err(Failure::Refused(Refusal::NameTaken)) => Err(Refusal::TokenUsed.into()),
            Err(failure) => Err(failure),
        }
    }

    fn kept_card(
        &self,
        id: PaymentMethodId,
        kept: KeptCard,
        token: &str,
    ) -> Result<NewCard, Failure> {
        let masked = MaskedNumber::new(kept.last4, digits(kept.brand));
        let masked = masked.map_err(|_| Refusal::BrandMismatch)?;
        let now = self.clock.now();
        let names = [kept.card.as_str(), token].into_iter().filter_map(|name| name.parse().ok());
        Ok(NewCard {
            id,
            card_type: kept.brand,
            number: StoredNumber { bin: None, masked, vaulted: None },
            expiry: kept.expiry,
            holder_name: kept.holder_name,
            holder: kept.holder,
            extras: Extras {
                upstream: Some(Upstream {
                    customer: kept.customer,
                    card: kept.card.clone(),
                    as_of: None,
                    default_as_of: None,
                }),
                ..Extras::default()
            },
            custom: CustomFields::default(),
            failures: ConsecutiveFailures::default(),
            retry_rule: RetryRule::default(),
            replaces: None,
            names: names.collect(),
            activity: Activity {
                last_transaction_at: Some(now),
                last_transaction_status: Some(TransactionStatus::Approved),
                ..Activity::default()
            },
            // What the gateway took is on file, whatever is printed on it.
            brought: Brought { may_be_expired: true, ..Brought::default() },
            make_default: false,
            check_duplicated: false,
        })
    }

    /// The gateway's name of the customer that an account is.
    async fn customer_of(&self, account: &Account) -> Result<Option<String>, Failure> {
        // Never by what somebody calls the account: entities may share one gateway, and the name could be
        // that of another's customer there.
        let cards = self.list_sources(account, None, LOOKED_AT).await?;
        Ok(cards.into_iter().find_map(|filed| Some(filed.card.extras.upstream?.customer)))
    }

    /// Makes a card the default at the gateway that keeps it, if one does.
    pub(crate) async fn choose_kept(&self, caller: &Caller, card: &Card) -> Result<(), Failure> {
        match self.kept(caller, card) {
            Some(Upstream { customer, card, .. }) => {
                let chosen = self.keeper.set_default(caller.entity, customer, card).await;
                Ok(chosen.map_err(refusal)?)
            }
            None => Ok(()),
        }
    }

    /// Removes a card at the gateway that keeps it, if one does.
    pub(crate) async fn remove_kept(&self, caller: &Caller, card: &Card) -> Result<(), Failure> {
        match self.kept(caller, card) {
            Some(Upstream { customer, card, .. }) => {
                let removed = self.keeper.remove(caller.entity, customer, card).await;
                Ok(removed.map_err(refusal)?)
            }
            None => Ok(()),
        }
    }

    /// Takes a card that is about to be forgotten or erased away from the gateway that keeps it; a default
    /// that may not be forgotten stays there as well.
    pub(crate) async fn leave_keeper(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        command: &Command,
    ) -> Result<(), Failure> {
        if !self.keeper.keeps(caller.entity) {
            return Ok(());
        }
        match self.find_card(caller, id).await? {
            Some(filed) if !(filed.is_default && matches!(command, Command::DeleteCard)) => {
                self.remove_kept(caller, &filed.card).await
            }
            _ => Ok(()),
        }
    }

    /// Changes a card at the gateway that keeps it, if one does, unless the change would be refused here.
    pub(crate) async fn change_kept(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        change: &CardChange,
    ) -> Result<(), Failure> {
        if !self.keeper.keeps(caller.entity) {
            return Ok(());
        }
        // Boxed, as few entities have a keeper: a future is as large as its largest branch.
        Box::pin(self.change_at_keeper(caller, id, change)).await
    }

    async fn change_at_keeper(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        change: &CardChange,
    ) -> Result<(), Failure> {
        let filed = self.must_find(caller, id).await?;
        let Some(Upstream { customer, card, .. }) = self.kept(caller, &filed.card) else {
            return Ok(());
        };
        if change.security_code.is_some() {
            return Err(Refusal::NumberElsewhere.into());
        }
        let mut patch = change.patch.clone();
        patch.security_code.required_on_change = change.policy == CodePolicy::WhenIdentityChanges;
        let change = told(&patch);
        let make_default = patch.make_default;
        self.rehearse(caller, id, patch).await?;
        if change != KeptChange::default() {
            self.keeper.update(caller.entity, customer, card, &change).await.map_err(refusal)?;
        }
        if make_default {
            self.choose_kept(caller, &filed.card).await?;
        }
        Ok(())
    }

    /// Has a change judged that is not to be done yet.
    async fn rehearse(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        patch: Box<CardPatch>,
    ) -> Result<(), Failure> {
        let write = Write {
            target: Target::Card(caller.entity, id),
            command: Command::UpdateCard(patch),
            context: self.context(caller),
            claim: None,
        };
        for answer in self.store.queue(vec![write], Mode::Rehearsal).await.await {
            answer?.outcome?;
        }
        Ok(())
    }

    fn kept<'a>(&self, caller: &Caller, card: &'a Card) -> Option<&'a Upstream> {
        card.extras.upstream.as_ref().filter(|_| self.keeper.keeps(caller.entity))
    }
}

/// What a change is to the gateway; an empty text removes there.
fn told(patch: &CardPatch) -> KeptChange {
    fn text<T: AsRef<str>>(patch: &Patch<T>) -> Option<String> {
        match patch {
            Patch::Keep => None,
            Patch::Clear => Some(String::new()),
            Patch::Set(value) => Some(value.as_ref().to_owned()),
        }
    }
    let holder = &patch.holder;
    let country = match &holder.country {
        Patch::Keep => None,
        Patch::Clear => Some(String::new()),
        Patch::Set(country) => Some(Country::name(*country).to_owned()),
    };
    KeptChange {
        month: patch.month,
        year: patch.year,
        name: patch.holder_name.as_ref().map(|name| name.as_str().to_owned()),
        line1: text(&holder.address_line1),
        line2: text(&holder.address_line2),
        city: text(&holder.city),
        state: text(&holder.state),
        zip: text(&holder.zip_code),
        country,
    }
}

/// How many digits the numbers of a brand have, of which the gateway tells the last four.
fn digits(brand: CardType) -> u8 {
    match brand {
        CardType::AmericanExpress => 15,
        CardType::Diners => 14,
        _ => 16,
    }
}

fn refusal(fault: KeeperFault) -> Refusal {
    match fault {
        KeeperFault::NoCustomer => Refusal::AccountNotFound,
        KeeperFault::NoCard => Refusal::CardNotFound,
        KeeperFault::TokenUsed => Refusal::TokenUsed,
        KeeperFault::Declined(decline) => Refusal::Declined(decline),
        // What it refuses, whose key it no longer takes for example, is not missing: a caller who heard so
        // would believe the card to be gone.
        KeeperFault::Unreachable | KeeperFault::Refused => Refusal::GatewayAway,
        KeeperFault::Silent => Refusal::GatewayUnknown,
    }
}
