//! Finding out what became of the questions that gateways left without an answer.
//!
//! Any process takes a question, for a short time, and asks the gateway for the truth; the issuer is
//! not asked again. What the truth asks for is done under a claim, so a process that dies in the middle
//! leaves nothing half done and nothing that is done twice.

use cardfile_domain::{
    client::Rights,
    command::Command,
    errand::{self, SealedNote},
    limits::{ERRAND_HOURS, QUESTION_HOURS},
    ports::{Outcome, Verdict},
    refusal::{Decline, Refusal},
};
use jiff::SignedDuration;
use zeroize::Zeroizing;

use crate::{
    Caller, Failure, Service,
    questions::{Answer, Waiting},
};

/// For how long a question is taken: longer than a gateway may take to say what it knows.
const TAKEN_FOR: SignedDuration = SignedDuration::from_secs(60);
/// The longest pause between two tries.
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(15);
/// How long a gateway that fell silent is left alone: it may be about to answer.
const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(2);
/// Questions that are settled together.
const AT_ONCE: usize = 16;

impl Service {
    /// Settles the questions that are due, and tells how many were taken.
    pub async fn settle_questions(&self) -> Result<usize, Failure> {
        let now = self.clock.now();
        let taken = self.questions.take(now - FIRST_LOOK, now + TAKEN_FOR, AT_ONCE).await?;
        let count = taken.len();
        for filed in taken {
            if let Err(failure) = self.settle(&filed).await {
                tracing::warn!(
                    question = %filed.name.id,
                    error = &failure as &dyn std::error::Error,
                    "a question to a gateway could not be settled"
                );
            }
        }
        Ok(count)
    }

    /// Forgets what came of questions that nobody may ask for any more, and tells how many.
    pub async fn forget_questions(&self) -> Result<u64, Failure> {
        let before = self.clock.now() - SignedDuration::from_hours(ERRAND_HOURS);
        Ok(self.questions.forget(before).await?)
    }

    async fn settle(&self, filed: &errand::Errand) -> Result<(), Failure> {
        let entity = filed.name.entity;
        self.load_keys(entity).await?;
        let note = self.vault.open_note(filed.name, &filed.note)?;
        let Ok(waiting) = serde_json::from_slice::<Waiting>(&note) else {
            // A later version may have noted it.
            return self.wait(filed).await;
        };
        let caller = Caller {
            client: filed.client,
            entity,
            rights: Rights::default(),
            track: waiting.track.clone(),
        };
        let trail = waiting.trail.clone();
        let answer = match self.gateway.trace(entity, &trail).await {
            Verdict::Approved => Answer::Settled(self.carry_out(&caller, filed, waiting).await?),
            Verdict::Declined(reason) => {
                Answer::Settled(self.turn_down(&caller, filed, waiting, reason).await?)
            }
            Verdict::Unasked => Answer::Dropped,
            Verdict::Unknown(_) | Verdict::Nobody if self.is_given_up(filed) => {
                tracing::error!(
                    question = %filed.name.id,
                    "it was never found out what became of a question to a gateway"
                );
                Answer::Dropped
            }
            // Nobody is there to be asked since the configuration changed; it may change back.
            Verdict::Unknown(_) | Verdict::Nobody => return self.wait(filed).await,
        };
        let note = Zeroizing::new(serde_json::to_vec(&answer).unwrap_or_default());
        let note: SealedNote = self.vault.seal_note(filed.name, &note)?;
        self.questions.finish(filed, self.clock.now(), &note).await?;
        self.gateway.let_go(entity, &trail).await;
        Ok(())
    }

    async fn carry_out(
        &self,
        caller: &Caller,
        filed: &errand::Errand,
        waiting: Waiting,
    ) -> Result<Outcome, Failure> {
        let claim = match waiting.claim {
            Some(claim) => claim,
            None => self.settling_claim(filed, b"approved")?,
        };
        let target = waiting.target(filed.name.entity);
        match self.execute(caller, target, waiting.wish.into(), Some(claim)).await {
            Ok(done) => Ok(Ok(done)),
            Err(Failure::Refused(refusal)) => Ok(Err(refusal)),
            Err(failure) => Err(failure),
        }
    }

    async fn turn_down(
        &self,
        caller: &Caller,
        filed: &errand::Errand,
        waiting: Waiting,
        reason: Decline,
    ) -> Result<Outcome, Failure> {
        let target = waiting.target(filed.name.entity);
        self.note_declined(caller, filed, &target, reason).await?;
        let refusal = Refusal::Declined(reason);
        if waiting.claim.is_some() {
            let note = Command::NoteRefusal(refusal);
            match self.execute(caller, target, note, waiting.claim).await {
                Ok(_) | Err(Failure::Refused(_)) => {}
                Err(failure) => return Err(failure),
            }
        }
        Ok(Err(refusal))
    }

    fn is_given_up(&self, filed: &errand::Errand) -> bool {
        let age = self.clock.now().duration_since(filed.at);
        age >= SignedDuration::from_hours(QUESTION_HOURS)
    }

    /// Puts a question back, to be looked at again after a while, which is longer each time.
    async fn wait(&self, filed: &errand::Errand) -> Result<(), Failure> {
        let pause = SignedDuration::from_secs(1 << filed.tries.min(16)).min(PAUSE_MAX);
        self.questions.keep(filed, self.clock.now() + pause).await?;
        Ok(())
    }
}
