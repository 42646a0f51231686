//! Ten days in a moment: what is forgotten when, by whom, and what stays.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use cardfile_domain::gateway::NoKeeper;
use cardfile_domain::{
    brand::CardType,
    card::{Extras, HolderDetails},
    client::Rights,
    command::{Brought, Claim, Command, Context, Target, Write},
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountKey, AccountRef, ClientId, EntityId, PaymentMethodId},
    limits::ORPHAN_DAYS,
    policy::Policy,
    ports::{Clock, Ids, Store},
    refusal::Refusal,
    retry_rule::RetryRule,
    test_numbers::NumbersTaken,
};
use cardfile_gateway::Sandbox;
use cardfile_service::{Caller, CardChange, CardEntry, CodePolicy, Parts, Service};
use cardfile_storage::Options;
use cardfile_vault::{RootKey, Vault};
use jiff::Timestamp;
use serde_json::Map;
use tempfile::TempDir;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// A clock that is set by hand, in seconds since some day in 2025.
#[derive(Default)]
struct HandSet(AtomicI64);

impl Clock for HandSet {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + self.0.load(Ordering::Relaxed)).unwrap()
    }
}

#[derive(Default)]
struct Counting(AtomicU64);

impl Ids for Counting {
    fn random(&self) -> u64 {
        self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
    }
}

struct Bench {
    clock: Arc<HandSet>,
    store: Arc<dyn Store>,
    service: Service,
    caller: Caller,
    _home: TempDir,
}

impl Bench {
    async fn new() -> Self {
        let home = TempDir::new().unwrap();
        let url = format!("sqlite://{}", home.path().join("cards.sqlite").display());
        let opened = cardfile_storage::open(&url, &Options::default()).await.unwrap();
        let entity = EntityId::from_bytes([5; 16]);
        let vault = Vault::new(RootKey::generate().unwrap());
        vault.load_entity(entity, &vault.new_entity(entity).unwrap()).unwrap();
        let clock = Arc::new(HandSet::default());
        let service = Service::new(Parts {
            store: opened.store(),
            directory: opened.directory(),
            errands: opened.errands(),
            questions: opened.questions(),
            sessions: opened.sessions(),
            gateway: Arc::new(Sandbox),
            keeper: Arc::new(NoKeeper),
            policies: Arc::new(Policy::default()),
            webhooks: Arc::new([]),
            vault: Arc::new(vault),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(Counting::default()),
            numbers: NumbersTaken::Test,
        });
        let client = ClientId::from_bytes([9; 16]);
        let caller = Caller { client, entity, rights: Rights::default(), track: None };
        Self { clock, store: opened.store(), service, caller, _home: home }
    }

    fn at(&self, seconds: i64) {
        self.clock.0.store(seconds, Ordering::Relaxed);
    }

    async fn orphan(&self, claim: Option<Claim>) -> PaymentMethodId {
        let entry = CardEntry {
            number: "4111111111111111".parse().unwrap(),
            card_type: CardType::Visa,
            expiry: Expiry { year: 2099.try_into().unwrap(), month: 12.try_into().unwrap() },
            holder_name: Some("Leo".parse().unwrap()),
            holder: HolderDetails::default(),
            extras: Extras::default(),
            custom: CustomFields::default(),
            failures: ConsecutiveFailures::default(),
            retry_rule: RetryRule::default(),
            brought: Brought::default(),
            make_default: false,
            check_duplicated: false,
            security_code: None,
            skip_validation: true,
            gateway_options: Map::new(),
        };
        self.service.create_card(&self.caller, None, entry, claim).await.unwrap().card.unwrap()
    }

    async fn attach(&self, card: PaymentMethodId) {
        let change = CardChange {
            patch: Box::default(),
            account: Some("A-1".parse().unwrap()),
            security_code: None,
            policy: CodePolicy::Optional,
            gateway_options: Map::new(),
        };
        self.service.update_card(&self.caller, card, change, None).await.unwrap();
    }

    async fn is_there(&self, card: PaymentMethodId) -> bool {
        self.store.find_card(self.caller.entity, card).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn a_card_that_nobody_gave_to_an_account_goes_after_ten_days_and_not_before() {
    let bench = Bench::new().await;
    let (orphan, attached) = (bench.orphan(None).await, bench.orphan(None).await);
    bench.attach(attached).await;
    bench.at(ORPHAN_DAYS * DAY - 1);
    assert_eq!(bench.service.forget_orphans().await.unwrap(), 0);
    assert!(bench.is_there(orphan).await);
    bench.at(ORPHAN_DAYS * DAY + 1);
    assert_eq!(bench.service.forget_orphans().await.unwrap(), 1);
    assert!(!bench.is_there(orphan).await);
    assert!(bench.is_there(attached).await);
}

#[tokio::test]
async fn the_audit_trail_says_that_the_server_did_it_by_itself() {
    let bench = Bench::new().await;
    let orphan = bench.orphan(None).await;
    bench.at(ORPHAN_DAYS * DAY + 1);
    bench.service.forget_orphans().await.unwrap();
    let account = AccountRef { entity: bench.caller.entity, key: AccountKey::orphan(orphan) };
    let events = bench.store.list_events(&account, 0, 10).await.unwrap();
    let last = events.last().unwrap();
    assert_eq!(last.kind, "card.deleted");
    assert_eq!(last.by, ClientId::from_bytes([0; 16]));
    assert_eq!(last.card, Some(orphan));
}

#[tokio::test]
async fn a_card_that_finds_an_account_at_the_last_moment_stays() {
    let bench = Bench::new().await;
    let card = bench.orphan(None).await;
    bench.at(ORPHAN_DAYS * DAY + 1);
    // It is on the list, and then somebody attaches it before the list is worked off.
    bench.attach(card).await;
    let write = Write {
        target: Target::Card(bench.caller.entity, card),
        command: Command::ForgetOrphan,
        context: Context { by: bench.caller.client, track: None, at: bench.clock.now(), random: 0 },
        claim: None,
    };
    let answer = bench.store.execute(write).await.unwrap();
    assert_eq!(answer.outcome, Err(Refusal::AlreadyAttached));
    assert!(bench.is_there(card).await);
}

#[tokio::test]
async fn however_many_there_are_all_go() {
    let bench = Bench::new().await;
    for _ in 0..130 {
        bench.orphan(None).await;
    }
    bench.at(ORPHAN_DAYS * DAY + 1);
    assert_eq!(bench.service.forget_orphans().await.unwrap(), 130);
    assert_eq!(bench.service.forget_orphans().await.unwrap(), 0);
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day() {
    let bench = Bench::new().await;
    let claim = bench.service.claim(&bench.caller, "key", &[b"request"]).await.unwrap();
    bench.orphan(Some(claim)).await;
    bench.at(23 * HOUR);
    assert_eq!(bench.service.forget_receipts().await.unwrap(), 0);
    bench.at(25 * HOUR);
    assert_eq!(bench.service.forget_receipts().await.unwrap(), 1);
}
