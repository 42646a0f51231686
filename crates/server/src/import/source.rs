//! The file, as it is sent: opened, unsealed and unpacked where that is needed, a piece at a time.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use futures::stream;
use http_body_util::{StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::JoinHandle,
};

use super::{call::Body, skip::Skipper};
use crate::{fault::Fault, file_form::is_standard};

/// How much is read at a time, and how many of these may wait to be sent.
const PIECE_BYTES: usize = 64 * 1024;
const PIECES_WAITING: usize = 2;

/// A file that is open.
pub(super) struct Source {
    input: Box<dyn Read + Send>,
    /// How long it is, if that can be known.
    pub(super) bytes: Option<u64>,
    read: Arc<AtomicU64>,
}

/// What is done to a file before it is sent.
pub(super) struct Plan {
    /// The key that opens it.
    pub(super) identities: Vec<Box<dyn age::Identity + Send + Sync>>,
    /// It is compressed, and is to be sent uncompressed.
    pub(super) unpack: bool,
    /// Which lines to leave out.
    pub(super) skipper: Skipper,
}

/// What is being sent.
pub(super) struct Sending {
    pub(super) body: Body,
    /// Ends with the file, or says what is wrong with it.
    pub(super) reading: JoinHandle<Result<(), Fault>>,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let (input, bytes): (Box<dyn Read + Send>, _) = if is_standard(path) {
            (Box::new(io::stdin()), None)
        } else {
            let unreadable = |error: io::Error| {
                Fault::usage(format!("The file \"{}\" cannot be read: {error}.", path.display()))
            };
            let file = File::open(path).map_err(unreadable)?;
            let metadata = file.metadata().map_err(unreadable)?;
            if metadata.is_dir() {
                return Err(unreadable(io::ErrorKind::IsADirectory.into()));
            }
            let bytes = metadata.is_file().then_some(metadata.len());
            (Box::new(file), bytes)
        };
        let read = Arc::default();
        let input = Box::new(Counted { input, read: Arc::clone(&read) });
        Ok(Self { input, bytes, read })
    }

    /// How much of the file was read, now and later.
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// Begins to read the file, no faster than it is sent.
    pub(super) fn send(self, plan: Plan) -> Sending {
        let (pieces, waiting) = mpsc::channel(PIECES_WAITING);
        let reading = tokio::task::spawn_blocking(move || {
            let read = read_all(self.input, plan, &pieces);
            if read.is_err() {
                // The server must not take what is cut off for the whole.
                let _ = pieces.blocking_send(Err(io::ErrorKind::InvalidData.into()));
            }
            read
        });
        Sending { body: body(waiting), reading }
    }
}

fn body(pieces: Receiver<io::Result<Bytes>>) -> Body {
    let frames = stream::unfold(pieces, |mut pieces| async {
        let piece = pieces.recv().await?;
        Some((piece.map(Frame::data), pieces))
    });
    UnsyncBoxBody::new(StreamBody::new(frames))
}

fn read_all(
    input: Box<dyn Read + Send>,
    plan: Plan,
    pieces: &Sender<io::Result<Bytes>>,
) -> Result<(), Fault> {
    let Plan { identities, unpack, mut skipper } = plan;
    let mut input = unsealed(input, &identities)?;
    if unpack {
        input = Box::new(MultiGzDecoder::new(BufReader::new(input)));
    }
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = match input.read(&mut piece) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Fault::other(format!(
                    "The file cannot be read to its end: {error}; what was sent before stands."
                )));
            }
        };
        let out = if read == 0 { skipper.finish() } else { skipper.push(&piece[..read]) };
        // Nobody takes pieces any more once the answer is over, and then there is a reason in it.
        if !out.is_empty() && pieces.blocking_send(Ok(out.into())).is_err() || read == 0 {
            return Ok(());
        }
    }
}

fn unsealed(
    input: Box<dyn Read + Send>,
    identities: &[Box<dyn age::Identity + Send + Sync>],
) -> Result<Box<dyn Read + Send>, Fault> {
    if identities.is_empty() {
        return Ok(input);
    }
    let keys = identities.iter().map(|identity| &**identity as &dyn age::Identity);
    let opened = age::Decryptor::new_buffered(BufReader::new(input))
        .and_then(|decryptor| decryptor.decrypt(keys));
    match opened {
        Ok(input) => Ok(Box::new(input)),
        Err(age::DecryptError::NoMatchingKeys) => Err(Fault::usage(
            "The file is sealed for another key than the one in the file of --identity.",
        )),
        Err(error) => Err(Fault::other(format!("The file cannot be unsealed: {error}."))),
    }
}

/// Reads the keys that open sealed files.
pub(super) fn read_identities(
    path: &Path,
) -> Result<Vec<Box<dyn age::Identity + Send + Sync>>, Fault> {
    // What the parser says may quote the key.
    let unusable = |why: &str| {
        Fault::usage(format!("The identity file \"{}\" cannot be used: {why}.", path.display()))
    };
    let file = File::open(path).map_err(|error| unusable(&error.to_string()))?;
    let no_key = "it holds no key that begins with AGE-SECRET-KEY-1";
    let identities = age::IdentityFile::from_buffer(BufReader::new(file))
        .map_err(|_| unusable(no_key))?
        .into_identities()
        .map_err(|_| unusable(no_key))?;
    if identities.is_empty() { Err(unusable(no_key)) } else { Ok(identities) }
}

/// Counts what is read.
struct Counted {
    input: Box<dyn Read + Send>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
