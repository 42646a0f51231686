//! Which card would be charged, when, and why; also for a day that is past.

use cardfile_domain::{
    account::Account,
    eligibility::{Facts, Judgement, default_as_of, judge},
    event::RecordedEvent,
    id::{AccountRef, PaymentMethodId},
    refusal::Refusal,
};
use jiff::Timestamp;

use crate::{Caller, Failure, Service};

/// Events that are read together.
const PAGE: usize = 1000;

/// What is known of a card at a moment.
#[derive(Clone, Debug)]
pub enum Standing {
    /// It was judged.
    Judged(Judgement),
    /// It was not on file in its account at that moment.
    NotYet,
    /// It was forgotten since, and with it what it was then.
    Forgotten,
}

/// Which card of an account is charged at a moment.
#[derive(Clone, Debug)]
pub struct Chargeable {
    /// The default card of that moment, if there is one.
    pub card: Option<(PaymentMethodId, Standing)>,
}

impl Service {
    /// Whether a card may be charged at a moment.
    pub async fn eligibility(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        at: Timestamp,
    ) -> Result<Standing, Failure> {
        let account = self.must_find(caller, id).await?.card.account_ref();
        let events = self.events_behind(&account, at).await?;
        match self.standing(caller, id, events.as_deref(), at).await? {
            Standing::Forgotten => Err(Refusal::CardNotFound.into()),
            known => Ok(known),
        }
    }

    /// Which card of an account would be charged at a moment.
    pub async fn chargeable(
        &self,
        caller: &Caller,
        account: &Account,
        at: Timestamp,
    ) -> Result<Chargeable, Failure> {
        let events = self.events_behind(&account.name, at).await?;
        let default = match &events {
            Some(events) => default_as_of(events, at),
            None => account.default_card,
        };
        let card = match default {
            Some(id) => Some((id, self.standing(caller, id, events.as_deref(), at).await?)),
            None => None,
        };
        Ok(Chargeable { card })
    }

    async fn standing(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        events: Option<&[RecordedEvent]>,
        at: Timestamp,
    ) -> Result<Standing, Failure> {
        let Some(filed) = self.find_card(caller, id).await? else {
            return Ok(Standing::Forgotten);
        };
        let facts = match events {
            Some(events) => Facts::as_of(&filed.card, events, at),
            None => Some(Facts::of(&filed.card)),
        };
        let retry = self.policies.policy(caller.entity).retry;
        Ok(facts.map_or(Standing::NotYet, |facts| Standing::Judged(judge(&facts, retry, at))))
    }

    /// What happened to an account, if the moment is past; what is to come is judged by what is.
    async fn events_behind(
        &self,
        account: &AccountRef,
        at: Timestamp,
    ) -> Result<Option<Vec<RecordedEvent>>, Failure> {
        if at >= self.clock.now() {
            return Ok(None);
        }
        let mut events: Vec<RecordedEvent> = Vec::new();
        loop {
            let after = events.last().map_or(0, |event| event.seq);
            let page = self.store.list_events(account, after, PAGE).await?;
            let is_last = page.len() < PAGE;
            events.extend(page);
            if is_last {
                return Ok(Some(events));
            }
        }
    }
}
