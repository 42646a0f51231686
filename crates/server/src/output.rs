//! What goes to standard output.

use std::io::{self, Write as _};

use crate::fault::Fault;

/// Writes a text to standard output, at once.
pub(crate) fn say(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Fault::other(format!("Cannot write to standard output: {error}.")))
}

/// Writes to standard output, unless nobody listens any more: a server does not stop for that.
pub(crate) fn mention(text: &str) {
    let _ = say(text);
}
