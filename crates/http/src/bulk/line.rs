//! From a line to what it asks for.

use cardfile_domain::{
    client::Right,
    id::{EntityId, PaymentMethodId},
    limits::IDEMPOTENCY_KEY_CHARS_MAX,
};
use cardfile_service::{Action, Caller, Identity, Line};
use serde::Deserialize;

use super::{
    UploadFault,
    content::content,
    kept::Kept,
    names::{ENTITY_ID, EXTERNAL_KEY, ID, OP},
    source::{Named, Source, Text},
};
use crate::{
    code::ObjectCode,
    failure::{Failure, UnknownFields, Violation},
    fields::{Complaint, Field, MISSING, Read, Scalar},
    rest::{credit_cards, payment_methods, rest_fields::UnknownNames},
};

/// Who sends an upload, and in which entity lines are that name none.
pub(super) struct Scope {
    pub(super) identity: Identity,
    pub(super) caller: Caller,
}

/// A line as far as it could be read.
pub(super) struct Parsed {
    /// The operation whose codes its failures have.
    pub(super) object: ObjectCode,
    /// The card that it names.
    pub(super) card: Option<PaymentMethodId>,
    /// What it asks for, or what is wrong with it.
    pub(super) line: Result<Line, Failure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Create,
    Update,
    Delete,
}

/// What a line is called in its caller's own system.
struct ExternalKey(String);

/// What a line says of itself.
struct Head {
    op: Op,
    card: Option<PaymentMethodId>,
    external_key: Option<String>,
    entity: Option<EntityId>,
}

impl Scope {
    /// Reads a line.
    pub(super) fn parse(&self, source: &Source<'_>) -> Parsed {
        let wrong = |failure| Parsed {
            object: ObjectCode::POST_PAYMENT_METHOD,
            card: None,
            line: Err(failure),
        };
        if let Source::Csv(row) = source
            && let Some(failure) = row.fault()
        {
            return wrong(failure);
        }
        let fields = match source.fields() {
            Ok(fields) => fields,
            Err(failure) => return wrong(failure),
        };
        match Head::of(&fields) {
            Ok(head) => Parsed {
                object: head.op.object(),
                card: head.card,
                line: self.line(head, &fields, source),
            },
            Err(failure) => wrong(failure),
        }
    }

    fn line(&self, head: Head, fields: &[Named<'_>], source: &Source<'_>) -> Result<Line, Failure> {
        let caller = match head.entity {
            None => self.caller.clone(),
            named => self
                .identity
                .enter(named, Right::Bulk, self.caller.track.clone())
                .map_err(|_| Failure::Upload(UploadFault::Entity))?,
        };
        let action = match (head.op, head.card) {
            (Op::Create, None) => create(fields, source)?,
            (Op::Update, Some(card)) => {
                let request = source.read::<credit_cards::update::Request, false>()?;
                Action::Update(card, Box::new(request.into_change()?))
            }
            (Op::Delete, Some(card)) => {
                let Nothing { unknown } = source.read::<Nothing, false>()?;
                if !unknown.0.is_empty() {
                    let names = unknown.0.iter().map(String::as_str);
                    return Err(Failure::UnknownFields(UnknownFields::new(names)));
                }
                Action::Delete(card)
            }
            (Op::Create, Some(_)) => return Err(violation(ID, "must not be given to create")),
            (Op::Update | Op::Delete, None) => {
                return Err(Failure::Invalid(vec![Violation {
                    field: ID.to_owned(),
                    message: MISSING.into(),
                    missing: true,
                }]));
            }
        };
        Ok(Line { caller, external_key: head.external_key, content: content(fields), action })
    }
}

/// A new card in the words of either call that makes one; only the newer has these.
fn create(fields: &[Named<'_>], source: &Source<'_>) -> Result<Action, Failure> {
    let is_newer =
        ["cardNumber", "cardType", "type"].iter().any(|name| find(fields, name).is_some());
    let kept = Kept::of(fields)?;
    let (account, mut entry) = if is_newer {
        source.read::<payment_methods::create::Request, true>()?.into_entry()?
    } else {
        let request = source.read::<credit_cards::create::Request, true>()?;
        let (account, entry) = request.into_entry()?;
        (Some(account), entry)
    };
    (entry.brought, entry.retry_rule) = (kept.brought, kept.retry_rule);
    Ok(Action::Create(account, Box::new(entry)))
}

/// What a deletion has beside the names that are about the line.
#[derive(Deserialize)]
struct Nothing {
    #[serde(flatten)]
    unknown: UnknownNames,
}

impl Head {
    fn of(fields: &[Named<'_>]) -> Result<Self, Failure> {
        let mut found = Vec::new();
        let op: Option<Op> = read(fields, OP, &mut found)?;
        let card = read(fields, ID, &mut found)?;
        let external_key = read(fields, EXTERNAL_KEY, &mut found)?;
        let entity = read(fields, ENTITY_ID, &mut found)?;
        if !found.is_empty() {
            found.sort_by(|one: &Violation, other| one.field.cmp(&other.field));
            return Err(Failure::Invalid(found));
        }
        let op = op.unwrap_or(if card.is_some() { Op::Update } else { Op::Create });
        let external_key = external_key.map(|ExternalKey(key)| key);
        Ok(Self { op, card, external_key, entity })
    }
}

pub(super) fn read<T: Read>(
    fields: &[Named<'_>],
    name: &str,
    found: &mut Vec<Violation>,
) -> Result<Option<T>, Failure> {
    let Some(text) = find(fields, name) else { return Ok(None) };
    match text.read()? {
        Field::Value(value) => Ok(Some(value)),
        Field::Absent | Field::Null => Ok(None),
        Field::Wrong(message) => {
            found.push(Violation { field: name.to_owned(), message, missing: false });
            Ok(None)
        }
    }
}

fn find<'a>(fields: &[Named<'a>], name: &str) -> Option<Text<'a>> {
    let place = fields.binary_search_by(|(known, _)| known.as_ref().cmp(name)).ok()?;
    Some(fields[place].1)
}

fn violation(field: &str, message: &'static str) -> Failure {
    let field = field.to_owned();
    Failure::Invalid(vec![Violation { field, message: message.into(), missing: false }])
}

impl Op {
    fn object(self) -> ObjectCode {
        match self {
            Self::Create => ObjectCode::POST_PAYMENT_METHOD,
            Self::Update | Self::Delete => ObjectCode::PUT_PAYMENT_METHOD,
        }
    }
}

impl Read for Op {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text("create") => Ok(Self::Create),
            Scalar::Text("update") => Ok(Self::Update),
            Scalar::Text("delete") => Ok(Self::Delete),
            _ => Err("value should be one of: create, update, delete".into()),
        }
    }
}

impl Read for EntityId {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        let Scalar::Text(text) = scalar else { return Err(NOT_AN_ENTITY.into()) };
        text.parse().map_err(|_| NOT_AN_ENTITY.into())
    }
}

const NOT_AN_ENTITY: &str = "must be the id of one entity";

impl Read for ExternalKey {
    fn read(scalar: Scalar<'_>) -> Result<Self, Complaint> {
        match scalar {
            Scalar::Text(text)
                if (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.chars().count())
                    && !text.chars().any(char::is_control) =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err("must be a string of 1 to 255 characters".into()),
        }
    }
}

#[cfg(test)]
mod tests;
