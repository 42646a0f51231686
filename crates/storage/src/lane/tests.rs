//! Tests of the lane's pure middle.

use cardfile_domain::{
    brand::CardType,
    card::{
        Activity, Extras, Fingerprint, HolderDetails, SealedNumber, StoredNumber, VaultedNumber,
    },
    card_number::MaskedNumber,
    command::{
        AccountPatch, Attach, Brought, CardPatch, Claim, Command, Context, NewCard, Target, Write,
    },
    custom_fields::CustomFields,
    expiry::Expiry,
    failures::ConsecutiveFailures,
    id::{AccountRef, Bucket, ClientId, EntityId, PaymentMethodId},
    limits::{DECIDE_TRIES_MAX, LANE_QUEUE_MAX, RECEIPT_HOURS},
    ports::{Answer, StoreError},
    refusal::Refusal,
    retry_rule::RetryRule,
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot::Receiver;

use super::*;

mod heads;
mod patience;

const ENTITY: EntityId = EntityId::from_bytes([7; 16]);

type Reply = Receiver<Result<Answer, StoreError>>;

fn account(key: &str) -> AccountRef {
    AccountRef { entity: ENTITY, key: key.parse().unwrap() }
}

fn id(bucket: Bucket, number: u64) -> PaymentMethodId {
    PaymentMethodId::new(bucket, 1_000, number)
}

fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

fn write(target: Target, command: Command) -> Write {
    let by = ClientId::from_bytes([1; 16]);
    let context = Context { by, track: None, at: now(), random: 5 };
    Write { target, command, context, claim: None }
}

fn new_card(id: PaymentMethodId) -> Command {
    Command::CreateCard(Box::new(NewCard {
        id,
        card_type: CardType::Visa,
        number: StoredNumber {
            bin: Some("411111".parse().unwrap()),
            masked: MaskedNumber::new("1111".parse().unwrap(), 16).unwrap(),
            vaulted: Some(VaultedNumber {
                sealed: SealedNumber { bytes: vec![1], key_version: 1 },
                fingerprint: Fingerprint([0; 32]),
            }),
        },
        expiry: Expiry { year: 2030.try_into().unwrap(), month: 1.try_into().unwrap() },
        holder_name: Some("Ada".parse().unwrap()),
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
        check_duplicated: true,
    }))
}

fn attach(card: PaymentMethodId) -> Command {
    Command::AttachCard(Box::new(Attach {
        card,
        open: None,
        patch: CardPatch::default(),
        may_be_token: false,
    }))
}

fn update() -> Command {
    let failures = Some(3.try_into().unwrap());
    Command::UpdateCard(Box::new(CardPatch { failures, ..CardPatch::default() }))
}

fn create(key: &str, number: u64) -> Write {
    let account = account(key);
    let card = id(account.bucket(), number);
    write(Target::Account(account), new_card(card))
}

fn claimed(write: Write, key: u8, request: u8) -> Write {
    Write { claim: Some(Claim { key: [key; 32], request: [request; 32] }), ..write }
}

fn jobs(writes: impl IntoIterator<Item = Write>) -> (Vec<Job>, Vec<Reply>) {
    writes.into_iter().map(Job::new).unzip()
}

fn decided(loaded: Loaded, writes: impl IntoIterator<Item = Write>) -> Decided {
    decide_batch(loaded, &jobs(writes).0)
}

/// What a batch leaves behind, as the next one would load it.
fn stored(batches: impl IntoIterator<Item = Decided>) -> Loaded {
    let mut loaded = Loaded::default();
    for unit in batches.into_iter().flat_map(|batch| batch.units) {
        loaded.add_account(unit.account, unit.chain);
        for write in unit.cards {
            loaded.add_card(write.card);
        }
    }
    loaded
}

fn outcome(verdict: &Verdict) -> Result<(), Refusal> {
    verdict.result.as_ref().unwrap().outcome.as_ref().map(|_| ()).map_err(|refusal| *refusal)
}

#[test]
fn a_write_on_two_accounts_is_a_segment_of_its_own() {
    let orphan = id(Bucket::new(1), 1);
    let target = || Target::Account(account("A-1"));
    let (jobs, _replies) = jobs([
        write(target(), new_card(id(Bucket::new(2), 2))),
        write(Target::Card(ENTITY, orphan), update()),
        write(target(), attach(orphan)),
        write(target(), attach(orphan)),
        write(Target::Card(ENTITY, orphan), update()),
        // No account to attach to: it touches the card's own account at the most.
        write(Target::Card(ENTITY, orphan), attach(orphan)),
    ]);
    let sizes: Vec<_> = segments(jobs).iter().map(Vec::len).collect();
    assert_eq!(sizes, [2, 1, 1, 2]);
}

#[test]
fn what_is_needed_is_named_once_and_in_order() {
    let card = id(Bucket::new(9), 1);
    let on = || Target::Card(ENTITY, card);
    let checked = CardPatch { check_duplicated: true, ..CardPatch::default() };
    let early = id(Bucket::new(3), 1);
    let patch = AccountPatch { default_card: Some(early), ..AccountPatch::default() };
    let (jobs, _replies) = jobs([
        write(on(), update()),
        write(on(), Command::UpdateCard(Box::new(checked))),
        claimed(write(on(), Command::DeleteCard), 2, 1),
        claimed(create("B", 1), 1, 1),
        claimed(create("A", 1), 2, 2),
        create("A", 2),
        write(Target::Card(ENTITY, early), Command::ScrubCard),
        write(Target::Account(account("A")), Command::UpdateAccount(patch)),
        write(Target::Account(account("C")), Command::NoteRefusal(Refusal::GatewayUnknown)),
    ]);
    let needs = Needs::of(&jobs);
    assert_eq!(needs.accounts, [account("A"), account("B")]);
    let card_need = |id: PaymentMethodId, with_twins| CardNeed {
        bucket: id.bucket(),
        id,
        entity: ENTITY,
        with_twins,
    };
    assert_eq!(needs.cards, [card_need(early, false), card_need(card, true)]);
    let twins = |key| Twins { account: account(key), last4: "1111".parse().unwrap() };
    assert_eq!(needs.twins, [twins("A"), twins("B")]);
    assert_eq!(needs.candidates, [(account("A"), early)]);
    assert_eq!(needs.receipts, [(ENTITY, [1; 32]), (ENTITY, [2; 32])]);
}

#[test]
fn the_id_of_a_new_account_leads_where_its_number_does() {
    let batch = decided(Loaded::default(), [create("A", 1), create("A", 2)]);
    let [unit] = &batch.units[..] else { panic!("one account is one unit") };
    assert_eq!((unit.expected, unit.account.version, unit.account.event_seq), (0, 1, 1));
    assert_eq!((unit.cards.len(), unit.cards[0].how), (1, How::Insert));
    assert!(unit.aliases.is_empty());
    assert_eq!(unit.account.id.bucket(), unit.bucket);
    assert_eq!(outcome(&batch.verdicts[1]), Err(Refusal::Duplicate));
}

#[test]
fn what_a_refused_write_would_have_opened_leaves_no_trace() {
    let mut refused = create("A", 1);
    refused.context.random = 1;
    if let Command::CreateCard(new) = &mut refused.command {
        new.expiry.year = 2020.try_into().unwrap();
    }
    let mut opening = create("A", 2);
    opening.context.random = 2;
    opening.context.at = now() + SignedDuration::from_secs(1);
    let expected = decided(Loaded::default(), [opening.clone()]);
    let batch = decided(Loaded::default(), [refused, opening]);
    assert_eq!(batch.units[0].account, expected.units[0].account);
    assert_eq!(batch.verdicts[0].depends, Depends::Nothing);
}

#[test]
fn an_answer_waits_for_what_it_rests_on() {
    let first = decided(Loaded::default(), [create("A", 1)]);
    let default = first.units[0].account.default_card.unwrap();
    let loaded = stored([first]);
    let delete = || write(Target::Card(ENTITY, default), Command::DeleteCard);
    let batch = decided(
        loaded,
        [
            delete(),
            write(Target::Card(ENTITY, default), update()),
            delete(),
            claimed(create("B", 1), 1, 1),
            claimed(create("C", 1), 1, 2),
        ],
    );
    let depends: Vec<_> = batch.verdicts.iter().map(|verdict| verdict.depends).collect();
    let (a, b) = (Depends::Unit(0), Depends::Unit(1));
    // The first refusal looked at what is stored, the second at what was only about to be.
    assert_eq!(depends, [Depends::Nothing, a, a, b, b]);
    assert_eq!(outcome(&batch.verdicts[4]), Err(Refusal::KeyReused));
    assert_eq!(batch.units.len(), 2);
    assert_eq!(batch.units[1].receipts.len(), 1);
    assert!(batch.receipts.is_empty());
}

#[test]
fn a_refusal_for_a_claim_is_kept_where_nothing_else_changes() {
    let missing = Target::Card(ENTITY, id(Bucket::new(5), 5));
    let batch = decided(Loaded::default(), [claimed(write(missing, update()), 1, 1)]);
    assert!(batch.units.is_empty() && !batch.is_empty());
    assert_eq!(batch.verdicts[0].depends, Depends::Receipts);
    let [kept] = &batch.receipts[..] else { panic!("one receipt") };
    assert_eq!(kept.bucket, receipt_bucket(ENTITY, &[1; 32]));
    assert_eq!(kept.receipt.outcome, Err(Refusal::CardNotFound));
}

#[test]
fn of_two_answers_to_one_claim_the_later_is_kept() {
    let mut later = claimed(create("B", 1), 1, 2);
    later.context.at = now() + SignedDuration::from_hours(RECEIPT_HOURS + 1);
    let batch = decided(Loaded::default(), [claimed(create("A", 1), 1, 1), later]);
    assert!(batch.verdicts.iter().all(|verdict| outcome(verdict).is_ok()));
    assert!(batch.units[0].receipts.is_empty());
    assert_eq!(batch.units[1].receipts[0].receipt.claim.request, [2; 32]);
}

#[test]
fn a_card_that_moves_leaves_one_bucket_for_another() {
    let orphan = id(Bucket::new(account("A").bucket().get() + 1), 1);
    let home = AccountRef { entity: ENTITY, key: card_alias(orphan) };
    let made = decided(Loaded::default(), [write(Target::Account(home), new_card(orphan))]);
    let loaded = stored([made]);
    let batch = decided(loaded, [write(Target::Account(account("A")), attach(orphan))]);
    assert!(batch.together);
    let [source, target] = &batch.units[..] else { panic!("two accounts") };
    assert_eq!((source.removed.as_slice(), source.cards.len()), (&[orphan][..], 0));
    assert_eq!(target.cards[0].how, How::Insert);
    assert_eq!((source.expected, target.expected), (1, 0));
    let alias = target.aliases.iter().find(|alias| alias.alias == card_alias(orphan)).unwrap();
    assert_eq!((alias.bucket, &alias.account_key), (orphan.bucket(), &account("A").key));
}

#[test]
fn a_card_that_stays_in_its_bucket_is_one_row_all_along() {
    let orphan = id(account("A").bucket(), 1);
    let home = AccountRef { entity: ENTITY, key: card_alias(orphan) };
    let made = decided(Loaded::default(), [write(Target::Account(home), new_card(orphan))]);
    let loaded = stored([made]);
    let batch = decided(loaded, [write(Target::Account(account("A")), attach(orphan))]);
    let [source, target] = &batch.units[..] else { panic!("two accounts") };
    assert!(source.removed.is_empty() && source.cards.is_empty());
    assert_eq!(target.cards[0].how, How::Replace);
}

#[test]
fn what_cannot_be_read_spoils_only_who_needs_it() {
    let batch = decided(Loaded::default(), [create("A", 1), create("B", 1)]);
    let card = |key| id(account(key).bucket(), 1);
    let mut loaded = stored([batch]);
    let bad = || StoreError::Inconsistent { table: "card", column: "bin", row: "x".to_owned() };
    loaded.spoil_account(&account("A"), bad());
    loaded.spoil_account(&account("C"), bad());
    loaded.spoil_card(id(Bucket::new(1), 1), bad());
    loaded.spoil_receipt((ENTITY, [9; 32]), bad());
    let on = |card| write(Target::Card(ENTITY, card), update());
    let batch = decided(
        loaded,
        [
            on(card("A")),
            create("A", 2),
            create("C", 2),
            on(id(Bucket::new(1), 1)),
            claimed(create("B", 2), 9, 9),
            on(card("B")),
        ],
    );
    let spoiled: Vec<_> = batch.verdicts.iter().map(|verdict| verdict.result.is_err()).collect();
    assert_eq!(spoiled, [true, true, true, true, true, false]);
    assert_eq!(batch.units.len(), 1);
}

#[test]
fn an_id_that_leads_to_no_account_is_an_error() {
    let mut loaded = Loaded::default();
    loaded.add_alias(account("A"), &account("B"));
    let batch = decided(loaded, [create("A", 1)]);
    let error = batch.verdicts[0].result.as_ref().unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { table: "account", .. }));
}

