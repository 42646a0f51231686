//! `FILE.progress`: how far an import got, for the next one.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::receipts::Tally;
use crate::{data_dir::create_anew, fault::Fault};

/// How far an import got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Progress {
    /// The last line that was answered.
    pub(super) line: u64,
    /// How long the file was.
    pub(super) file_bytes: u64,
    /// What became of the lines so far.
    pub(super) tally: Tally,
}

/// The note beside a file.
pub(super) struct Note(PathBuf);

impl Note {
    pub(super) fn beside(file: &Path) -> Self {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".progress");
        Self(file.with_file_name(name))
    }

    /// What an earlier run left behind, if it was about a file of this length.
    pub(super) fn read(&self, file_bytes: u64) -> Result<Option<Progress>, Fault> {
        let text = match fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(&error.to_string())),
        };
        match serde_json::from_slice::<Progress>(&text) {
            Ok(progress) if progress.file_bytes == file_bytes => Ok(Some(progress)),
            Ok(progress) => Err(self.unusable(&format!(
                "the file is not as long as it was when line {} of it was answered",
                progress.line
            ))),
            Err(_) => Err(self.unusable("it is damaged")),
        }
    }

    /// Replaces the note, so that a program that dies meanwhile leaves the one before.
    pub(super) fn write(&self, progress: &Progress) -> Result<(), Fault> {
        let mut name = self.0.clone().into_os_string();
        name.push(".new");
        let draft = PathBuf::from(name);
        let write = || {
            create_anew(&draft)?.write_all(&serde_json::to_vec(progress)?)?;
            fs::rename(&draft, &self.0)
        };
        write().map_err(|error: io::Error| {
            // What cannot be removed is replaced by the next note.
            let _ = fs::remove_file(&draft);
            self.unusable(&error.to_string())
        })
    }

    /// Forgets how far it got: all is done.
    pub(super) fn remove(&self) -> Result<(), Fault> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(self.unusable(&error.to_string()))
            }
            _ => Ok(()),
        }
    }

    fn unusable(&self, why: &str) -> Fault {
        Fault::usage(format!(
            "The note \"{}\" cannot be used: {why}; say --resume-from LINE, where 1 sends the whole \
             file.",
            self.0.display()
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_note_is_read_back_replaced_and_removed() {
        let home = TempDir::new().unwrap();
        let note = Note::beside(&home.path().join("cards.ndjson.gz"));
        assert_eq!(note.read(9).unwrap(), None);
        note.write(&Progress::default()).unwrap();
        let progress = Progress { line: 7, file_bytes: 9, tally: Tally::default() };
        note.write(&progress).unwrap();
        assert_eq!(note.read(9).unwrap(), Some(progress));
        let file = home.path().join("cards.ndjson.gz.progress");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
        note.remove().unwrap();
        note.remove().unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn a_note_about_another_file_is_not_followed() {
        let home = TempDir::new().unwrap();
        let note = Note::beside(&home.path().join("cards.csv"));
        note.write(&Progress { line: 7, file_bytes: 9, tally: Tally::default() }).unwrap();
        let said = note.read(10).unwrap_err().to_string();
        assert!(said.contains("line 7") && said.contains("--resume-from"), "{said}");
    }
}
