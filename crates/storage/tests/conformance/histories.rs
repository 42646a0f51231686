//! Any history of writes ends as it would in memory.
//!
//! The model decides one write after the other with the same pure rules, on maps instead of tables.
//! The store gets the same writes in groups, so that a lane takes many of them together. Every
//! answer and everything that is stored must be the same.

use std::collections::{BTreeMap, HashMap};

use cardfile_domain::{
    account::{Account, State},
    card::CardStatus,
    command::{
        Attach, Brought, CardPatch, Claim, Command, Context, NewCard, OpenAccount, Target, Write,
    },
    decide::{decide, decide_attach},
    event::{Event, RecordedEvent},
    id::{AccountId, AccountKey, AccountRef, Bucket, EntityId, PaymentMethodId},
    limits::RECEIPT_HOURS,
    payment::{PaymentOutcome, PaymentResult},
    policy::{Policy, Replacement},
    ports::{Answer, Done, NotedPayment, Outcome},
    refusal::Refusal,
};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    bench::Bench,
    world::{
        World, attach, claim, create, expiry_in, open_account, plain_card, set_default, update,
    },
};

/// Histories, each in an entity of its own.
const HISTORIES: u8 = 24;
/// Writes of a history.
const STEPS: u64 = 120;
/// Writes that are sent together at the most.
const GROUP_MAX: u64 = 24;

/// Accounts and cards in memory.
#[derive(Default)]
struct Model {
    states: HashMap<AccountRef, State>,
    names: HashMap<AccountRef, AccountRef>,
    events: HashMap<AccountRef, Vec<RecordedEvent>>,
    receipts: HashMap<(EntityId, [u8; 32]), (Claim, Outcome, Timestamp)>,
}

impl Model {
    fn execute(&mut self, write: &Write) -> Answer {
        let entity = match &write.target {
            Target::Account(account) => account.entity,
            Target::Card(entity, _) => *entity,
        };
        let at = write.context.at;
        if let Some(claim) = write.claim {
            let day = SignedDuration::from_hours(RECEIPT_HOURS);
            match self.receipts.get(&(entity, claim.key)) {
                Some((_, _, given)) if *given < at - day => {}
                Some((kept, outcome, _)) if kept.request == claim.request => {
                    return Answer { outcome: outcome.clone(), replayed: true };
                }
                Some(_) => return Answer { outcome: Err(Refusal::KeyReused), replayed: false },
                None => {}
            }
        }
        let outcome = self.decide(write);
        if let Some(claim) = write.claim {
            self.receipts.insert((entity, claim.key), (claim, outcome.clone(), at));
        }
        Answer { outcome, replayed: false }
    }

    fn decide(&mut self, write: &Write) -> Outcome {
        let context = &write.context;
        if let Command::NoteRefusal(refusal) = &write.command {
            return Err(*refusal);
        }
        let name = match &write.target {
            Target::Account(name) => self.names.get(name).unwrap_or(name).clone(),
            Target::Card(entity, id) => self.home(*entity, *id).ok_or(Refusal::CardNotFound)?,
        };
        let state = self.states.get(&name).cloned();
        let state = state.unwrap_or_else(|| State::of(unopened(name, context)));
        if let (Command::AttachCard(attach), Target::Account(account)) =
            (&write.command, &write.target)
        {
            let home = self.home(account.entity, attach.card).ok_or(Refusal::CardNotFound)?;
            let source = self.states[&home].clone();
            if source.account.name == state.account.name {
                return Err(Refusal::AlreadyAttached);
            }
            let [moved, attached] = decide_attach(&source, &state, attach, context)?;
            self.record(source, moved, context);
            return Ok(self.record(state, attached, context));
        }
        let event = decide(&state, &write.target, &write.command, context)?;
        Ok(self.record(state, event, context))
    }

    fn home(&self, entity: EntityId, id: PaymentMethodId) -> Option<AccountRef> {
        let mut states = self.states.values();
        let state = states
            .find(|state| state.account.name.entity == entity && state.cards.contains_key(&id))?;
        Some(state.account.name.clone())
    }

    fn record(&mut self, mut state: State, event: Event, context: &Context) -> Done {
        let name = state.account.name.clone();
        let done = Done {
            card: match event {
                Event::AccountUpdated { .. } => None,
                _ => event.card(),
            },
            account_id: state.account.id,
            account_number: state.account.number.clone(),
            unchanged: false,
            payment: match &event {
                Event::PaymentNoted { log, .. } => {
                    Some(NotedPayment { log: log.id, snapshot: log.snapshot })
                }
                _ => None,
            },
        };
        let recorded = state.record(event, context);
        // How often the row was written depends on how writes were batched, so it is no version.
        state.account.version = 1;
        if state.account.number.is_some() {
            let alias: AccountKey = state.account.id.to_string().parse().unwrap();
            let alias = AccountRef { entity: name.entity, key: alias };
            self.names.insert(alias, name.clone());
        }
        self.events.entry(name.clone()).or_default().push(recorded);
        self.states.insert(name, state);
        done
    }
}

