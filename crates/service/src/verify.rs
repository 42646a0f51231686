//! Asking the gateway whether a card is good.

use cardfile_domain::{
    card::CardStatus,
    card_number::CardNumber,
    command::{Claim, Target},
    expiry::Expiry,
    id::PaymentMethodId,
    ports::{Done, FiledCard, Verification},
    refusal::Refusal,
    text::CardHolderName,
};

use crate::{
    Caller, Failure, Service, VerifyRequest,
    claims::Start,
    questions::{About, Matter, Vouched, Wish, Word},
};

/// What a card says of itself beside its number, as it is or as it is about to be.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// When it expires.
    pub(crate) expiry: Expiry,
    /// The name on it.
    pub(crate) holder_name: Option<&'a CardHolderName>,
}

/// What the gateway is asked.
pub(crate) struct Question<'a> {
    /// What the question is known by.
    pub(crate) matter: &'a Matter,
    /// The card.
    pub(crate) shown: Shown<'a>,
    /// What the caller wants.
    pub(crate) request: VerifyRequest,
}

impl Service {
    /// Has a card on file verified without taking money.
    pub async fn verify_card(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        request: VerifyRequest,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let _held = match self.start(caller, claim.as_ref()).await? {
            Start::Replay(outcome) => return Ok(outcome?),
            first @ Start::First(_) => first,
        };
        let target = Target::Card(caller.entity, id);
        match self.verify_as_it_is(caller, id, request, claim.as_ref()).await {
            Ok(word) => {
                let vouched = Vouched { target, wish: Wish::NoteVerified, word };
                self.conclude(caller, vouched, claim).await
            }
            Err(failure) => Err(self.refuse(caller, target, failure, claim).await),
        }
    }

    async fn verify_as_it_is(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        request: VerifyRequest,
        claim: Option<&Claim>,
    ) -> Result<Word, Failure> {
        let filed = self.must_find(caller, id).await?;
        let card = &filed.card;
        let shown = Shown { expiry: card.expiry, holder_name: card.holder_name.as_ref() };
        let matter = self.matter(caller, claim, &About::Verification(id)).await?;
        self.verify_filed(&filed, Question { matter: &matter, shown, request }).await
    }

    /// Opens a card's number for the one moment in which the gateway sees it.
    pub(crate) async fn verify_filed(
        &self,
        filed: &FiledCard,
        question: Question<'_>,
    ) -> Result<Word, Failure> {
        let card = &filed.card;
        let Some(stored) = card.number.as_ref().filter(|_| card.status != CardStatus::Scrubbed)
        else {
            return Err(Refusal::Scrubbed.into());
        };
        let vaulted = stored.vaulted.as_ref().ok_or(Refusal::NumberElsewhere)?;
        let code = question.request.security_code.as_ref();
        if code.is_some_and(|code| !code.fits(card.card_type)) {
            return Err(Refusal::SecurityCodeLength.into());
        }
        let entity = card.entity;
        self.load_keys(entity).await?;
        let number = self.vault.open(entity, card.id, &vaulted.sealed)?;
        self.ask_gateway(&number, question).await
    }

    pub(crate) async fn ask_gateway(
        &self,
        number: &CardNumber,
        question: Question<'_>,
    ) -> Result<Word, Failure> {
        let Question { matter, shown, request } = question;
        if let Some(word) = self.known_word(matter).await? {
            return Ok(word);
        }
        let verification = Verification {
            entity: matter.name.entity,
            reference: self.reference(),
            number,
            expiry: shown.expiry,
            holder_name: shown.holder_name,
            security_code: request.security_code,
            currency: request.currency.as_ref(),
            options: &request.gateway_options,
        };
        Self::word(self.gateway.verify(verification).await, matter)
    }

    /// A name for a question that no other has.
    fn reference(&self) -> u128 {
        (u128::from(self.ids.random()) << 64) | u128::from(self.ids.random())
    }
}
