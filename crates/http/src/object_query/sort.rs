//! `sort[]=updatedDate.DESC`, and where a page begins in that order.

use cardfile_domain::{
    id::PaymentMethodId,
    query::{CardField, Comparison, Condition, Operand, Order},
};

use super::{cursor::Cursor, params::bad};
use crate::{failure::Failure, zoql::field::Field};

/// The order of a list: by one field, and among equals by id.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sort {
    /// The field; `None` is the id alone.
    pub(super) field: Option<CardField>,
    /// The largest first.
    pub(super) descending: bool,
}

impl Default for Sort {
    /// The latest change first.
    fn default() -> Self {
        Self { field: Some(CardField::UpdatedAt), descending: true }
    }
}

impl Sort {
    /// Reads `field.ASC` or `field.DESC`.
    pub(super) fn read(text: &str) -> Result<Self, Failure> {
        let (name, descending) = match text.split_once('.') {
            Some((name, "ASC")) => (name, false),
            Some((name, "DESC")) => (name, true),
            _ => return Err(bad("'sort[]' must be written as field.ASC or field.DESC.")),
        };
        let field = Field::named(name)
            .ok_or_else(|| bad("'sort[]': a payment method has no such field."))?;
        match field.sorted_by() {
            Some(CardField::Id) => Ok(Self { field: None, descending }),
            Some(field) => Ok(Self { field: Some(field), descending }),
            None => Err(bad(format!("'sort[]': {} cannot be sorted by.", field.camel()))),
        }
    }

    pub(super) fn order(&self) -> Vec<Order> {
        let field = self.field.clone().unwrap_or(CardField::Id);
        vec![Order { field, descending: self.descending }]
    }

    /// What comes after the last card of a page. Nulls come before every value, as the store puts
    /// them, and the id decides between equals.
    pub(super) fn after(&self, cursor: &Cursor) -> Result<Condition, Failure> {
        if !cursor.belongs_to(self) {
            return Err(bad("'cursor' belongs to a list that is sorted otherwise."));
        }
        let later = if self.descending { Comparison::Less } else { Comparison::Greater };
        let Some(field) = &self.field else { return Ok(id(later, cursor.id)) };
        let is_null = || Condition::IsNull(field.clone());
        let tie = |equal| Condition::All(vec![equal, id(Comparison::Greater, cursor.id)]);
        let compare = |comparison, value: &Operand| {
            Condition::Compare(field.clone(), comparison, value.clone())
        };
        Ok(match (cursor.operand(), self.descending) {
            (None, true) => tie(is_null()),
            (None, false) => {
                Condition::Any(vec![Condition::IsNotNull(field.clone()), tie(is_null())])
            }
            (Some(value), descending) => {
                let equal = tie(compare(Comparison::Equal, &value));
                let mut parts = vec![compare(later, &value), equal];
                if descending {
                    parts.push(is_null());
                }
                Condition::Any(parts)
            }
        })
    }
}

fn id(comparison: Comparison, id: PaymentMethodId) -> Condition {
    Condition::Compare(CardField::Id, comparison, Operand::Text(id.to_string()))
}
