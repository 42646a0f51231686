//! Countries: any common way to name one goes in, its English name comes out.

use std::cmp::Ordering;
use std::str::FromStr;

use crate::country_table::{ALIASES, COUNTRIES, Row};

/// Why a country was refused. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CountryError {
    /// There is no country of this name or code.
    #[error("must be a valid country name or code")]
    Unknown,
}

/// `country`: read from its English name or its ISO 3166 code, kept as the name.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Country(u8);

impl Country {
    /// Every country, sorted by name.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).take(COUNTRIES.len()).map(Self)
    }

    /// The English name, as it is stored and answered.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The two-letter code.
    pub fn iso2(self) -> &'static str {
        self.row().iso2
    }

    /// The three-letter code.
    pub fn iso3(self) -> &'static str {
        self.row().iso3
    }

    fn row(self) -> &'static Row {
        &COUNTRIES[usize::from(self.0)]
    }

    fn from_iso2(code: &str) -> Option<Self> {
        find(&BY_ISO2, |place| cmp_ignore_case(COUNTRIES[usize::from(place)].iso2, code))
    }

    fn from_iso3(code: &str) -> Option<Self> {
        find(&BY_ISO3, |place| cmp_ignore_case(COUNTRIES[usize::from(place)].iso3, code))
    }

    fn from_name(name: &str) -> Option<Self> {
        let place = COUNTRIES.binary_search_by(|row| cmp_ignore_case(row.name, name)).ok();
        place.and_then(|place| u8::try_from(place).ok()).map(Self)
    }

    fn from_alias(name: &str) -> Option<Self> {
        let place = ALIASES.binary_search_by(|(alias, _)| cmp_ignore_case(alias, name)).ok()?;
        Self::from_iso2(ALIASES[place].1)
    }
}

impl FromStr for Country {
    type Err = CountryError;

    /// Reads a name, a two-letter or a three-letter code, in any case.
    fn from_str(text: &str) -> Result<Self, CountryError> {
        match text.len() {
            2 => Self::from_iso2(text),
            3 => Self::from_iso3(text),
            _ => Self::from_name(text),
        }
        .or_else(|| Self::from_alias(text))
        .ok_or(CountryError::Unknown)
    }
}

impl TryFrom<String> for Country {
    type Error = CountryError;

    fn try_from(text: String) -> Result<Self, CountryError> {
        text.parse()
    }
}

impl From<Country> for &'static str {
    fn from(country: Country) -> Self {
        country.name()
    }
}

impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Country({})", self.iso2())
    }
}

type Index = [u8; COUNTRIES.len()];

const BY_ISO2: Index = sorted_by(Code::Iso2);
const BY_ISO3: Index = sorted_by(Code::Iso3);

#[derive(Clone, Copy)]
enum Code {
    Iso2,
    Iso3,
}

/// The places of [`COUNTRIES`] in the order of one of its codes, made at compile time.
const fn sorted_by(code: Code) -> Index {
    let mut index: Index = [0; COUNTRIES.len()];
    let mut next = 0;
    while next < index.len() {
        // A country whose place does not fit does not compile.
        assert!(next <= u8::MAX as usize);
        #[expect(clippy::cast_possible_truncation, reason = "checked on the line above")]
        let place = next as u8;
        let mut gap = next;
        while gap > 0 && precedes(key(code, place), key(code, index[gap - 1])) {
            index[gap] = index[gap - 1];
            gap -= 1;
        }
        index[gap] = place;
        next += 1;
    }
    index
}

const fn key(code: Code, place: u8) -> &'static [u8] {
    let row = &COUNTRIES[place as usize];
    match code {
        Code::Iso2 => row.iso2.as_bytes(),
        Code::Iso3 => row.iso3.as_bytes(),
    }
}

/// Orders two codes of the same length.
const fn precedes(left: &[u8], right: &[u8]) -> bool {
    let mut at = 0;
    while at < left.len() {
        if left[at] != right[at] {
            return left[at] < right[at];
        }
        at += 1;
    }
    false
}

fn find(index: &Index, order: impl Fn(u8) -> Ordering) -> Option<Country> {
    index.binary_search_by(|&place| order(place)).ok().map(|at| Country(index[at]))
}

fn cmp_ignore_case(left: &str, right: &str) -> Ordering {
    let lower = |byte: u8| byte.to_ascii_lowercase();
    left.bytes().map(lower).cmp(right.bytes().map(lower))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_name_and_code_finds_its_country_in_any_case() {
        assert_eq!(Country::all().count(), 249);
        for country in Country::all() {
            for text in [country.name(), country.iso2(), country.iso3()] {
                assert_eq!(text.parse(), Ok(country), "{text}");
                assert_eq!(text.to_ascii_lowercase().parse(), Ok(country), "{text}");
                assert_eq!(text.to_ascii_uppercase().parse(), Ok(country), "{text}");
            }
        }
    }

    #[test]
    fn every_alias_finds_its_country() {
        for (alias, iso2) in ALIASES {
            assert_eq!(alias.parse::<Country>().unwrap().iso2(), iso2, "{alias}");
        }
    }

    #[test]
    fn the_tables_are_sorted_and_well_formed() {
        assert!(COUNTRIES.is_sorted_by(|a, b| cmp_ignore_case(a.name, b.name).is_lt()));
        assert!(ALIASES.is_sorted_by(|a, b| cmp_ignore_case(a.0, b.0).is_lt()));
        for Row { name, iso2, iso3 } in COUNTRIES {
            assert!(name.len() > 3 && name.is_ascii() && name.len() <= 64, "{name}");
            let upper = |code: &str| code.bytes().all(|byte| byte.is_ascii_uppercase());
            assert!(iso2.len() == 2 && upper(iso2), "{name}");
            assert!(iso3.len() == 3 && upper(iso3), "{name}");
        }
    }

    #[test]
    fn countries_have_the_names_that_are_answered() {
        let cases = [
            ("US", "United States"),
            ("usa", "United States"),
            ("United States of America", "United States"),
            ("Russia", "Russian Federation"),
            ("KR", "Korea, Republic of"),
            ("Vietnam", "Viet Nam"),
            ("CIV", "Cote d'Ivoire"),
            ("Czechia", "Czech Republic"),
            ("SS", "South Sudan"),
            ("CUW", "Curacao"),
            ("UK", "United Kingdom"),
        ];
        for (text, name) in cases {
            assert_eq!(text.parse::<Country>().unwrap().name(), name);
        }
    }

    #[test]
    fn what_is_no_country_is_refused() {
        for text in ["", " ", "X", "XX", "ZZZ", "U", " US", "US ", "Atlantis", "é", "Ünited States"]
        {
            assert_eq!(text.parse::<Country>(), Err(CountryError::Unknown), "{text}");
        }
    }

    #[test]
    fn json_is_the_name_and_is_checked() {
        let country: Country = "DE".parse().unwrap();
        assert_eq!(serde_json::to_string(&country).unwrap(), "\"Germany\"");
        assert_eq!(serde_json::from_str::<Country>("\"Germany\"").unwrap(), country);
        assert!(serde_json::from_str::<Country>("\"Atlantis\"").is_err());
        assert_eq!(format!("{country:?}"), "Country(DE)");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = text.parse::<Country>();
        }
    }
}
