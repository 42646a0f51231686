//! Making, changing and forgetting cards.

mod sent;

use cardfile_domain::{
    card::{Activity, StoredNumber, TransactionStatus, VaultedNumber},
    command::{Attach, CardPatch, Claim, Command, NewCard, Target},
    decide::change::next_expiry,
    id::{AccountKey, AccountRef, Bucket, PaymentMethodId},
    policy::Replacement,
    ports::{Done, FiledCard},
    refusal::Refusal,
};

pub use self::sent::{CardChange, CardEntry, CodePolicy, VerifyRequest};
use crate::{Caller, Failure, Service, claims::Start, verify::Shown};

impl Service {
    /// Puts a card on file, in an account or on its own.
    pub async fn create_card(
        &self,
        caller: &Caller,
        account: Option<AccountKey>,
        entry: CardEntry,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let _held = match self.start(caller, claim.as_ref()).await? {
            Start::Replay(outcome) => return Ok(outcome?),
            first @ Start::First(_) => first,
        };
        let account = self.account_for(caller, account, &entry).await?;
        let (target, id) = self.place(caller, account, || self.any_bucket());
        let target = Target::Account(target);
        let new = match self.admit(caller, id, entry).await {
            Ok(new) => new,
            Err(failure) => return Err(self.refuse(caller, target, failure, claim).await),
        };
        self.execute(caller, target, Command::CreateCard(Box::new(new)), claim).await
    }

    /// Changes a card.
    pub async fn update_card(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        change: CardChange,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let _held = match self.start(caller, claim.as_ref()).await? {
            Start::Replay(outcome) => return Ok(outcome?),
            first @ Start::First(_) => first,
        };
        match self.approve(caller, id, change).await {
            Ok((target, command)) => self.execute(caller, target, command, claim).await,
            Err(failure) => {
                let target = Target::Card(caller.entity, id);
                Err(self.refuse(caller, target, failure, claim).await)
            }
        }
    }

    /// Has a change verified if it comes with a code, and says what is to be done where.
    async fn approve(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        change: CardChange,
    ) -> Result<(Target, Command), Failure> {
        let CardChange { mut patch, account, security_code, policy, gateway_options } = change;
        patch.security_code.required_on_change = policy == CodePolicy::WhenIdentityChanges;
        if security_code.is_some() {
            let filed = self.must_find(caller, id).await?;
            let request =
                VerifyRequest { security_code, currency: patch.currency_given(), gateway_options };
            self.vouch(caller, &filed, &patch, request).await?;
            patch.security_code.approved = true;
        }
        Ok(match self.attachment(caller, id, account).await? {
            Some(attach_to) => {
                let attach = Attach { card: id, open: None, patch };
                (Target::Account(attach_to), Command::AttachCard(Box::new(attach)))
            }
            None => (Target::Card(caller.entity, id), Command::UpdateCard(Box::new(patch))),
        })
    }

    /// Forgets a card.
    pub async fn delete_card(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        self.plain(caller, id, Command::DeleteCard, claim).await
    }

    /// Erases a card's sensitive data for good.
    pub async fn scrub_card(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        self.plain(caller, id, Command::ScrubCard, claim).await
    }

    async fn plain(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        command: Command,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let _held = match self.start(caller, claim.as_ref()).await? {
            Start::Replay(outcome) => return Ok(outcome?),
            first @ Start::First(_) => first,
        };
        self.execute(caller, Target::Card(caller.entity, id), command, claim).await
    }

    /// The account of a new card: where none is named, that of the card which it replaces.
    pub(crate) async fn account_for(
        &self,
        caller: &Caller,
        account: Option<AccountKey>,
        entry: &CardEntry,
    ) -> Result<Option<AccountKey>, Failure> {
        let (None, Some(old)) = (&account, entry.extras.replaces) else { return Ok(account) };
        let old = self.find_card(caller, old).await?.map(|old| old.card.account);
        let named = old.filter(|account| !account.is_orphan());
        named.map(Some).ok_or(Failure::Refused(Refusal::NothingToReplace))
    }

    /// Where a new card goes, in whichever bucket if it has no account, and the id that says so.
    pub(crate) fn place(
        &self,
        caller: &Caller,
        account: Option<AccountKey>,
        free: impl FnOnce() -> Bucket,
    ) -> (AccountRef, PaymentMethodId) {
        let entity = caller.entity;
        let random = self.ids.random();
        if let Some(key) = account {
            let account = AccountRef { entity, key };
            let id = self.card_id(account.bucket(), random);
            (account, id)
        } else {
            let id = self.card_id(free(), random);
            (AccountRef { entity, key: AccountKey::orphan(id) }, id)
        }
    }

