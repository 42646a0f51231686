//! Who may have card numbers, and in which form.

use cardfile_domain::{
    client::{Client, Right},
    id::{ClientId, EntityId},
};
use cardfile_vault::Vault;

use crate::fault::Fault;

/// What an export tells of card numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbers {
    /// What may be shown of them.
    Masked,
    /// All of them, for those alone who have the key.
    Sealed,
    /// All of them, for everybody who gets hold of the file. Who asked for it has proved itself.
    Plain,
}

impl Numbers {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Masked => "masked",
            Self::Sealed => "sealed",
            Self::Plain => "plain",
        }
    }
}

/// Whether the client may have the entity's numbers in the clear.
pub(super) fn check(
    client: Option<&Client>,
    secret: &str,
    entity: EntityId,
    vault: &Vault,
) -> Result<(), Fault> {
    // Which of them it is would tell whether a guessed secret is right.
    let is_let_in = client.is_some_and(|client| {
        vault.secret_matches(client.id, secret, &client.secret_hash)
            && client.disabled_at.is_none()
            && client.rights.has(Right::Admin)
            && client.entities.contains(&entity)
    });
    if is_let_in { Ok(()) } else { Err(refusal()) }
}

/// The id and the secret that a plain export must come with.
pub(super) fn required<S>(id: Option<ClientId>, secret: Option<S>) -> Result<(ClientId, S), Fault> {
    id.zip(secret).ok_or_else(refusal)
}

fn refusal() -> Fault {
    Fault::usage(
        "Card numbers leave in the clear only for an enabled client with the right admin in this \
         entity: name it with --client-id and put its secret into CARDFILE_CLIENT_SECRET, or seal \
         the export with --recipient.",
    )
}

#[cfg(test)]
mod tests {
    use cardfile_domain::client::Rights;
    use cardfile_vault::RootKey;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn only_an_enabled_admin_of_the_entity_with_the_right_secret_is_let_in() {
        let vault = Vault::new(RootKey::generate().unwrap());
        let entity = EntityId::from_bytes([1; 16]);
        let id = ClientId::from_bytes([2; 16]);
        let good = Client {
            id,
            name: "x".to_owned(),
            secret_hash: vault.secret_hash(id, "secret"),
            entities: vec![entity],
            rights: Rights::of([Right::Admin]),
            created_at: Timestamp::UNIX_EPOCH,
            disabled_at: None,
        };
        assert!(check(Some(&good), "secret", entity, &vault).is_ok());
        assert!(check(Some(&good), "other", entity, &vault).is_err());
        assert!(check(None, "secret", entity, &vault).is_err());
        let others = [
            Client { disabled_at: Some(Timestamp::UNIX_EPOCH), ..good.clone() },
            Client { rights: Rights::of([Right::Read, Right::Bulk]), ..good.clone() },
            Client { entities: vec![EntityId::from_bytes([3; 16])], ..good },
        ];
        for client in others {
            assert!(check(Some(&client), "secret", entity, &vault).is_err(), "{client:?}");
        }
    }
}
