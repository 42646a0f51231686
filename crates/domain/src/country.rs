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
            _ => Self::from_name(text).or_else(|| Self::from_alias(text)),
        }
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
