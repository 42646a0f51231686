//! Which database it is, and how to open it.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
};

use cardfile_storage::{OpenError, Opened, Options};

use crate::{
    config::{Backend, DatabaseUrl, Settings},
    data_dir::DataDir,
    fault::{Fault, chain},
    threads::Threads,
};

/// Where a database is.
pub(crate) struct Place(DatabaseUrl);

/// A database that is ready for use.
pub(crate) struct Database {
    backend: Backend,
    pub(crate) opened: Arc<Opened>,
}

impl Place {
    /// The database that is configured, or else the file in the data directory.
    pub(crate) fn find(settings: &Settings, data: &DataDir) -> Result<Self, Fault> {
        if let Some(url) = &settings.database {
            return Ok(Self(url.clone()));
        }
        let file: PathBuf = data.database_file();
        DatabaseUrl::of_file(&file).map(Self).ok_or_else(|| {
            Fault::data_dir(format!(
                "The path \"{}\" has characters that are not Unicode; name another data directory \
                 with --data-dir.",
                file.display()
            ))
        })
    }

    /// The file, if the database is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.0.file()
    }

    /// Which kind of database it is.
    pub(crate) fn backend(&self) -> Backend {
        self.0.backend()
    }

    /// Refuses to go on where `serve` would have to make the file first.
    pub(crate) fn must_exist(&self) -> Result<(), Fault> {
        match self.file() {
            Some(file) if !file.exists() => Err(Fault::data_dir(format!(
                "There is no database \"{}\" yet; `cardfile serve` makes it, or name the right \
                 place with --data-dir or --database-url.",
                file.display()
            ))),
            _ => Ok(()),
        }
    }

    /// Opens the database for a command.
    pub(crate) async fn open(&self) -> Result<Database, Fault> {
        self.open_with(&Options::default()).await
    }

    /// Opens the database for callers on these threads.
    pub(crate) async fn open_for(
        &self,
        lanes: Option<NonZeroUsize>,
        threads: &Threads,
    ) -> Result<Database, Fault> {
        let mut options = Options { runtimes: threads.runtimes(), ..Options::default() };
        if let Some(lanes) = lanes {
            options.lanes = lanes.get();
        }
        self.open_with(&options).await
    }

    async fn open_with(&self, options: &Options) -> Result<Database, Fault> {
        match cardfile_storage::open(self.0.reveal(), options).await {
            Ok(opened) => Ok(Database { backend: self.backend(), opened: Arc::new(opened) }),
            Err(error) => Err(self.unusable(&error)),
        }
    }

    /// Brings the database's tables up to date.
    pub(crate) async fn migrate(&self) -> Result<(), Fault> {
        let url = self.0.reveal();
        cardfile_storage::migrate(url).await.map_err(|error| self.unusable(&error))
    }

    /// The place without user and password.
    pub(crate) fn shown(&self) -> String {
        self.0.to_string()
    }

    fn unusable(&self, error: &OpenError) -> Fault {
        Fault::database(format!("The database {} cannot be used: {}.", self.0, chain(error)))
    }
}

impl Database {
    /// Which kind of database it is.
    pub(crate) fn backend(&self) -> Backend {
        self.backend
    }
}