#[test]
fn the_answers_follow_the_fate_of_the_units() {
    let writes = || [create("A", 1), create("B", 1), create("C", 1)];
    let (batch, mut replies) = jobs(writes());
    let decided = decide_batch(Loaded::default(), &batch);
    let failed = StoreError::Contended;
    let outcomes = Outcomes {
        units: vec![Committed::Written, Committed::Outdated, Committed::Failed(failed)],
        receipts: Committed::Written,
    };
    let again = settle(batch, decided.verdicts, &outcomes);
    assert!(replies[0].try_recv().unwrap().unwrap().outcome.is_ok());
    assert!(replies[1].try_recv().is_err());
    assert!(matches!(replies[2].try_recv().unwrap(), Err(StoreError::Contended)));
    assert_eq!((again.len(), again[0].tries), (1, 1));
}

#[test]
fn a_write_that_always_comes_too_late_is_given_up() {
    let (mut batch, mut replies) = jobs([create("A", 1)]);
    for _ in 1..DECIDE_TRIES_MAX {
        let decided = decide_batch(Loaded::default(), &batch);
        let outcomes = Outcomes::all(1, &Committed::Outdated);
        batch = settle(batch, decided.verdicts, &outcomes);
        assert_eq!(batch.len(), 1);
    }
    let decided = decide_batch(Loaded::default(), &batch);
    assert!(settle(batch, decided.verdicts, &Outcomes::all(1, &Committed::Outdated)).is_empty());
    assert!(matches!(replies[0].try_recv().unwrap(), Err(StoreError::Contended)));
}

