//! The caller's own name for a request.

use std::str::FromStr;

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
        Ok(Self(text))
    }
}

fn is_allowed(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b':' | b';' | b'"' | b'\'')
}
