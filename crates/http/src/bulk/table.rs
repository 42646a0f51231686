//! Splits a stream of bytes into the rows of a table in CSV.
//!
//! The first row names the columns as the JSON of the single calls names fields. An empty cell is a
//! field that is not there. `csv-core` is told where to put a row, so a row that does not fit is known
//! before it takes more memory than it may.

use cardfile_domain::limits::{BULK_COLUMNS_MAX, BULK_LINE_BYTES_MAX};
use csv_core::{ReadRecordResult, Reader};
use memchr::memchr_iter;
use serde::{
    Deserializer,
    de::{IntoDeserializer, Visitor, value},
    forward_to_deserialize_any,
};

use super::{lines::Split, unread::Unread};
use crate::failure::Failure;

/// The object that holds the holder of a new card, and what it may hold.
const HOLDER: &str = "cardHolderInfo";
const OF_HOLDER: [&str; 9] = [
    "addressLine1",
    "addressLine2",
    "cardHolderName",
    "city",
    "country",
    "email",
    "phone",
    "state",
    "zipCode",
];

/// A table that is being read.
pub(super) struct Table {
    reader: Reader,
    unread: Unread,
    /// The cells of the row, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    cells: usize,
    /// Ends of lines that were read, and the line on which the row began.
    lines: u64,
    began: Option<u64>,
    columns: Vec<Column>,
}

/// A column, by the name in its head.
#[derive(Debug)]
pub(super) struct Column {
    /// The name of the field, after that of the object it is in.
    pub(super) name: String,
    /// How long the name of the object is.
    outer: Option<usize>,
}

/// A row of cells under columns.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    columns: &'a [Column],
    text: &'a str,
    ends: &'a [usize],
}

impl Default for Table {
    fn default() -> Self {
        Self {
            reader: Reader::new(),
            unread: Unread::default(),
            // One more than there may be: the reader must have room when it comes upon the end.
            text: vec![0; BULK_LINE_BYTES_MAX + 1],
            ends: vec![0; BULK_COLUMNS_MAX],
            filled: 0,
            cells: 0,
            lines: 0,
            began: None,
            columns: Vec::new(),
        }
    }
}

impl Table {
    /// Adds what came.
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.unread.push(piece);
    }

    /// Says that nothing more will come.
    pub(super) fn finish(&mut self) {
        self.unread.finish();
    }

    /// The number of the line on which the row that is read next begins.
    pub(super) fn number(&self) -> u64 {
        self.began.unwrap_or(self.lines + 1)
    }

    /// Splits off the next row after the head.
    pub(super) fn next(&mut self) -> Result<Split<Row<'_>>, Failure> {
        loop {
            match self.record() {
                Split::Line(number, cells) => {
                    if self.columns.is_empty() {
                        self.columns = self.head(cells).inspect_err(|_| {
                            self.began = Some(number);
                        })?;
                        continue;
                    }
                    let ends = &self.ends[..cells];
                    let bytes = &self.text[..ends.last().copied().unwrap_or_default()];
                    let text = str::from_utf8(bytes).unwrap_or(NOT_TEXT);
                    let row = Row { columns: &self.columns, text, ends };
                    return Ok(Split::Line(number, row));
                }
                Split::More => return Ok(Split::More),
                Split::TooLong => return Ok(Split::TooLong),
            }
        }
    }

    /// Reads a record: on which line it began, and how many cells it has.
    fn record(&mut self) -> Split<usize> {
        loop {
            self.skip_empty_lines();
            let input = self.unread.bytes();
            if input.is_empty() && !self.unread.is_ended() {
                return Split::More;
            }
            let number = *self.began.get_or_insert(self.lines + 1);
            let (result, read, written, cells) = self.reader.read_record(
                input,
                &mut self.text[self.filled..],
                &mut self.ends[self.cells..],
            );
            self.lines += newlines(&input[..read]);
            self.unread.skip(read);
            self.filled += written;
            self.cells += cells;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Split::TooLong;
                }
                ReadRecordResult::Record => {
                    let cells = self.cells;
                    (self.filled, self.cells, self.began) = (0, 0, None);
                    return Split::Line(number, cells);
                }
                ReadRecordResult::End => return Split::More,
            }
        }
    }

    /// Skips ends of lines between rows, which say nothing but where the next row begins.
    fn skip_empty_lines(&mut self) {
        if self.began.is_none() {
            let left = self.unread.bytes();
            let empty = left.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.lines += newlines(&left[..empty]);
            self.unread.skip(empty);
        }
    }

    fn head(&self, cells: usize) -> Result<Vec<Column>, Failure> {
        let ends = &self.ends[..cells];
        let bytes = &self.text[..ends.last().copied().unwrap_or_default()];
        let text = str::from_utf8(bytes).map_err(|_| Failure::Malformed(NOT_UTF8))?;
        let names: Vec<_> = pieces(text, ends).map(str::trim).collect();
        let mut columns: Vec<_> = names.iter().map(|name| Column::named(name)).collect();
        let mut sorted: Vec<_> = columns.iter().map(|column| &*column.name).collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|two| two[0] == two[1]) {
            return Err(Failure::Malformed("The first row names a column twice."));
        }
        columns.shrink_to_fit();
        Ok(columns)
    }
}

