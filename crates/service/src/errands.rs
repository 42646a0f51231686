//! Requests that are accepted now and carried out later.
//!
//! What is noted of a request is sealed before the store sees it, because it may hold a card number;
//! a security code must not be in it at all, which is for the caller of [`Service::file_errand`] to
//! see to. An errand is taken for a short time, and kept for longer while it is being carried out.
//! If the process dies, another takes it up. Carried out twice it has one effect, because whoever
//! carries it out does so under the same idempotency key each time: [`Errand::key`].

use cardfile_domain::{
    client::Rights,
    command::Claim,
    errand::{self, ErrandName, NewErrand, SealedNote},
    id::{EntityId, ErrandId},
    limits::{ERRAND_HOURS, ERRAND_TRIES_MAX},
    ports::StoreError,
    refusal::Refusal,
};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

use crate::{Caller, Failure, Service, backlog::Place};

/// For how long an errand is taken. A dead process's errands wait as long for another.
const TAKEN_FOR: SignedDuration = SignedDuration::from_secs(15);
/// The longest pause between two tries.
const PAUSE_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What is noted of a request or of its answer, opened.
pub type Note = Zeroizing<Vec<u8>>;

/// An errand that this process has taken.
pub struct Errand {
    /// Who wants it done. Its rights were checked when the errand was accepted; it has no others.
    pub caller: Caller,
    /// The request.
    pub note: Note,
    filed: errand::Errand,
}

/// What is known of an errand.
pub struct ErrandState {
    /// When it was accepted.
    pub at: Timestamp,
    /// When it was finished.
    pub finished: Option<Timestamp>,
    /// The request, or once it is finished the answer. There is none if the request cannot be opened,
    /// or was given up because it could not be read.
    pub note: Option<Note>,
}

impl Errand {
    /// Its id.
    pub fn id(&self) -> ErrandId {
        self.filed.name.id
    }

    /// The idempotency key under which it is carried out. An id can be used again after a day, so
    /// the time is in it.
    pub fn key(&self) -> String {
        format!("errand {} {}", self.filed.name.id, self.filed.at.as_microsecond())
    }

    /// Whether this is the last try.
    pub fn is_last_try(&self) -> bool {
        self.filed.tries >= ERRAND_TRIES_MAX
    }
}

impl Service {
    /// The id of the errand that a claimed request is: the same whenever it is repeated.
    pub fn claimed_errand(&self, caller: &Caller, claim: &Claim) -> Result<ErrandId, Failure> {
        let mac = self.vault.request_mac(caller.entity, &[b"errand", &claim.key])?;
        let (bytes, _) = mac.split_first_chunk().unwrap_or((&[0; 16], &[]));
        Ok(ErrandId::from_uuid(uuid::Builder::from_random_bytes(*bytes).into_uuid()))
    }

    /// Accepts a request: once this returns, it will be carried out.
    ///
    /// The note must not hold a security code.
    pub async fn file_errand(
        &self,
        caller: &Caller,
        id: ErrandId,
        claim: Option<Claim>,
        note: &[u8],
    ) -> Result<(), Failure> {
        self.load_keys(caller.entity).await?;
        let _place = self.place_for_errand(caller.entity).await?;
        // The key is taken for calls of other kinds too, from here on.
        let _held = match claim {
            Some(claim) => Some(self.begin_call(caller, claim).await?),
            None => None,
        };
        let name = ErrandName { entity: caller.entity, id };
        let at = self.clock.now();
        let request = claim.map_or([0; 32], |claim| claim.request);
        let note = self.vault.seal_note(name, note)?;
        let errand = NewErrand { name, client: caller.client, request, at, note };
        let outdated = at - SignedDuration::from_hours(ERRAND_HOURS);
        if self.errands.file(&errand, outdated).await?.request != request {
            return Err(Refusal::KeyReused.into());
        }
        self.errand_filed.notify_one();
        Ok(())
    }

    /// A place among the errands that wait, of which there are only so many.
    async fn place_for_errand(&self, entity: EntityId) -> Result<Place, Failure> {
        let mut queue = self.backlog.queue(entity).await;
        let now = self.clock.now();
        if queue.is_outdated(now) {
            let settled = queue.settled();
            queue.note(self.errands.count_waiting(entity).await?, now, settled);
        }
        Ok(queue.enter().ok_or(StoreError::Busy)?)
    }

    /// Returns when an errand was filed by this process since the last time.
    pub async fn errand_filed(&self) {
        self.errand_filed.notified().await;
    }