    fn any_bucket(&self) -> Bucket {
        let [.., high, low] = self.ids.random().to_be_bytes();
        Bucket::new(u16::from_be_bytes([high, low]))
    }

    pub(crate) fn card_id(&self, bucket: Bucket, random: u64) -> PaymentMethodId {
        let millis = u64::try_from(self.clock.now().as_millisecond()).unwrap_or_default();
        PaymentMethodId::new(bucket, millis, random)
    }

    /// Checks a card that comes in, has it verified, and seals its number.
    pub(crate) async fn admit(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        entry: CardEntry,
    ) -> Result<NewCard, Failure> {
        let entity = caller.entity;
        self.numbers.check(&entry.number)?;
        if !entry.card_type.matches(&entry.number) {
            return Err(Refusal::BrandMismatch.into());
        }
        if entry.expiry.is_past(self.clock.now()) && !entry.brought.may_be_expired {
            return Err(Refusal::Expired.into());
        }
        let mut activity = Activity::default();
        if let Some(code) = &entry.security_code
            && !code.fits(entry.card_type)
        {
            return Err(Refusal::SecurityCodeLength.into());
        }
        if !entry.skip_validation {
            let request = VerifyRequest {
                security_code: entry.security_code,
                currency: entry.extras.currency.clone(),
                gateway_options: entry.gateway_options,
            };
            let shown = Shown { expiry: entry.expiry, holder_name: entry.holder_name.as_ref() };
            let coded = request.security_code.is_some();
            match self.ask_gateway(entity, &entry.number, shown, request).await {
                Ok(()) => {
                    activity.last_transaction_at = Some(self.clock.now());
                    activity.last_transaction_status = Some(TransactionStatus::Approved);
                }
                // Where nobody can be asked a card is kept unverified; but a code would be lost.
                Err(Failure::Refused(Refusal::NoGateway)) if !coded => {}
                Err(failure) => return Err(failure),
            }
        }
        self.load_keys(entity).await?;
        let number = StoredNumber {
            bin: Some(entry.number.bin()),
            masked: entry.number.masked(),
            vaulted: Some(VaultedNumber {
                sealed: self.vault.seal(entity, id, &entry.number)?,
                fingerprint: self.vault.fingerprint(entity, &entry.number)?,
            }),
        };
        Ok(NewCard {
            id,
            replaces: entry
                .extras
                .replaces
                .map(|card| Replacement { card, policy: self.policies.policy(entity) }),
            names: entry.extras.names.clone(),
            card_type: entry.card_type,
            number,
            expiry: entry.expiry,
            holder_name: entry.holder_name,
            holder: entry.holder,
            extras: entry.extras,
            custom: entry.custom,
            failures: entry.failures,
            retry_rule: entry.retry_rule,
            activity,
            brought: entry.brought,
            make_default: entry.make_default,
            check_duplicated: entry.check_duplicated,
        })
    }

    /// Has the gateway vouch for a change, unless it is refused without asking.
    pub(crate) async fn vouch(
        &self,
        caller: &Caller,
        filed: &FiledCard,
        patch: &CardPatch,
        request: VerifyRequest,
    ) -> Result<(), Failure> {
        let card = &filed.card;
        let expiry = next_expiry(card, patch);
        let moves_expiry = patch.month.is_some() || patch.year.is_some();
        if moves_expiry && expiry.is_past(self.clock.now()) {
            return Err(Refusal::Expired.into());
        }
        let holder_name = patch.holder_name.as_ref().or(card.holder_name.as_ref());
        self.verify_filed(caller, filed, Shown { expiry, holder_name }, request).await
    }

    /// The account to attach a card to, if there is something to attach.
    async fn attachment(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        account: Option<AccountKey>,
    ) -> Result<Option<AccountRef>, Failure> {
        let Some(key) = account else { return Ok(None) };
        let filed = self.must_find(caller, id).await?;
        if filed.card.account.is_orphan() {
            return Ok(Some(AccountRef { entity: caller.entity, key }));
        }
        // Naming the account that the card is in already is no change.
        match self.store.find_account(caller.entity, &key).await? {
            Some(account) if account.name.key == filed.card.account => Ok(None),
            _ => Err(Refusal::AlreadyAttached.into()),
        }
    }
}
