//! What create, update and delete have in common: one type, at most fifty of it.

use axum::response::Response;
use cardfile_domain::{command::Claim, id::PaymentMethodId, limits::ACTION_OBJECTS_MAX};
use cardfile_service::{Caller, Service};
use serde::{Deserialize, Serialize};

use crate::{
    context::RequestContext,
    crud::{
        answer::{NotSaved, Saved},
        error::{ObjectError, Word, errors_of},
        object::CardObject,
    },
    failure::Failure,
    fields::{Field, Object, UpTo},
    idempotency::IdempotencyKey,
    layers::PartMayPass,
    reply, respond,
    rest::rest_fields::UnknownNames,
};

const OBJECT: &str = "PaymentMethod";

/// The body of a create or an update.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Batch {
    r#type: Field<String>,
    objects: Option<UpTo<ACTION_OBJECTS_MAX, Object<CardObject>>>,
    #[serde(flatten)]
    unknown: UnknownNames,
}

impl Batch {
    /// Whether the call or one of its objects has fields that nobody knows.
    pub(super) fn is_strange(&self, is_strange: fn(&CardObject) -> bool) -> bool {
        let mut objects = self.objects.iter().flat_map(|objects| &objects.0);
        let strange = |object: &Object<CardObject>| match &object.0 {
            Field::Value(object) => is_strange(object),
            Field::Absent | Field::Null | Field::Wrong(_) => false,
        };
        !self.unknown.0.is_empty() || objects.any(strange)
    }

    /// The objects. "You cannot pass in null zObjects", nor anything else that is none.
    pub(super) fn into_objects(self) -> Result<Vec<CardObject>, Failure> {
        check_type(&self.r#type)?;
        let objects = self.objects.map(|objects| objects.0).unwrap_or_default();
        check_count(objects.len(), "objects")?;
        let objects = objects.into_iter().map(|object| object.0.into_option());
        objects.collect::<Option<_>>().ok_or_else(|| {
            let message = "each of 'objects' must be an object, and none may be null";
            ObjectError::new(Word::InvalidValue, message).into()
        })
    }
}

pub(super) fn missing(field: &'static str) -> Failure {
    ObjectError::new(Word::MissingRequiredValue, format!("'{field}' is required")).into()
}

/// Refuses objects of other types, by the name of the one that is kept here.
pub(super) fn check_type(kind: &Field<String>) -> Result<(), Failure> {
    match kind {
        Field::Value(kind) if kind.eq_ignore_ascii_case(OBJECT) => Ok(()),
        Field::Absent | Field::Null => Err(missing("type")),
        Field::Value(_) | Field::Wrong(_) => Err(ObjectError::new(
            Word::InvalidType,
            "'type' must be PaymentMethod: other objects are not kept here",
        )
        .into()),
    }
}

/// "A maximum of 50 objects are supported in a single call."
pub(super) fn check_count(count: usize, field: &'static str) -> Result<(), Failure> {
    match count {
        0 => Err(missing(field)),
        1..=ACTION_OBJECTS_MAX => Ok(()),
        _ => {
            let message = format!("'{field}' must be {ACTION_OBJECTS_MAX} or fewer");
            Err(ObjectError::new(Word::MaxRecordsExceeded, message).into())
        }
    }
}

/// The claim of one object: the call's key and the object's place.
pub(super) async fn claim_at(
    key: Option<&IdempotencyKey>,
    index: usize,
    service: &Service,
    caller: &Caller,
) -> Result<Option<Claim>, Failure> {
    match key {
        Some(key) => key.claim_part(service, caller, index).await.map(Some),
        None => Ok(None),
    }
}

/// The result of one object.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum SaveResult {
    Saved(Saved),
    Failed(NotSaved),
}

impl SaveResult {
    pub(super) fn new(result: Result<PaymentMethodId, Failure>, context: &RequestContext) -> Self {
        match result {
            Ok(id) => Self::Saved(Saved::new(id)),
            Err(failure) => Self::Failed(NotSaved::new(failed(&failure, context))),
        }
    }
}

/// The results of all objects. The call goes well whatever became of them; whoever carries it out as
/// an asynchronous request is told if another time may go better for one of them.
pub(super) fn answer(results: &[impl Serialize], may_pass: bool) -> Response {
    let mut answer = reply::ok(&results);
    if may_pass {
        answer.extensions_mut().insert(PartMayPass);
    }
    answer
}

/// What is wrong with one object. What is our fault is logged, because the call itself goes well.
pub(super) fn failed(failure: &Failure, context: &RequestContext) -> Vec<ObjectError> {
    respond::log(failure, context);
    errors_of(failure)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: &Value) -> Result<usize, (Word, String)> {
        let batch: Batch = serde_json::from_str(&json.to_string()).unwrap();
        let objects = batch.into_objects().map(|objects| objects.len());
        objects.map_err(|failure| {
            let fault = errors_of(&failure).remove(0);
            (fault.code, fault.message.into_owned())
        })
    }

    #[test]
    fn a_call_has_one_to_fifty_objects_of_one_type() {
        let batch = |count| json!({"type": "PaymentMethod", "objects": vec![json!({}); count]});
        assert_eq!(read(&batch(1)), Ok(1));
        assert_eq!(read(&batch(50)), Ok(50));
        assert_eq!(read(&batch(51)).unwrap_err().0, Word::MaxRecordsExceeded);
        assert_eq!(read(&batch(0)).unwrap_err().0, Word::MissingRequiredValue);
    }

    #[test]
    fn of_half_a_million_objects_no_more_are_built_than_tell_that_they_are_too_many() {
        let json = json!({"type": "PaymentMethod", "objects": vec![1; 500_000]}).to_string();
        let batch: Batch = serde_json::from_str(&json).unwrap();
        assert_eq!(batch.objects.as_ref().unwrap().0.len(), ACTION_OBJECTS_MAX + 1);
        let failure = batch.into_objects().unwrap_err();
        assert_eq!(errors_of(&failure)[0].code, Word::MaxRecordsExceeded);
    }

    #[test]
    fn the_type_is_named_and_no_other_is_kept() {
        for (json, code) in [
            (json!({"objects": [{}]}), Word::MissingRequiredValue),
            (json!({"type": null, "objects": [{}]}), Word::MissingRequiredValue),
            (json!({"type": "Account", "objects": [{}]}), Word::InvalidType),
            (json!({"type": 7, "objects": [{}]}), Word::InvalidType),
            (json!({"type": "PaymentMethod"}), Word::MissingRequiredValue),
            (json!({"type": "PaymentMethod", "objects": null}), Word::MissingRequiredValue),
            (json!({"type": "PaymentMethod", "objects": [null]}), Word::InvalidValue),
            (json!({"type": "PaymentMethod", "objects": [{}, 7]}), Word::InvalidValue),
        ] {
            assert_eq!(read(&json).unwrap_err().0, code, "{json}");
        }
    }

    #[test]
    fn a_call_is_strange_where_it_or_one_of_its_objects_is() {
        let is_strange = |json: &Value| {
            let batch: Batch = serde_json::from_str(&json.to_string()).unwrap();
            batch.is_strange(CardObject::is_strange_to_create)
        };
        assert!(!is_strange(&json!({"type": "x", "objects": [{"Type": 1}, null]})));
        assert!(is_strange(&json!({"type": "x", "objects": [], "other": 1})));
        assert!(is_strange(&json!({"type": "x", "objects": [{}, {"Nonsense": 1}]})));
    }
}
