//! `filter[]=creditCardType.EQ:Visa`.

use cardfile_domain::query::{Comparison, Condition};

use super::params::bad;
use crate::{
    failure::Failure,
    zoql::{
        compare::{Asker, Literal, starts_with},
        field::Field,
        unanswerable::Unanswerable,
    },
};

/// One condition.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filter<'a> {
    field: Field,
    test: Test<'a>,
}

#[derive(Debug, PartialEq, Eq)]
enum Test<'a> {
    Compare(Comparison, &'a str),
    StartsWith(&'a str),
    In(Vec<&'a str>),
}

impl<'a> Filter<'a> {
    /// Reads `field.OPERATOR:value`.
    pub(super) fn read(written: &'a str) -> Result<Self, Failure> {
        let malformed = || {
            bad(
                "'filter[]' must be written as field.OPERATOR:value, with one of the operators EQ, \
                 NE, LT, LE, GT, GE, SW and IN.",
            )
        };
        let (name, rest) = written.split_once('.').ok_or_else(malformed)?;
        let (operator, value) = rest.split_once(':').ok_or_else(malformed)?;
        let field = Field::named(name)
            .ok_or_else(|| bad("'filter[]': a payment method has no such field."))?;
        let test = match operator {
            "EQ" => Test::Compare(Comparison::Equal, value),
            "NE" => Test::Compare(Comparison::NotEqual, value),
            "LT" => Test::Compare(Comparison::Less, value),
            "LE" => Test::Compare(Comparison::LessOrEqual, value),
            "GT" => Test::Compare(Comparison::Greater, value),
            "GE" => Test::Compare(Comparison::GreaterOrEqual, value),
            "SW" => Test::StartsWith(value),
            "IN" => {
                let list = value.strip_prefix('[').and_then(|list| list.strip_suffix(']'));
                let list = list.ok_or_else(|| bad("'filter[]': IN takes a list such as [a,b]."))?;
                Test::In(list.split(',').map(str::trim).collect())
            }
            _ => return Err(malformed()),
        };
        Ok(Self { field, test })
    }

    /// How many values the field is compared with.
    pub(super) fn values(&self) -> usize {
        match &self.test {
            Test::In(values) => values.len(),
            Test::Compare(..) | Test::StartsWith(_) => 1,
        }
    }

    pub(super) fn condition(&self, asker: Asker) -> Result<Condition, Failure> {
        let unanswerable =
            |why: Unanswerable| bad(format!("'filter[]': {} {why}.", self.field.camel()));
        let compare = |comparison, value| asker.compare(&self.field, comparison, &literal(value));
        match &self.test {
            Test::Compare(comparison, value) => compare(*comparison, value),
            Test::StartsWith(prefix) => starts_with(&self.field, prefix),
            Test::In(values) => values
                .iter()
                .map(|value| compare(Comparison::Equal, value))
                .collect::<Result<_, _>>()
                .map(Condition::Any),
        }
        .map_err(unanswerable)
    }
}

/// "To filter on a field with the null value, … `<field>.EQ:null`"; the empty text is written as
/// `%02%03`.
fn literal(value: &str) -> Literal {
    match value {
        "null" => Literal::Null,
        "\u{2}\u{3}" => Literal::Text(String::new()),
        text => Literal::Text(text.to_owned()),
    }
}
