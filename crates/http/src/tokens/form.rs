//! The form that a page sends: `card[number]=…&card[exp_month]=…`.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::{
    failure::{EchoedKey, Failure},
    stripe::{entry::CardFields, fault::StripeFault},
};

/// What a card may come with.
const FIELDS: [&str; 12] = [
    "number",
    "exp_month",
    "exp_year",
    "cvc",
    "name",
    "address_line1",
    "address_line2",
    "address_city",
    "address_state",
    "address_zip",
    "address_country",
    "currency",
];

/// Other things that Stripe makes tokens of.
const OTHERS: [&str; 5] = ["account", "bank_account", "cvc_update", "person", "pii"];

/// The fields of a form.
#[derive(Default)]
pub(super) struct Form {
    /// The publishable key, where it stands among the fields.
    pub(super) key: Option<String>,
    card: HashMap<&'static str, Zeroizing<String>>,
}

impl Form {
    /// Reads a form. What a page adds about itself is passed over.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            let value = Zeroizing::new(value.into_owned());
            let (outer, inner) = match name.split_once('[') {
                Some((outer, inner)) => (outer, inner.strip_suffix(']').unwrap_or(inner)),
                None => (name.as_ref(), ""),
            };
            if outer == "key" {
                form.key = Some(value.as_str().to_owned());
            } else if outer == "card" {
                let known = FIELDS.into_iter().find(|field| *field == inner);
                let known = known.ok_or_else(|| unknown(&name))?;
                if !value.is_empty() {
                    form.card.insert(known, value);
                }
            } else if OTHERS.contains(&outer) {
                return Err(unknown(outer));
            }
        }
        if form.card.is_empty() {
            return Err(Failure::Stripe(StripeFault::Missing("card")));
        }
        Ok(form)
    }
}

fn unknown(name: &str) -> Failure {
    Failure::Stripe(StripeFault::Unknown(EchoedKey::new(name)))
}

impl CardFields for Form {
    fn field(&self, name: &str) -> Option<&str> {
        self.card.get(name).map(|text| text.as_str())
    }
}
