//! What each line needs before a lane can have it.

use std::collections::HashMap;

use cardfile_domain::{
    command::{Claim, Command, Mode, Target, Write},
    id::{AccountRef, EntityId, PaymentMethodId},
    limits::RECEIPT_HOURS,
    ports::{Answer, Done, Receipt, StoreError},
    refusal::Refusal,
};
use futures::future::join_all;
use jiff::SignedDuration;

use super::{Action, Effect, Line, LineAnswer, Upload, name::bucket};
use crate::{
    Caller, CardChange, CardEntry, CodePolicy, Failure, VerifyRequest,
    cards::Sent,
    questions::{About, Vouched, Wish, Word},
};

/// How a line goes on.
pub(super) enum Step {
    /// It does not: this is what became of it.
    Answered(LineAnswer),
    /// With a write.
    Write(Effecting, Box<Write>),
}

/// What a write that goes well has done.
#[derive(Clone, Copy)]
pub(super) enum Effecting {
    Create,
    Change(PaymentMethodId),
}

/// The answers that were given to lines before, as far as they matter.
type Known = HashMap<(EntityId, [u8; 32]), Result<Receipt, StoreError>>;

impl Effecting {
    fn of(action: &Action) -> Self {
        match action {
            Action::Create(..) => Self::Create,
            Action::Update(card, _) | Action::Delete(card) => Self::Change(*card),
        }
    }

    pub(super) fn effect(self, done: &Done, replayed: bool, mode: Mode) -> Effect {
        match self {
            // A card that was only tried is not there to be named.
            Self::Create if mode == Mode::Rehearsal && !replayed => Effect::Created(None),
            Self::Create => Effect::Created(done.card),
            Self::Change(card) if done.unchanged => Effect::Unchanged(card),
            Self::Change(card) => Effect::Updated(card),
        }
    }

    pub(super) fn said(self, said: Result<Answer, StoreError>, mode: Mode) -> LineAnswer {
        match said {
            Ok(answer) => LineAnswer::of(answer, self, mode),
            Err(error) => LineAnswer::failed(error.into()),
        }
    }
}

impl Upload {
    /// Finds out what the lines need, side by side.
    pub(super) async fn steps(&mut self, lines: Vec<Line>) -> Vec<Step> {
        let mut claimed = Vec::with_capacity(lines.len());
        for line in lines {
            let claim = self.claim(&line).await;
            claimed.push((line, claim));
        }
        let known = self.known(&claimed).await;
        let step = |(line, claim)| self.step(line, claim, &known);
        join_all(claimed.into_iter().map(step)).await
    }

    /// The kept answers to lines on which the gateway would be asked: it is asked once.
    async fn known(&self, lines: &[(Line, Result<Claim, Failure>)]) -> Known {
        let mut keys: HashMap<EntityId, Vec<[u8; 32]>> = HashMap::new();
        for (line, claim) in lines {
            if let Ok(claim) = claim
                && line.asks_gateway()
            {
                keys.entry(line.caller.entity).or_default().push(claim.key);
            }
        }
        let since = self.service.clock.now() - SignedDuration::from_hours(RECEIPT_HOURS);
        let mut known = Known::new();
        for (entity, keys) in keys {
            match self.service.store.find_receipts(entity, &keys, since).await {
                Ok(found) => known.extend(
                    found.into_iter().map(|receipt| ((entity, receipt.claim.key), Ok(receipt))),
                ),
                Err(error) => {
                    known.extend(keys.iter().map(|key| ((entity, *key), Err(error.clone()))));
                }
            }
        }
        known
    }

    async fn step(&self, line: Line, claim: Result<Claim, Failure>, known: &Known) -> Step {
        let effecting = Effecting::of(&line.action);
        let claim = match claim {
            Ok(claim) => claim,
            Err(failure) => return Step::Answered(LineAnswer::failed(failure)),
        };
        let Line { caller, action, .. } = line;
        if let Some(said) = known.get(&(caller.entity, claim.key)) {
            let answer = said.clone().map(|receipt| answer_of(receipt, &claim));
            return Step::Answered(effecting.said(answer, self.mode));
        }
        match self.write(&caller, action, &claim).await {
            Ok((target, command)) => {
                let context = self.service.context(&caller);
                let write = Write { target, command, context, claim: Some(claim) };
                Step::Write(effecting, Box::new(write))
            }
            Err(failure) => Step::Answered(LineAnswer::failed(failure)),
        }
    }

    async fn write(
        &self,
        caller: &Caller,
        action: Action,
        claim: &Claim,
    ) -> Result<(Target, Command), Failure> {
        let on = |card| Target::Card(caller.entity, card);
        Ok(match action {
            Action::Create(account, entry) => {
                let account = self.service.account_for(caller, account, &entry).await?;
                let (account, id) = self.service.place(caller, account, || bucket(claim));
                let vouched = self.admitted(caller, (account, id), *entry, claim).await?;
                self.service.ready_to_write(caller, vouched, *claim).await?
            }
            Action::Update(card, change) => {
                let vouched = self.changed(caller, card, *change, claim).await?;
                self.service.ready_to_write(caller, vouched, *claim).await?
            }
            Action::Delete(card) => (on(card), Command::DeleteCard),
        })
    }

    async fn admitted(
        &self,
        caller: &Caller,
        (account, id): (AccountRef, PaymentMethodId),
        mut entry: CardEntry,
        claim: &Claim,
    ) -> Result<Vouched, Failure> {
        entry.skip_validation |= self.mode == Mode::Rehearsal;
        let sent = Sent::to_account(&account, Some(claim));
        let (new, word) = self.service.admit(caller, id, entry, sent).await?;
        let wish = Wish::Create(Box::new(new));
        Ok(Vouched { target: Target::Account(account), wish, word })
    }

    async fn changed(
        &self,
        caller: &Caller,
        card: PaymentMethodId,
        change: CardChange,
        claim: &Claim,
    ) -> Result<Vouched, Failure> {
        let CardChange { mut patch, security_code, policy, gateway_options, account: _ } = change;
        patch.security_code.required_on_change = policy == CodePolicy::WhenIdentityChanges;
        patch.unless_same = true;
        let mut word = Word::Given;
        if let Some(code) = security_code {
            let filed = self.service.must_find(caller, card).await?;
            match self.mode {
                Mode::Effect => {
                    let request = VerifyRequest {
                        security_code: Some(code),
                        currency: patch.currency_given(),
                        gateway_options,
                    };
                    let about = About::Change(card, None, &patch);
                    let matter = self.service.matter(caller, Some(claim), &about).await?;
                    word = self.service.vouch(&filed, &patch, request, &matter).await?;
                }
                Mode::Rehearsal if !code.fits(filed.card.card_type) => {
                    return Err(Refusal::SecurityCodeLength.into());
                }
                Mode::Rehearsal => {}
            }
            patch.security_code.approved = true;
        }
        let target = Target::Card(caller.entity, card);
        Ok(Vouched { target, wish: Wish::Update(patch), word })
    }
}

fn answer_of(receipt: Receipt, claim: &Claim) -> Answer {
    if receipt.claim == *claim {
        Answer { outcome: receipt.outcome, replayed: true }
    } else {
        Answer { outcome: Err(Refusal::KeyReused), replayed: false }
    }
}