fn unopened(name: AccountRef, context: &Context) -> Account {
    let id = name.key.as_account_id().unwrap_or_else(|| {
        let millis = context.at.as_millisecond().unsigned_abs();
        AccountId::new(name.bucket(), millis, context.random)
    });
    Account::unopened(name, id, context.at)
}

/// Numbers that look like chance and are always the same (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    fn pick<'t, T>(&mut self, things: &'t [T]) -> &'t T {
        let index = self.roll(things.len() as u64);
        &things[usize::try_from(index).unwrap()]
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// What a history is about.
struct Scene<'w> {
    world: &'w World,
    dice: Dice,
    now: Timestamp,
    accounts: Vec<AccountRef>,
    cards: Vec<PaymentMethodId>,
    orphans: Vec<PaymentMethodId>,
}

impl<'w> Scene<'w> {
    fn new(world: &'w World, seed: u64) -> Self {
        let mut accounts: Vec<_> = ["A-1", "A-2", "A-3", "2c92c0f952e407170152f11b73e65d85"]
            .map(|key| world.account(key))
            .into();
        accounts.truncate(4);
        let buckets: Vec<_> =
            accounts.iter().map(AccountRef::bucket).chain([5, 6].map(Bucket::new)).collect();
        Self {
            world,
            dice: Dice(seed),
            now: World::begin(),
            orphans: buckets.iter().map(|bucket| world.card_id_in(*bucket)).collect(),
            cards: Vec::new(),
            accounts,
        }
    }

    /// A card, made or not.
    fn card(&mut self) -> PaymentMethodId {
        if self.cards.is_empty() || self.dice.one_in(2) {
            *self.dice.pick(&self.orphans)
        } else {
            *self.dice.pick(&self.cards)
        }
    }

    fn new_card(&mut self, id: PaymentMethodId) -> NewCard {
        let name = *self.dice.pick(&["Ada", "Grace"]);
        let replaced = self.dice.one_in(3).then(|| self.card());
        let policy = Policy { keeps_counter: self.dice.one_in(2), ..Policy::default() };
        NewCard {
            replaces: replaced.map(|card| Replacement { card, policy }),
            brought: Brought::default(),
            make_default: self.dice.one_in(4),
            check_duplicated: self.dice.one_in(2),
            holder_name: Some(name.parse().unwrap()),
            expiry: expiry_in(if self.dice.one_in(8) { -1 } else { 3 }),
            ..plain_card(id)
        }
    }

    /// A payment of the last hour, told at once or late.
    fn payment(&mut self) -> PaymentOutcome {
        let late = i64::try_from(self.dice.roll(3600)).unwrap();
        let failed = PaymentResult::Failed { code: None, message: None };
        PaymentOutcome {
            payment: "ch_1".parse().unwrap(),
            result: if self.dice.one_in(3) { PaymentResult::Succeeded } else { failed },
            at: self.now - SignedDuration::from_secs(late),
            amount: None,
            currency: None,
            gateway: None,
        }
    }

    fn patch(&mut self) -> CardPatch {
        let status = *self.dice.pick(&[
            None,
            None,
            None,
            Some(CardStatus::Active),
            Some(CardStatus::Closed),
        ]);
        let name = *self.dice.pick(&[None, Some("Ada"), Some("Grace")]);
        CardPatch {
            failures: Some(i64::try_from(self.dice.roll(101)).unwrap().try_into().unwrap()),
            holder_name: name.map(|name| name.parse().unwrap()),
            status,
            make_default: self.dice.one_in(4),
            check_duplicated: self.dice.one_in(3),
            ..CardPatch::default()
        }
    }

    fn open(&mut self, account: &AccountRef, card: Option<NewCard>) -> Option<OpenAccount> {
        account.key.as_account_id().is_none().then(|| {
            let details = json!({ "n": self.dice.roll(9), "gone": null });
            open_account(account.key.as_str(), details, card)
        })
    }

