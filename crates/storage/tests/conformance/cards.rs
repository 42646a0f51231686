//! Cards: what is kept of them, and every way to change one.

use cardfile_domain::{
    card::{Activity, Card, CardStatus, Extras, HolderDetails, TransactionStatus},
    command::{CardPatch, CodeUse, Command, HolderPatch, NewCard, Patch, RetryPatch, Target},
    custom_fields::CustomFields,
    expiry::Expiry,
    id::{AccountRef, PaymentMethodId},
    query::CardQuery,
    refusal::{Decline, Refusal},
    retry_rule::{MaxFailures, RetryRule, RetryWindow},
};
use jiff::SignedDuration;
use serde_json::json;

use super::{
    bench::Bench,
    world::{
        World, attach, claim, create, custom, expiry_in, failures, full_card, plain_card,
        set_default, update,
    },
};

/// An account with a default card, and another card that may be changed and deleted.
async fn account_with_card(world: &World) -> (AccountRef, PaymentMethodId) {
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let id = world.create(&account, full_card(world.card_id(&account))).await;
    (account, id)
}

pub(crate) async fn everything_about_a_card_survives(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let new = full_card(world.card_id(&account));
    let write = world.write(Target::Account(account.clone()), create(new.clone()));
    let at = write.context.at;
    world.send(write).await.unwrap().outcome.unwrap();
    let card = world.card(new.id).await.unwrap().card;
    assert_eq!((card.entity, &card.account), (world.entity, &account.key));
    for stamp in [&card.created, &card.updated] {
        assert_eq!((stamp.at, stamp.by), (at, world.client));
    }
    assert_as_given(card, new);
}

/// A card is kept as it was put on file.
#[track_caller]
pub(crate) fn assert_as_given(card: Card, new: NewCard) {
    assert_eq!(card.id, new.id);
    assert_eq!((card.card_type, card.number), (new.card_type, Some(new.number)));
    assert_eq!((card.expiry, card.holder_name), (new.expiry, new.holder_name));
    assert_eq!((card.holder, card.extras), (new.holder, new.extras));
    // A card that comes with failures begins to count from them.
    let activity = Activity { tally: card.activity.tally.clone(), ..new.activity };
    assert_eq!((card.custom, card.activity), (new.custom, activity));
    assert_eq!((card.failures, card.retry_rule), (new.failures, new.retry_rule));
    assert_eq!(card.status, CardStatus::Active);
}

pub(crate) async fn times_survive_to_the_microsecond(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    for micros in [0, 1, 999_999] {
        let new = plain_card(world.card_id(&account));
        let id = new.id;
        let mut write = world.write(Target::Account(account.clone()), create(new));
        write.context.at = World::begin() + SignedDuration::from_micros(3_600_000_000 + micros);
        let at = write.context.at;
        world.send(write).await.unwrap().outcome.unwrap();
        let card = world.card(id).await.unwrap().card;
        assert_eq!((card.created.at, card.updated.at), (at, at));
        assert_eq!(world.find_account("A-1").await.unwrap().updated_at, at);
        assert_eq!(world.events(&account).await.last().unwrap().at, at);
    }
}

