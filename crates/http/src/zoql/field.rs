//! The fields of a payment method as CRUD, Actions and Object Query know them.

use cardfile_domain::{custom_fields::CustomFieldName, ports::FiledCard, query::CardField};
use jiff::Timestamp;

use super::field_table::FIELDS;

/// A field that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Field {
    /// One of Zuora's.
    Standard(&'static Standard),
    /// One of the tenant's; its case matters.
    Custom(CustomFieldName),
}

/// One of Zuora's fields.
#[derive(Debug)]
pub(crate) struct Standard {
    /// Its name in CRUD and ZOQL.
    pub(super) name: &'static str,
    /// Where its value comes from.
    pub(super) source: Source,
}

/// Where the value of a field comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// It is the same for every card.
    Always(Shown),
    /// It is kept with the card.
    Kept {
        /// How it is asked for in a condition.
        asked: Asked,
        /// How it is read from a card.
        shown: fn(&FiledCard) -> Shown,
    },
}

/// How a condition asks for a field.
#[derive(Debug)]
pub(super) enum Asked {
    /// The store compares it.
    Stored(CardField),
    /// It is the card's id, which tells the store where to look.
    Id,
    /// It names the card's account.
    Account,
    /// It says whether the status is Active.
    Active,
    /// It can be shown, but no store compares it.
    Nowhere,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    /// It has none.
    Null,
    /// A word that is the same for every card.
    Word(&'static str),
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
    /// A moment.
    Time(Timestamp),
}

impl PartialEq for Standard {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Standard {}

impl std::hash::Hash for Standard {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl Field {
    /// The field with this name, in any case and in either dialect's spelling.
    pub(crate) fn named(name: &str) -> Option<Self> {
        if name.ends_with("__c") {
            return name.parse().ok().map(Self::Custom);
        }
        let lower = |text: &str| text.to_ascii_lowercase();
        let wanted = lower(name);
        let place = FIELDS.binary_search_by(|field| lower(field.name).cmp(&wanted)).ok()?;
        Some(Self::Standard(&FIELDS[place]))
    }

    /// Every field of Zuora's.
    pub(crate) fn standard() -> impl Iterator<Item = Self> {
        FIELDS.iter().map(Self::Standard)
    }

    /// The field that a store sorts by, if it can.
    pub(crate) fn sorted_by(&self) -> Option<CardField> {
        match self {
            Self::Custom(name) => Some(CardField::Custom(name.as_str().to_owned())),
            Self::Standard(Standard { source: Source::Kept { asked, .. }, .. }) => match asked {
                Asked::Stored(field) => Some(field.clone()),
                Asked::Id => Some(CardField::Id),
                Asked::Account | Asked::Active | Asked::Nowhere => None,
            },
            Self::Standard(Standard { source: Source::Always(_), .. }) => None,
        }
    }

    /// The name in CRUD and ZOQL: `CreditCardType`.
    pub(crate) fn pascal(&self) -> &str {
        match self {
            Self::Standard(field) => field.name,
            Self::Custom(name) => name.as_str(),
        }
    }

    /// The name in Object Query: `creditCardType`, and `iPAddress` by the same rule.
    pub(crate) fn camel(&self) -> String {
        match self {
            Self::Standard(field) => {
                let (first, rest) = field.name.split_at(1);
                format!("{}{rest}", first.to_ascii_lowercase())
            }
            Self::Custom(name) => name.as_str().to_owned(),
        }
    }
}
