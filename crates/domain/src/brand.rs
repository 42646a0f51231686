//! Card types, and which numbers their issuers give out.

use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::card_number::CardNumber;

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

/// The numbers of one scheme.
struct Issuer {
    /// By the first six digits.
    ranges: &'static [RangeInclusive<u32>],
    lengths: &'static [usize],
}

impl Issuer {
    fn gives_out(&self, number: &CardNumber) -> bool {
        let prefix = number.first_six();
        self.lengths.contains(&number.len())
            && self.ranges.iter().any(|range| range.contains(&prefix))
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

const VISA: Issuer = Issuer { ranges: &[400_000..=499_999], lengths: &[13, 16, 19] };

const ELECTRON: Issuer = Issuer { ranges: &[400_000..=499_999], lengths: &[16] };

const MASTERCARD: Issuer =
    Issuer { ranges: &[510_000..=559_999, 222_100..=272_099], lengths: &[16] };

const AMERICAN_EXPRESS: Issuer =
    Issuer { ranges: &[340_000..=349_999, 370_000..=379_999], lengths: &[15] };

const DISCOVER: Issuer =
    Issuer { ranges: &[601_100..=601_199, 644_000..=659_999], lengths: &[16, 17, 18, 19] };

const JCB: Issuer = Issuer { ranges: &[352_800..=358_999], lengths: &[16, 17, 18, 19] };

const DINERS: Issuer = Issuer {
    ranges: &[300_000..=305_999, 309_500..=309_599, 360_000..=369_999, 380_000..=399_999],
    lengths: &[14, 15, 16, 17, 18, 19],
};

const CUP: Issuer = Issuer { ranges: &[620_000..=629_999], lengths: &[16, 17, 18, 19] };

/// Of the numbers that begin with 6, those that Discover and CUP leave.
const MAESTRO: Issuer = Issuer {
    ranges: &[
        500_000..=509_999,
        560_000..=589_999,
        600_000..=601_099,
        601_200..=619_999,
        630_000..=643_999,
        660_000..=699_999,
    ],
    lengths: &[12, 13, 14, 15, 16, 17, 18, 19],
};

const ELO: Issuer = Issuer {
    ranges: &[
        401_178..=401_179,
        431_274..=431_274,
        438_935..=438_935,
        451_416..=451_416,
        457_393..=457_393,
        457_631..=457_632,
        504_175..=504_175,
        506_699..=506_778,
        509_000..=509_999,
        627_780..=627_780,
        636_297..=636_297,
        636_368..=636_368,
        650_031..=650_033,
        650_035..=650_051,
        650_405..=650_439,
        650_485..=650_538,
        650_541..=650_598,
        650_700..=650_718,
        650_720..=650_727,
        650_901..=650_920,
        651_652..=651_679,
        655_000..=655_019,
        655_021..=655_058,
    ],
    lengths: &[16],
};

const HIPERCARD: Issuer = Issuer {
    ranges: &[
        606_282..=606_282,
        637_095..=637_095,
        637_568..=637_568,
        637_599..=637_599,
        637_609..=637_609,
        637_612..=637_612,
    ],
    lengths: &[16],
};
