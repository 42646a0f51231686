//! A card as a record: the fields that were asked for, as the dialect writes them.

use cardfile_domain::{
    card::CardStatus,
    ports::FiledCard,
    query::{CardField, Operand},
};
use serde_json::{Map, Value};

use super::{
    field::{Asked, Field, Shown, Source, Standard},
    field_table::FIELDS,
    moment::Precision,
};

/// How a dialect writes records.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// CRUD and Actions: `CreditCardType`; null fields are left out, as SOAP did.
    Pascal,
    /// Object Query: `creditCardType`.
    Camel {
        /// Null fields are written out.
        nulls: bool,
    },
}

impl Form {
    /// How exactly moments are written.
    pub(crate) fn precision(self) -> Precision {
        match self {
            Self::Pascal => Precision::Millisecond,
            Self::Camel { .. } => Precision::Second,
        }
    }

    fn name(self, field: &Field) -> String {
        match self {
            Self::Pascal => field.pascal().to_owned(),
            Self::Camel { .. } => field.camel(),
        }
    }

    fn has_nulls(self) -> bool {
        matches!(self, Self::Camel { nulls: true })
    }
}

/// The fields of a card. A record in the older form has its id, asked for or not.
pub(crate) fn of_fields(filed: &FiledCard, fields: &[Field], form: Form) -> Map<String, Value> {
    let mut record = Map::with_capacity(fields.len() + 1);
    if matches!(form, Form::Pascal) {
        record.insert("Id".to_owned(), filed.card.id.to_string().into());
    }
    for field in fields {
        put(&mut record, filed, field, form);
    }
    record
}

/// Everything there is to show of a card.
pub(crate) fn whole(filed: &FiledCard, form: Form) -> Map<String, Value> {
    let mut record = Map::new();
    for field in Field::standard() {
        put(&mut record, filed, &field, form);
    }
    for (name, _) in filed.card.custom.iter() {
        put(&mut record, filed, &Field::Custom(name.clone()), form);
    }
    record
}

fn put(record: &mut Map<String, Value>, filed: &FiledCard, field: &Field, form: Form) {
    let value = match field {
        Field::Standard(field) => {
            let erased =
                (filed.card.status == CardStatus::Scrubbed).then(|| stand_in(field.name)).flatten();
            json(erased.unwrap_or_else(|| shown(filed, field)), form.precision())
        }
        Field::Custom(name) => filed.card.custom.get(name.as_str()).cloned().unwrap_or(Value::Null),
    };
    if form.has_nulls() || !value.is_null() {
        record.insert(form.name(field), value);
    }
}

/// What a store holds where it sorts by a field; `None` is null.
pub(crate) fn operand_of(filed: &FiledCard, sorted_by: &CardField) -> Option<Operand> {
    if let CardField::Custom(name) = sorted_by {
        return match filed.card.custom.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(Operand::Text(text.clone())),
            other => Some(Operand::Text(other.to_string())),
        };
    }
    let field = FIELDS.iter().find(|field| {
        matches!(&field.source, Source::Kept { asked: Asked::Stored(kept), .. } if kept == sorted_by)
    });
    match shown(filed, field?) {
        Shown::Null => None,
        Shown::Word(word) => Some(Operand::Text(word.to_owned())),
        Shown::Text(text) => Some(Operand::Text(text)),
        Shown::Number(number) => Some(Operand::Number(number)),
        Shown::Flag(flag) => Some(Operand::Flag(flag)),
        Shown::Time(at) => Some(Operand::Time(at)),
    }
}

fn shown(filed: &FiledCard, field: &Standard) -> Shown {
    match &field.source {
        Source::Always(value) => value.clone(),
        Source::Kept { shown, .. } => shown(filed),
    }
}

/// What stands in for a value that was erased by scrubbing.
fn stand_in(name: &str) -> Option<Shown> {
    match name {
        "CreditCardAddress1"
        | "CreditCardAddress2"
        | "CreditCardCity"
        | "CreditCardHolderName"
        | "CreditCardMaskNumber"
        | "CreditCardPostalCode"
        | "CreditCardState"
        | "Email"
        | "Phone" => Some(Shown::Word("Record Scrubbed")),
        "CreditCardCountry" => Some(Shown::Word("0")),
        _ => None,
    }
}

fn json(shown: Shown, precision: Precision) -> Value {
    match shown {
        Shown::Null => Value::Null,
        Shown::Word(word) => word.into(),
        Shown::Text(text) => text.into(),
        Shown::Number(number) => number.into(),
        Shown::Flag(flag) => flag.into(),
        Shown::Time(at) => precision.write(at).into(),
    }
}
