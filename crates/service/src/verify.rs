//! Asking the gateway whether a card is good.

use cardfile_domain::{
    card::CardStatus,
    card_number::CardNumber,
    command::{Claim, Command, Target},
    expiry::Expiry,
    id::{EntityId, PaymentMethodId},
    ports::{Done, FiledCard, Verdict, Verification},
    refusal::Refusal,
    text::CardHolderName,
};

use crate::{Caller, Failure, Service, VerifyRequest, claims::Start};

/// What a card says of itself beside its number, as it is or as it is about to be.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// When it expires.
    pub(crate) expiry: Expiry,
    /// The name on it.
    pub(crate) holder_name: Option<&'a CardHolderName>,
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
        match self.verify_as_it_is(caller, id, request).await {
            Ok(()) => self.execute(caller, target, Command::NoteVerified, claim).await,
            Err(failure) => Err(self.refuse(caller, target, failure, claim).await),
        }
    }

    async fn verify_as_it_is(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        request: VerifyRequest,
    ) -> Result<(), Failure> {
        let filed = self.must_find(caller, id).await?;
        let card = &filed.card;
        let shown = Shown { expiry: card.expiry, holder_name: card.holder_name.as_ref() };
        self.verify_filed(caller, &filed, shown, request).await
    }

    /// Opens a card's number for the one moment in which the gateway sees it.
    pub(crate) async fn verify_filed(
        &self,
        caller: &Caller,
        filed: &FiledCard,
        shown: Shown<'_>,
        request: VerifyRequest,
    ) -> Result<(), Failure> {
        let card = &filed.card;
        let Some(stored) = card.number.as_ref().filter(|_| card.status != CardStatus::Scrubbed)
        else {
            return Err(Refusal::Scrubbed.into());
        };
        let vaulted = stored.vaulted.as_ref().ok_or(Refusal::NumberElsewhere)?;
        if request.security_code.as_ref().is_some_and(|code| !code.fits(card.card_type)) {
            return Err(Refusal::SecurityCodeLength.into());
        }
        self.load_keys(caller.entity).await?;
        let number = self.vault.open(caller.entity, card.id, &vaulted.sealed)?;
        self.ask_gateway(caller.entity, &number, shown, request).await
    }

    pub(crate) async fn ask_gateway(
        &self,
        entity: EntityId,
        number: &CardNumber,
        shown: Shown<'_>,
        request: VerifyRequest,
    ) -> Result<(), Failure> {
        let verification = Verification {
            entity,
            reference: self.reference(),
            number,
            expiry: shown.expiry,
            holder_name: shown.holder_name,
            security_code: request.security_code,
            currency: request.currency.as_ref(),
            options: &request.gateway_options,
        };
        match self.gateway.verify(verification).await {
            Verdict::Approved => Ok(()),
            Verdict::Declined(reason) => Err(Refusal::Declined(reason).into()),
            Verdict::Unknown(_) => Err(Refusal::GatewayUnknown.into()),
            Verdict::Nobody => Err(Refusal::NoGateway.into()),
            Verdict::Unasked => Err(Refusal::GatewayAway.into()),
        }
    }

    /// A name for a question that no other has.
    fn reference(&self) -> u128 {
        (u128::from(self.ids.random()) << 64) | u128::from(self.ids.random())
    }
}
