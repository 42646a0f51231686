//! Names of cards that others gave.

use cardfile_domain::{id::EntityId, text::CardName};
use sqlx::PgConnection;

use super::{
    fault::Fault,
    layout::Layout,
    place::{AccountKeys, find_aliases},
};
use crate::lane::{Loaded, name_alias};

/// Finds out which of some names cards have.
pub(super) async fn load_taken(
    connection: &mut PgConnection,
    layout: Layout,
    names: &[(EntityId, CardName)],
    loaded: &mut Loaded,
) -> Result<(), Fault> {
    let aliases: Vec<_> = names.iter().map(|(_, name)| name_alias(name)).collect();
    let mut keys = AccountKeys::default();
    for ((entity, _), alias) in names.iter().zip(&aliases) {
        keys.push(alias.bucket(*entity), *entity, alias);
    }
    let found = find_aliases(connection, layout, &keys).await?;
    for ((entity, name), alias) in names.iter().zip(aliases) {
        if found.contains_key(&(*entity, alias)) {
            loaded.add_taken(name.clone());
        }
    }
    Ok(())
}
