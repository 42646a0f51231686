//! Decides a batch in memory: loaded rows and writes in, rows to write and answers out.

use std::collections::{BTreeSet, HashMap};

use cardfile_domain::{
    account::State,
    command::{Attach, Claim, Command, Context, Mode, Target, Write},
    decide::{decide, decide_attach, is_left_out},
    event::Event,
    id::{AccountRef, PaymentMethodId},
    ports::{Answer, Done, NotedPayment, Outcome, StoreError},
    refusal::Refusal,
    text::CardName,
};

use super::{
    AliasWrite, Chain, Decided, Depends, How, Job, Loaded, ReceiptWrite, Verdict, card_alias,
    claims::Claims,
    draft::{Draft, touched, unopened},
    loaded::Slot,
    target_entity,
};

/// Decides each job in order on what was loaded and on what the jobs before it did.
///
/// The jobs are one segment: a job that touches two accounts comes alone.
pub(crate) fn decide_batch(loaded: Loaded, jobs: &[Job]) -> Decided {
    let mut deciding = Deciding {
        drafts: loaded.states.iter().map(|_| Draft::default()).collect(),
        states: loaded.states,
        names: loaded.names,
        cards: loaded.cards,
        taken: loaded.taken,
        claims: Claims::new(loaded.receipts),
        receipts: Vec::new(),
        together: false,
    };
    let verdicts = jobs.iter().map(|job| deciding.judge(job)).collect();
    deciding.finish(verdicts)
}

/// What a write came to, and what must be stored before anybody is told.
type Judged = (Outcome, Depends);

/// A batch while it is being decided.
struct Deciding {
    states: Vec<Slot>,
    /// What is to be written of each state, index by index.
    drafts: Vec<Draft>,
    names: HashMap<AccountRef, Result<usize, StoreError>>,
    cards: HashMap<PaymentMethodId, Result<usize, StoreError>>,
    taken: BTreeSet<CardName>,
    claims: Claims,
    receipts: Vec<ReceiptWrite>,
    together: bool,
}

impl Deciding {
    fn judge(&mut self, job: &Job) -> Verdict {
        let write = &job.write;
        let known = write.claim.and_then(|claim| self.claims.replay(write, &claim));
        if let Some(verdict) = known {
            return verdict;
        }
        match self.apply(write, job.mode) {
            Err(error) => Verdict { result: Err(error), depends: Depends::Nothing },
            Ok((outcome, depends)) => {
                let depends = if job.is_kept(&outcome) {
                    self.keep_answer(write, &outcome, depends)
                } else {
                    depends
                };
                let replayed = false;
                Verdict { result: Ok(Answer { outcome, replayed }), depends }
            }
        }
    }

    /// Keeps the answer to a claim, if there is one, in the commit of what the answer depends on.
    fn keep_answer(&mut self, write: &Write, outcome: &Outcome, depends: Depends) -> Depends {
        let Some(claim) = write.claim else {
            return depends;
        };
        if self.claims.was_answered_here(write, &claim) {
            self.drop_receipt(write, &claim);
        }
        let (depends, receipts) = match depends {
            Depends::Unit(slot) => (depends, &mut self.drafts[slot].receipts),
            Depends::Nothing | Depends::Receipts => (Depends::Receipts, &mut self.receipts),
        };
        receipts.push(self.claims.keep(write, claim, outcome, depends));
        depends
    }

    /// Gives up an answer of this batch that is outdated within it: a day passed between two writes.
    fn drop_receipt(&mut self, write: &Write, claim: &Claim) {
        let entity = target_entity(&write.target);
        let of_units = self.drafts.iter_mut().map(|draft| &mut draft.receipts);
        for receipts in of_units.chain([&mut self.receipts]) {
            receipts.retain(|kept| kept.entity != entity || kept.receipt.claim.key != claim.key);
        }
    }

    fn apply(&mut self, write: &Write, mode: Mode) -> Result<Judged, StoreError> {
        let context = &write.context;
        let slot = match (&write.command, &write.target) {
            // It is about a claim and not about what it names, which need not even be there.
            (Command::NoteRefusal(refusal), _) => return Ok((Err(*refusal), Depends::Nothing)),
            (Command::AttachCard(attach), Target::Account(account)) => {
                return self.attach(account, attach, context, mode);
            }
            (_, Target::Account(account)) => Some(self.find_account(account, context)?),
            (_, target @ Target::Card(..)) => self.find_card(target)?,
        };
        let Some(slot) = slot else {
            return Ok((Err(Refusal::CardNotFound), Depends::Nothing));
        };
        // Only a write that comes alone gives names, so there is no other to have them now.
        let state = &mut self.states[slot].state;
        state.taken.append(&mut self.taken);
        let event = match decide(state, &write.target, &write.command, context) {
            Ok(event) => event,
            Err(refusal) => return Ok((Err(refusal), self.as_it_is(slot))),
        };
        let unchanged = is_left_out(&write.command, &event);
        let done = Done { unchanged, ..self.done(slot, &event) };
        if unchanged || mode == Mode::Rehearsal {
            return Ok((Ok(done), self.as_it_is(slot)));
        }
        self.record(slot, event, context);
        Ok((Ok(done), Depends::Unit(slot)))
    }

