//! What must be loaded before a batch can be decided.

use cardfile_domain::{
    card_number::Last4,
    command::{Command, NewCard, Target},
    id::{AccountRef, Bucket, EntityId, PaymentMethodId},
    text::CardName,
};

use super::{ClaimKey, Job, target_entity};

/// What a batch needs, each thing once and in the order of keys.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Needs {
    /// Accounts, as the callers name them: by their keys or by their ids.
    pub(crate) accounts: Vec<AccountRef>,
    /// Cards with their accounts, wherever they live now.
    pub(crate) cards: Vec<CardNeed>,
    /// Cards that look like one to be made.
    pub(crate) twins: Vec<Twins>,
    /// Cards that an account shall charge or replace; each only if it is in the account's bucket.
    pub(crate) candidates: Vec<(AccountRef, PaymentMethodId)>,
    /// Cards of the new account that look like the card which comes to it.
    pub(crate) arrivals: Vec<Arrival>,
    /// Names of cards that must be free.
    pub(crate) names: Vec<(EntityId, CardName)>,
    /// Kept answers.
    pub(crate) receipts: Vec<ClaimKey>,
}

/// A card that a write is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CardNeed {
    /// Where to look first; if it is not there, its alias row says where it moved.
    pub(crate) bucket: Bucket,
    /// The card.
    pub(crate) id: PaymentMethodId,
    /// The entity it must belong to.
    pub(crate) entity: EntityId,
    /// The cards of its account with the same last digits are needed too.
    pub(crate) with_twins: bool,
}

/// The cards of an account, named as the caller names it, whose numbers end alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Twins {
    /// The account.
    pub(crate) account: AccountRef,
    /// How the numbers end.
    pub(crate) last4: Last4,
}

/// A card that comes to an account, where the account's cards that look like it are needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    /// The account, named as the caller names it.
    pub(crate) account: AccountRef,
    /// The card, which is among [`Needs::cards`].
    pub(crate) card: PaymentMethodId,
}

impl Needs {
    /// What these jobs need.
    pub(crate) fn of(jobs: &[Job]) -> Self {
        let mut needs = Self::default();
        for job in jobs {
            needs.add(job);
        }
        needs.accounts.sort_unstable();
        needs.accounts.dedup();
        needs.cards.sort_unstable();
        needs.cards.dedup_by(|next, kept| {
            let same = (next.bucket, next.id, next.entity) == (kept.bucket, kept.id, kept.entity);
            kept.with_twins |= same && next.with_twins;
            same
        });
        needs.twins.sort_unstable();
        needs.twins.dedup();
        needs.receipts.sort_unstable();
        needs.receipts.dedup();
        needs
    }

    /// Whether all of it may be missing, and if so, the keys of what is written in its stead would show that
    /// it was. A name that looks like an id may be another name of an account, which has another key.
    pub(crate) fn may_be_new(&self) -> bool {
        let are_keys = self.accounts.iter().all(|name| name.key.as_account_id().is_none());
        let are_all = self.cards.is_empty() && self.candidates.is_empty();
        are_keys && are_all && self.arrivals.is_empty() && self.names.is_empty()
    }

    fn add(&mut self, job: &Job) {
        let write = &job.write;
        let entity = target_entity(&write.target);
        if let Some(claim) = &write.claim {
            self.receipts.push((entity, claim.key));
        }
        if matches!(write.command, Command::NoteRefusal(_)) {
            return;
        }
        let names = write.command.names().iter().map(|name| (entity, name.clone()));
        self.names.extend(names);
        match &write.target {
            Target::Account(account) => self.add_account(account, &write.command),
            Target::Card(entity, id) => self.cards.push(CardNeed {
                bucket: job.bucket,
                id: *id,
                entity: *entity,
                with_twins: asks_for_twins(&write.command),
            }),
        }
    }

    fn add_account(&mut self, account: &AccountRef, command: &Command) {
        self.accounts.push(account.clone());
        match command {
            Command::CreateCard(new) => {
                if new.check_duplicated {
                    self.twins.push(Twins::of(account, new));
                }
                let replaced = new.replaces.map(|old| (account.clone(), old.card));
                self.candidates.extend(replaced);
            }
            Command::UpdateAccount(patch) => {
                let candidate = patch.default_card.map(|card| (account.clone(), card));
                self.candidates.extend(candidate);
            }
            Command::DropCard(drop) => {
                let cards = [Some(drop.card), drop.next].into_iter().flatten();
                self.candidates.extend(cards.map(|card| (account.clone(), card)));
            }
            Command::AttachCard(attach) => {
                self.cards.push(CardNeed {
                    bucket: attach.card.bucket(),
                    id: attach.card,
                    entity: account.entity,
                    with_twins: false,
                });
                if attach.patch.check_duplicated {
                    self.arrivals.push(Arrival { account: account.clone(), card: attach.card });
                }
            }
            _ => {}
        }
    }
}

impl Twins {
    fn of(account: &AccountRef, new: &NewCard) -> Self {
        Self { account: account.clone(), last4: new.number.masked.last4() }
    }
}

fn asks_for_twins(command: &Command) -> bool {
    matches!(command, Command::UpdateCard(patch) if patch.check_duplicated)
}