pub(crate) async fn a_change_reaches_every_field(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    world.create_plain(&account).await;
    let id = world.create_plain(&account).await;
    let before = world.card(id).await.unwrap().card;
    let full = full_card(id);
    let holder = full.holder.clone();
    let extras = full.extras.clone();
    let expiry = Expiry { month: 1.try_into().unwrap(), ..expiry_in(4) };
    let patch = CardPatch {
        month: Some(expiry.month),
        year: Some(expiry.year),
        holder_name: Some("Grace Hopper".parse().unwrap()),
        holder: HolderPatch {
            address_line1: Patch::Set(holder.address_line1.clone().unwrap()),
            address_line2: Patch::Set(holder.address_line2.clone().unwrap()),
            city: Patch::Set(holder.city.clone().unwrap()),
            country: Patch::Set(holder.country.unwrap()),
            email: Patch::Set(holder.email.clone().unwrap()),
            phone: Patch::Set(holder.phone.clone().unwrap()),
            state: Patch::Set("CA".parse().unwrap()),
            zip_code: Patch::Set(holder.zip_code.clone().unwrap()),
        },
        ip_address: Patch::Set(extras.ip_address.clone().unwrap()),
        auth_gateway: Patch::Set(extras.auth_gateway.clone().unwrap()),
        gateway_number: Patch::Set(extras.gateway_number.clone().unwrap()),
        currency: Patch::Set(extras.currency.clone().unwrap()),
        mandate: Some(extras.mandate.clone()),
        custom: full.custom.clone(),
        failures: Some(100.try_into().unwrap()),
        status: Some(CardStatus::Closed),
        retry: RetryPatch {
            use_default: Some(false),
            window_hours: Patch::Set(1.try_into().unwrap()),
            max_failures: Patch::Set(1.try_into().unwrap()),
        },
        security_code: CodeUse { required_on_change: true, approved: true },
        ..CardPatch::default()
    };
    let mut write = world.write(world.on(id), update(patch));
    write.context.by = cardfile_domain::id::ClientId::from_bytes([0xc2; 16]);
    let (at, by) = (write.context.at, write.context.by);
    world.send(write).await.unwrap().outcome.unwrap();
    let card = world.card(id).await.unwrap().card;
    assert_eq!((card.expiry, card.holder), (expiry, holder));
    assert_eq!(card.holder_name, Some("Grace Hopper".parse().unwrap()));
    let kept = Extras {
        identity_number: None,
        device_session_id: None,
        payment_method_number: None,
        ..extras
    };
    assert_eq!((card.extras, card.custom), (kept, full.custom));
    assert_eq!((card.failures.get(), card.status), (100, CardStatus::Closed));
    assert!(!card.retry_rule.use_default);
    assert_eq!(card.retry_rule.window_hours.map(RetryWindow::get), Some(1));
    assert_eq!(card.retry_rule.max_failures.map(MaxFailures::get), Some(1));
    assert_eq!(card.activity.last_transaction_at, Some(at));
    assert_eq!((card.updated.at, card.updated.by), (at, by));
    // What a change never touches.
    assert_eq!((card.created, card.number), (before.created, before.number));
    assert_eq!((card.card_type, card.account), (before.card_type, before.account));
}

pub(crate) async fn a_null_clears_a_field(bench: &Bench) {
    let world = World::new(bench);
    let (_, id) = account_with_card(&world).await;
    let patch = CardPatch {
        holder: HolderPatch {
            address_line1: Patch::Clear,
            address_line2: Patch::Clear,
            city: Patch::Clear,
            country: Patch::Clear,
            email: Patch::Clear,
            phone: Patch::Clear,
            state: Patch::Clear,
            zip_code: Patch::Clear,
        },
        ip_address: Patch::Clear,
        auth_gateway: Patch::Clear,
        gateway_number: Patch::Clear,
        currency: Patch::Clear,
        retry: RetryPatch {
            use_default: None,
            window_hours: Patch::Clear,
            max_failures: Patch::Clear,
        },
        ..CardPatch::default()
    };
    world.update(id, patch).await;
    let card = world.card(id).await.unwrap().card;
    assert_eq!(card.holder, HolderDetails::default());
    assert_eq!((card.extras.ip_address, card.extras.currency), (None, None));
    assert_eq!((card.extras.auth_gateway, card.extras.gateway_number), (None, None));
    assert_eq!((card.retry_rule.window_hours, card.retry_rule.max_failures), (None, None));
    // What was not named stays.
    assert_eq!(card.extras.identity_number, full_card(id).extras.identity_number);
    assert_eq!(card.failures, full_card(id).failures);
}

pub(crate) async fn custom_fields_survive_in_order(bench: &Bench) {
    let world = World::new(bench);
    let (_, id) = account_with_card(&world).await;
    let text = |card: &cardfile_domain::card::Card| serde_json::to_string(&card.custom).unwrap();
    let before = world.card(id).await.unwrap().card;
    assert_eq!(
        text(&before),
        "{\"Amount__c\":12.5,\"Big__c\":9007199254740993,\"Count__c\":-3,\"Empty__c\":null,\
         \"Flag__c\":true,\"Text__c\":\"line\\n\\\"two\\\" \u{2603}\",\"Zone__c\":\"EU\"}"
    );
    let fields =
        json!({ "Amount__c": 1e300, "Zone__c": null, "amount__c": "other", "Count__c": 1.0 });
    world.update(id, CardPatch { custom: custom(&fields), ..CardPatch::default() }).await;
    let after = world.card(id).await.unwrap().card;
    assert_eq!(
        text(&after),
        "{\"Amount__c\":1e+300,\"Big__c\":9007199254740993,\"Count__c\":1.0,\"Empty__c\":null,\
         \"Flag__c\":true,\"Text__c\":\"line\\n\\\"two\\\" \u{2603}\",\"Zone__c\":null,\
         \"amount__c\":\"other\"}"
    );
}

