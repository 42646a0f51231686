//! What a caller compares a field with, as the kind of value that the field holds.

use cardfile_domain::{
    id::{ClientId, PaymentMethodId},
    query::{CardField, FieldKind, Operand},
};
use jiff::Timestamp;

use super::Param;

/// The operand as a value of the field's kind; `None` if it can be none.
pub(super) fn value_for(field: &CardField, operand: &Operand) -> Option<Param> {
    match (field.kind(), operand) {
        (FieldKind::Number, Operand::Number(number)) => Some(Param::Number(*number)),
        (FieldKind::Number, Operand::Text(text)) => text.parse().ok().map(Param::Number),
        (FieldKind::Flag, Operand::Flag(flag)) => Some(Param::Flag(*flag)),
        (FieldKind::Flag, Operand::Text(text)) => text.parse().ok().map(Param::Flag),
        (FieldKind::Time, Operand::Time(at)) => Some(Param::Number(at.as_microsecond())),
        (FieldKind::Time, Operand::Text(text)) => {
            let at: Timestamp = text.parse().ok()?;
            Some(Param::Number(at.as_microsecond()))
        }
        (FieldKind::Text, operand) => text_value(field, text_of(operand)),
        _ => None,
    }
}

fn text_of(operand: &Operand) -> String {
    match operand {
        Operand::Text(text) => text.clone(),
        Operand::Number(number) => number.to_string(),
        Operand::Time(at) => at.to_string(),
        Operand::Flag(flag) => flag.to_string(),
    }
}

/// A whole id is compared as one; part of an id is compared as text.
fn text_value(field: &CardField, text: String) -> Option<Param> {
    let id = match field {
        CardField::Id => text.parse().ok().map(|id: PaymentMethodId| *id.as_bytes()),
        CardField::CreatedBy | CardField::UpdatedBy => {
            text.parse().ok().map(|id: ClientId| *id.as_bytes())
        }
        _ => None,
    };
    id.map(Param::Id).or_else(|| can_be_held(&text).then_some(Param::Text(text)))
}

/// No text that is kept has a NUL in it, and PostgreSQL would not even look for one.
pub(super) fn can_be_held(text: &str) -> bool {
    !text.contains('\0')
}
