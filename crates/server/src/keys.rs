//! The root key of this installation, and whether it opens what is in the database.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cardfile_domain::client::Entity;
use cardfile_vault::{RootKey, Vault, VaultError};

use crate::{config::Settings, data_dir::DataDir, fault::Fault, root_key};

/// Where the root key is.
pub(crate) struct Keys {
    path: PathBuf,
}

/// A root key, and whether it is new.
pub(crate) struct Found {
    pub(crate) key: RootKey,
    pub(crate) made: bool,
}

impl Keys {
    pub(crate) fn new(settings: &Settings, data: &DataDir) -> Self {
        let path = settings.root_key_file.clone().unwrap_or_else(|| data.root_key_file());
        Self { path }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the root key, if there is one.
    pub(crate) fn read(&self) -> Result<Option<Found>, Fault> {
        Ok(root_key::read(&self.path)?.map(|key| Found { key, made: false }))
    }

    /// Reads the root key, which has to be there.
    pub(crate) fn must_read(&self) -> Result<RootKey, Fault> {
        root_key::read(&self.path)?.ok_or_else(|| self.missing())
    }

    /// Makes a root key for a database that has none yet.
    pub(crate) fn make(&self) -> Result<Found, Fault> {
        let (key, made) = root_key::make(&self.path)?;
        Ok(Found { key, made })
    }

    /// There is a database, but no root key.
    pub(crate) fn missing(&self) -> Fault {
        root_key::missing(&self.path)
    }

    /// Another server set the database up with a root key of its own, so the one that was made here
    /// a moment ago has sealed nothing and goes.
    pub(crate) fn overtaken(&self, fault: &Fault) -> Fault {
        tracing::debug!(%fault, "the new root key is of no use");
        let path = self.path.display();
        match fs::remove_file(&self.path) {
            Ok(()) => Fault::data_dir(format!(
                "Another server set the database up at the same moment; copy its root key file to \
                 \"{path}\" and start again."
            )),
            Err(error) => Fault::data_dir(format!(
                "Another server set the database up at the same moment; replace the root key file \
                 \"{path}\", which cannot be removed ({error}), by its own and start again."
            )),
        }
    }
}

/// Opens the keys of all entities, which shows that the root key is the right one.
pub(crate) fn load(vault: &Vault, entities: &[Entity], keys: &Keys) -> Result<(), Fault> {
    for entity in entities {
        vault.load_entity(entity.id, &entity.wrapped_keys).map_err(|error| match error {
            VaultError::WrongRootKey => Fault::data_dir(format!(
                "The root key file \"{}\" is not the one that the database was made with; restore \
                 that one, or name it with --root-key-file.",
                keys.path.display()
            )),
            error => Fault::database(format!(
                "The keys of the entity {} in the database cannot be used: {error}.",
                entity.id
            )),
        })?;
    }
    Ok(())
}
