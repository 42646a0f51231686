//! The request headers that Zuora defines.

use axum::http::{HeaderMap, HeaderName};
use cardfile_domain::{
    id::{EntityId, IdError},
    limits::IDEMPOTENCY_KEY_CHARS_MAX,
    track_id::{TrackId, TrackIdError},
};

/// The caller's name for the request; echoed.
pub(crate) const TRACK_ID: HeaderName = HeaderName::from_static("zuora-track-id");
/// Our name for the request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("zuora-request-id");
const ENTITY_IDS: HeaderName = HeaderName::from_static("zuora-entity-ids");
/// Which version of the API the caller speaks.
pub(crate) const VERSION: HeaderName = HeaderName::from_static("zuora-version");
/// The caller's promise that requests with this key are one request.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// From this version on, errors come with the HTTP status of their category.
const REAL_STATUSES_SINCE: &str = "2024-05-20";

pub(crate) fn track_id(headers: &HeaderMap) -> Result<Option<TrackId>, TrackIdError> {
    match headers.get(TRACK_ID) {
        // An empty header is how many clients write "none".
        None => Ok(None),
        Some(value) if value.is_empty() => Ok(None),
        Some(value) => value.to_str().unwrap_or_default().parse().map(Some),
    }
}

pub(crate) fn entity(headers: &HeaderMap) -> Result<Option<EntityId>, IdError> {
    let mut values = headers.get_all(ENTITY_IDS).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) if value.is_empty() => Ok(None),
        (Some(value), None) => value.to_str().map_err(|_| IdError)?.trim().parse().map(Some),
        (Some(_), Some(_)) => Err(IdError),
    }
}

/// Dated versions sort as text; the numbered ones before them are all older.
pub(crate) fn has_real_statuses(headers: &HeaderMap) -> bool {
    let version = headers.get(VERSION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_date = version.len() == REAL_STATUSES_SINCE.len()
        && version.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_date && version >= REAL_STATUSES_SINCE
}

/// The idempotency key, or an error where there is one that is too long or not text.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, IdError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| IdError)?;
            let fits = (1..=IDEMPOTENCY_KEY_CHARS_MAX).contains(&text.len())
                && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            if fits { Ok(Some(text)) } else { Err(IdError) }
        }
        (Some(_), Some(_)) => Err(IdError),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_version_decides_whether_statuses_are_real() {
        for (version, real) in [
            ("2024-05-20", true),
            ("2025-08-12", true),
            ("2024-05-19", false),
            ("341.0", false),
            ("9999999999", false),
            ("", false),
        ] {
            assert_eq!(has_real_statuses(&with(VERSION, version)), real, "{version}");
        }
        assert!(!has_real_statuses(&HeaderMap::new()));
    }

    #[test]
    fn two_entities_are_refused_however_they_are_written() {
        let id = "11111111-2222-3333-4444-555555555555";
        assert!(entity(&with(ENTITY_IDS, id)).unwrap().is_some());
        assert!(entity(&with(ENTITY_IDS, &id.replace('-', ""))).unwrap().is_some());
        assert!(entity(&with(ENTITY_IDS, &format!("{id},{id}"))).is_err());
        let mut twice = with(ENTITY_IDS, id);
        twice.append(ENTITY_IDS, HeaderValue::from_str(id).unwrap());
        assert!(entity(&twice).is_err());
    }

    #[test]
    fn an_idempotency_key_has_at_most_255_printable_characters() {
        assert!(idempotency_key(&with(IDEMPOTENCY_KEY, &"k".repeat(255))).is_ok());
        assert!(idempotency_key(&with(IDEMPOTENCY_KEY, &"k".repeat(256))).is_err());
        for bad in ["", "a\tb"] {
            assert!(idempotency_key(&with(IDEMPOTENCY_KEY, bad)).is_err(), "{bad:?}");
        }
    }
}
