//! The parts of a card number that may be shown and stored in plain, and the mask.

use std::fmt;
use std::str::FromStr;

use super::{CardNumber, CardNumberError, ascii};

/// The last four digits of a card number.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Last4([u8; 4]);

impl Last4 {
    pub(super) fn of(number: &[u8]) -> Self {
        let mut last4 = [0; 4];
        last4.copy_from_slice(&number[number.len() - 4..]);
        Self(last4)
    }

    /// The four digits.
    pub fn as_str(&self) -> &str {
        ascii(&self.0)
    }
}

impl FromStr for Last4 {
    type Err = CardNumberError;

    fn from_str(text: &str) -> Result<Self, CardNumberError> {
        all_digits(text)?;
        text.as_bytes().try_into().map(Self).map_err(|_| CardNumberError::Length)
    }
}

impl TryFrom<String> for Last4 {
    type Error = CardNumberError;

    fn try_from(text: String) -> Result<Self, CardNumberError> {
        text.parse()
    }
}

impl From<Last4> for String {
    fn from(last4: Last4) -> Self {
        last4.as_str().to_owned()
    }
}

/// The bank identification number: the first six or eight digits of a card number.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Bin {
    digits: [u8; 8],
    len: u8,
}

impl Bin {
    /// Eight digits since ISO/IEC 7812-1:2017; six of a number shorter than 16, of
    /// which eight and the last four would leave too little hidden.
    pub(super) fn of(number: &[u8]) -> Self {
        let len = if number.len() >= 16 { 8 } else { 6 };
        let mut digits = [0; 8];
        digits[..usize::from(len)].copy_from_slice(&number[..usize::from(len)]);
        Self { digits, len }
    }

    /// The six or eight digits.
    pub fn as_str(&self) -> &str {
        ascii(&self.digits[..usize::from(self.len)])
    }
}

impl FromStr for Bin {
    type Err = CardNumberError;

    fn from_str(text: &str) -> Result<Self, CardNumberError> {
        all_digits(text)?;
        let len = match text.len() {
            6 => 6,
            8 => 8,
            _ => return Err(CardNumberError::Length),
        };
        let mut digits = [0; 8];
        digits[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self { digits, len })
    }
}

impl TryFrom<String> for Bin {
    type Error = CardNumberError;

    fn try_from(text: String) -> Result<Self, CardNumberError> {
        text.parse()
    }
}

impl From<Bin> for String {
    fn from(bin: Bin) -> Self {
        bin.as_str().to_owned()
    }
}

/// A card number as people see it: `************1111`, as long as the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct MaskedNumber {
    last4: Last4,
    digits: u8,
}

impl MaskedNumber {
    pub(super) fn of(last4: Last4, digits: u8) -> Self {
        Self { last4, digits }
    }

    /// The mask of a stored card, of which only the end and the length are kept.
    pub fn new(last4: Last4, digits: u8) -> Result<Self, CardNumberError> {
        if (CardNumber::MIN_DIGITS..=CardNumber::MAX_DIGITS).contains(&usize::from(digits)) {
            Ok(Self::of(last4, digits))
        } else {
            Err(CardNumberError::Length)
        }
    }

    /// The digits that show.
    pub fn last4(self) -> Last4 {
        self.last4
    }

    /// How many digits the number has, shown or not.
    pub fn digits(self) -> u8 {
        self.digits
    }
}

impl fmt::Display for MaskedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:*>width$}", self.last4.as_str(), width = usize::from(self.digits))
    }
}

fn all_digits(text: &str) -> Result<(), CardNumberError> {
    if text.is_empty() {
        Err(CardNumberError::Empty)
    } else if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(())
    } else {
        Err(CardNumberError::NotDigits)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_mask_is_as_long_as_the_number() {
        let cases = [
            (12, "********1111"),
            (15, "***********1111"),
            (16, "************1111"),
            (19, "***************1111"),
        ];
        for (digits, shown) in cases {
            let masked = MaskedNumber::new("1111".parse().unwrap(), digits).unwrap();
            assert_eq!(masked.to_string(), shown);
            assert_eq!((masked.last4().as_str(), masked.digits()), ("1111", digits));
        }
    }

    #[test]
    fn a_mask_of_no_possible_number_is_refused() {
        for digits in [0, 4, 11, 20, u8::MAX] {
            let masked = MaskedNumber::new("1111".parse().unwrap(), digits);
            assert_eq!(masked, Err(CardNumberError::Length), "{digits}");
        }
    }

    #[test]
    fn the_last_four_are_four_digits() {
        assert_eq!("0005".parse::<Last4>().unwrap().as_str(), "0005");
        let cases = [
            ("", CardNumberError::Empty),
            ("111", CardNumberError::Length),
            ("11111", CardNumberError::Length),
            ("111a", CardNumberError::NotDigits),
            ("1é1", CardNumberError::NotDigits),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Last4>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_bin_is_six_or_eight_digits() {
        for text in ["411111", "41111111"] {
            assert_eq!(text.parse::<Bin>().unwrap().as_str(), text);
        }
        let cases = [
            ("", CardNumberError::Empty),
            ("41111", CardNumberError::Length),
            ("4111111", CardNumberError::Length),
            ("411111111", CardNumberError::Length),
            ("41111x", CardNumberError::NotDigits),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Bin>(), Err(error), "{text}");
        }
    }

    #[test]
    fn shown_parts_are_json_strings() {
        let (last4, bin): (Last4, Bin) = ("0005".parse().unwrap(), "378282".parse().unwrap());
        let json = serde_json::to_string(&(last4, bin)).unwrap();
        assert_eq!(json, r#"["0005","378282"]"#);
        assert_eq!(serde_json::from_str::<(Last4, Bin)>(&json).unwrap(), (last4, bin));
        assert!(serde_json::from_str::<Last4>(r#""12345""#).is_err());
    }

    proptest! {
        #[test]
        fn a_mask_never_shows_more_than_four_digits(
            number in "[0-9]{11,18}".prop_map(|payload| crate::card_number::with_check_digit(&payload)),
        ) {
            let card: CardNumber = number.parse().unwrap();
            let shown = card.masked().to_string();
            prop_assert_eq!(shown.len(), number.len());
            prop_assert_eq!(shown.bytes().filter(u8::is_ascii_digit).count(), 4);
            prop_assert_eq!(&shown[shown.len() - 4..], &number[number.len() - 4..]);
        }
    }
}