const NOT_UTF8: &str = "The first row is not UTF-8 text.";
/// Stands for a row that is not UTF-8. A cell of the row ends outside of it, so the row has no cells.
const NOT_TEXT: &str = "";

fn newlines(bytes: &[u8]) -> u64 {
    memchr_iter(b'\n', bytes).count() as u64
}

fn pieces<'a>(text: &'a str, ends: &'a [usize]) -> impl Iterator<Item = &'a str> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, end)| text.get(start..*end).unwrap_or_default())
}

impl Column {
    fn named(name: &str) -> Self {
        // In a table the holder's fields are named alike for a new card and for a change.
        let name = match name.split_once('.') {
            Some((HOLDER, inner)) => inner,
            _ => name,
        };
        Self { name: name.to_owned(), outer: name.find('.') }
    }
}

impl<'a> Row<'a> {
    /// What is wrong with the row as a row.
    pub(super) fn fault(&self) -> Option<Failure> {
        let length = self.ends.last().copied().unwrap_or_default();
        if self.text.len() != length {
            Some(Failure::Malformed("The row is not UTF-8 text."))
        } else if self.ends.len() == self.columns.len() {
            None
        } else {
            Some(Failure::Malformed("The row must have as many cells as the first row."))
        }
    }

    /// How long the cells are together.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// The cells that are not empty, under their columns.
    pub(super) fn cells(self) -> impl Iterator<Item = (&'a Column, &'a str)> {
        let cells = self.columns.iter().zip(pieces(self.text, self.ends));
        cells.filter(|(_, cell)| !cell.is_empty())
    }

    /// The cells as the fields of an object; the holder's perhaps in an object of their own.
    pub(super) fn entries(self, holder_apart: bool) -> Vec<(&'a str, Cell<'a>)> {
        let mut entries: Vec<(&str, Cell<'_>)> = Vec::new();
        for (column, cell) in self.cells() {
            let name = column.name.as_str();
            let (outer, inner) = match column.outer {
                Some(dot) => (&name[..dot], &name[dot + 1..]),
                None if holder_apart && OF_HOLDER.contains(&name) => (HOLDER, name),
                None => {
                    entries.push((name, Cell::Text(cell)));
                    continue;
                }
            };
            let known = entries.iter_mut().find(|(name, _)| *name == outer);
            match known {
                Some((_, Cell::Object(fields))) => fields.push((inner, cell)),
                _ => entries.push((outer, Cell::Object(vec![(inner, cell)]))),
            }
        }
        entries
    }
}

/// A value of a row.
pub(super) enum Cell<'a> {
    /// The text of a cell.
    Text(&'a str),
    /// Cells whose columns begin with the same word.
    Object(Vec<(&'a str, &'a str)>),
}

impl<'de> IntoDeserializer<'de> for Cell<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Cell<'de> {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, value::Error> {
        match self {
            Self::Text(text) => visitor.visit_str(text),
            Self::Object(fields) => {
                visitor.visit_map(value::MapDeserializer::new(fields.into_iter()))
            }
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier
        ignored_any
    }
}

#[cfg(test)]
mod tests;