    /// Looks an errand up.
    pub async fn find_errand(
        &self,
        caller: &Caller,
        id: ErrandId,
    ) -> Result<Option<ErrandState>, Failure> {
        let name = ErrandName { entity: caller.entity, id };
        let Some(filed) = self.errands.find(name).await? else { return Ok(None) };
        self.load_keys(caller.entity).await?;
        let note = match self.vault.open_note(name, &filed.note) {
            Ok(note) => Some(note),
            // What was carried out is not to be called a failure, because the answer is lost.
            Err(error) if filed.finished.is_some() && !is_given_up(&filed) => {
                return Err(error.into());
            }
            Err(_) => None,
        };
        Ok(Some(ErrandState { at: filed.at, finished: filed.finished, note }))
    }

    /// Takes errands that are due.
    ///
    /// One that cannot be opened is put off, and is said so each time: its keys may be found.
    pub async fn take_errands(&self, limit: usize) -> Result<Vec<Errand>, Failure> {
        let now = self.clock.now();
        let mut taken = Vec::new();
        for mut filed in self.errands.take(now, now + TAKEN_FOR, limit).await? {
            let name = filed.name;
            match self.open_errand(&filed).await {
                Ok(note) => {
                    let caller = Caller {
                        client: filed.client,
                        entity: name.entity,
                        rights: Rights::default(),
                        track: None,
                    };
                    taken.push(Errand { caller, note, filed });
                }
                Err(error) => {
                    tracing::error!(
                        errand = %name.id,
                        error = &error as &dyn std::error::Error,
                        "an asynchronous request cannot be opened"
                    );
                    // Where the keys cannot be asked for, it is due again when its time is up. So it
                    // is where this fails, which must not keep the others waiting.
                    if matches!(error, Failure::Vault(_)) {
                        drop(self.shelve(&mut filed).await);
                    }
                }
            }
        }
        Ok(taken)
    }

    async fn open_errand(&self, filed: &errand::Errand) -> Result<Note, Failure> {
        self.load_keys(filed.name.entity).await?;
        Ok(self.vault.open_note(filed.name, &filed.note)?)
    }

    /// Keeps an errand from others for longer; false if another has taken it meanwhile.
    pub async fn keep_errand(&self, errand: &mut Errand) -> Result<bool, Failure> {
        self.put_off(&mut errand.filed, TAKEN_FOR).await
    }

    /// Puts an errand back, to be tried again after a while, which is longer each time.
    pub async fn postpone_errand(&self, errand: &mut Errand) -> Result<bool, Failure> {
        let pause = pause(&errand.filed);
        self.put_off(&mut errand.filed, pause).await
    }

    /// Puts an errand back that cannot be read, because another version may have noted it. After the
    /// last try nothing is kept of it but that it failed.
    pub async fn shelve_errand(&self, errand: &mut Errand) -> Result<bool, Failure> {
        self.shelve(&mut errand.filed).await
    }

    async fn shelve(&self, filed: &mut errand::Errand) -> Result<bool, Failure> {
        if filed.tries < ERRAND_TRIES_MAX {
            return self.put_off(filed, pause(filed)).await;
        }
        // There may be no key to seal anything with.
        let nothing = SealedNote { bytes: Vec::new(), key_version: filed.note.key_version };
        Ok(self.errands.finish(filed, self.clock.now(), &nothing).await?)
    }

    async fn put_off(
        &self,
        filed: &mut errand::Errand,
        by: SignedDuration,
    ) -> Result<bool, Failure> {
        let until = self.clock.now() + by;
        let is_ours = self.errands.keep(filed, until).await?;
        if is_ours {
            filed.due = until;
        }
        Ok(is_ours)
    }

    /// Notes the answer in place of the request; false if another has taken the errand meanwhile.
    pub async fn finish_errand(&self, errand: &Errand, answer: &[u8]) -> Result<bool, Failure> {
        let note = self.vault.seal_note(errand.filed.name, answer)?;
        Ok(self.errands.finish(&errand.filed, self.clock.now(), &note).await?)
    }

    /// Forgets answers that nobody may ask for any more, and tells how many.
    pub async fn forget_errands(&self) -> Result<u64, Failure> {
        let before = self.clock.now() - SignedDuration::from_hours(ERRAND_HOURS);
        Ok(self.errands.forget(before).await?)
    }
}

/// Whether nothing is left of an errand, because it could not be read.
fn is_given_up(filed: &errand::Errand) -> bool {
    filed.note.bytes.is_empty()
}

/// How long to wait until the next try.
fn pause(filed: &errand::Errand) -> SignedDuration {
    SignedDuration::from_secs(1 << filed.tries.min(16)).min(PAUSE_MAX)
}
