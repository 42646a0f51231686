//! What the configuration sets for single entities, beside their gateways.

use std::collections::HashMap;

use cardfile_domain::{
    id::EntityId,
    policy::{Policies, Policy, TenantRetry},
    ports::Directory,
};

use crate::{
    bootstrap::failed,
    config::{
        Settings,
        tables::{EntityTable, Kept},
    },
    fault::Fault,
    gateways::find,
};

/// The policies of entities that have a table, and the usual one of all others.
pub(crate) struct Configured(HashMap<EntityId, Policy>);

impl Configured {
    /// Reads the tables of the configuration.
    pub(crate) async fn read(
        settings: &Settings,
        directory: &dyn Directory,
    ) -> Result<Self, Fault> {
        if settings.entities.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let entities = directory.list_entities().await.map_err(|error| failed(&error))?;
        let mut policies = HashMap::new();
        for (key, table) in &settings.entities {
            policies.insert(find(&entities, key)?.id, policy(table));
        }
        Ok(Self(policies))
    }
}

impl Policies for Configured {
    fn policy(&self, entity: EntityId) -> Policy {
        self.0.get(&entity).copied().unwrap_or_default()
    }
}

fn policy(table: &EntityTable) -> Policy {
    let retry = table.retry.unwrap_or_default();
    let keeps = |what| table.replacement_keeps.as_ref().is_none_or(|kept| kept.contains(&what));
    Policy {
        keeps_counter: keeps(Kept::Counter),
        keeps_retry_rule: keeps(Kept::RetryRule),
        keeps_default: keeps(Kept::Default),
        retry: TenantRetry { max_failures: retry.max_failures, window_hours: retry.window_hours },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Policy, toml::de::Error> {
        toml::from_str::<EntityTable>(text).map(|table| policy(&table))
    }

    #[test]
    fn an_entity_without_a_word_keeps_everything_and_bounds_nothing() {
        assert_eq!(read("").unwrap(), Policy::default());
        assert_eq!(read("gateway = \"bank\"").unwrap(), Policy::default());
    }

    #[test]
    fn an_entity_says_what_follows_a_card_and_when_retries_stop() {
        let text = "retry = { max_failures = 3, window_hours = 24 }\n\
                    replacement_keeps = [\"counter\", \"default\"]\n";
        let policy = read(text).unwrap();
        assert!(policy.keeps_counter && policy.keeps_default && !policy.keeps_retry_rule);
        assert_eq!(policy.retry.max_failures, Some(3.try_into().unwrap()));
        assert_eq!(policy.retry.window_hours, Some(24.try_into().unwrap()));
        let nothing = read("replacement_keeps = []").unwrap();
        assert!(!nothing.keeps_counter && !nothing.keeps_default && !nothing.keeps_retry_rule);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in [
            "retry = { max_failures = 0 }",
            "retry = { window_hours = 1001 }",
            "retry = { hours = 24 }",
            "replacement_keeps = [\"all\"]",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
