//! From a field, a comparison and a written value to a condition that a store can answer.

use cardfile_domain::{
    brand::CardType,
    card::CardStatus,
    country::Country,
    id::{AccountKey, AccountRef, EntityId, PaymentMethodId},
    query::{CardField, Comparison, Condition, FieldKind, Operand},
};
use jiff::Timestamp;

use super::{
    field::{Asked, Field, Shown, Source, Standard},
    moment::{self, Precision},
    unanswerable::Unanswerable,
};

/// A value as a query writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    /// No value.
    Null,
    /// A text.
    Text(String),
    /// A number or a date without quotes.
    Bare(String),
    /// Yes or no.
    Flag(bool),
}

/// Builds conditions on behalf of an entity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    /// Whose accounts are named.
    pub(crate) entity: EntityId,
    /// How exactly the dialect shows moments.
    pub(crate) precision: Precision,
}

impl Asker {
    /// `field comparison literal`.
    pub(crate) fn compare(
        self,
        field: &Field,
        comparison: Comparison,
        literal: &Literal,
    ) -> Result<Condition, Unanswerable> {
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if ordered && *literal == Literal::Null {
            return Err(Unanswerable::Null);
        }
        match field {
            Field::Custom(_) if ordered && matches!(literal, Literal::Bare(_)) => {
                Err(Unanswerable::Custom)
            }
            Field::Custom(name) => {
                self.stored(&CardField::Custom(name.as_str().to_owned()), comparison, literal)
            }
            Field::Standard(field) => self.standard(field, comparison, literal),
        }
    }

    fn standard(
        self,
        field: &Standard,
        comparison: Comparison,
        literal: &Literal,
    ) -> Result<Condition, Unanswerable> {
        let asked = match &field.source {
            Source::Always(value) => return constant(value, comparison, literal).map(always),
            Source::Kept { asked, .. } => asked,
        };
        match asked {
            Asked::Stored(field) => self.stored(field, comparison, literal),
            Asked::Id => Ok(id(comparison, literal)),
            Asked::Account => self.account(comparison, literal),
            Asked::Active => active(comparison, literal),
            Asked::Nowhere => Err(Unanswerable::Field),
        }
    }

    fn account(self, comparison: Comparison, literal: &Literal) -> Result<Condition, Unanswerable> {
        use Comparison as C;
        let name = match (comparison, literal) {
            (C::Equal, Literal::Text(name) | Literal::Bare(name)) => name,
            (C::Equal, Literal::Null) => return Ok(Condition::HasAccount(false)),
            (C::NotEqual, Literal::Null) => return Ok(Condition::HasAccount(true)),
            _ => return Err(Unanswerable::Account),
        };
        Ok(match name.parse::<AccountKey>() {
            Ok(key) => Condition::OfAccount(AccountRef { entity: self.entity, key }),
            Err(_) => Condition::Never,
        })
    }

    fn stored(
        self,
        field: &CardField,
        comparison: Comparison,
        literal: &Literal,
    ) -> Result<Condition, Unanswerable> {
        let text = match literal {
            Literal::Null if comparison == Comparison::Equal => {
                return Ok(Condition::IsNull(field.clone()));
            }
            Literal::Null => return Ok(Condition::IsNotNull(field.clone())),
            Literal::Text(text) | Literal::Bare(text) => text.clone(),
            Literal::Flag(flag) => flag.to_string(),
        };
        let operand = match field.kind() {
            FieldKind::Text => Operand::Text(canonical(field, text)),
            FieldKind::Number => Operand::Number(text.parse().map_err(|_| Unanswerable::Number)?),
            FieldKind::Flag => {
                equality(comparison)?;
                Operand::Flag(flag(literal)?)
            }
            FieldKind::Time => {
                let at = moment::read(&text).ok_or(Unanswerable::Moment)?;
                return Ok(self.time(field, comparison, at));
            }
        };
        Ok(Condition::Compare(field.clone(), comparison, operand))
    }

    /// Compares moments as they are shown. What a caller reads in one answer it finds with the next
    /// query, although more digits are kept than shown.
    fn time(self, field: &CardField, comparison: Comparison, at: Timestamp) -> Condition {
        use Comparison as C;
        let (start, end) = self.precision.slot(at);
        let compare =
            |comparison, at| Condition::Compare(field.clone(), comparison, Operand::Time(at));
        let is_shown = at == start;
        match comparison {
            C::Equal if is_shown => {
                Condition::All(vec![compare(C::GreaterOrEqual, start), compare(C::Less, end)])
            }
            C::Equal => Condition::Never,
            C::NotEqual if is_shown => {
                Condition::Any(vec![compare(C::Less, start), compare(C::GreaterOrEqual, end)])
            }
            C::NotEqual => Condition::IsNotNull(field.clone()),
            C::Less if is_shown => compare(C::Less, start),
            C::GreaterOrEqual if is_shown => compare(C::GreaterOrEqual, start),
            C::Less | C::LessOrEqual => compare(C::Less, end),
            C::Greater | C::GreaterOrEqual => compare(C::GreaterOrEqual, end),
        }
    }
}

