//! Bodies in the form that Stripe reads: names and values, brackets for what is inside.

use bytes::Bytes;
use zeroize::{Zeroize, Zeroizing};

/// Room enough that a form is not moved while it grows, which would leave a copy behind.
const ROOM: usize = 4096;

/// A body to send. It may hold a number and a code, so it is wiped when it is dropped.
pub(super) struct Form(Zeroizing<String>);

impl Form {
    pub(super) fn new() -> Self {
        Self(Zeroizing::new(String::with_capacity(ROOM)))
    }

    /// Adds a value under a name.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.push(name);
        self.0.push('=');
        self.push(value);
        self
    }

    /// Adds a value, if there is one.
    pub(super) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn push(&mut self, text: &str) {
        self.0.extend(form_urlencoded::byte_serialize(text.as_bytes()));
    }

    /// The bytes, which are wiped with the last of their copies.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(Wiped(self.0))
    }
}

struct Wiped(Zeroizing<String>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_escaped_and_what_is_absent_is_left_out() {
        let form = Form::new()
            .with("card[number]", "4242424242424242")
            .with_some("card[name]", Some("Zoë & Co"))
            .with_some("card[cvc]", None);
        let text = "card%5Bnumber%5D=4242424242424242&card%5Bname%5D=Zo%C3%AB+%26+Co";
        assert_eq!(form.into_bytes(), text);
    }
}
