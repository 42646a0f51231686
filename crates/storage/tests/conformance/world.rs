//! Who, when and what: the circumstances of a test, none of them left to chance.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use cardfile_domain::{
    account::Account,
    brand::CardType,
    card::{
        Activity, Extras, Fingerprint, HolderDetails, SealedNumber, StoredNumber, VaultedNumber,
    },
    card_number::MaskedNumber,
    command::{
        AccountPatch, Attach, Brought, CardPatch, Claim, Command, Context, NewCard, OpenAccount,
        Target, Write,
    },
    custom_fields::CustomFields,
    event::RecordedEvent,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountRef, Bucket, ClientId, EntityId, PaymentMethodId},
    ports::{Answer, CardPage, Done, FiledCard, Store, StoreError},
    refusal::Refusal,
    retry_rule::RetryRule,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::bench::Bench;

/// When every test begins. The odd microseconds must come back as they went in.
pub(crate) const BEGIN: &str = "2026-11-21T10:20:30.123457Z";

/// An entity, a client, a clock that goes a millisecond per look, and ids in a row.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) entity: EntityId,
    pub(crate) client: ClientId,
    ticks: AtomicU64,
}

impl World {
    pub(crate) fn new(bench: &Bench) -> Self {
        Self::of(bench, 1)
    }

    /// The world of another entity in the same database.
    pub(crate) fn of(bench: &Bench, entity: u8) -> Self {
        Self::with(bench.opened.store(), entity)
    }

    pub(crate) fn with(store: Arc<dyn Store>, entity: u8) -> Self {
        Self {
            store,
            entity: EntityId::from_bytes([entity; 16]),
            client: ClientId::from_bytes([0xc1; 16]),
            ticks: AtomicU64::new(u64::from(entity) << 32),
        }
    }

    fn tick(&self) -> u64 {
        self.ticks.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn begin() -> Timestamp {
        BEGIN.parse().unwrap()
    }

    /// The circumstances of the next write.
    pub(crate) fn context(&self) -> Context {
        let tick = self.tick();
        let millis = i64::try_from(tick & 0xffff_ffff).unwrap();
        Context {
            by: self.client,
            track: Some(format!("track-{tick}").parse().unwrap()),
            at: Self::begin() + SignedDuration::from_millis(millis),
            random: tick,
        }
    }

    /// A new id beside an account.
    pub(crate) fn card_id(&self, account: &AccountRef) -> PaymentMethodId {
        self.card_id_in(account.bucket())
    }

    pub(crate) fn card_id_in(&self, bucket: Bucket) -> PaymentMethodId {
        let millis = Self::begin().as_millisecond().unsigned_abs();
        PaymentMethodId::new(bucket, millis, self.tick())
    }

    pub(crate) fn account(&self, key: &str) -> AccountRef {
        AccountRef { entity: self.entity, key: key.parse().unwrap() }
    }

    pub(crate) fn write(&self, target: Target, command: Command) -> Write {
        Write { target, command, context: self.context(), claim: None }
    }

    pub(crate) async fn execute(&self, target: Target, command: Command) -> Answer {
        self.send(self.write(target, command)).await.unwrap()
    }

    pub(crate) async fn send(&self, write: Write) -> Result<Answer, StoreError> {
        self.store.execute(write).await
    }

    /// Does what must go well.
    #[track_caller]
    pub(crate) fn done(&self, target: Target, command: Command) -> impl Future<Output = Done> {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.execute(target, command).await;
            answer.outcome.unwrap_or_else(|refusal| panic!("{caller}: {refusal}"))
        }
    }

    /// Does what must be refused.
    #[track_caller]
    pub(crate) fn refused(
        &self,
        target: Target,
        command: Command,
    ) -> impl Future<Output = Refusal> {
        let caller = std::panic::Location::caller();
        async move {
            let answer = self.execute(target, command).await;
            answer.outcome.err().unwrap_or_else(|| panic!("{caller}: was not refused"))
        }
    }

    pub(crate) fn on(&self, card: PaymentMethodId) -> Target {
        Target::Card(self.entity, card)
    }

    /// Puts a card on file.
    pub(crate) async fn create(&self, account: &AccountRef, new: NewCard) -> PaymentMethodId {
        let id = new.id;
        let command = Command::CreateCard(Box::new(new));
        assert_eq!(self.done(Target::Account(account.clone()), command).await.card, Some(id));
        id
    }

    /// Puts a card on file that has nothing special.
    pub(crate) async fn create_plain(&self, account: &AccountRef) -> PaymentMethodId {
        self.create(account, plain_card(self.card_id(account))).await
    }

    /// Puts a card on file that has no account.
    pub(crate) async fn create_orphan(&self, bucket: Bucket) -> PaymentMethodId {
        let id = self.card_id_in(bucket);
        self.create(&self.orphanage(id), plain_card(id)).await
    }

    /// The private account of a card without one.
    pub(crate) fn orphanage(&self, card: PaymentMethodId) -> AccountRef {
        AccountRef { entity: self.entity, key: cardfile_domain::id::AccountKey::orphan(card) }
    }

    pub(crate) async fn update(&self, card: PaymentMethodId, patch: CardPatch) -> Done {
        self.done(self.on(card), Command::UpdateCard(Box::new(patch))).await
    }

    pub(crate) async fn attach(&self, account: &AccountRef, card: PaymentMethodId) -> Done {
        self.done(Target::Account(account.clone()), attach(card)).await
    }

    pub(crate) async fn card(&self, id: PaymentMethodId) -> Option<FiledCard> {
        self.store.find_card(self.entity, id).await.unwrap()
    }

