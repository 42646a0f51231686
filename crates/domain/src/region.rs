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
