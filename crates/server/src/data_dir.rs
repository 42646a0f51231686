//! The data directory: who may look into it, and the lock that keeps a second server out.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, Mode, flock},
    io::Errno,
};

use crate::fault::Fault;

/// Nobody but the owner may look into the directory.
const DIR_MODE: u32 = 0o700;
/// Nobody but the owner may read a file in it.
pub(crate) const FILE_MODE: u32 = 0o600;

const LOCK_FILE: &str = "lock";
const ROOT_KEY_FILE: &str = "root.key";
const BOOTSTRAP_FILE: &str = "bootstrap.json";
const DATABASE_FILE: &str = "cardfile.sqlite";

/// A data directory that is there.
#[derive(Debug)]
pub struct DataDir(PathBuf);

/// Held as long as a server uses the directory; the system lets go of it however the server ends.
#[derive(Debug)]
pub struct DataDirLock(#[expect(dead_code, reason = "the lock is held by the open file")] File);

impl DataDir {
    /// Makes the directory, unless it is there.
    pub fn create(path: &Path) -> Result<Self, Fault> {
        DirBuilder::new().recursive(true).mode(DIR_MODE).create(path).map_err(|error| {
            let path = path.display();
            match error.kind() {
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
                    Fault::data_dir(format!(
                        "The data directory \"{path}\" cannot be made, because a file is in its \
                         place; name another with --data-dir."
                    ))
                }
                _ => Fault::data_dir(format!(
                    "The data directory \"{path}\" cannot be made: {error}; name another with \
                     --data-dir, or see to it that this user may write there."
                )),
            }
        })?;
        Self::open(path)
    }

    /// The directory with this path, whether it is there or not.
    pub fn named(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Uses the directory that is there.
    fn open(path: &Path) -> Result<Self, Fault> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                if metadata.mode() & 0o077 != 0 {
                    tracing::warn!(
                        path = %path.display(),
                        "others can look into the data directory; `chmod 700` it"
                    );
                }
                Ok(Self(path.to_owned()))
            }
            Ok(_) => Err(Fault::data_dir(format!(
                "The data directory \"{}\" is a file; name a directory with --data-dir.",
                path.display()
            ))),
            Err(error) => Err(Fault::data_dir(format!(
                "The data directory \"{}\" cannot be used: {error}; `cardfile serve` makes it, or \
                 name another with --data-dir.",
                path.display()
            ))),
        }
    }

    /// Keeps other servers out of the directory.
    pub fn lock(&self) -> Result<DataDirLock, Fault> {
        let path = self.0.join(LOCK_FILE);
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(FILE_MODE)
            .open(&path)
            .map_err(|error| {
                Fault::data_dir(format!(
                    "The data directory \"{}\" cannot be written to: {error}.",
                    self.0.display()
                ))
            })?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(DataDirLock(file)),
            Err(Errno::WOULDBLOCK) => Err(Fault::data_dir(format!(
                "The data directory \"{}\" is in use by another `cardfile serve`; stop that one, \
                 or name another directory with --data-dir.",
                self.0.display()
            ))),
            Err(error) => Err(Fault::data_dir(format!(
                "The data directory \"{}\" cannot be locked: {error}.",
                self.0.display()
            ))),
        }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the root key is, unless it is elsewhere.
    pub fn root_key_file(&self) -> PathBuf {
        self.0.join(ROOT_KEY_FILE)
    }

    /// Where the credentials of the first start are.
    pub fn bootstrap_file(&self) -> PathBuf {
        self.0.join(BOOTSTRAP_FILE)
    }

    /// Where the database is, unless it is elsewhere.
    pub fn database_file(&self) -> PathBuf {
        self.0.join(DATABASE_FILE)
    }
}

/// Makes every file that this process makes unreadable for others.
pub fn keep_files_private() {
    rustix::process::umask(Mode::from_raw_mode(0o077));
}

/// Writes a file that must not be there yet: whole and on the disk, or not at all.
///
/// False if it was there.
pub(crate) fn write_new(path: &Path, contents: &[u8]) -> io::Result<bool> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let draft = path.with_file_name(name);
    let written = write_draft(&draft, contents).and_then(|()| link_new(&draft, path));
    fs::remove_file(&draft)?;
    written
}

/// Makes a file that is this process's alone.
///
/// What a killed process left behind under its name is nobody's, and is removed: it may be a link to
/// somewhere else, or be open to others.
pub(crate) fn create_anew(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().create_new(true).write(true).mode(FILE_MODE).open(path)
}

fn write_draft(draft: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = create_anew(draft)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// A link, unlike a rename, never replaces what is there.
fn link_new(draft: &Path, path: &Path) -> io::Result<bool> {
    match fs::hard_link(draft, path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error),
    }
    // The name is on the disk only once the directory is.
    if let Some(parent) = path.parent() {
        File::open(parent)?.sync_all()?;
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().mode() & 0o777
    }

    #[test]
    fn the_directory_and_its_files_are_the_owners_alone() {
        let home = TempDir::new().unwrap();
        let dir = DataDir::create(&home.path().join("a/b")).unwrap();
        let _lock = dir.lock().unwrap();
        assert!(write_new(&dir.root_key_file(), b"x").unwrap());
        assert_eq!(mode(dir.path()), 0o700);
        assert_eq!(mode(&dir.path().join(LOCK_FILE)), 0o600);
        assert_eq!(mode(&dir.root_key_file()), 0o600);
    }

    #[test]
    fn a_second_server_is_kept_out_until_the_first_ends() {
        let home = TempDir::new().unwrap();
        let dir = DataDir::create(home.path()).unwrap();
        let lock = dir.lock().unwrap();
        let fault = dir.lock().unwrap_err();
        assert_eq!(fault.exit_code(), 3);
        assert!(fault.to_string().contains(&home.path().display().to_string()), "{fault}");
        drop(lock);
        dir.lock().unwrap();
    }

    #[test]
    fn a_file_in_the_place_of_the_directory_is_left_alone() {
        let home = TempDir::new().unwrap();
        let file = home.path().join("file");
        fs::write(&file, "mine").unwrap();
        for path in [file.clone(), file.join("below")] {
            assert_eq!(DataDir::create(&path).unwrap_err().exit_code(), 3);
        }
        assert_eq!(fs::read(&file).unwrap(), b"mine");
    }

    #[test]
    fn a_directory_that_is_not_there_is_not_made_by_opening_it() {
        let home = TempDir::new().unwrap();
        let path = home.path().join("absent");
        let fault = DataDir::open(&path).unwrap_err();
        assert!(fault.to_string().contains("cardfile serve"), "{fault}");
        assert!(!path.exists());
    }

    #[test]
    fn a_link_in_the_place_of_a_draft_is_not_followed() {
        let home = TempDir::new().unwrap();
        let (elsewhere, draft) = (home.path().join("elsewhere"), home.path().join("draft"));
        fs::write(&elsewhere, "mine").unwrap();
        std::os::unix::fs::symlink(&elsewhere, &draft).unwrap();
        create_anew(&draft).unwrap().write_all(b"new").unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"mine");
        assert_eq!(fs::read(&draft).unwrap(), b"new");
        assert_eq!(mode(&draft), 0o600);
    }

    #[test]
    fn what_is_there_is_never_replaced() {
        let home = TempDir::new().unwrap();
        let path = home.path().join("root.key");
        assert!(write_new(&path, b"first").unwrap());
        assert!(!write_new(&path, b"second").unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
