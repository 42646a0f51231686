//! Why the program gives up, in one sentence that says what to do.

use std::{
    error::Error,
    fmt::{self, Write as _},
};

/// What kind of thing is wrong; each has an exit code of its own for scripts to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The command line, an environment variable or the configuration file.
    Usage,
    /// The data directory, its lock or the root key.
    DataDir,
    /// The database.
    Database,
    /// Some of what was asked for was refused, and the rest is done.
    Refused,
    /// Anything else.
    Other,
}

/// A reason to give up.
///
/// Its text never holds a secret: database URLs lose their password before they get here, and what
/// stands in key files is not quoted.
#[derive(Debug)]
pub struct Fault {
    kind: FaultKind,
    sentence: String,
}

impl Fault {
    /// The configuration is wrong.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self { kind: FaultKind::Usage, sentence: sentence.into() }
    }

    /// The data directory is not as it has to be.
    pub fn data_dir(sentence: impl Into<String>) -> Self {
        Self { kind: FaultKind::DataDir, sentence: sentence.into() }
    }

    /// The database cannot be used.
    pub fn database(sentence: impl Into<String>) -> Self {
        Self { kind: FaultKind::Database, sentence: sentence.into() }
    }

    /// Some of what was asked for was refused.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self { kind: FaultKind::Refused, sentence: sentence.into() }
    }

    /// Something else went wrong.
    pub fn other(sentence: impl Into<String>) -> Self {
        Self { kind: FaultKind::Other, sentence: sentence.into() }
    }

    /// What kind of thing is wrong.
    pub fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The exit code that tells a script what kind of thing is wrong.
    pub fn exit_code(&self) -> u8 {
        match self.kind {
            FaultKind::Other => 1,
            FaultKind::Usage => 2,
            FaultKind::DataDir => 3,
            FaultKind::Database => 4,
            FaultKind::Refused => 5,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// An error and what caused it, on one line; causes that only repeat what was said are left out.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !line.contains(&text) {
            // Writing to a string cannot fail.
            let _ = write!(line, ": {text}");
        }
        source = cause.source();
    }
    line.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use std::io;

    use cardfile_domain::ports::StoreError;

    use super::*;

    #[test]
    fn each_kind_has_an_exit_code_of_its_own() {
        let all = [Fault::other, Fault::usage, Fault::data_dir, Fault::database, Fault::refused];
        assert_eq!(all.map(|fault| fault("").exit_code()), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn causes_stand_behind_what_they_caused_on_one_line() {
        let error = StoreError::unavailable(io::Error::other("no\nroute"));
        assert_eq!(chain(&error), "the database is not available: no route");
    }
}
