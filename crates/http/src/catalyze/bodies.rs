//! What users send, and what they must not: a card number has no place here.

use axum::extract::{FromRequest, RawPathParams, Request};
use cardfile_domain::{card_number::looks_like_card_number, id::ClientId};
use serde_json::{Map, Value};

use crate::{
    AppState,
    body::{SentBytes, collect, parse, require_json},
    failure::Failure,
    stripe::{entry::CardFields, fault::StripeFault, names::is_ours},
};

/// The members of a body in which there is no card number.
pub(crate) struct Members(pub(super) Map<String, Value>);

impl FromRequest<AppState> for Members {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &AppState) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        require_json(&parts.headers)?;
        let sent = parts.extensions.get::<SentBytes>().cloned().unwrap_or_default();
        let members: Map<String, Value> = parse(&collect(body, &sent).await?)?;
        if members.iter().any(|(name, value)| is_number(name) || holds_number(value)) {
            return Err(Failure::Stripe(StripeFault::NumberSent));
        }
        Ok(Self(members))
    }
}

/// Members that only a card's number, or what belongs to it, can be meant by.
fn is_number(name: &str) -> bool {
    ["number", "cardNumber", "card_number", "cvc", "cvv", "securityCode", "card"].contains(&name)
}

fn holds_number(value: &Value) -> bool {
    match value {
        // The digits of an id may look like those of a card by chance.
        Value::String(text) if is_ours(text) || text.parse::<ClientId>().is_ok() => false,
        Value::String(text) => looks_like_card_number(text),
        Value::Number(number) => looks_like_card_number(&number.to_string()),
        Value::Array(items) => items.iter().any(holds_number),
        Value::Object(members) => {
            members.iter().any(|(name, value)| is_number(name) || holds_number(value))
        }
        Value::Null | Value::Bool(_) => false,
    }
}

impl Members {
    /// The text of a member that has to be there.
    pub(super) fn text(&self, name: &'static str) -> Result<&str, Failure> {
        match self.0.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Ok(text),
            None => Err(Failure::Stripe(StripeFault::Missing(name))),
            Some(_) => Err(Failure::Stripe(StripeFault::Invalid(name))),
        }
    }
}

/// The fields of a card, whose months and years may be numbers.
pub(super) struct Texts(Map<String, Value>);

impl Texts {
    /// Refuses what is neither text nor number and what nobody knows by this name.
    pub(super) fn of(members: Members, known: &[&'static str]) -> Result<Self, Failure> {
        let mut texts = Map::new();
        for (name, value) in members.0 {
            let Some(known) = known.iter().find(|known| **known == name) else {
                let name = crate::failure::EchoedKey::new(&name);
                return Err(Failure::Stripe(StripeFault::Unknown(name)));
            };
            let text = match value {
                Value::String(text) => text,
                Value::Number(number) => number.to_string(),
                Value::Null => continue,
                _ => return Err(Failure::Stripe(StripeFault::Invalid(known))),
            };
            texts.insert(name, Value::String(text));
        }
        Ok(Self(texts))
    }
}

impl CardFields for Texts {
    fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }
}

/// A parameter of the path, by its place.
pub(super) fn param(params: &RawPathParams, place: usize) -> &str {
    params.iter().nth(place).map(|(_, value)| value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_number_is_found_anywhere_and_an_id_is_none() {
        for bad in [
            json!("4111111111111111"),
            json!(4_111_111_111_111_111_i64),
            json!([{"a": "x 4111-1111-1111-1111"}]),
            json!({"a": {"number": "1"}}),
            json!("card_4111111111111111"),
        ] {
            assert!(holds_number(&bad), "{bad}");
        }
        for good in [
            json!("tok_01a1fe7e4111111111111111ca482745"),
            json!("41111111-1111-1111-a111-111111111111"),
            json!({"a": ["x", 7, null, true]}),
        ] {
            assert!(!holds_number(&good), "{good}");
        }
    }
}
