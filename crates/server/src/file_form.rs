//! What is in a file of cards, by its name: lines or a table, packed or not, sealed or not.

use std::path::Path;

use clap::ValueEnum;

/// How cards are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line
    Ndjson,
    /// A table whose first row names the columns
    Csv,
}

impl Format {
    /// The media type under which the server takes it.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
        }
    }
}

/// What a file is made of, from the inside out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileForm {
    /// How the cards are written, if the name tells.
    pub(crate) format: Option<Format>,
    /// It is compressed with gzip.
    pub(crate) packed: bool,
    /// It is sealed with age, for somebody's key.
    pub(crate) sealed: bool,
}

impl FileForm {
    /// What the name says, read from its end.
    pub(crate) fn of_name(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let (name, sealed) = without(&name, ".age");
        let (name, packed) = without(name, ".gz");
        let format = match name.rsplit_once('.') {
            Some((_, "ndjson" | "jsonl")) => Some(Format::Ndjson),
            Some((_, "csv")) => Some(Format::Csv),
            _ => None,
        };
        Self { format, packed, sealed }
    }
}

fn without<'n>(name: &'n str, ending: &str) -> (&'n str, bool) {
    name.strip_suffix(ending).map_or((name, false), |stem| (stem, true))
}

/// `-`, which stands for standard input or standard output.
pub(crate) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_from_its_end_what_is_inside() {
        let form = |name: &str| {
            let form = FileForm::of_name(Path::new(name));
            (form.format, form.packed, form.sealed)
        };
        assert_eq!(form("/a/cards.ndjson"), (Some(Format::Ndjson), false, false));
        assert_eq!(form("cards.JSONL.gz"), (Some(Format::Ndjson), true, false));
        assert_eq!(form("cards.csv.gz.age"), (Some(Format::Csv), true, true));
        assert_eq!(form("cards.csv.age"), (Some(Format::Csv), false, true));
        assert_eq!(form("-"), (None, false, false));
        assert_eq!(form("csv"), (None, false, false));
        assert_eq!(form("cards.age.gz"), (None, true, false));
    }
}