    pub(crate) async fn cards(&self, account: &AccountRef) -> Vec<FiledCard> {
        let page = CardPage { active_only: false, offset: 0, limit: 1000 };
        self.store.list_cards(account, &page).await.unwrap()
    }

    pub(crate) async fn find_account(&self, key: &str) -> Option<Account> {
        self.store.find_account(self.entity, &key.parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn default_of(&self, account: &AccountRef) -> Option<PaymentMethodId> {
        let found = self.store.find_account(self.entity, &account.key).await.unwrap();
        found.and_then(|account| account.default_card)
    }

    pub(crate) async fn events(&self, account: &AccountRef) -> Vec<RecordedEvent> {
        self.store.list_events(account, 0, 10_000).await.unwrap()
    }
}

/// What is kept of a test number: `4111111111111111` and the like, told apart by how they end.
pub(crate) fn number(last4: &str) -> StoredNumber {
    StoredNumber {
        bin: Some("41111111".parse().unwrap()),
        masked: MaskedNumber::new(last4.parse().unwrap(), 16).unwrap(),
        vaulted: Some(VaultedNumber {
            sealed: SealedNumber { bytes: vec![0xee; 44], key_version: 1 },
            fingerprint: Fingerprint([0x5a; 32]),
        }),
    }
}

/// Years after the beginning of every test, at its end of year.
pub(crate) fn expiry_in(years: i64) -> Expiry {
    let year: i64 = BEGIN[..4].parse().unwrap();
    Expiry { year: (year + years).try_into().unwrap(), month: 12.try_into().unwrap() }
}

pub(crate) fn plain_card(id: PaymentMethodId) -> NewCard {
    NewCard {
        id,
        card_type: CardType::Visa,
        number: number("1111"),
        expiry: expiry_in(3),
        holder_name: Some("Ada Lovelace".parse().unwrap()),
        holder: HolderDetails::default(),
        extras: Extras::default(),
        custom: CustomFields::default(),
        failures: ConsecutiveFailures::default(),
        retry_rule: RetryRule::default(),
        replaces: None,
        names: Vec::new(),
        activity: Activity::default(),
        brought: Brought::default(),
        make_default: false,
        check_duplicated: false,
    }
}

/// A card with a value wherever there can be one.
pub(crate) fn full_card(id: PaymentMethodId) -> NewCard {
    NewCard {
        holder: serde_json::from_value(json!({
            "addressLine1": "12 St James's Square", "addressLine2": "Flat \"2\" \\ \u{1F3E0}",
            "city": "San Francisco", "country": "United States", "email": "ada@example.com",
            "phone": "+1 415 555 0100", "state": "California", "zipCode": "94107"
        }))
        .unwrap(),
        extras: serde_json::from_value(json!({
            "authGateway": "gateway-1", "gatewayNumber": "PG-00000001", "currency": "USD",
            "ipAddress": "2001:db8::1", "identityNumber": "A-9", "deviceSessionId": "session-1",
            "paymentMethodNumber": "PM-1",
            "mandate": {
                "mandateId": "m-1", "mandateReason": "why", "mandateStatus": "active",
                "mitProfileAction": "Persist", "mitProfileType": "Recurring",
                "mitConsentAgreementSrc": "External", "mitConsentAgreementRef": "ref-1",
                "mitNetworkTransactionId": "ntx-1", "mitProfileAgreedOn": "2026-01-02"
            }
        }))
        .unwrap(),
        custom: custom(&json!({
            "Zone__c": "EU", "Amount__c": 12.5, "Count__c": -3, "Big__c": 9_007_199_254_740_993_i64,
            "Flag__c": true, "Empty__c": null, "Text__c": "line\n\"two\" \u{2603}"
        })),
        failures: 7.try_into().unwrap(),
        retry_rule: RetryRule {
            use_default: false,
            window_hours: Some(1000.try_into().unwrap()),
            max_failures: Some(100.try_into().unwrap()),
        },
        activity: serde_json::from_value(json!({
            "lastTransactionAt": "2026-11-20T23:59:59.999999Z",
            "lastTransactionStatus": "Approved", "failedPayments": 12, "processedPayments": 3
        }))
        .unwrap(),
        ..plain_card(id)
    }
}

pub(crate) fn custom(fields: &Value) -> CustomFields {
    serde_json::from_value(fields.clone()).unwrap()
}

pub(crate) fn create(new: NewCard) -> Command {
    Command::CreateCard(Box::new(new))
}

pub(crate) fn update(patch: CardPatch) -> Command {
    Command::UpdateCard(Box::new(patch))
}

pub(crate) fn attach(card: PaymentMethodId) -> Command {
    Command::AttachCard(Box::new(Attach {
        card,
        open: None,
        patch: CardPatch::default(),
        may_be_token: false,
    }))
}

pub(crate) fn open_account(number: &str, details: Value, card: Option<NewCard>) -> OpenAccount {
    let details: Map<String, Value> = serde_json::from_value(details).unwrap();
    OpenAccount { number: number.parse().unwrap(), details, card }
}

pub(crate) fn set_default(card: PaymentMethodId) -> Command {
    Command::UpdateAccount(AccountPatch { default_card: Some(card), details: Map::new() })
}

/// A change that shows.
pub(crate) fn failures(count: i64) -> CardPatch {
    CardPatch { failures: Some(count.try_into().unwrap()), ..CardPatch::default() }
}

pub(crate) fn claim(key: u8, request: u8) -> Claim {
    Claim { key: [key; 32], request: [request; 32] }
}
