//! Which card would be charged, when, and why; also for a day that is past.

use cardfile_domain::{
    account::Account,
    eligibility::{Facts, Judgement, Past, judge},
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
        let past = self.past(&account, at).await?;
        match self.standing(caller, id, past.as_ref(), at).await? {
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
        let past = self.past(&account.name, at).await?;
        let default = match &past {
            Some(past) => past.default(),
            None => account.default_card,
        };
        let card = match default {
            Some(id) => Some((id, self.standing(caller, id, past.as_ref(), at).await?)),
            None => None,
        };
        Ok(Chargeable { card })
    }

    async fn standing(
        &self,
        caller: &Caller,
        id: PaymentMethodId,
        past: Option<&Past>,
        at: Timestamp,
    ) -> Result<Standing, Failure> {
        let Some(filed) = self.find_card(caller, id).await? else {
            return Ok(Standing::Forgotten);
        };
        let facts = match past {
            Some(past) => past.of(&filed.card),
            None => Some(Facts::of(&filed.card)),
        };
        let retry = self.policies.policy(caller.entity).retry;
        Ok(facts.map_or(Standing::NotYet, |facts| Standing::Judged(judge(&facts, retry, at))))
    }

    /// What an account was, if the moment is past; what is to come is judged by what is.
    async fn past(&self, account: &AccountRef, at: Timestamp) -> Result<Option<Past>, Failure> {
        if at >= self.clock.now() {
            return Ok(None);
        }
        let (mut past, mut after) = (Past::new(at), 0);
        loop {
            let page = self.store.list_events(account, after, PAGE).await?;
            for event in &page {
                past.note(event);
                after = event.seq;
            }
            if page.len() < PAGE {
                return Ok(Some(past));
            }
        }
    }
}