#[tokio::test]
async fn a_moved_card_is_worked_on_by_the_lane_that_owns_it() {
    let (lanes, mut ends) = Lanes::new(2);
    let (even, odd) = (Bucket::new(4), Bucket::new(5));
    let (job, _reply) = Job::new(write(Target::Card(ENTITY, id(even, 1)), update()));
    // At home it stays; elsewhere it is handed on, and arrives with the bucket to look in.
    let job = ends[0].forward(job, even).expect("the lane is the right one");
    assert!(ends[0].forward(job, odd).is_none());
    let batch = ends[1].next_batch().await.unwrap();
    assert_eq!((batch.len(), batch[0].bucket), (1, odd));
    // Full, the other lane says so for itself; gone, it leaves the job where it is.
    for _ in 0..LANE_QUEUE_MAX {
        let (job, _) = Job::new(write(Target::Card(ENTITY, id(odd, 1)), update()));
        assert!(ends[0].forward(job, odd).is_none());
    }
    assert_eq!(lanes.depth(), LANE_QUEUE_MAX);
    let (job, reply) = Job::new(write(Target::Card(ENTITY, id(even, 1)), update()));
    assert!(ends[0].forward(job, odd).is_none());
    assert!(matches!(reply.await.unwrap(), Err(StoreError::Busy)));
    drop(ends.pop());
    let (job, _reply) = Job::new(write(Target::Card(ENTITY, id(even, 1)), update()));
    assert!(ends[0].forward(job, odd).is_some());
}

