//! `?rejectUnknownFields=true`.

use axum::{extract::FromRequestParts, http::request::Parts};

use super::error::{ObjectError, Word};
use crate::{
    AppState,
    failure::{Failure, UnknownFields},
};

/// Whether unknown fields are refused rather than ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strictness(bool);

impl Strictness {
    fn of_query(query: &str) -> Result<Self, Failure> {
        let given = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name.eq_ignore_ascii_case("rejectUnknownFields"));
        match given.map(|(_, value)| value.to_ascii_lowercase()).as_deref() {
            None | Some("" | "false") => Ok(Self(false)),
            Some("true") => Ok(Self(true)),
            Some(_) => {
                let message = "'rejectUnknownFields' must be true or false";
                Err(ObjectError::new(Word::InvalidValue, message).into())
            }
        }
    }

    /// Refuses a request that is strange, if the caller wants that.
    pub(crate) fn refuse(self, is_strange: bool) -> Result<(), Failure> {
        if self.0 && is_strange {
            return Err(Failure::UnknownFields(UnknownFields::new(std::iter::empty())));
        }
        Ok(())
    }
}

/// How a request wants its unknown fields to be treated.
pub(crate) struct Strict(pub(crate) Strictness);

impl FromRequestParts<AppState> for Strict {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Failure> {
        Strictness::of_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_refused_only_where_the_caller_says_so() {
        for (query, refused) in [
            ("rejectUnknownFields=true", true),
            ("a=b&rejectUnknownFields=True", true),
            ("rejectUnknownFields=false", false),
            ("rejectUnknownFields", false),
            ("", false),
        ] {
            let strict = Strictness::of_query(query).unwrap();
            assert_eq!(strict.refuse(true).is_err(), refused, "{query}");
            assert!(strict.refuse(false).is_ok());
        }
        assert!(Strictness::of_query("rejectUnknownFields=perhaps").is_err());
    }
}
