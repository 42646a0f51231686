//! Card types, and which numbers their issuers give out.

mod issuer;

use std::str::FromStr;

use crate::card_number::CardNumber;
use issuer::{
    AMERICAN_EXPRESS, CUP, DINERS, DISCOVER, ELECTRON, ELO, HIPERCARD, Issuer, JCB, MAESTRO,
    MASTERCARD, VISA,
};

/// Why a card type was refused. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardTypeError {
    /// There is no card type of this name.
    #[error("must be a supported card type")]
    Unknown,
}

/// `cardType`, by the names that Zuora's SDK knows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "&'static str")]
pub enum CardType {
    /// Visa.
    Visa,
    /// Mastercard.
    MasterCard,
    /// American Express.
    AmericanExpress,
    /// Discover.
    Discover,
    /// JCB.
    JCB,
    /// Diners Club.
    Diners,
    /// China `UnionPay`.
    CUP,
    /// Maestro, Mastercard's debit card.
    Maestro,
    /// Visa Electron, Visa's debit card.
    Electron,
    /// Visa through Apple Pay.
    AppleVisa,
    /// Mastercard through Apple Pay.
    AppleMasterCard,
    /// American Express through Apple Pay.
    AppleAmericanExpress,
    /// Discover through Apple Pay.
    AppleDiscover,
    /// JCB through Apple Pay.
    AppleJCB,
    /// Elo, of Brazil.
    Elo,
    /// Hipercard, of Brazil.
    Hipercard,
    /// Naranja, of Argentina.
    Naranja,
    /// Nativa, of Argentina.
    Nativa,
    /// Tarjeta Shopping, of Argentina.
    TarjetaShopping,
    /// Cencosud, of Argentina.
    Cencosud,
    /// Argencard, of Argentina.
    Argencard,
    /// Cabal, of Argentina.
    Cabal,
}

impl CardType {
    /// Every card type, in the order of declaration.
    pub const ALL: [Self; 22] = [
        Self::Visa,
        Self::MasterCard,
        Self::AmericanExpress,
        Self::Discover,
        Self::JCB,
        Self::Diners,
        Self::CUP,
        Self::Maestro,
        Self::Electron,
        Self::AppleVisa,
        Self::AppleMasterCard,
        Self::AppleAmericanExpress,
        Self::AppleDiscover,
        Self::AppleJCB,
        Self::Elo,
        Self::Hipercard,
        Self::Naranja,
        Self::Nativa,
        Self::TarjetaShopping,
        Self::Cencosud,
        Self::Argencard,
        Self::Cabal,
    ];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Visa => "Visa",
            Self::MasterCard => "MasterCard",
            Self::AmericanExpress => "AmericanExpress",
            Self::Discover => "Discover",
            Self::JCB => "JCB",
            Self::Diners => "Diners",
            Self::CUP => "CUP",
            Self::Maestro => "Maestro",
            Self::Electron => "Electron",
            Self::AppleVisa => "AppleVisa",
            Self::AppleMasterCard => "AppleMasterCard",
            Self::AppleAmericanExpress => "AppleAmericanExpress",
            Self::AppleDiscover => "AppleDiscover",
            Self::AppleJCB => "AppleJCB",
            Self::Elo => "Elo",
            Self::Hipercard => "Hipercard",
            Self::Naranja => "Naranja",
            Self::Nativa => "Nativa",
            Self::TarjetaShopping => "TarjetaShopping",
            Self::Cencosud => "Cencosud",
            Self::Argencard => "Argencard",
            Self::Cabal => "Cabal",
        }
    }

    /// The type whose issuers give out such numbers, if one is known.
    ///
    /// The narrow ranges of Elo and Hipercard lie inside those of others and are
    /// asked first. What is detected also [`matches`](Self::matches).
    pub fn detect(number: &CardNumber) -> Option<Self> {
        DETECTED
            .into_iter()
            .find(|(_, issuer)| issuer.gives_out(number))
            .map(|(card_type, _)| card_type)
    }

    /// Whether the number can belong to a card of this type.
    ///
    /// True of every number for the types whose ranges are not published, or not
    /// completely: refusing a good card is worse than passing it on to its gateway.
    pub fn matches(self, number: &CardNumber) -> bool {
        self.issuer().is_none_or(|issuer| issuer.gives_out(number))
    }

    /// Numbers made for a phone are taken from the ranges of the scheme.
    fn issuer(self) -> Option<&'static Issuer> {
        match self {
            Self::Visa | Self::AppleVisa => Some(&VISA),
            Self::Electron => Some(&ELECTRON),
            Self::MasterCard | Self::AppleMasterCard => Some(&MASTERCARD),
            Self::AmericanExpress | Self::AppleAmericanExpress => Some(&AMERICAN_EXPRESS),
            Self::Discover | Self::AppleDiscover => Some(&DISCOVER),
            Self::JCB | Self::AppleJCB => Some(&JCB),
            Self::Diners => Some(&DINERS),
            Self::CUP => Some(&CUP),
            Self::Maestro => Some(&MAESTRO),
            Self::Elo
            | Self::Hipercard
            | Self::Naranja
            | Self::Nativa
            | Self::TarjetaShopping
            | Self::Cencosud
            | Self::Argencard
            | Self::Cabal => None,
        }
    }
}