    /// What an answer depends on that changes nothing: if it looked at what this batch changed, it
    /// holds only if the change does.
    fn as_it_is(&self, slot: usize) -> Depends {
        if self.drafts[slot].is_empty() { Depends::Nothing } else { Depends::Unit(slot) }
    }

    fn attach(
        &mut self,
        account: &AccountRef,
        attach: &Attach,
        context: &Context,
        mode: Mode,
    ) -> Result<Judged, StoreError> {
        let refused = |refusal| Ok((Err(refusal), Depends::Nothing));
        let target = self.find_account(account, context)?;
        let card = Target::Card(account.entity, attach.card);
        let Some(source) = self.find_card(&card)? else {
            return refused(Refusal::CardNotFound);
        };
        if source == target {
            return refused(Refusal::AlreadyAttached);
        }
        let (from, to) = (&self.states[source].state, &self.states[target].state);
        let [moved, attached] = match decide_attach(from, to, attach, context) {
            Ok(events) => events,
            Err(refusal) => return refused(refusal),
        };
        let done = self.done(target, &attached);
        if mode == Mode::Rehearsal {
            return Ok((Ok(done), self.as_it_is(target)));
        }
        let stays = from.account.name.bucket() == to.account.name.bucket();
        let alias = AliasWrite {
            bucket: attach.card.bucket(),
            entity: account.entity,
            alias: card_alias(attach.card),
            account_key: to.account.name.key.clone(),
        };
        self.together = true;
        self.record(source, moved, context);
        self.record(target, attached, context);
        self.drafts[target].aliases.push(alias);
        // Within one bucket the row stays where it is and only changes hands.
        if stays {
            self.drafts[source].release(attach.card);
            self.drafts[target].take_over(attach.card);
        }
        Ok((Ok(done), Depends::Unit(target)))
    }

    /// The state of an account, made up as not yet opened if there is none.
    fn find_account(&mut self, name: &AccountRef, context: &Context) -> Result<usize, StoreError> {
        if let Some(found) = self.names.get(name) {
            let slot = self.unspoiled(found)?;
            let state = &mut self.states[slot].state;
            // What an earlier write, then refused, would have opened was no more than a guess.
            if !state.account.is_stored() {
                state.account = unopened(name.clone(), context);
            }
            return Ok(slot);
        }
        let slot = self.states.len();
        let state = State::of(unopened(name.clone(), context));
        self.states.push(Slot { state, chain: Chain::default(), spoiled: None });
        self.drafts.push(Draft::default());
        self.names.insert(name.clone(), Ok(slot));
        Ok(slot)
    }

    /// The state of a card's account; nothing if the entity has no such card.
    fn find_card(&self, target: &Target) -> Result<Option<usize>, StoreError> {
        let Target::Card(entity, id) = target else {
            return Ok(None);
        };
        let Some(found) = self.cards.get(id) else {
            return Ok(None);
        };
        let slot = self.unspoiled(found)?;
        let is_own = self.states[slot].state.account.name.entity == *entity;
        Ok(is_own.then_some(slot))
    }

    fn unspoiled(&self, found: &Result<usize, StoreError>) -> Result<usize, StoreError> {
        let slot = found.clone()?;
        match &self.states[slot].spoiled {
            Some(error) => Err(error.clone()),
            None => Ok(slot),
        }
    }

    fn record(&mut self, slot: usize, event: Event, context: &Context) {
        // A later write of the batch may be about a card that this one makes.
        if let Some((card, How::Insert)) = touched(&event) {
            self.cards.insert(card, Ok(slot));
        }
        self.drafts[slot].record(&mut self.states[slot].state, event, context);
    }

    fn done(&self, slot: usize, event: &Event) -> Done {
        let account = &self.states[slot].state.account;
        Done {
            card: touched(event).map(|(card, _)| card),
            account_id: account.id,
            account_number: account.number.clone(),
            unchanged: false,
            payment: match event {
                Event::PaymentNoted { log, .. } => {
                    Some(NotedPayment { log: log.id, snapshot: log.snapshot })
                }
                _ => None,
            },
        }
    }

    fn finish(self, mut verdicts: Vec<Verdict>) -> Decided {
        let mut units = Vec::new();
        let mut index = vec![usize::MAX; self.states.len()];
        for (slot, (state, draft)) in self.states.into_iter().zip(self.drafts).enumerate() {
            if !draft.is_empty() {
                index[slot] = units.len();
                units.push(draft.into_unit(state.state, state.chain));
            }
        }
        for verdict in &mut verdicts {
            if let Depends::Unit(slot) = &mut verdict.depends {
                *slot = index[*slot];
            }
        }
        Decided { units, receipts: self.receipts, together: self.together, verdicts }
    }
}
