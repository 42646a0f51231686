//! Where the next page of a list begins: the last card of this one, and its place in the order.
//!
//! A cursor is read as a caller's own words: it can point anywhere, but only into the list that the
//! caller may see.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use cardfile_domain::{
    id::PaymentMethodId,
    ports::FiledCard,
    query::{CardField, Operand},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{params::bad, sort::Sort};
use crate::{failure::Failure, zoql::record::operand_of};

/// The last card of a page.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Cursor {
    #[serde(rename = "s")]
    sort: String,
    #[serde(rename = "v")]
    value: Option<Place>,
    #[serde(rename = "i")]
    pub(super) id: PaymentMethodId,
}

/// A value of the field that the list is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
enum Place {
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "n")]
    Number(i64),
    /// Microseconds: more than is shown, so that no two cards share a place that they do not have.
    #[serde(rename = "m")]
    Time(i64),
    #[serde(rename = "f")]
    Flag(bool),
}

impl Cursor {
    pub(super) fn at(last: &FiledCard, sort: &Sort) -> Self {
        let value = sort.field.as_ref().and_then(|field| operand_of(last, field));
        let value = value.map(|operand| match operand {
            Operand::Text(text) => Place::Text(text),
            Operand::Number(number) => Place::Number(number),
            Operand::Time(at) => Place::Time(at.as_microsecond()),
            Operand::Flag(flag) => Place::Flag(flag),
        });
        Self { sort: name(sort), value, id: last.card.id }
    }

    pub(super) fn write(&self) -> String {
        // Strings, numbers and ids are always JSON.
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let cursor: Option<Self> = serde_json::from_slice(&bytes).ok();
        let is_moment = |cursor: &Self| match cursor.value {
            Some(Place::Time(micros)) => Timestamp::from_microsecond(micros).is_ok(),
            _ => true,
        };
        cursor.filter(is_moment).ok_or_else(|| bad("'cursor' is none that a list gave out."))
    }

    pub(super) fn belongs_to(&self, sort: &Sort) -> bool {
        self.sort == name(sort)
    }

    pub(super) fn operand(&self) -> Option<Operand> {
        Some(match self.value.as_ref()? {
            Place::Text(text) => Operand::Text(text.clone()),
            Place::Number(number) => Operand::Number(*number),
            Place::Time(micros) => {
                Operand::Time(Timestamp::from_microsecond(*micros).unwrap_or_default())
            }
            Place::Flag(flag) => Operand::Flag(*flag),
        })
    }
}

/// The order in a word.
fn name(sort: &Sort) -> String {
    let direction = if sort.descending { "-" } else { "+" };
    match &sort.field {
        Some(CardField::Custom(name)) => format!("{direction}{name}"),
        Some(field) => format!("{direction}{field:?}"),
        None => direction.to_owned(),
    }
}
