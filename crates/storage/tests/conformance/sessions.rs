//! Applications' keys, sessions, unused tokens, and the list of accounts.

use cardfile_domain::{
    card::Extras,
    command::{Attach, CardPatch, Command, DropCard, NewCard, Target},
    id::{AccountKey, AccountRef, Bucket, ClientId, EntityId},
    query::{CardQuery, Condition},
    refusal::Refusal,
    session::{ApiKey, ApiKeyId, ApiKeyKind, Session},
};
use jiff::SignedDuration;

use super::{
    bench::Bench,
    world::{World, create, plain_card},
};

fn key(id: &str, second: i64) -> ApiKey {
    ApiKey {
        id: id.parse().unwrap(),
        kind: ApiKeyKind::Ios,
        identifier: "api.example.com".to_owned(),
        entity: EntityId::from_bytes([3; 16]),
        created_at: World::begin() + SignedDuration::from_secs(second),
    }
}

pub(crate) async fn keys_are_added_listed_and_removed(bench: &Bench) {
    let sessions = bench.opened.sessions();
    let keys = [key("b", 1), key("525ad5d6993247cccb083e5a", 2)];
    for key in [&keys[1], &keys[0]] {
        assert!(sessions.add_api_key(key).await.unwrap());
    }
    assert!(!sessions.add_api_key(&key("b", 9)).await.unwrap());
    assert_eq!(sessions.list_api_keys().await.unwrap(), keys);
    assert_eq!(sessions.find_api_key(&keys[1].id).await.unwrap(), Some(keys[1].clone()));
    assert!(sessions.remove_api_key(&keys[1].id).await.unwrap());
    assert!(!sessions.remove_api_key(&keys[1].id).await.unwrap());
    let gone: ApiKeyId = "525ad5d6993247cccb083e5a".parse().unwrap();
    assert_eq!(sessions.find_api_key(&gone).await.unwrap(), None);
}

pub(crate) async fn a_session_is_kept_until_it_ends(bench: &Bench) {
    let sessions = bench.opened.sessions();
    let session = |number: u8, second: i64| Session {
        hash: [number; 32],
        entity: EntityId::from_bytes([3; 16]),
        client: ClientId::from_bytes([4; 16]),
        expires_at: World::begin() + SignedDuration::from_secs(second),
    };
    let (early, late) = (session(1, 10), session(2, 20));
    for session in [&early, &late] {
        sessions.add_session(session).await.unwrap();
    }
    assert_eq!(sessions.find_session(&early.hash).await.unwrap(), Some(early.clone()));
    assert_eq!(sessions.forget_sessions(early.expires_at).await.unwrap(), 0);
    assert_eq!(sessions.forget_sessions(late.expires_at).await.unwrap(), 1);
    assert_eq!(sessions.find_session(&early.hash).await.unwrap(), None);
    assert!(sessions.remove_session(&late.hash).await.unwrap());
    assert!(!sessions.remove_session(&late.hash).await.unwrap());
}

fn token(world: &World, bucket: u16) -> (AccountRef, NewCard) {
    let id = world.card_id_in(Bucket::new(bucket));
    let extras = Extras { is_token: true, ..Extras::default() };
    let account = AccountRef { entity: world.entity, key: AccountKey::orphan(id) };
    (account, NewCard { extras, ..plain_card(id) })
}

pub(crate) async fn an_unused_token_is_for_nobody_and_is_forgotten(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let card = world.create_plain(&account).await;
    let (home, new) = token(&world, 5);
    let id = new.id;
    world.done(Target::Account(home), create(new)).await;
    let seen = async |condition| {
        let query = CardQuery { condition, order: Vec::new(), offset: 0, limit: 10 };
        let found = world.store.query_cards(world.entity, &query).await.unwrap();
        found.into_iter().map(|filed| filed.card.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(Some(Condition::NoToken)).await, [card]);
    assert_eq!(seen(None).await.len(), 2);
    assert_eq!(world.refused(world.on(id), Command::DeleteCard).await, Refusal::CardNotFound);
    let attach = |may_be_token| {
        let patch = CardPatch::default();
        Command::AttachCard(Box::new(Attach { card: id, open: None, patch, may_be_token }))
    };
    let to = Target::Account(account.clone());
    assert_eq!(world.refused(to.clone(), attach(false)).await, Refusal::CardNotFound);
    let later = world.context().at;
    let listed = world.store.list_tokens(later, 10).await.unwrap();
    assert_eq!(listed, [(world.entity, id)]);
    world.done(to.clone(), attach(true)).await;
    assert_eq!(world.refused(to, attach(true)).await, Refusal::AlreadyAttached);
    assert!(world.store.list_tokens(world.context().at, 10).await.unwrap().is_empty());
    assert_eq!(seen(Some(Condition::NoToken)).await.len(), 2);
}

pub(crate) async fn a_dropped_default_has_a_successor(bench: &Bench) {
    let world = World::new(bench);
    let account = world.account("A-1");
    let first = world.create_plain(&account).await;
    let second = world.create_plain(&account).await;
    let foreign = world.create_plain(&world.account("A-2")).await;
    let target = Target::Account(account.clone());
    let drop = |card, next| Command::DropCard(DropCard { card, next });
    let refused = world.refused(target.clone(), drop(first, Some(foreign))).await;
    assert_eq!(refused, Refusal::NotOfAccount);
    assert_eq!(world.refused(target.clone(), drop(foreign, None)).await, Refusal::CardNotFound);
    world.done(target.clone(), drop(first, Some(second))).await;
    let found = async || {
        let key = account.key.clone();
        world.store.find_account(world.entity, &key).await.unwrap().unwrap()
    };
    assert_eq!(found().await.default_card, Some(second));
    world.done(target, drop(second, None)).await;
    assert_eq!(found().await.default_card, None);
    let events = world.events(&account).await;
    super::events::assert_unbroken(&events, &found().await);
}

pub(crate) async fn accounts_are_listed_the_latest_first(bench: &Bench) {
    let world = World::new(bench);
    world.create_orphan(Bucket::new(3)).await;
    let mut ids = Vec::new();
    for number in ["A-1", "A-2", "A-3"] {
        let account = world.account(number);
        world.create_plain(&account).await;
        let found = world.store.find_account(world.entity, &account.key).await.unwrap();
        ids.push(found.unwrap().id);
    }
    ids.sort();
    ids.reverse();
    let list = async |before, limit| {
        let listed = world.store.list_accounts(world.entity, before, limit).await.unwrap();
        listed.into_iter().map(|account| account.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, ids);
    assert_eq!(list(None, 2).await, ids[..2]);
    assert_eq!(list(Some(ids[1]), 10).await, ids[2..]);
    let nobody = EntityId::from_bytes([0xaa; 16]);
    assert!(world.store.list_accounts(nobody, None, 10).await.unwrap().is_empty());
}
