//! What an event tells of a change.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

/// The fields that a change touched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    fields: Vec<Cow<'static, str>>,
    values: Map<String, Value>,
}

impl Changes {
    /// Notes that a field changed, without what it held: it may say something about a person.
    pub fn note(&mut self, changed: bool, field: &'static str) {
        if changed {
            self.fields.push(Cow::Borrowed(field));
        }
    }

    /// Notes that a field changed whose name is the tenant's own.
    pub fn note_custom(&mut self, field: &str) {
        self.fields.push(Cow::Owned(field.to_owned()));
    }

    /// Notes a change of a value that says nothing about a person, with what it was and is.
    pub fn note_value<T: PartialEq + Into<Value>>(&mut self, field: &'static str, was: T, is: T) {
        if was != is {
            self.fields.push(Cow::Borrowed(field));
            self.values.insert(field.to_owned(), json!([was.into(), is.into()]));
        }
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    pub(super) fn write(&self, body: &mut Map<String, Value>) {
        body.insert("fields".to_owned(), json!(self.fields));
        if !self.values.is_empty() {
            body.insert("values".to_owned(), Value::Object(self.values.clone()));
        }
    }
}
