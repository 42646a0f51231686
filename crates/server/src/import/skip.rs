//! Leaves out the lines that an earlier run has had answered.
//!
//! A line that is left out becomes an empty one: the server passes over it and counts it, so the
//! numbers in receipts stay those of the file. Lines that change a card and have no `externalKey` are
//! sent again all the same. The server knows them by their place among the lines about the card, so
//! without the first of them it would take the second for the first.

use csv_core::{ReadRecordResult, Reader};
use serde::{Deserialize, de::IgnoredAny};

use crate::file_form::Format;

/// As long as the server lets a line be, and as many columns.
const LINE_BYTES_MAX: usize = cardfile_domain::limits::BULK_LINE_BYTES_MAX;
const COLUMNS_MAX: usize = cardfile_domain::limits::BULK_COLUMNS_MAX;
/// As long as most rows are.
const SHORT_BYTES: usize = 4096;

/// Blanks lines of a file that comes in pieces.
pub(super) struct Skipper {
    /// The first line that is sent as it is.
    first: u64,
    /// How many ends of lines there were.
    lines: u64,
    pending: Vec<u8>,
    table: Option<Table>,
    /// Everything goes through from here on.
    open: bool,
}

/// What is known of a table.
struct Table {
    /// Where the columns are that tell a change.
    id: Option<usize>,
    external_key: Option<usize>,
    has_head: bool,
}

#[derive(Deserialize)]
struct Head {
    id: Option<IgnoredAny>,
    #[serde(rename = "externalKey")]
    external_key: Option<IgnoredAny>,
}

impl Skipper {
    pub(super) fn new(format: Format, first: u64) -> Self {
        let table = (format == Format::Csv).then_some(Table {
            id: None,
            external_key: None,
            has_head: false,
        });
        Self { first, lines: 0, pending: Vec::new(), table, open: first <= 1 }
    }

    /// Takes a piece of the file and gives what is to be sent of it.
    pub(super) fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        if self.open {
            return piece.to_vec();
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(piece);
        let mut out = Vec::new();
        let mut taken = 0;
        while !self.open {
            let left = &pending[taken..];
            if self.lines + 1 >= self.first && (self.table.is_none() || self.has_head()) {
                self.open = true;
            } else if let Some(length) = self.record(left) {
                let record = &left[..length];
                let ends = record.split(|byte| *byte == b'\n').count() - 1;
                if self.must_send(record) {
                    out.extend_from_slice(record);
                } else {
                    out.resize(out.len() + ends, b'\n');
                }
                self.lines += ends as u64;
                taken += length;
            } else {
                // Longer than a line may be: the server says so better.
                self.open = left.len() > 2 * LINE_BYTES_MAX;
                break;
            }
        }
        pending.drain(..taken);
        if self.open {
            out.append(&mut pending);
        }
        self.pending = pending;
        out
    }

    /// Gives what is left at the end of the file: a last line without its end.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let last = std::mem::take(&mut self.pending);
        if self.open || self.must_send(&last) { last } else { Vec::new() }
    }

    fn has_head(&self) -> bool {
        self.table.as_ref().is_some_and(|table| table.has_head)
    }

    /// How long the next record is, if it is there with its end.
    fn record(&self, left: &[u8]) -> Option<usize> {
        if self.table.is_none() || matches!(left.first(), Some(b'\n')) {
            return left.iter().position(|byte| *byte == b'\n').map(|end| end + 1);
        }
        let length = read_record(left)?.0;
        // What ends with a carriage return may have its line feed in the next piece.
        match (left[length - 1], left.get(length)) {
            (b'\r', Some(b'\n')) => Some(length + 1),
            (b'\r', None) => None,
            _ => Some(length),
        }
    }

    fn must_send(&mut self, record: &[u8]) -> bool {
        let Some(table) = &mut self.table else {
            return serde_json::from_slice::<Head>(record)
                .is_ok_and(|head| head.id.is_some() && head.external_key.is_none());
        };
        let Some((_, cells)) = read_record(record) else { return !table.has_head };
        if cells.iter().all(String::is_empty) {
            return false;
        }
        if !table.has_head {
            table.has_head = true;
            let at = |name: &str| cells.iter().position(|cell| cell.trim() == name);
            (table.id, table.external_key) = (at("id"), at("externalKey"));
            return true;
        }
        let is_given = |column: Option<usize>| {
            column.and_then(|column| cells.get(column)).is_some_and(|cell| !cell.is_empty())
        };
        is_given(table.id) && !is_given(table.external_key)
    }
}

/// Reads a record by the rules that the server reads it by.
fn read_record(bytes: &[u8]) -> Option<(usize, Vec<String>)> {
    // Most are short, and clearing room for the longest would take longer than reading them.
    let short = &bytes[..bytes.len().min(SHORT_BYTES)];
    read_record_of(short).or_else(|| {
        let longer = bytes.len() > short.len();
        longer.then(|| read_record_of(bytes)).flatten()
    })
}

fn read_record_of(bytes: &[u8]) -> Option<(usize, Vec<String>)> {
    let mut text = vec![0; bytes.len().min(LINE_BYTES_MAX) + 1];
    let mut ends = vec![0; COLUMNS_MAX];
    let (result, read, _, count) = Reader::new().read_record(bytes, &mut text, &mut ends);
    if !matches!(result, ReadRecordResult::Record) {
        return None;
    }
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let cells = starts
        .zip(&ends[..count])
        .map(|(start, end)| String::from_utf8_lossy(&text[start..*end]).into_owned());
    Some((read, cells.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is sent where the text comes in pieces of this size.
    fn sent(format: Format, first: u64, text: &str, size: usize) -> String {
        let mut skipper = Skipper::new(format, first);
        let mut out = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            out.extend(skipper.push(piece));
        }
        out.extend(skipper.finish());
        String::from_utf8(out).unwrap()
    }

    #[track_caller]
    fn check(format: Format, first: u64, text: &str, expected: &str) {
        for size in 1..=text.len() {
            assert_eq!(sent(format, first, text, size), expected, "{size}");
        }
    }

    #[test]
    fn a_line_that_was_answered_becomes_an_empty_one() {
        let text = "{\"a\":1}\n\n{\"b\":2}\r\n{\"c\":3}\n{\"d\":4}";
        check(Format::Ndjson, 1, text, text);
        check(Format::Ndjson, 4, text, "\n\n\n{\"c\":3}\n{\"d\":4}");
        check(Format::Ndjson, 9, text, "\n\n\n\n");
    }

    #[test]
    fn a_change_without_a_key_is_sent_again_to_keep_its_place() {
        let text = "{\"id\":\"1\",\"city\":\"U\"}\n{\"id\":\"1\",\"externalKey\":\"k\"}\nbad\n{}\n";
        check(Format::Ndjson, 4, text, "{\"id\":\"1\",\"city\":\"U\"}\n\n\n{}\n");
    }

    #[test]
    fn a_table_keeps_its_head_and_its_changes() {
        let text = "id,externalKey,city\r\n,,\"U\"\"\nlm\"\r\n1,,X\r\n1,k,Y\r\n,,Z\r\n";
        check(Format::Csv, 6, text, "id,externalKey,city\r\n\n\n1,,X\r\n\n,,Z\r\n");
        check(Format::Csv, 2, text, text);
    }
}
