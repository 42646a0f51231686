//! Where an export goes: into a file or to standard output, packed and sealed as asked.
//!
//! A file is written under another name beside it and gets its own when it is whole, so a cut-off
//! export is never taken for a good one.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use age::stream::StreamWriter;
use flate2::{Compression, write::GzEncoder};

use crate::{
    data_dir::FILE_MODE,
    fault::Fault,
    file_form::{FileForm, is_standard},
};

/// Somebody who may read a sealed export.
pub(super) type Recipient = age::x25519::Recipient;

/// An export that is being written.
pub(super) struct Out {
    coded: Coded,
    /// The name to give, and the one that the file has until then.
    names: Option<(PathBuf, PathBuf)>,
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
        let (end, names) = end(path).map_err(|error| unwritable(path, &error))?;
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
        Ok(Self { coded, names })
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
        let Some((draft, path)) = self.names else { return Ok(()) };
        File::open(&draft)?.sync_all()?;
        fs::rename(draft, path)
    }

    /// Leaves nothing behind.
    pub(super) fn abandon(self) {
        if let Some((draft, _)) = self.names {
            // What cannot be removed is at least not taken for an export.
            let _ = fs::remove_file(draft);
        }
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

type End = (Box<dyn Write>, Option<(PathBuf, PathBuf)>);

fn end(path: &Path) -> io::Result<End> {
    if is_standard(path) {
        return Ok((Box::new(io::stdout()), None));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let draft = path.with_file_name(name);
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(FILE_MODE);
    let file = options.open(&draft)?;
    Ok((Box::new(file), Some((draft, path.to_owned()))))
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
