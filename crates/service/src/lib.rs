//! The use cases: resolve the scope, seal, verify at the gateway, have a lane execute, answer.
//!
//! This crate knows the world only through the ports of the domain. Secrets end here: a card number
//! is sealed and a security code spent before anything is handed to the store.

mod accounts;
mod auth;
mod backlog;
mod bulk;
mod cards;
mod charging;
mod claims;
mod errands;
mod expiring;
mod failure;
mod housekeeping;
mod keeping;
mod outcomes;
mod questions;
mod rate;
mod reads;
mod sessions;
mod settle;
mod sources;
mod tokens;
mod verify;
mod webhooks;

use std::sync::{Arc, Mutex};

use cardfile_domain::{
    command::Context,
    errand::Errands,
    id::EntityId,
    limits::BULK_AT_ONCE,
    policy::Policies,
    ports::{Clock, Directory, Gateway, Ids, Keeper, Store},
    session::Sessions,
    test_numbers::NumbersTaken,
};
use cardfile_vault::Vault;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};

pub use crate::{
    accounts::{AccountChange, NewAccount},
    auth::{AuthFailure, Caller, Credentials, EntryFailure, Identity, Token},
    bulk::{Action, Effect, Line, LineAnswer, LineAnswers, Upload},
    cards::{CardChange, CardEntry, CodePolicy, VerifyRequest},
    charging::{Chargeable, Standing},
    claims::Call,
    errands::{Errand, ErrandState, Note},
    failure::Failure,
    housekeeping::CaughtUp,
    sessions::{Application, Signed, User},
    sources::{NewCustomer, Source},
    webhooks::{SignatureFault, StripeEvent, WebhookSecret},
};

/// What the service is made of.
#[derive(Clone)]
pub struct Parts {
    /// Where accounts and cards are.
    pub store: Arc<dyn Store>,
    /// Where entities and clients are.
    pub directory: Arc<dyn Directory>,
    /// Where requests wait that were accepted to be carried out later.
    pub errands: Arc<dyn Errands>,
    /// Where applications' keys and sessions are.
    pub sessions: Arc<dyn Sessions>,
    /// Where writes wait for a gateway's word.
    pub questions: Arc<dyn Errands>,
    /// Who verifies cards.
    pub gateway: Arc<dyn Gateway>,
    /// Who keeps cards whose numbers never come here.
    pub keeper: Arc<dyn Keeper>,
    /// What gateways sign with.
    pub webhooks: Arc<[WebhookSecret]>,
    /// Who seals numbers.
    pub vault: Arc<Vault>,
    /// What entities decided for their cards.
    pub policies: Arc<dyn Policies>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn Ids>,
    /// Which card numbers are taken.
    pub numbers: NumbersTaken,
}

/// The use cases over their ports.
pub struct Service {
    store: Arc<dyn Store>,
    directory: Arc<dyn Directory>,
    errands: Arc<dyn Errands>,
    sessions: Arc<dyn Sessions>,
    questions: Arc<dyn Errands>,
    gateway: Arc<dyn Gateway>,
    keeper: Arc<dyn Keeper>,
    webhooks: Arc<[WebhookSecret]>,
    vault: Arc<Vault>,
    policies: Arc<dyn Policies>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    numbers: NumbersTaken,
    clients: auth::ClientCache,
    in_flight: claims::InFlight,
    /// Calls of many writes: their claims are answered while they are still running.
    calls: claims::InFlight,
    errand_filed: Notify,
    uploads: Arc<Semaphore>,
    backlog: backlog::Backlog,
    /// Every warning that was due by then is given; nobody has looked before the first look.
    warned_until: Mutex<Option<Timestamp>>,
    token_rates: rate::Rates,
}

impl Service {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        let Parts {
            store,
            directory,
            errands,
            sessions,
            questions,
            gateway,
            keeper,
            webhooks,
            vault,
            policies,
            clock,
            ids,
            numbers,
        } = parts;
        Self {
            store,
            directory,
            errands,
            sessions,
            questions,
            gateway,
            keeper,
            webhooks,
            vault,
            policies,
            clock,
            ids,
            numbers,
            clients: auth::ClientCache::default(),
            in_flight: claims::InFlight::default(),
            calls: claims::InFlight::default(),
            errand_filed: Notify::new(),
            uploads: Arc::new(Semaphore::new(BULK_AT_ONCE)),
            backlog: backlog::Backlog::default(),
            warned_until: Mutex::new(None),
            token_rates: rate::Rates::default(),
        }
    }

    /// Now, as the service sees it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// 64 unforeseeable bits, for ids that only name a request.
    pub fn random(&self) -> u64 {
        self.ids.random()
    }

    /// Answers if the store can read and write.
    pub async fn ready(&self) -> Result<(), Failure> {
        Ok(self.store.ready().await?)
    }

    /// Whether the gateway of the caller's entity keeps its cards, so that no number comes here.
    pub fn is_kept_elsewhere(&self, caller: &Caller) -> bool {
        self.keeper.keeps(caller.entity)
    }

    /// Makes the vault know an entity that was added after the start.
    async fn load_keys(&self, entity: EntityId) -> Result<(), Failure> {
        if self.vault.has_entity(entity) {
            return Ok(());
        }
        for known in self.directory.list_entities().await? {
            if known.id == entity {
                self.vault.load_entity(entity, &known.wrapped_keys)?;
            }
        }
        Ok(())
    }

    fn context(&self, caller: &Caller) -> Context {
        Context {
            by: caller.client,
            track: caller.track.clone(),
            at: self.clock.now(),
            random: self.ids.random(),
        }
    }
}
