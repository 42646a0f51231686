//! Letting an event take effect, once.

use std::collections::BTreeSet;

use cardfile_domain::{
    card::CardStatus,
    client::Rights,
    command::{CardPatch, Claim, Command, Target},
    id::{EntityId, PaymentMethodId},
    refusal::Refusal,
    text::CardName,
};

use super::{StripeEvent, news::News};
use crate::{Caller, Failure, Service, housekeeping::CARDFILE_ITSELF};

impl Service {
    /// Lets an event take effect in the entities that it may be about.
    ///
    /// A card that nobody knows, and what the rules forbid, is no failure: sent again it would come to
    /// the same.
    pub async fn take_event(
        &self,
        entities: &BTreeSet<EntityId>,
        event: &StripeEvent,
    ) -> Result<(), Failure> {
        let news = event.news();
        for entity in entities {
            let caller = Caller {
                client: CARDFILE_ITSELF,
                entity: *entity,
                rights: Rights::default(),
                track: None,
            };
            match self.take_news(&caller, event, &news).await {
                Ok(()) => {}
                Err(Failure::Refused(refusal)) => {
                    tracing::info!(kind = event.kind(), %refusal, "an event had no effect");
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    async fn take_news(
        &self,
        caller: &Caller,
        event: &StripeEvent,
        news: &News,
    ) -> Result<(), Failure> {
        match news {
            News::Nothing => Ok(()),
            News::Paid(name, outcome) => {
                let Some(card) = self.named(caller, name).await? else { return Ok(()) };
                self.record_outcome(caller, card, (**outcome).clone()).await.map(drop)
            }
            News::Changed(name, patch) => {
                self.change_by(caller, event, name, (**patch).clone()).await
            }
            News::Default(name) => {
                if self.has_later_default(caller, event, name).await? {
                    return Ok(());
                }
                let patch = CardPatch { make_default: true, ..event.blank() };
                self.change_by(caller, event, name, patch).await
            }
            News::Removed(name) => self.remove_by(caller, event, name).await,
        }
    }

    /// Whether later news made another card the default. The lane that changes a card knows that card
    /// only, so this is looked up before.
    async fn has_later_default(
        &self,
        caller: &Caller,
        event: &StripeEvent,
        name: &CardName,
    ) -> Result<bool, Failure> {
        let Some(card) = self.named(caller, name).await? else { return Ok(false) };
        let Some(filed) = self.find_card(caller, card).await? else { return Ok(false) };
        let account = self.find_account(caller, &filed.card.account).await?;
        let Some(default) = account.default_card else { return Ok(false) };
        let default = self.find_card(caller, default).await?;
        let upstream = default.and_then(|filed| filed.card.extras.upstream);
        let chosen = upstream.and_then(|upstream| upstream.default_as_of);
        Ok(chosen.is_some_and(|chosen| event.at < chosen))
    }

    async fn change_by(
        &self,
        caller: &Caller,
        event: &StripeEvent,
        name: &CardName,
        patch: CardPatch,
    ) -> Result<(), Failure> {
        let Some(card) = self.named(caller, name).await? else { return Ok(()) };
        let claim = self.event_claim(caller, event, b"changed")?;
        let command = Command::UpdateCard(Box::new(patch));
        let target = Target::Card(caller.entity, card);
        self.execute(caller, target, command, Some(claim)).await.map(drop)
    }

    /// Forgets a card that is gone at Stripe. A default cannot be forgotten while another is not
    /// chosen, so it is closed.
    async fn remove_by(
        &self,
        caller: &Caller,
        event: &StripeEvent,
        name: &CardName,
    ) -> Result<(), Failure> {
        let Some(card) = self.named(caller, name).await? else { return Ok(()) };
        let claim = self.event_claim(caller, event, b"removed")?;
        let target = Target::Card(caller.entity, card);
        let removed = self.execute(caller, target.clone(), Command::DeleteCard, Some(claim)).await;
        match removed {
            Err(Failure::Refused(Refusal::IsDefault)) => {
                let claim = self.event_claim(caller, event, b"closed")?;
                let patch = CardPatch { status: Some(CardStatus::Closed), ..event.blank() };
                let command = Command::UpdateCard(Box::new(patch));
                self.execute(caller, target, command, Some(claim)).await.map(drop)
            }
            other => other.map(drop),
        }
    }

    async fn named(
        &self,
        caller: &Caller,
        name: &CardName,
    ) -> Result<Option<PaymentMethodId>, Failure> {
        self.load_keys(caller.entity).await?;
        Ok(self.store.find_named(caller.entity, name).await?)
    }

    fn event_claim(
        &self,
        caller: &Caller,
        event: &StripeEvent,
        what: &[u8],
    ) -> Result<Claim, Failure> {
        let parts = [b"event of Stripe", what, event.id.as_bytes()];
        let key = self.vault.request_mac(caller.entity, &parts)?;
        Ok(Claim { key, request: key })
    }
}
