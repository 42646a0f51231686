//! What callers send: JSON or a form, and what counts as missing in it.

use axum::{
    extract::{FromRequest, Request},
    http::header,
};
use serde_json::{Map, Value};

use crate::{
    AppState,
    body::{SentBytes, collect, parse},
    failure::Failure,
    stripe::{
        entry::CardFields,
        fault::{StripeFault, Words},
    },
};

/// The fields of a body, as texts.
pub(crate) struct Fields(Map<String, Value>);

impl FromRequest<AppState> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
        let bytes = collect(body, &sent).await?;
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let pairs = form_urlencoded::parse(&bytes);
            let text = |text: std::borrow::Cow<'_, str>| Value::String(text.into_owned());
            return Ok(Self(pairs.map(|(name, value)| (name.into_owned(), text(value))).collect()));
        }
        // Who sends nothing has left everything out.
        if bytes.is_empty() {
            return Ok(Self(Map::new()));
        }
        if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/json") {
            return Err(Failure::UnsupportedMedia);
        }
        match parse(&bytes)? {
            Value::Object(map) => Ok(Self(map.into_iter().map(as_text).collect())),
            // A list has no fields.
            Value::Array(_) => Ok(Self(Map::new())),
            _ => Err(Failure::Malformed("The request body must be one JSON object.")),
        }
    }
}

/// Numbers are taken for their digits; whatever is no text after that stays what it is.
fn as_text((name, value): (String, Value)) -> (String, Value) {
    let value = match value {
        Value::Number(number) => Value::String(number.to_string()),
        other => other,
    };
    (name, value)
}

impl Fields {
    /// Whether the original would take a field for missing: nothing, `""`, `0`, `false` and null.
    fn is_missing(&self, name: &str) -> bool {
        match self.0.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::String(text)) => text.is_empty() || text == "0",
            Some(_) => false,
        }
    }

    /// Fails in these words unless all of these fields are there.
    pub(super) fn require(&self, names: &[&str], words: &'static Words) -> Result<(), Failure> {
        if names.iter().any(|name| self.is_missing(name)) {
            return Err(Failure::Stripe(StripeFault::Required(words)));
        }
        Ok(())
    }

    /// The text of a field that has to be there; what is no text names nothing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or("?")
    }

    /// The fields of these names that were sent, as they are kept: `""` takes away.
    pub(super) fn kept(&self, names: &[&'static str]) -> Map<String, Value> {
        let kept = |name: &&'static str| {
            let value = match self.0.get(*name)? {
                Value::String(text) if text.is_empty() => Value::Null,
                value @ (Value::String(_) | Value::Null) => value.clone(),
                _ => return None,
            };
            Some(((*name).to_owned(), value))
        };
        names.iter().filter_map(kept).collect()
    }
}

impl CardFields for Fields {
    fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_counts_as_false_elsewhere_is_missing() {
        let Value::Object(map) = json!({
            "a": "", "b": 0, "c": false, "d": null, "e": "x", "f": 7, "g": {}, "h": true
        }) else {
            panic!("it is an object")
        };
        let fields = Fields(map.into_iter().map(as_text).collect());
        for name in ["a", "b", "c", "d", "z"] {
            assert!(fields.is_missing(name), "{name}");
        }
        for name in ["e", "f", "g", "h"] {
            assert!(!fields.is_missing(name), "{name}");
        }
        assert_eq!((fields.text("f"), fields.text("g")), ("7", "?"));
        assert_eq!(Value::Object(fields.kept(&["a", "e", "g", "z"])), json!({"a": null, "e": "x"}));
    }
}