/// The field is a text that starts with the prefix.
pub(crate) fn starts_with(field: &Field, prefix: &str) -> Result<Condition, Unanswerable> {
    let field = match field {
        Field::Custom(name) => CardField::Custom(name.as_str().to_owned()),
        Field::Standard(Standard { source: Source::Always(value), .. }) => {
            return match value {
                Shown::Null => Ok(Condition::Never),
                Shown::Word(word) => Ok(always(word.starts_with(prefix))),
                _ => Err(Unanswerable::Text),
            };
        }
        Field::Standard(Standard { source: Source::Kept { asked, .. }, .. }) => match asked {
            Asked::Stored(field) if field.kind() == FieldKind::Text => field.clone(),
            Asked::Id => CardField::Id,
            Asked::Account => return Err(Unanswerable::Account),
            Asked::Nowhere => return Err(Unanswerable::Field),
            Asked::Stored(_) | Asked::Active => return Err(Unanswerable::Text),
        },
    };
    Ok(Condition::StartsWith(field, prefix.to_owned()))
}

fn always(holds: bool) -> Condition {
    if holds { Condition::All(Vec::new()) } else { Condition::Never }
}

fn equality(comparison: Comparison) -> Result<(), Unanswerable> {
    match comparison {
        Comparison::Equal | Comparison::NotEqual => Ok(()),
        _ => Err(Unanswerable::Order),
    }
}

fn flag(literal: &Literal) -> Result<bool, Unanswerable> {
    match literal {
        Literal::Flag(flag) => Ok(*flag),
        Literal::Text(text) => text.to_ascii_lowercase().parse().map_err(|_| Unanswerable::Flag),
        Literal::Bare(_) | Literal::Null => Err(Unanswerable::Flag),
    }
}

fn id(comparison: Comparison, literal: &Literal) -> Condition {
    let text = match literal {
        Literal::Null => return always(comparison == Comparison::NotEqual),
        Literal::Text(text) | Literal::Bare(text) => text.clone(),
        Literal::Flag(flag) => flag.to_string(),
    };
    match (comparison, text.parse::<PaymentMethodId>()) {
        (Comparison::Equal, Ok(id)) => Condition::IsCard(id),
        (Comparison::Equal, Err(_)) => Condition::Never,
        (Comparison::NotEqual, Err(_)) => always(true),
        _ => Condition::Compare(CardField::Id, comparison, Operand::Text(text)),
    }
}

fn active(comparison: Comparison, literal: &Literal) -> Result<Condition, Unanswerable> {
    equality(comparison)?;
    if *literal == Literal::Null {
        return Ok(always(comparison == Comparison::NotEqual));
    }
    let wanted = flag(literal)? == (comparison == Comparison::Equal);
    let comparison = if wanted { Comparison::Equal } else { Comparison::NotEqual };
    let active = Operand::Text(CardStatus::Active.as_str().to_owned());
    Ok(Condition::Compare(CardField::Status, comparison, active))
}

/// Whether a comparison with a value that every card has holds.
fn constant(
    value: &Shown,
    comparison: Comparison,
    literal: &Literal,
) -> Result<bool, Unanswerable> {
    let text = match literal {
        Literal::Null => {
            return Ok((*value == Shown::Null) == (comparison == Comparison::Equal));
        }
        Literal::Text(text) | Literal::Bare(text) => text.as_str(),
        Literal::Flag(true) => "true",
        Literal::Flag(false) => "false",
    };
    let ordering = match value {
        // What has no value is neither equal to anything nor different from it.
        Shown::Null => return Ok(false),
        Shown::Word(word) if word.eq_ignore_ascii_case(text) => std::cmp::Ordering::Equal,
        Shown::Word(word) => word.cmp(&text),
        Shown::Number(number) => number.cmp(&text.parse().map_err(|_| Unanswerable::Number)?),
        Shown::Flag(shown) => {
            equality(comparison)?;
            shown.cmp(&flag(literal)?)
        }
        Shown::Text(_) | Shown::Time(_) => return Err(Unanswerable::Field),
    };
    Ok(match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    })
}

/// What is kept for a text that may be written in several ways.
fn canonical(field: &CardField, text: String) -> String {
    let kept = match field {
        CardField::CardType => text.parse().ok().map(CardType::as_str),
        CardField::Country => text.parse().ok().map(Country::name),
        CardField::Status => [CardStatus::Active, CardStatus::Closed, CardStatus::Scrubbed]
            .map(CardStatus::as_str)
            .into_iter()
            .find(|status| status.eq_ignore_ascii_case(&text)),
        _ => None,
    };
    kept.map_or(text, ToOwned::to_owned)
}
