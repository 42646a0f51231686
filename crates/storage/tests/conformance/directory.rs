//! Entities and clients.

use cardfile_domain::{
    client::{Client, Entity, Right, Rights},
    id::{ClientId, EntityId},
};
use jiff::SignedDuration;

use super::{bench::Bench, world::World};

fn entity(number: u8, name: &str, second: i64) -> Entity {
    Entity {
        id: EntityId::from_bytes([number; 16]),
        name: name.to_owned(),
        wrapped_keys: vec![0, number, 255],
        created_at: World::begin() + SignedDuration::from_secs(second),
    }
}

fn client(number: u8, second: i64) -> Client {
    Client {
        id: ClientId::from_bytes([number; 16]),
        name: format!("Client \u{2603} {number}"),
        secret_hash: [number; 32],
        entities: (0..number).map(|n| EntityId::from_bytes([n; 16])).collect(),
        rights: Rights::of([Right::Read, Right::Admin]),
        created_at: World::begin() + SignedDuration::from_secs(second),
        disabled_at: None,
    }
}

pub(crate) async fn entities_are_listed_oldest_first(bench: &Bench) {
    let directory = bench.opened.directory();
    let entities = [entity(3, "Third", 1), entity(1, "First \u{2603}", 2), entity(2, "Second", 3)];
    for entity in [&entities[2], &entities[0], &entities[1]] {
        assert!(directory.add_entity(entity).await.unwrap());
    }
    assert_eq!(directory.list_entities().await.unwrap(), entities);
}

pub(crate) async fn an_entity_is_added_once(bench: &Bench) {
    let directory = bench.opened.directory();
    assert!(directory.add_entity(&entity(1, "One", 1)).await.unwrap());
    assert!(!directory.add_entity(&entity(1, "Other", 2)).await.unwrap());
    assert!(!directory.add_entity(&entity(2, "One", 2)).await.unwrap());
    assert_eq!(directory.list_entities().await.unwrap(), [entity(1, "One", 1)]);
}

pub(crate) async fn clients_survive_and_are_listed_oldest_first(bench: &Bench) {
    let directory = bench.opened.directory();
    let clients = [client(2, 1), client(0, 2), client(1, 3)];
    for client in [&clients[1], &clients[2], &clients[0]] {
        assert!(directory.add_client(client).await.unwrap());
    }
    assert!(!directory.add_client(&client(2, 9)).await.unwrap());
    assert_eq!(directory.list_clients().await.unwrap(), clients);
    assert_eq!(directory.find_client(clients[0].id).await.unwrap(), Some(clients[0].clone()));
    assert_eq!(directory.find_client(ClientId::from_bytes([9; 16])).await.unwrap(), None);
}

pub(crate) async fn a_client_is_disabled(bench: &Bench) {
    let directory = bench.opened.directory();
    let client = client(1, 1);
    directory.add_client(&client).await.unwrap();
    let at = World::begin() + SignedDuration::from_micros(7);
    assert!(directory.disable_client(client.id, at).await.unwrap());
    let found = directory.find_client(client.id).await.unwrap().unwrap();
    assert_eq!(found, Client { disabled_at: Some(at), ..client });
    assert!(!directory.disable_client(ClientId::from_bytes([9; 16]), at).await.unwrap());
}
