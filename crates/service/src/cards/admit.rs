//! Letting a card in, and vouching for a change: what is checked before a lane is asked.

use cardfile_domain::{
    card::{Activity, StoredNumber, TransactionStatus, VaultedNumber},
    command::{CardPatch, Claim, NewCard},
    decide::change::next_expiry,
    id::{AccountKey, AccountRef, PaymentMethodId},
    policy::Replacement,
    ports::FiledCard,
    refusal::Refusal,
    text::AccountNumber,
};

use super::{CardEntry, VerifyRequest};
use crate::{
    Caller, Failure, Service,
    questions::{About, Matter, Word, as_sent},
    verify::{Question, Shown},
};

/// How a card was sent: what makes two requests one that bring the same card.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    place: Place<'a>,
    claim: Option<&'a Claim>,
}

/// Where a card was sent.
#[derive(Clone, Copy)]
enum Place<'a> {
    Account(Option<&'a AccountKey>),
    Opening(Option<&'a AccountNumber>),
}

impl<'a> Sent<'a> {
    /// To an account, or to none.
    pub(crate) fn to_account(account: &'a AccountRef, claim: Option<&'a Claim>) -> Self {
        let named = !account.key.is_orphan();
        Self { place: Place::Account(named.then_some(&account.key)), claim }
    }

    /// With an account to open, under the number that was asked for.
    pub(crate) fn opening(number: Option<&'a AccountNumber>, claim: Option<&'a Claim>) -> Self {
        Self { place: Place::Opening(number), claim }
    }

    fn about(&self, new: &NewCard) -> About<'a> {
        match self.place {
            Place::Opening(number) => {
                About::Account(number.map(AccountNumber::as_str), as_sent(new))
            }
            Place::Account(account) => About::Card(account, as_sent(new)),
        }
    }
}

impl Service {
    /// Checks a card that comes in, seals its number, and has it verified.
    pub(crate) async fn admit(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        entry: CardEntry,
        sent: Sent<'_>,
    ) -> Result<(NewCard, Word), Failure> {
        self.numbers.check(&entry.number)?;
        if !entry.card_type.matches(&entry.number) {
            return Err(Refusal::BrandMismatch.into());
        }
        if entry.expiry.is_past(self.clock.now()) && !entry.brought.may_be_expired {
            return Err(Refusal::Expired.into());
        }
        if let Some(code) = &entry.security_code
            && !code.fits(entry.card_type)
        {
            return Err(Refusal::SecurityCodeLength.into());
        }
        let mut new = self.sealed(caller, id, &entry).await?;
        if entry.skip_validation {
            return Ok((new, Word::Given));
        }
        let matter = self.matter(caller, sent.claim, &sent.about(&new)).await?;
        let request = VerifyRequest {
            security_code: entry.security_code,
            currency: entry.extras.currency.clone(),
            gateway_options: entry.gateway_options,
        };
        let shown = Shown { expiry: entry.expiry, holder_name: entry.holder_name.as_ref() };
        let coded = request.security_code.is_some();
        let question = Question { matter: &matter, shown, request };
        let word = match self.ask_gateway(&entry.number, question).await {
            // Where nobody can be asked a card is kept unverified; but a code would be lost.
            Err(Failure::Refused(Refusal::NoGateway)) if !coded => return Ok((new, Word::Given)),
            word => word?,
        };
        new.activity.last_transaction_at = Some(self.clock.now());
        new.activity.last_transaction_status = Some(TransactionStatus::Approved);
        Ok((new, word))
    }

    /// The card as it is to be kept.
    async fn sealed(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        entry: &CardEntry,
    ) -> Result<NewCard, Failure> {
        let entity = caller.entity;
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
            holder_name: entry.holder_name.clone(),
            holder: entry.holder.clone(),
            extras: entry.extras.clone(),
            custom: entry.custom.clone(),
            failures: entry.failures,
            retry_rule: entry.retry_rule,
            activity: Activity::default(),
            brought: entry.brought,
            make_default: entry.make_default,
            check_duplicated: entry.check_duplicated,
        })
    }

    /// Has the gateway vouch for a change, unless it is refused without asking.
    pub(crate) async fn vouch(
        &self,
        filed: &FiledCard,
        patch: &CardPatch,
        request: VerifyRequest,
        matter: &Matter,
    ) -> Result<Word, Failure> {
        let card = &filed.card;
        let expiry = next_expiry(card, patch);
        let moves_expiry = patch.month.is_some() || patch.year.is_some();
        if moves_expiry && expiry.is_past(self.clock.now()) {
            return Err(Refusal::Expired.into());
        }
        let holder_name = patch.holder_name.as_ref().or(card.holder_name.as_ref());
        let shown = Shown { expiry, holder_name };
        self.verify_filed(filed, Question { matter, shown, request }).await
    }
}
