//! Writes that wait for a gateway's word.
//!
//! A gateway that falls silent leaves a trail, and the write that it was asked about is noted with it:
//! sealed, and without the security code, which the gateway consumed. Nothing is changed meanwhile. The
//! same request sent again is told that it waits, because asking the issuer twice is what must not
//! happen. Whoever settles the question asks the gateway what became of it, and then does the write or
//! drops it.
//!
//! A request with an idempotency key is known by that. One without is known by what it says, and only
//! until the first repeat has been told what came of it: the same words may mean a new wish after that.

use cardfile_domain::{
    card::SealedNumber,
    command::{Attach, CardPatch, Claim, Command, NewCard, OpenAccount, Target},
    errand::{self, ErrandName, NewErrand},
    gateway::Trail,
    id::{AccountKey, AccountRef, EntityId, ErrandId, PaymentMethodId},
    ports::{Done, Outcome, StoreError, Verdict},
    refusal::{Decline, Refusal},
    track_id::TrackId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{Caller, Failure, Service};

/// What the gateway is asked about, so that it is known again.
#[derive(Clone, Copy)]
pub(crate) struct Matter {
    pub(crate) name: ErrandName,
    request: [u8; 32],
    has_key: bool,
}

/// The gateway's word.
pub(crate) enum Word {
    /// It vouches for the card.
    Given,
    /// It fell silent.
    Awaited(Matter, Trail),
    /// It had fallen silent, and this came of it.
    Settled(Outcome),
}

/// A write, and the gateway's word on it.
pub(crate) struct Vouched {
    pub(crate) target: Target,
    pub(crate) wish: Wish,
    pub(crate) word: Word,
}

/// What is to be done when the gateway vouches for it.
#[derive(Serialize, Deserialize)]
pub(crate) enum Wish {
    Open(Box<OpenAccount>),
    Create(Box<NewCard>),
    Update(Box<CardPatch>),
    Attach(Box<Attach>),
    NoteVerified,
}

impl From<Wish> for Command {
    fn from(wish: Wish) -> Self {
        match wish {
            Wish::Open(open) => Self::OpenAccount(open),
            Wish::Create(new) => Self::CreateCard(new),
            Wish::Update(patch) => Self::UpdateCard(patch),
            Wish::Attach(attach) => Self::AttachCard(attach),
            Wish::NoteVerified => Self::NoteVerified,
        }
    }
}

/// What is noted of a write that waits.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    place: Place,
    pub(super) wish: Wish,
    pub(super) claim: Option<Claim>,
    pub(super) track: Option<TrackId>,
    pub(super) trail: Trail,
}

/// What a write is about, in an entity that is known.
#[derive(Serialize, Deserialize)]
enum Place {
    /// An account by its key, which may be a private one.
    Account(String),
    Card(PaymentMethodId),
}

impl Waiting {
    /// What the write is about.
    pub(super) fn target(&self, entity: EntityId) -> Target {
        match &self.place {
            Place::Account(key) => {
                Target::Account(AccountRef { entity, key: AccountKey::from_stored(key.clone()) })
            }
            Place::Card(id) => Target::Card(entity, *id),
        }
    }
}

/// What is noted of a write that waits no longer.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    /// It was done, or refused.
    Settled(Outcome),
    /// Nothing came of it: the issuer was not asked, or it was never found out whether it was.
    Dropped,
}

