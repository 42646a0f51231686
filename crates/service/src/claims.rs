//! Idempotency: one key, one effect, one answer.
//!
//! The answer to a claimed write is committed together with the write, so no crash can part them.
//! What is added here is what a database cannot know: that the first request is still running.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use cardfile_domain::{
    command::{Claim, Command, Target, Write},
    id::{AccountKey, AccountRef, EntityId, PaymentMethodId},
    limits::RECEIPT_HOURS,
    ports::{Done, Outcome},
    refusal::Refusal,
};
use jiff::SignedDuration;

use crate::{Caller, Failure, Service};

type Running = Arc<Mutex<HashSet<(EntityId, [u8; 32])>>>;

/// The claims whose first request is running in this process.
#[derive(Default)]
pub(crate) struct InFlight(Running);

/// Holds a claim until the request has its answer.
#[derive(Debug)]
pub(crate) struct Held {
    running: Running,
    name: (EntityId, [u8; 32]),
}

impl InFlight {
    fn hold(&self, entity: EntityId, claim: &Claim) -> Result<Held, Failure> {
        let name = (entity, claim.key);
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.insert(name) {
            Ok(Held { running: Arc::clone(&self.0), name })
        } else {
            Err(Failure::KeyInUse)
        }
    }

    fn holds(&self, entity: EntityId, claim: &Claim) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&(entity, claim.key))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// A call of many writes that is running; its key is in use until this is dropped.
#[derive(Debug)]
pub struct Call(#[expect(dead_code, reason = "held for its Drop")] Option<Held>);

/// How a claimed request begins.
pub(crate) enum Start {
    /// It is the first: go on, and hold the claim meanwhile.
    First(Option<Held>),
    /// It was answered before.
    Replay(Outcome),
}

impl Service {
    /// Makes a claim from a caller's idempotency key and the parts that make its request what it is.
    ///
    /// The parts must not hold the security code: what is derived from it must not be stored either.
    pub async fn claim(
        &self,
        caller: &Caller,
        key: &str,
        parts: &[&[u8]],
    ) -> Result<Claim, Failure> {
        self.load_keys(caller.entity).await?;
        // The key is hashed with the client's id: two clients may count alike without meeting.
        let name: [&[u8]; 3] = [b"key", caller.client.as_bytes(), key.as_bytes()];
        let key = self.vault.request_mac(caller.entity, &name)?;
        let request = self.vault.request_mac(caller.entity, parts)?;
        Ok(Claim { key, request })
    }

    /// Looks whether a claimed request was answered before or is running now.
    pub(crate) async fn start(
        &self,
        caller: &Caller,
        claim: Option<&Claim>,
    ) -> Result<Start, Failure> {
        let Some(claim) = claim else {
            return Ok(Start::First(None));
        };
        // The claim is held before its receipt is looked for, so that nobody begins unseen between the
        // two. Whoever finds it held may only have met another repeat of what was answered long ago.
        let held = self.in_flight.hold(caller.entity, claim);
        let since = self.clock.now() - SignedDuration::from_hours(RECEIPT_HOURS);
        match self.store.find_receipt(caller.entity, &claim.key, since).await? {
            Some(receipt) if receipt.claim == *claim => Ok(Start::Replay(receipt.outcome)),
            Some(_) => Err(Refusal::KeyReused.into()),
            None => Ok(Start::First(Some(held?))),
        }
    }

    /// Begins a call of many writes under one key, each of which makes a claim of its own.
    ///
    /// What is kept under the call's own claim is no answer, only which request the key belongs to.
    pub async fn begin_call(&self, caller: &Caller, claim: Claim) -> Result<Call, Failure> {
        let held = match self.start(caller, Some(&claim)).await? {
            // The note of the first is there before its writes are: it may still be running.
            Start::Replay(_) if self.calls.holds(caller.entity, &claim) => {
                return Err(Failure::KeyInUse);
            }
            Start::Replay(_) => None,
            Start::First(_held) => {
                let call = self.calls.hold(caller.entity, &claim)?;
                let nothing = AccountKey::orphan(PaymentMethodId::from_bytes([0; 16]));
                let target = Target::Account(AccountRef { entity: caller.entity, key: nothing });
                let note = Command::NoteRefusal(Refusal::KeyReused);
                match self.execute(caller, target, note, Some(claim)).await {
                    Err(Failure::Refused(_)) | Ok(_) => Some(call),
                    Err(failure) => return Err(failure),
                }
            }
        };
        Ok(Call(held))
    }

    /// Has a write done by its lane.
    pub(crate) async fn execute(
        &self,
        caller: &Caller,
        target: Target,
        command: Command,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let write = Write { target, command, context: self.context(caller), claim };
        let answer = self.store.execute(write).await?;
        Ok(answer.outcome?)
    }

    /// Ends a write that failed before a lane was asked, and lets the claim remember a refusal.
    pub(crate) async fn refuse(
        &self,
        caller: &Caller,
        target: Target,
        failure: Failure,
        claim: Option<Claim>,
    ) -> Failure {
        let Failure::Refused(refusal) = failure else {
            return failure;
        };
        // An unknown verdict is no answer: the same request may be tried again under its key.
        if claim.is_none() || refusal.may_pass() {
            return refusal.into();
        }
        match self.execute(caller, target, Command::NoteRefusal(refusal), claim).await {
            Ok(_) => refusal.into(),
            Err(failure) => failure,
        }
    }
}
