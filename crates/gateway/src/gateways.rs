//! Each entity's own gateway.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use cardfile_domain::{
    gateway::{Addition, Keeper, KeeperFault, KeptCard, KeptChange, Trail},
    id::EntityId,
    ports::{Gateway, Verdict, Verification},
};

use crate::Guarded;

/// The gateways of all entities, as one.
pub struct Gateways {
    by_entity: HashMap<EntityId, Arc<Guarded>>,
    fallback: Arc<dyn Gateway>,
}

impl Gateways {
    /// The gateways of some entities, and that of all others.
    pub fn new(by_entity: HashMap<EntityId, Arc<Guarded>>, fallback: Arc<dyn Gateway>) -> Self {
        Self { by_entity, fallback }
    }

    fn of(&self, entity: EntityId) -> &dyn Gateway {
        match self.by_entity.get(&entity) {
            Some(gateway) => &**gateway,
            None => &*self.fallback,
        }
    }

    fn keeper_of(&self, entity: EntityId) -> Result<&dyn Keeper, KeeperFault> {
        let gateway = self.by_entity.get(&entity);
        gateway.and_then(|gateway| gateway.keeper()).ok_or(KeeperFault::Unreachable)
    }
}

#[async_trait]
impl Gateway for Gateways {
    async fn verify(&self, verification: Verification<'_>) -> Verdict {
        self.of(verification.entity).verify(verification).await
    }

    async fn trace(&self, entity: EntityId, trail: &Trail) -> Verdict {
        self.of(entity).trace(entity, trail).await
    }

    async fn let_go(&self, entity: EntityId, trail: &Trail) {
        self.of(entity).let_go(entity, trail).await;
    }

    fn heeds(&self, entity: EntityId, option: &str) -> bool {
        self.of(entity).heeds(entity, option)
    }
}

#[async_trait]
impl Keeper for Gateways {
    fn keeps(&self, entity: EntityId) -> bool {
        self.keeper_of(entity).is_ok()
    }

    async fn add(&self, entity: EntityId, addition: Addition<'_>) -> Result<KeptCard, KeeperFault> {
        self.keeper_of(entity)?.add(entity, addition).await
    }

    async fn set_default(
        &self,
        entity: EntityId,
        customer: &str,
        card: &str,
    ) -> Result<(), KeeperFault> {
        self.keeper_of(entity)?.set_default(entity, customer, card).await
    }

    async fn update(
        &self,
        entity: EntityId,
        customer: &str,
        card: &str,
        change: &KeptChange,
    ) -> Result<KeptCard, KeeperFault> {
        self.keeper_of(entity)?.update(entity, customer, card, change).await
    }

    async fn remove(
        &self,
        entity: EntityId,
        customer: &str,
        card: &str,
    ) -> Result<(), KeeperFault> {
        self.keeper_of(entity)?.remove(entity, customer, card).await
    }
}