impl FromStr for CardType {
    type Err = CardTypeError;

    /// Reads the name on the wire; upper and lower case are alike.
    fn from_str(text: &str) -> Result<Self, CardTypeError> {
        Self::ALL
            .into_iter()
            .find(|card_type| card_type.as_str().eq_ignore_ascii_case(text))
            .ok_or(CardTypeError::Unknown)
    }
}

impl TryFrom<String> for CardType {
    type Error = CardTypeError;

    fn try_from(text: String) -> Result<Self, CardTypeError> {
        text.parse()
    }
}

impl From<CardType> for &'static str {
    fn from(card_type: CardType) -> Self {
        card_type.as_str()
    }
}

/// Most specific first: the first that gives out a number is its type.
const DETECTED: [(CardType, &Issuer); 10] = [
    (CardType::Elo, &ELO),
    (CardType::Hipercard, &HIPERCARD),
    (CardType::Visa, &VISA),
    (CardType::MasterCard, &MASTERCARD),
    (CardType::AmericanExpress, &AMERICAN_EXPRESS),
    (CardType::Discover, &DISCOVER),
    (CardType::JCB, &JCB),
    (CardType::Diners, &DINERS),
    (CardType::CUP, &CUP),
    (CardType::Maestro, &MAESTRO),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::card_number::with_check_digit;

    fn number(prefix: &str, length: usize) -> CardNumber {
        with_check_digit(&format!("{prefix:0<width$}", width = length - 1)).parse().unwrap()
    }

    #[test]
    fn every_name_reads_as_its_type_in_any_case() {
        for card_type in CardType::ALL {
            let name = card_type.as_str();
            assert_eq!(name, format!("{card_type:?}"));
            assert_eq!(name.parse(), Ok(card_type));
            assert_eq!(name.to_lowercase().parse(), Ok(card_type));
            let json = serde_json::to_string(&card_type).unwrap();
            assert_eq!(json, format!("\"{name}\""));
            assert_eq!(serde_json::from_str::<CardType>(&json).unwrap(), card_type);
        }
        assert!(CardType::ALL.is_sorted_by(|a, b| a < b));
        for text in ["", "visa ", "Master Card", "Amex", "Vis\u{131}"] {
            assert_eq!(text.parse::<CardType>(), Err(CardTypeError::Unknown), "{text}");
        }
    }

    #[test]
    fn the_published_test_numbers_are_detected() {
        let cases = [
            ("4111111111111111", CardType::Visa),
            ("4222222222222", CardType::Visa),
            ("5555555555554444", CardType::MasterCard),
            ("2223003122003222", CardType::MasterCard),
            ("378282246310005", CardType::AmericanExpress),
            ("6011111111111117", CardType::Discover),
            ("3530111333300000", CardType::JCB),
            ("30569309025904", CardType::Diners),
        ];
        for (text, card_type) in cases {
            let number: CardNumber = text.parse().unwrap();
            assert_eq!(CardType::detect(&number), Some(card_type), "{text}");
            assert!(card_type.matches(&number), "{text}");
        }
    }

    #[test]
    fn ranges_end_where_their_issuers_end() {
        let cases = [
            ("222099", None),
            ("2221", Some(CardType::MasterCard)),
            ("272099", Some(CardType::MasterCard)),
            ("2721", None),
            ("3528", Some(CardType::JCB)),
            ("3527", None),
            ("3589", Some(CardType::JCB)),
            ("3590", None),
            ("300", Some(CardType::Diners)),
            ("305", Some(CardType::Diners)),
            ("306", None),
            ("3095", Some(CardType::Diners)),
            ("3096", None),
            ("36", Some(CardType::Diners)),
            ("38", Some(CardType::Diners)),
            ("39", Some(CardType::Diners)),
            ("401177", Some(CardType::Visa)),
            ("401178", Some(CardType::Elo)),
            ("50", Some(CardType::Maestro)),
            ("509", Some(CardType::Elo)),
            ("51", Some(CardType::MasterCard)),
            ("55", Some(CardType::MasterCard)),
            ("56", Some(CardType::Maestro)),
            ("58", Some(CardType::Maestro)),
            ("59", None),
            ("6010", Some(CardType::Maestro)),
            ("6011", Some(CardType::Discover)),
            ("6012", Some(CardType::Maestro)),
            ("606282", Some(CardType::Hipercard)),
            ("62", Some(CardType::CUP)),
            ("63", Some(CardType::Maestro)),
            ("643", Some(CardType::Maestro)),
            ("644", Some(CardType::Discover)),
            ("649", Some(CardType::Discover)),
            ("65", Some(CardType::Discover)),
            ("66", Some(CardType::Maestro)),
            ("7", None),
            ("1", None),
            ("0", None),
        ];
        for (prefix, card_type) in cases {
            assert_eq!(CardType::detect(&number(prefix, 16)), card_type, "{prefix}");
        }
    }

    #[test]
    fn lengths_are_those_of_the_scheme() {
        let cases: [(CardType, &str, &[usize]); 9] = [
            (CardType::Visa, "4", &[13, 16, 19]),
            (CardType::Electron, "4", &[16]),
            (CardType::MasterCard, "51", &[16]),
            (CardType::AmericanExpress, "34", &[15]),
            (CardType::Discover, "65", &[16, 17, 18, 19]),
            (CardType::JCB, "3528", &[16, 17, 18, 19]),
            (CardType::Diners, "36", &[14, 15, 16, 17, 18, 19]),
            (CardType::CUP, "62", &[16, 17, 18, 19]),
            (CardType::Maestro, "50", &[12, 13, 14, 15, 16, 17, 18, 19]),
        ];
        for (card_type, prefix, lengths) in cases {
            for length in 12..=19 {
                let matches = card_type.matches(&number(prefix, length));
                assert_eq!(matches, lengths.contains(&length), "{card_type:?} {length}");
            }
        }
    }

    #[test]
    fn a_number_of_another_scheme_does_not_match() {
        let visa: CardNumber = "4111111111111111".parse().unwrap();
        for card_type in CardType::ALL {
            let takes_visa = !matches!(
                card_type,
                CardType::MasterCard
                    | CardType::AmericanExpress
                    | CardType::Discover
                    | CardType::JCB
                    | CardType::Diners
                    | CardType::CUP
                    | CardType::Maestro
                    | CardType::AppleMasterCard
                    | CardType::AppleAmericanExpress
                    | CardType::AppleDiscover
                    | CardType::AppleJCB
            );
            assert_eq!(card_type.matches(&visa), takes_visa, "{card_type:?}");
        }
    }

    #[test]
    fn maestro_leaves_the_ranges_of_others_alone() {
        for prefix in ["51", "59", "6011", "62", "644", "65"] {
            assert!(!CardType::Maestro.matches(&number(prefix, 16)), "{prefix}");
        }
    }

    proptest! {
        #[test]
        fn what_is_detected_matches(payload in "[0-9]{11,18}") {
            let number: CardNumber = with_check_digit(&payload).parse().unwrap();
            if let Some(card_type) = CardType::detect(&number) {
                prop_assert!(card_type.matches(&number));
            }
        }
    }
}
