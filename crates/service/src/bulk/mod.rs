//! Uploads: line after line of one long request, each a write of its own.
//!
//! Lines are taken in the order of the upload and handed to the lanes in that order, so that those
//! about one account happen one after the other. What a line must find out first, from the gateway or
//! the vault, is found out before; nothing of it waits inside a lane.

mod name;
mod step;

use std::{collections::HashSet, pin::Pin, sync::Arc};

use cardfile_domain::{
    command::Mode,
    id::{AccountKey, PaymentMethodId},
    ports::Answer,
};
use tokio::sync::{OwnedSemaphorePermit, RwLock};

use self::{
    name::Repeats,
    step::{Effecting, Step},
};
use crate::{Caller, CardChange, CardEntry, Failure, Service};

/// A line of an upload, parsed.
pub struct Line {
    /// Who sends it, in the entity that it is for.
    pub caller: Caller,
    /// What the line is called in the caller's own system.
    pub external_key: Option<String>,
    /// What makes the line what it is, without its security code.
    pub content: Vec<u8>,
    /// What it asks for.
    pub action: Action,
}

/// What a line asks for.
pub enum Action {
    /// To put a card on file, in an account or on its own.
    Create(Option<AccountKey>, Box<CardEntry>),
    /// To change a card. The account of the change is not looked at: lines do not attach cards.
    Update(PaymentMethodId, Box<CardChange>),
    /// To forget a card.
    Delete(PaymentMethodId),
}

/// What became of a line.
#[derive(Debug)]
pub struct LineAnswer {
    /// What it did, or why it did nothing.
    pub outcome: Result<Effect, Failure>,
    /// The line was answered before, and this is what was said then.
    pub replayed: bool,
    /// Options that the gateway would ignore; only a rehearsal tells.
    pub ignored: Vec<String>,
}

/// What a line did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A card is on file, or would be: in a rehearsal it has no id.
    Created(Option<PaymentMethodId>),
    /// The card was changed or forgotten.
    Updated(PaymentMethodId),
    /// The card was that way already.
    Unchanged(PaymentMethodId),
}

/// The answers to some lines, in their order, once they are there.
pub type LineAnswers = Pin<Box<dyn Future<Output = Vec<LineAnswer>> + Send>>;

/// An upload that is going on.
pub struct Upload {
    service: Arc<Service>,
    key: Option<String>,
    mode: Mode,
    repeats: Repeats,
    /// Lines that are not answered hold it for reading. Who has it for writing sees what they did.
    calm: Arc<RwLock<()>>,
    /// Its place among those that may go on at the same time.
    _place: OwnedSemaphorePermit,
}

impl Upload {
    /// Begins an upload, under the idempotency key of its request if that has one. Nothing if as many
    /// as there may be are going on: each takes some megabytes.
    pub fn begin(service: Arc<Service>, key: Option<String>, mode: Mode) -> Option<Self> {
        let place = Arc::clone(&service.uploads).try_acquire_owned().ok()?;
        let repeats = Repeats::default();
        Some(Self { service, key, mode, repeats, calm: Arc::default(), _place: place })
    }

    /// The use cases that the upload calls.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// Takes the next lines. Returns when all of them are on their way.
    pub async fn take(&mut self, lines: Vec<Line>) -> LineAnswers {
        if lines.iter().any(Line::looks_first) {
            drop(Arc::clone(&self.calm).write_owned().await);
        }
        let unanswered = Arc::clone(&self.calm).read_owned().await;
        let mut runs = runs(lines);
        let last = runs.pop().unwrap_or_default();
        let mut answers = Vec::new();
        for run in runs {
            answers.extend(self.send(run).await.await);
        }
        let rest = self.send(last).await;
        Box::pin(async move {
            answers.extend(rest.await);
            drop(unanswered);
            answers
        })
    }

    /// Hands lines to their lanes.
    async fn send(&mut self, lines: Vec<Line>) -> LineAnswers {
        let ignored: Vec<_> = lines.iter().map(|line| self.ignored(line)).collect();
        let steps = self.steps(lines).await;
        let mut writes = Vec::with_capacity(steps.len());
        let mut waiting = Vec::with_capacity(steps.len());
        for step in steps {
            waiting.push(match step {
                Step::Answered(answer) => Waiting::Answered(answer),
                Step::Write(effecting, write) => {
                    writes.push(*write);
                    Waiting::Lane(effecting)
                }
            });
        }
        let answers = self.service.store.queue(writes, self.mode).await;
        let mode = self.mode;
        Box::pin(async move {
            let mut answers = answers.await.into_iter();
            let answer = |waiting| match waiting {
                Waiting::Answered(answer) => Some(answer),
                Waiting::Lane(effecting) => answers.next().map(|said| effecting.said(said, mode)),
            };
            let answers = waiting.into_iter().filter_map(answer);
            answers.zip(ignored).map(|(said, ignored)| LineAnswer { ignored, ..said }).collect()
        })
    }
}

impl Upload {
    /// The options of a line that the gateway of its entity does not know, where somebody only tries.
    fn ignored(&self, line: &Line) -> Vec<String> {
        let options = match &line.action {
            Action::Create(_, entry) => &entry.gateway_options,
            Action::Update(_, change) => &change.gateway_options,
            Action::Delete(_) => return Vec::new(),
        };
        if self.mode == Mode::Effect {
            return Vec::new();
        }
        let heeds = |name: &String| self.service.gateway.heeds(line.caller.entity, name);
        options.keys().filter(|name| !heeds(name)).cloned().collect()
    }
}

/// A line between its step and its answer.
enum Waiting {
    Answered(LineAnswer),
    Lane(Effecting),
}

impl Line {
    /// The card that the line names.
    fn card(&self) -> Option<PaymentMethodId> {
        match &self.action {
            Action::Create(..) => None,
            Action::Update(card, _) | Action::Delete(card) => Some(*card),
        }
    }

    /// Whether the line is about a card that must be looked at first, because the gateway is asked
    /// about the card as it will be.
    fn looks_first(&self) -> bool {
        matches!(&self.action, Action::Update(_, change) if change.security_code.is_some())
    }

    /// Whether the gateway has a say.
    fn asks_gateway(&self) -> bool {
        match &self.action {
            Action::Create(_, entry) => !entry.skip_validation,
            Action::Update(..) | Action::Delete(_) => self.looks_first(),
        }
    }
}

impl LineAnswer {
    fn failed(failure: Failure) -> Self {
        Self { outcome: Err(failure), replayed: false, ignored: Vec::new() }
    }

    fn of(answer: Answer, effecting: Effecting, mode: Mode) -> Self {
        let Answer { outcome, replayed } = answer;
        let outcome = outcome.map(|done| effecting.effect(&done, replayed, mode));
        Self { outcome: outcome.map_err(Failure::from), replayed, ignored: Vec::new() }
    }
}

/// Splits lines so that none which must look at a card is in one run with an earlier one about it.
fn runs(lines: Vec<Line>) -> Vec<Vec<Line>> {
    let mut runs: Vec<Vec<Line>> = Vec::new();
    let mut named = HashSet::new();
    let looks = lines.iter().any(Line::looks_first);
    for line in lines {
        let again = looks && line.card().is_some_and(|card| !named.insert(card));
        match runs.last_mut() {
            Some(run) if !(again && line.looks_first()) => run.push(line),
            _ => {
                named = line.card().into_iter().collect();
                runs.push(vec![line]);
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests;
