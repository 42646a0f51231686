//! One line, in either format: its fields by name, and the request that they make.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IntoDeserializer, MapAccess, Visitor, value},
};
use serde_json::value::RawValue;

use super::{
    lines::{Lines, Split},
    names::Rest,
    table::{Row, Table},
};
use crate::{
    failure::Failure,
    fields::{Field, Read},
};

/// The format of an upload, and what of it is being split into lines.
pub(super) enum Format {
    /// NDJSON.
    Lines(Lines),
    /// CSV.
    Table(Box<Table>),
}

impl Format {
    pub(super) fn lines() -> Self {
        Self::Lines(Lines::default())
    }

    pub(super) fn table() -> Self {
        Self::Table(Box::default())
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        match self {
            Self::Lines(lines) => lines.push(piece),
            Self::Table(table) => table.push(piece),
        }
    }

    pub(super) fn finish(&mut self) {
        match self {
            Self::Lines(lines) => lines.finish(),
            Self::Table(table) => table.finish(),
        }
    }

    /// The number of the line that is read now.
    pub(super) fn number(&self) -> u64 {
        match self {
            Self::Lines(lines) => lines.number(),
            Self::Table(table) => table.number(),
        }
    }

    /// The next line; a failure is one that nothing can be read after.
    pub(super) fn next(&mut self) -> Result<Split<Source<'_>>, Failure> {
        match self {
            Self::Lines(lines) => Ok(lines.next().map(Source::Json)),
            Self::Table(table) => Ok(table.next()?.map(Source::Csv)),
        }
    }
}

impl<L> Split<L> {
    fn map<M>(self, map: impl FnOnce(L) -> M) -> Split<M> {
        match self {
            Self::Line(number, line) => Split::Line(number, map(line)),
            Self::More => Split::More,
            Self::TooLong => Split::TooLong,
        }
    }
}

/// A line.
pub(super) enum Source<'a> {
    /// The bytes of a JSON object.
    Json(&'a [u8]),
    /// A row under the names of the table's head.
    Csv(Row<'a>),
}

/// A field of a line.
pub(super) type Named<'a> = (Cow<'a, str>, Text<'a>);

/// The value of a field, not yet read.
#[derive(Clone, Copy)]
pub(super) enum Text<'a> {
    /// JSON.
    Json(&'a str),
    /// The text of a cell.
    Cell(&'a str),
}

const NOT_ONE_OBJECT: &str = "The line must be one JSON object that names each field once.";

impl<'a> Source<'a> {
    /// The fields, sorted by name; each is there once.
    pub(super) fn fields(&self) -> Result<Vec<Named<'a>>, Failure> {
        let mut fields: Vec<Named<'a>> = match self {
            Self::Json(bytes) => {
                let Fields(fields) = serde_json::from_slice(bytes).map_err(|error| bad(&error))?;
                fields.into_iter().map(|(name, raw)| (name, Text::Json(raw.get()))).collect()
            }
            Self::Csv(row) => {
                let cells = row.cells().map(|(column, cell)| (column.name.as_str(), cell));
                cells.map(|(name, cell)| (Cow::Borrowed(name), Text::Cell(cell))).collect()
            }
        };
        fields.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        if fields.windows(2).any(|two| two[0].0 == two[1].0) {
            return Err(Failure::Malformed(NOT_ONE_OBJECT));
        }
        Ok(fields)
    }

    /// The line as the body of a single call, which has no name that is about the line. A row names
    /// the holder's fields as a change does; those of a new card are in an object of their own.
    pub(super) fn read<T: DeserializeOwned, const NEW: bool>(&self) -> Result<T, Failure> {
        match self {
            Self::Json(bytes) => {
                let mut json = serde_json::Deserializer::from_slice(bytes);
                let read = Rest::<T, NEW>::deserialize(&mut json).and_then(|Rest(read)| {
                    json.end()?;
                    Ok(read)
                });
                read.map_err(|error| bad(&error))
            }
            Self::Csv(row) => {
                let entries = row.entries(NEW).into_iter();
                let map = value::MapDeserializer::<_, value::Error>::new(entries);
                let Rest(read) = Rest::<T, NEW>::deserialize(map)
                    .map_err(|_| Failure::Malformed("The row names a field twice."))?;
                Ok(read)
            }
        }
    }
}

impl Text<'_> {
    /// Reads the value; what is wrong with it is part of what is read.
    pub(super) fn read<T: Read>(self) -> Result<Field<T>, Failure> {
        match self {
            Self::Json(raw) => serde_json::from_str(raw).map_err(|error| bad(&error)),
            Self::Cell(cell) => {
                let cell: value::StrDeserializer<'_, value::Error> = cell.into_deserializer();
                Field::deserialize(cell).map_err(|_| Failure::Malformed(NOT_ONE_OBJECT))
            }
        }
    }
}

/// What serde says quotes the input; this does not.
fn bad(error: &serde_json::Error) -> Failure {
    Failure::Malformed(match error.classify() {
        serde_json::error::Category::Data => NOT_ONE_OBJECT,
        serde_json::error::Category::Eof => "The line is not complete JSON.",
        _ => "The line is not valid JSON.",
    })
}

/// The fields of a JSON object in the order of the text.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(FieldName(name)) = entries.next_key()? {
            fields.push((name, entries.next_value()?));
        }
        Ok(Fields(fields))
    }
}

/// A name that is borrowed if it can be: serde makes a copy of every `Cow`.
struct FieldName<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for FieldName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FieldNameVisitor)
    }
}

struct FieldNameVisitor;

impl<'de> Visitor<'de> for FieldNameVisitor {
    type Value = FieldName<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(FieldName(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(FieldName(Cow::Owned(name.to_owned())))
    }
}