#[tokio::test]
async fn draining_waits_for_every_lane() {
    let (lanes, ends) = Lanes::new(3);
    let workers = ends.into_iter().map(|mut end| {
        tokio::spawn(async move {
            let mut answered = 0;
            while let Some(batch) = end.next_batch().await {
                for job in batch {
                    job.answer(Err(StoreError::Contended));
                    answered += 1;
                }
            }
            answered
        })
    });
    let workers: Vec<_> = workers.collect();
    let writes = (0..30).map(|n| {
        let card = id(Bucket::new(n), 1);
        lanes.execute(write(Target::Card(ENTITY, card), update()))
    });
    let (answers, ()) = tokio::join!(futures::future::join_all(writes), lanes.drain());
    assert!(answers.iter().all(|answer| matches!(answer, Err(StoreError::Contended))));
    let late = lanes.execute(create("A", 1)).await;
    assert!(matches!(late, Err(StoreError::Unavailable(_))));
    assert!(lanes.probe().await.is_err());
    let mut answered = 0;
    for worker in workers {
        assert!(worker.is_finished());
        answered += worker.await.unwrap();
    }
    assert_eq!(answered, 30);
}

#[test]
fn a_private_accounts_name_is_no_name_for_a_caller() {
    let card = id(Bucket::new(77), 1);
    assert!(card_alias(card).as_str().parse::<cardfile_domain::id::AccountKey>().is_err());
    assert_eq!(hex(&[0x0f, 0xa0]), "0fa0");
}
