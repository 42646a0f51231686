//! The caller's own name for a request.

use std::str::FromStr;

use crate::card_number::looks_like_issued_number;

/// Why a track id was refused. Never holds the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackIdError {
    /// There is no text.
    #[error("must not be empty")]
    Empty,
    /// The text has more than [`TrackId::MAX_CHARS`] characters.
    #[error("must be {max} characters or fewer", max = TrackId::MAX_CHARS)]
    TooLong,
    /// A character is outside printable US-ASCII, or one of `: ; " '`.
    #[error("must be printable US-ASCII without colon, semicolon or quotes")]
    Character,
    /// A card number stands where it would be echoed and kept.
    #[error("must not contain a card number")]
    CardNumber,
}

/// `Zuora-Track-Id`: at most 64 characters of US-ASCII, none of `: ; " '`.
///
/// It is echoed in the response and kept in the audit trail, so control characters
/// are refused too: they would split the header or forge a log line.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String")]
pub struct TrackId(String);

impl TrackId {
    /// "64 characters or fewer", all of one byte.
    pub const MAX_CHARS: usize = 64;

    /// The id as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrackId {
    type Err = TrackIdError;

    fn from_str(text: &str) -> Result<Self, TrackIdError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for TrackId {
    type Error = TrackIdError;

    fn try_from(text: String) -> Result<Self, TrackIdError> {
        if text.is_empty() {
            return Err(TrackIdError::Empty);
        }
        if !text.bytes().all(is_allowed) {
            return Err(TrackIdError::Character);
        }
        if text.len() > Self::MAX_CHARS {
            return Err(TrackIdError::TooLong);
        }
        if looks_like_issued_number(&text) {
            return Err(TrackIdError::CardNumber);
        }
        Ok(Self(text))
    }
}

fn is_allowed(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b':' | b';' | b'"' | b'\'')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_has_1_to_64_characters() {
        for length in [1, 63, 64] {
            let text = "t".repeat(length);
            assert_eq!(text.parse::<TrackId>().unwrap().as_str(), text);
        }
        assert_eq!("".parse::<TrackId>(), Err(TrackIdError::Empty));
        assert_eq!("t".repeat(65).parse::<TrackId>(), Err(TrackIdError::TooLong));
    }

    #[test]
    fn exactly_the_printable_ascii_without_four_marks_is_allowed() {
        for c in '\0'..='\u{17f}' {
            let allowed = matches!(c, ' '..='~') && !":;\"'".contains(c);
            let read = format!("a{c}b").parse::<TrackId>();
            assert_eq!(read.is_ok(), allowed, "{c:?}");
            assert_eq!(read.is_err_and(|error| error == TrackIdError::Character), !allowed);
        }
    }

    #[test]
    fn a_card_number_is_no_id_and_a_time_in_nanoseconds_is_one() {
        for text in ["4111111111111111", "card 5555-5555-5555-4444"] {
            assert_eq!(text.parse::<TrackId>(), Err(TrackIdError::CardNumber), "{text}");
        }
        assert!("1763700000000000005".parse::<TrackId>().is_ok());
    }

    #[test]
    fn json_is_a_string_and_is_checked() {
        let id: TrackId = "batch-7/42".parse().unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"batch-7/42\"");
        assert_eq!(serde_json::from_str::<TrackId>("\"batch-7/42\"").unwrap(), id);
        assert!(serde_json::from_str::<TrackId>("\"a:b\"").is_err());
    }

    proptest! {
        #[test]
        fn what_is_read_reads_again(text in "[ -~]{0,70}") {
            if let Ok(id) = text.parse::<TrackId>() {
                prop_assert_eq!(id.as_str(), text);
            }
        }
    }
}