/// What a question is about, as callers see it: repeated, it is the same.
#[derive(Serialize)]
pub(crate) enum About<'a> {
    Card(Option<&'a AccountKey>, NewCard),
    Change(PaymentMethodId, Option<&'a AccountKey>, &'a CardPatch),
    Account(Option<&'a str>, NewCard),
    Verification(PaymentMethodId),
}

/// A new card without what is drawn by lot for it.
pub(crate) fn as_sent(new: &NewCard) -> NewCard {
    let mut sent = new.clone();
    sent.id = PaymentMethodId::from_bytes([0; 16]);
    if let Some(vaulted) = sent.number.vaulted.as_mut() {
        let key_version = vaulted.sealed.key_version;
        vaulted.sealed = SealedNumber { bytes: Vec::new(), key_version };
    }
    sent
}

impl Service {
    /// Gives what the gateway is to be asked about its name.
    pub(crate) async fn matter(
        &self,
        caller: &Caller,
        claim: Option<&Claim>,
        about: &About<'_>,
    ) -> Result<Matter, Failure> {
        let entity = caller.entity;
        self.load_keys(entity).await?;
        let mac = |parts: &[&[u8]]| self.vault.request_mac(entity, parts);
        let (key, request) = if let Some(claim) = claim {
            (mac(&[b"question under a key", &claim.key])?, claim.request)
        } else {
            // These types have text keys only, so this cannot fail.
            let about = Zeroizing::new(serde_json::to_vec(about).unwrap_or_default());
            let key = mac(&[b"question", caller.client.as_bytes(), &about])?;
            (key, key)
        };
        let (bytes, _) = key.split_first_chunk().unwrap_or((&[0; 16], &[]));
        let id = ErrandId::from_uuid(uuid::Builder::from_random_bytes(*bytes).into_uuid());
        Ok(Matter { name: ErrandName { entity, id }, request, has_key: claim.is_some() })
    }

    /// What is known of a matter from the last time that the gateway was asked, if it is to count.
    pub(crate) async fn known_word(&self, matter: &Matter) -> Result<Option<Word>, Failure> {
        let Some(filed) = self.questions.find(matter.name).await? else { return Ok(None) };
        if filed.finished.is_none() {
            return Err(Refusal::GatewayUnknown.into());
        }
        // Under a key the receipt gives the answer, before anybody looks here.
        if matter.has_key {
            return Ok(None);
        }
        let note = self.vault.open_note(matter.name, &filed.note)?;
        let answer = serde_json::from_slice(&note).ok();
        let told = self.questions.discard(matter.name).await?;
        Ok(match answer {
            Some(Answer::Settled(outcome)) if told => Some(Word::Settled(outcome)),
            _ => None,
        })
    }

    /// The gateway's word where it gave a verdict.
    pub(crate) fn word(verdict: Verdict, matter: &Matter) -> Result<Word, Failure> {
        match verdict {
            Verdict::Approved => Ok(Word::Given),
            Verdict::Declined(reason) => Err(Refusal::Declined(reason).into()),
            Verdict::Unknown(trail) => Ok(Word::Awaited(*matter, trail)),
            Verdict::Nobody => Err(Refusal::NoGateway.into()),
            Verdict::Unasked => Err(Refusal::GatewayAway.into()),
        }
    }

    /// Does a write that the gateway vouches for, and notes one for which it does not yet.
    pub(crate) async fn conclude(
        &self,
        caller: &Caller,
        vouched: Vouched,
        claim: Option<Claim>,
    ) -> Result<Done, Failure> {
        let Vouched { target, wish, word } = vouched;
        match word {
            Word::Given => self.execute(caller, target, wish.into(), claim).await,
            Word::Settled(outcome) => Ok(outcome?),
            Word::Awaited(matter, trail) => {
                let track = caller.track.clone();
                let place = match target {
                    Target::Account(account) => Place::Account(account.key.into()),
                    Target::Card(_, id) => Place::Card(id),
                };
                let waiting = Waiting { place, wish, claim, track, trail };
                self.note_question(caller, &matter, &waiting).await?;
                Err(Refusal::GatewayUnknown.into())
            }
        }
    }

    /// The same for a write that others hand to its lane.
    pub(crate) async fn ready_to_write(
        &self,
        caller: &Caller,
        vouched: Vouched,
        claim: Claim,
    ) -> Result<(Target, Command), Failure> {
        match vouched {
            Vouched { target, wish, word: Word::Given } => Ok((target, wish.into())),
            other => match self.conclude(caller, other, Some(claim)).await {
                Err(failure) => Err(failure),
                // Only what has no key is told in this way, and lines all have one.
                Ok(_) => Err(StoreError::Contended.into()),
            },
        }
    }

    async fn note_question(
        &self,
        caller: &Caller,
        matter: &Matter,
        waiting: &Waiting,
    ) -> Result<(), Failure> {
        let note = Zeroizing::new(serde_json::to_vec(waiting).unwrap_or_default());
        let at = self.clock.now();
        let errand = NewErrand {
            name: matter.name,
            client: caller.client,
            request: matter.request,
            at,
            note: self.vault.seal_note(matter.name, &note)?,
        };
        // One that is finished gives way, however young it is.
        self.questions.file(&errand, Timestamp::MAX).await?;
        Ok(())
    }

    /// Claims that are made while a question is settled: settled twice, it has one effect.
    pub(super) fn settling_claim(
        &self,
        filed: &errand::Errand,
        what: &[u8],
    ) -> Result<Claim, Failure> {
        let at = filed.at.as_microsecond().to_be_bytes();
        let parts = [b"settled", what, filed.name.id.as_bytes(), &at];
        let key = self.vault.request_mac(filed.name.entity, &parts)?;
        Ok(Claim { key, request: key })
    }

    /// Leaves a trace of a decline that came late, where there is a card to leave it on.
    pub(super) async fn note_declined(
        &self,
        caller: &Caller,
        filed: &errand::Errand,
        target: &Target,
        reason: Decline,
    ) -> Result<(), Failure> {
        let Target::Card(..) = target else { return Ok(()) };
        let claim = self.settling_claim(filed, b"declined")?;
        let note = Command::NoteDeclined(reason);
        match self.execute(caller, target.clone(), note, Some(claim)).await {
            // The card may be gone by now.
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}