pub(crate) async fn too_many_custom_fields_are_refused(bench: &Bench) {
    let world = World::new(bench);
    let (_, id) = account_with_card(&world).await;
    let mut fields = CustomFields::default();
    for n in 0..44 {
        fields.set(format!("F{n}__c").parse().unwrap(), json!(n)).unwrap();
    }
    let patch = || update(CardPatch { custom: fields.clone(), ..CardPatch::default() });
    let before = world.card(id).await;
    assert_eq!(world.refused(world.on(id), patch()).await, Refusal::TooManyCustomFields);
    assert_eq!(world.card(id).await, before);
}

pub(crate) async fn a_card_that_would_be_expired_is_refused(bench: &Bench) {
    let world = World::new(bench);
    let (account, id) = account_with_card(&world).await;
    let mut new = plain_card(world.card_id(&account));
    new.expiry = expiry_in(-1);
    let missing = new.id;
    let refusal = world.refused(Target::Account(account), create(new)).await;
    assert_eq!(refusal, Refusal::Expired);
    assert_eq!(world.card(missing).await, None);
    let patch = CardPatch { year: Some(expiry_in(-1).year), ..CardPatch::default() };
    assert_eq!(world.refused(world.on(id), update(patch)).await, Refusal::Expired);
    assert_eq!(world.card(id).await.unwrap().card.expiry, expiry_in(3));
}

pub(crate) async fn a_change_of_identity_needs_a_security_code(bench: &Bench) {
    let world = World::new(bench);
    let (_, id) = account_with_card(&world).await;
    let patch = |approved, year| CardPatch {
        year: Some(expiry_in(year).year),
        security_code: CodeUse { required_on_change: true, approved },
        ..CardPatch::default()
    };
    let refusal = world.refused(world.on(id), update(patch(false, 5))).await;
    assert_eq!(refusal, Refusal::SecurityCodeRequired);
    world.update(id, patch(false, 3)).await;
    world.update(id, patch(true, 5)).await;
    assert_eq!(world.card(id).await.unwrap().card.expiry, expiry_in(5));
}

pub(crate) async fn an_unknown_state_is_refused(bench: &Bench) {
    let world = World::new(bench);
    let (account, id) = account_with_card(&world).await;
    let mut new = full_card(world.card_id(&account));
    new.holder.state = Some("Atlantis".parse().unwrap());
    let refusal = world.refused(Target::Account(account), create(new)).await;
    assert_eq!(refusal, Refusal::UnknownState);
    let holder =
        HolderPatch { state: Patch::Set("Atlantis".parse().unwrap()), ..HolderPatch::default() };
    let patch = CardPatch { holder, ..CardPatch::default() };
    assert_eq!(world.refused(world.on(id), update(patch)).await, Refusal::UnknownState);
}

pub(crate) async fn own_retry_bounds_need_the_own_rule(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_plain(&account).await;
    let retry =
        RetryPatch { window_hours: Patch::Set(5.try_into().unwrap()), ..RetryPatch::default() };
    let patch = CardPatch { retry, ..CardPatch::default() };
    assert_eq!(world.refused(world.on(id), update(patch)).await, Refusal::DefaultRetryRule);
    assert_eq!(world.card(id).await.unwrap().card.retry_rule, RetryRule::default());
}

pub(crate) async fn a_deleted_card_is_gone(bench: &Bench) {
    let world = World::new(bench);
    let (account, id) = account_with_card(&world).await;
    assert_eq!(world.done(world.on(id), Command::DeleteCard).await.card, Some(id));
    assert_eq!(world.card(id).await, None);
    assert_eq!(world.cards(&account).await.len(), 1);
    assert_eq!(world.refused(world.on(id), update(failures(1))).await, Refusal::CardNotFound);
}

pub(crate) async fn the_default_card_is_not_deleted(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let id = world.create_plain(&account).await;
    assert_eq!(world.refused(world.on(id), Command::DeleteCard).await, Refusal::IsDefault);
    assert!(world.card(id).await.unwrap().is_default);
}

