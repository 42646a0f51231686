//! Making, changing and forgetting cards.

mod admit;
mod sent;

use cardfile_domain::{
    command::{Attach, Claim, Command, Target},
    id::{AccountKey, AccountRef, Bucket, PaymentMethodId},
    ports::Done,
    refusal::Refusal,
};

pub(crate) use self::admit::Sent;
pub use self::sent::{CardChange, CardEntry, CodePolicy, VerifyRequest};
use crate::{
    Caller, Failure, Service,
    claims::Start,
    questions::{About, Vouched, Wish, Word},
};

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
        let sent = Sent::to_account(&target, claim.as_ref());
        match self.admit(caller, id, entry, sent).await {
            Ok((new, word)) => {
                let target = Target::Account(target);
                let vouched = Vouched { target, wish: Wish::Create(Box::new(new)), word };
                self.conclude(caller, vouched, claim).await
            }
            Err(failure) => Err(self.refuse(caller, Target::Account(target), failure, claim).await),
        }
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
        self.change_kept(caller, id, &change).await?;
        match self.approve(caller, id, change, claim.as_ref()).await {
            Ok(vouched) => self.conclude(caller, vouched, claim).await,
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
        claim: Option<&Claim>,
    ) -> Result<Vouched, Failure> {
        let CardChange { mut patch, account, security_code, policy, gateway_options } = change;
        patch.security_code.required_on_change = policy == CodePolicy::WhenIdentityChanges;
        let mut word = Word::Given;
        if security_code.is_some() {
            let request =
                VerifyRequest { security_code, currency: patch.currency_given(), gateway_options };
            let asked = async {
                let filed = self.must_find(caller, id).await?;
                let about = About::Change(id, account.as_ref(), &patch);
                let matter = self.matter(caller, claim, &about).await?;
                self.vouch(&filed, &patch, request, &matter).await
            };
            // Boxed, as most changes come without a code: a future is as large as its largest branch.
            word = Box::pin(asked).await?;
            patch.security_code.approved = true;
        }
        let attach_to = match account {
            Some(key) => Box::pin(self.attachment(caller, id, key)).await?,
            None => None,
        };
        let (target, wish) = match attach_to {
            Some(attach_to) => {
                let attach = Attach { card: id, open: None, patch: *patch, may_be_token: false };
                (Target::Account(attach_to), Wish::Attach(Box::new(attach)))
            }
            None => (Target::Card(caller.entity, id), Wish::Update(patch)),
        };
        Ok(Vouched { target, wish, word })
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
        self.leave_keeper(caller, id, &command).await?;
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

    /// The account to attach a card to, unless it is attached to it already.
    async fn attachment(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        key: AccountKey,
    ) -> Result<Option<AccountRef>, Failure> {
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
