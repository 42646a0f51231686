//! Where an export goes: into a file or to standard output, packed and sealed as asked.
//!
//! A file is written under another name beside it and gets its own when it is whole, so a cut-off
//! export is never taken for a good one.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use age::stream::StreamWriter;
use flate2::{Compression, write::GzEncoder};

use crate::{
    data_dir::create_anew,
    fault::Fault,
    file_form::{FileForm, is_standard},
};

/// Somebody who may read a sealed export.
pub(super) type Recipient = age::x25519::Recipient;

/// An export that is being written.
pub(super) struct Out {
    coded: Coded,
    /// Nothing if it goes to standard output.
    draft: Option<Draft>,
}

/// A file that is not whole yet. Unless it is given its name, nothing is left of it.
struct Draft {
    file: File,
    path: PathBuf,
    /// The name to give.
    end: PathBuf,
    is_named: bool,
}

impl Draft {
    fn beside(end: &Path) -> io::Result<Self> {
        let mut name = end.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let path = end.with_file_name(name);
        Ok(Self { file: create_anew(&path)?, path, end: end.to_owned(), is_named: false })
    }

    fn give_name(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, &self.end)?;
        self.is_named = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_named {
            // What cannot be removed is at least not taken for an export.
            let _ = fs::remove_file(&self.path);
        }
    }
}

enum Coded {
    Plain(Sealed),
    Packed(Box<GzEncoder<Sealed>>),
}

enum Sealed {
    No(BufWriter<Box<dyn Write>>),
    Yes(StreamWriter<BufWriter<Box<dyn Write>>>),
}

impl Out {
    pub(super) fn create(
        path: &Path,
        form: FileForm,
        recipients: &[Recipient],
    ) -> Result<Self, Fault> {
        let (end, draft) = end(path).map_err(|error| unwritable(path, &error))?;
        let end = BufWriter::new(end);
        let sealed = if recipients.is_empty() {
            Sealed::No(end)
        } else {
            let readers = recipients.iter().map(|recipient| recipient as &dyn age::Recipient);
            let encryptor = age::Encryptor::with_recipients(readers)
                .map_err(|error| Fault::usage(format!("The export cannot be sealed: {error}.")))?;
            Sealed::Yes(encryptor.wrap_output(end).map_err(|error| unwritable(path, &error))?)
        };
        let coded = if form.packed {
            Coded::Packed(Box::new(GzEncoder::new(sealed, Compression::default())))
        } else {
            Coded::Plain(sealed)
        };
        Ok(Self { coded, draft })
    }

    /// Writes what is left, and gives the file its name.
    pub(super) fn finish(self) -> io::Result<()> {
        let sealed = match self.coded {
            Coded::Plain(sealed) => sealed,
            Coded::Packed(encoder) => encoder.finish()?,
        };
        let mut end = match sealed {
            Sealed::No(end) => end,
            Sealed::Yes(writer) => writer.finish()?,
        };
        end.flush()?;
        drop(end);
        self.draft.map_or(Ok(()), Draft::give_name)
    }

    /// Leaves nothing behind.
    pub(super) fn abandon(self) {
        drop(self);
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.coded {
            Coded::Plain(sealed) => sealed.write(bytes),
            Coded::Packed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.coded {
            Coded::Plain(sealed) => sealed.flush(),
            Coded::Packed(encoder) => encoder.flush(),
        }
    }
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::No(end) => end.write(bytes),
            Self::Yes(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::No(end) => end.flush(),
            Self::Yes(writer) => writer.flush(),
        }
    }
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> Fault {
    Fault::usage(format!("The export \"{}\" cannot be written: {error}.", path.display()))
}

type End = (Box<dyn Write>, Option<Draft>);

fn end(path: &Path) -> io::Result<End> {
    if is_standard(path) {
        return Ok((Box::new(io::stdout()), None));
    }
    let draft = Draft::beside(path)?;
    Ok((Box::new(draft.file.try_clone()?), Some(draft)))
}

/// Reads the recipients that are named, and those in a file: one a line, `#` begins a remark.
pub(super) fn recipients(named: &[String], file: Option<&Path>) -> Result<Vec<Recipient>, Fault> {
    let mut lines = named.to_vec();
    if let Some(path) = file {
        let text = fs::read_to_string(path).map_err(|error| {
            Fault::usage(format!(
                "The recipients file \"{}\" cannot be read: {error}.",
                path.display()
            ))
        })?;
        let before = lines.len();
        let given = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.extend(given.filter(|line| !line.starts_with('#')).map(str::to_owned));
        if lines.len() == before {
            return Err(Fault::usage(format!(
                "The recipients file \"{}\" names nobody.",
                path.display()
            )));
        }
    }
    // What is no recipient may be somebody's secret key, and is not quoted.
    let parse = |line: &String| {
        line.parse().map_err(|_| {
            Fault::usage(
                "A recipient is not understood; it begins with age1, and `age-keygen -y KEYFILE` \
                 tells it.",
            )
        })
    };
    lines.iter().map(parse).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use tempfile::TempDir;

    use super::*;

    fn out(path: &Path) -> Out {
        Out::create(path, FileForm::of_name(path), &[]).unwrap()
    }

    #[test]
    fn a_draft_of_somebody_elses_is_neither_followed_nor_kept() {
        let home = TempDir::new().unwrap();
        let (path, elsewhere) = (home.path().join("cards.csv"), home.path().join("elsewhere"));
        fs::write(&elsewhere, "mine").unwrap();
        symlink(&elsewhere, home.path().join("cards.csv.part")).unwrap();
        let mut out = out(&path);
        out.write_all(b"cards").unwrap();
        out.finish().unwrap();
        assert_eq!(fs::read(&elsewhere).unwrap(), b"mine");
        assert_eq!(fs::read(&path).unwrap(), b"cards");
        let file = fs::symlink_metadata(&path).unwrap();
        assert!(file.is_file() && file.mode() & 0o777 == 0o600);
    }

    #[test]
    fn nothing_is_left_of_an_export_that_gets_no_name() {
        let home = TempDir::new().unwrap();
        let path = home.path().join("cards.csv");
        out(&path).abandon();
        // A directory cannot be replaced by a file.
        let failing = out(&path);
        fs::create_dir_all(path.join("x")).unwrap();
        assert!(failing.finish().is_err());
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }
}