pub(crate) async fn nothing_is_left_of_a_scrubbed_card(bench: &Bench) {
    let world = World::new(bench);
    let (account, id) = account_with_card(&world).await;
    world.done(Target::Account(account.clone()), set_default(id)).await;
    world.done(world.on(id), Command::ScrubCard).await;
    let found = world.card(id).await.unwrap();
    assert!(!found.is_default);
    assert_eq!(world.default_of(&account).await, None);
    let card = found.card;
    assert_eq!((card.number, card.holder_name), (None, None));
    assert_eq!((card.holder, card.extras), (HolderDetails::default(), Extras::default()));
    assert_eq!((card.custom.len(), card.activity), (0, Activity::default()));
    assert_eq!((card.status, card.retry_rule), (CardStatus::Scrubbed, RetryRule::default()));
    // Not a trace in any column either.
    let row = format!(
        "UPDATE card SET failures = failures WHERE id = {} AND bin IS NULL AND last4 IS NULL \
         AND digits IS NULL AND sealed IS NULL AND key_version IS NULL AND fingerprint IS NULL \
         AND holder_name IS NULL",
        if bench.is_sqlite() { format!("x'{id}'") } else { format!("'{id}'") }
    );
    assert_eq!(bench.run(&row).await, 1);
    for command in [
        Command::ScrubCard,
        Command::NoteVerified,
        update(CardPatch { status: Some(CardStatus::Active), ..CardPatch::default() }),
    ] {
        assert_eq!(world.refused(world.on(id), command).await, Refusal::Scrubbed);
    }
    world.done(world.on(id), Command::DeleteCard).await;
}

pub(crate) async fn a_verified_card_says_when(bench: &Bench) {
    let world = World::new(bench);
    let (_, id) = account_with_card(&world).await;
    let write = world.write(world.on(id), Command::NoteVerified);
    let at = write.context.at;
    world.send(write).await.unwrap().outcome.unwrap();
    let activity = world.card(id).await.unwrap().card.activity;
    assert_eq!(activity.last_transaction_at, Some(at));
    assert_eq!(activity.last_transaction_status, Some(TransactionStatus::Approved));
}

fn commands_on_a_card() -> [Command; 4] {
    [update(failures(1)), Command::DeleteCard, Command::ScrubCard, Command::NoteVerified]
}

pub(crate) async fn a_missing_card_is_not_found_by_any_command(bench: &Bench) {
    let world = World::new(bench);
    let (account, _) = account_with_card(&world).await;
    let missing = world.card_id(&account);
    assert_eq!(world.card(missing).await, None);
    for command in commands_on_a_card() {
        assert_eq!(world.refused(world.on(missing), command).await, Refusal::CardNotFound);
    }
    // An account is no card.
    for command in commands_on_a_card() {
        let target = Target::Account(account.clone());
        assert_eq!(world.refused(target, command).await, Refusal::CardNotFound);
    }
}

pub(crate) async fn a_foreign_entity_sees_not_found(bench: &Bench) {
    let (world, stranger) = (World::new(bench), World::of(bench, 2));
    let (account, id) = account_with_card(&world).await;
    let moved = world.create_orphan(cardfile_domain::id::Bucket::new(3)).await;
    world.attach(&account, moved).await;
    let before = (world.cards(&account).await, world.find_account("A-1").await);
    for card in [id, moved] {
        assert_eq!(stranger.card(card).await, None);
        for command in commands_on_a_card() {
            let refusal = stranger.refused(stranger.on(card), command).await;
            assert_eq!(refusal, Refusal::CardNotFound);
        }
    }
    assert_eq!(stranger.find_account("A-1").await, None);
    let account_id = before.1.as_ref().unwrap().id.to_string();
    assert_eq!(stranger.find_account(&account_id).await, None);
    let theirs = stranger.account("A-1");
    assert_eq!(stranger.cards(&theirs).await, []);
    assert_eq!(stranger.events(&theirs).await, []);
    let query = CardQuery { limit: 100, ..CardQuery::default() };
    assert_eq!(stranger.store.query_cards(stranger.entity, &query).await.unwrap(), []);
    let refusal = stranger.refused(Target::Account(theirs.clone()), set_default(id)).await;
    assert_eq!(refusal, Refusal::AccountNotFound);
    let refusal = stranger.refused(Target::Account(theirs.clone()), attach(id)).await;
    assert_eq!(refusal, Refusal::CardNotFound);
    // The same number is another account there, and a refusal kept for a claim stays there too.
    let own = stranger.create_plain(&theirs).await;
    assert_eq!(stranger.default_of(&theirs).await, Some(own));
    let mut write = stranger
        .write(stranger.on(id), Command::NoteRefusal(Refusal::Declined(Decline::DoNotHonor)));
    write.claim = Some(claim(1, 1));
    stranger.send(write).await.unwrap();
    assert_eq!((world.cards(&account).await, world.find_account("A-1").await), before);
}
