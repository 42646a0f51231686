//! States and provinces: checked where the list is known, free text elsewhere.

use crate::country::Country;
use crate::region_table::{CANADA, UNITED_STATES};
use crate::text::{StateName, TextError};

/// Why a state was refused. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// The country has no state of this name or code.
    #[error("must be a valid state or province of the country")]
    Unknown,
    /// The text breaks the bounds of [`StateName`].
    #[error(transparent)]
    Text(#[from] TextError),
}

/// The states and provinces that are known by name.
pub struct Region;

impl Region {
    /// Reads a state in the light of its country.
    ///
    /// In the United States and Canada a postal code or a name, in any case, becomes
    /// the full English name, and anything else is refused. Elsewhere, and while no
    /// country is known, the text stands as it is.
    pub fn resolve(text: &str, country: Option<Country>) -> Result<StateName, RegionError> {
        let state: StateName = text.parse()?;
        let regions: &[(&str, &str)] = match country.map(Country::iso2) {
            Some("US") => &UNITED_STATES,
            Some("CA") => &CANADA,
            _ => return Ok(state),
        };
        let (_, name) = regions
            .iter()
            .find(|(code, name)| code.eq_ignore_ascii_case(text) || name.eq_ignore_ascii_case(text))
            .ok_or(RegionError::Unknown)?;
        Ok(name.parse()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str, country: &str) -> Result<String, RegionError> {
        Region::resolve(text, country.parse().ok()).map(StateName::into_string)
    }

    #[test]
    fn codes_and_names_become_the_full_name() {
        for (country, regions) in [("US", &UNITED_STATES[..]), ("CA", &CANADA[..])] {
            for (code, name) in regions {
                for text in [code, name] {
                    assert_eq!(resolve(text, country).as_deref(), Ok(*name));
                    let (lower, upper) = (text.to_lowercase(), text.to_uppercase());
                    assert_eq!(resolve(&lower, country).as_deref(), Ok(*name));
                    assert_eq!(resolve(&upper, country).as_deref(), Ok(*name));
                }
            }
        }
    }

    #[test]
    fn the_tables_name_every_region_once() {
        assert_eq!(UNITED_STATES.len(), 50 + 1 + 6 + 3);
        assert_eq!(CANADA.len(), 10 + 3);
        for regions in [&UNITED_STATES[..], &CANADA[..]] {
            assert!(regions.is_sorted_by(|a, b| a.0 < b.0));
            let mut names: Vec<_> = regions.iter().map(|(_, name)| name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), regions.len());
        }
    }

    #[test]
    fn a_region_of_the_neighbour_is_refused() {
        for (text, country) in
            [("NB", "US"), ("CA", "CA"), ("California", "CA"), ("Bavaria", "US"), ("C", "US")]
        {
            assert_eq!(resolve(text, country), Err(RegionError::Unknown), "{text} {country}");
        }
    }

    #[test]
    fn elsewhere_text_is_free_and_bounded() {
        for country in ["DE", "Atlantis"] {
            assert_eq!(resolve("Bayern", country).as_deref(), Ok("Bayern"));
            assert_eq!(resolve("CA", country).as_deref(), Ok("CA"));
            let longest = "é".repeat(50);
            assert_eq!(resolve(&longest, country), Ok(longest));
        }
    }

    #[test]
    fn bounds_hold_everywhere() {
        for country in ["US", "DE", "Atlantis"] {
            assert_eq!(resolve("", country), Err(RegionError::Text(TextError::Empty)));
            let error = RegionError::Text(TextError::TooLong { max: 50 });
            assert_eq!(resolve(&"a".repeat(51), country), Err(error));
        }
        assert_eq!(RegionError::Text(TextError::Empty).to_string(), "must not be empty");
    }
}