    fn action(&mut self) -> (Target, Command) {
        let account = self.dice.pick(&self.accounts).clone();
        let card = self.card();
        let on = self.world.on(card);
        match self.dice.roll(14) {
            0 => {
                let id = self.world.card_id(&account);
                let new = self.dice.one_in(2).then(|| self.new_card(id));
                self.cards.extend(new.as_ref().map(|new| new.id));
                match self.open(&account, new) {
                    Some(open) => (Target::Account(account), Command::OpenAccount(Box::new(open))),
                    None => (on, Command::DeleteCard),
                }
            }
            1 | 2 => {
                let id = self.world.card_id(&account);
                self.cards.push(id);
                (Target::Account(account), create(self.new_card(id)))
            }
            3 => {
                // Made once: an id is never given twice.
                match self.orphans.iter().position(|id| !self.cards.contains(id)) {
                    Some(next) => {
                        let id = self.orphans[next];
                        self.cards.push(id);
                        (Target::Account(self.world.orphanage(id)), create(self.new_card(id)))
                    }
                    None => (on, Command::ScrubCard),
                }
            }
            4 => (Target::Account(account), set_default(card)),
            5 => (on, Command::DeleteCard),
            6 => (on, Command::NoteVerified),
            7 if self.dice.one_in(3) => (on, Command::ScrubCard),
            8 => (Target::Account(account), attach(card)),
            9 => {
                let open = self.open(&account, None).filter(|_| self.dice.one_in(2));
                let attach = Attach { card, open, patch: self.patch(), may_be_token: false };
                (Target::Account(account), Command::AttachCard(Box::new(attach)))
            }
            10 if self.dice.one_in(3) => (on, Command::NoteRefusal(Refusal::GatewayUnknown)),
            11 | 12 => (on, Command::NoteOutcome(Box::new(self.payment()))),
            _ => (on, update(self.patch())),
        }
    }

    fn write(&mut self) -> Write {
        let (target, command) = self.action();
        let mut write = self.world.write(target, command);
        // Now and then a day passes, and old claims are free again.
        let pause = if self.dice.one_in(40) {
            SignedDuration::from_hours(RECEIPT_HOURS)
        } else {
            SignedDuration::from_micros(1 + i64::try_from(self.dice.roll(999)).unwrap())
        };
        self.now += pause;
        write.context.at = self.now;
        // What is answered to a payment is kept for longer than the model keeps anything.
        if self.dice.one_in(3) && !write.command.is_lasting() {
            let (key, request) = (self.dice.roll(6), self.dice.roll(2));
            write.claim = Some(claim(key.try_into().unwrap(), request.try_into().unwrap()));
        }
        write
    }
}

pub(crate) async fn any_history_ends_as_in_memory(bench: &Bench) {
    for entity in 1..=HISTORIES {
        let world = World::of(bench, entity);
        let mut scene = Scene::new(&world, u64::from(entity));
        let mut model = Model::default();
        let mut step = 0;
        while step < STEPS {
            let size = 1 + scene.dice.roll(GROUP_MAX);
            let group: Vec<_> = (0..size).map(|_| scene.write()).collect();
            let answers = join_all(group.iter().map(|write| world.send(write.clone()))).await;
            for (write, answer) in group.iter().zip(answers) {
                let expected = model.execute(write);
                assert_eq!(answer.unwrap(), expected, "history {entity}, step {step}: {write:?}");
                step += 1;
            }
            // A number is an account's name from the start; the id becomes one when it is opened.
            let opened = model.names.keys().filter(|name| !scene.accounts.contains(name));
            let mut opened: Vec<_> = opened.cloned().collect();
            opened.sort();
            scene.accounts.extend(opened);
        }
        assert_same(&world, &model, &scene).await;
    }
}

async fn assert_same(world: &World, model: &Model, scene: &Scene<'_>) {
    for (name, state) in &model.states {
        let stored = world.store.find_account(name.entity, &name.key).await.unwrap().unwrap();
        let version = stored.version;
        assert!((1..=stored.event_seq).contains(&version));
        assert_eq!(Account { version: 1, ..stored }, state.account);
        let listed = world.cards(name).await;
        assert!(listed.iter().all(|filed| filed.account_id == state.account.id));
        for filed in &listed {
            assert_eq!(filed.is_default, state.account.default_card == Some(filed.card.id));
        }
        let cards: BTreeMap<_, _> =
            listed.into_iter().map(|filed| (filed.card.id, filed.card)).collect();
        assert_eq!(cards, state.cards);
        assert_eq!(world.events(name).await, model.events[name]);
    }
    for id in scene.cards.iter().chain(&scene.orphans) {
        let home = model.home(world.entity, *id);
        let stored = world.card(*id).await;
        assert_eq!(stored.map(|filed| filed.card.account_ref()), home);
    }
    for ((entity, key), (claim, outcome, at)) in &model.receipts {
        let stored = world.store.find_receipt(*entity, key, *at).await.unwrap().unwrap();
        assert_eq!((&stored.claim, &stored.outcome, &stored.at), (claim, outcome, at));
    }
}
