//! The card number, and the parts of it that may be shown.
//!
//! A [`CardNumber`] lives from the request to the vault and nowhere else. It
//! cannot be cloned, compared, printed or serialised, and it is wiped when it is
//! dropped. Its digits are stored inline, so no buffer on the heap keeps a copy.
//! What the rest of the system may know of it is [`Last4`], [`Bin`] and
//! [`MaskedNumber`]; the mask is made here and only here.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Why a card number, or a part of one, was refused. Never holds a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardNumberError {
    /// There is no text.
    #[error("must not be empty")]
    Empty,
    /// There is something else than digits and single separators between them.
    #[error("must contain only digits")]
    NotDigits,
    /// There are too few or too many digits.
    #[error("has the wrong number of digits")]
    Length,
    /// The check digit does not fit.
    #[error("is not a valid card number")]
    Luhn,
}

/// A card number of 12 to 19 digits whose check digit fits.
///
/// It cannot be copied:
/// ```compile_fail,E0599
/// let number: cardfile_domain::card_number::CardNumber = "4111111111111111".parse().unwrap();
/// let _ = number.clone();
/// ```
/// nor printed:
/// ```compile_fail,E0277
/// let number: cardfile_domain::card_number::CardNumber = "4111111111111111".parse().unwrap();
/// let _ = format!("{number}");
/// ```
/// nor serialised:
/// ```compile_fail,E0277
/// let number: cardfile_domain::card_number::CardNumber = "4111111111111111".parse().unwrap();
/// let _ = serde_json::to_string(&number);
/// ```
/// nor compared, which would invite look-ups by number:
/// ```compile_fail,E0369
/// let number: cardfile_domain::card_number::CardNumber = "4111111111111111".parse().unwrap();
/// let _ = number == number;
/// ```
/// The same lines with what is allowed do compile:
/// ```
/// let number: cardfile_domain::card_number::CardNumber = "4111111111111111".parse().unwrap();
/// assert_eq!(format!("{number:?} {}", number.masked()), "CardNumber(..) ************1111");
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct CardNumber {
    digits: [u8; Self::MAX_DIGITS],
    len: u8,
}

impl CardNumber {
    /// The shortest number that is issued (Maestro).
    pub const MIN_DIGITS: usize = 12;
    /// The longest number that ISO/IEC 7812 allows.
    pub const MAX_DIGITS: usize = 19;

    /// The digits in plain. Only the vault calls this, to seal and to fingerprint.
    pub fn expose(&self) -> &str {
        ascii(self.digits())
    }

    /// How many digits the number has.
    #[expect(clippy::len_without_is_empty, reason = "a number has at least 12 digits")]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// The last four digits, which may be shown.
    pub fn last4(&self) -> Last4 {
        let digits = self.digits();
        let mut last4 = [0; 4];
        last4.copy_from_slice(&digits[digits.len() - 4..]);
        Last4(last4)
    }

    /// The issuer's part of the number.
    ///
    /// Eight digits since ISO/IEC 7812-1:2017; six of a number shorter than 16,
    /// of which eight and the last four would leave too little hidden.
    pub fn bin(&self) -> Bin {
        let len = if self.len >= 16 { 8 } else { 6 };
        let mut digits = [0; 8];
        digits[..usize::from(len)].copy_from_slice(&self.digits()[..usize::from(len)]);
        Bin { digits, len }
    }

    /// The number as it may be shown.
    pub fn masked(&self) -> MaskedNumber {
        MaskedNumber { last4: self.last4(), digits: self.len }
    }

    /// The first six digits as a number, by which issuers are told apart.
    pub(crate) fn first_six(&self) -> u32 {
        self.digits[..6].iter().fold(0, |prefix, digit| prefix * 10 + u32::from(digit - b'0'))
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.len()]
    }
}

impl FromStr for CardNumber {
    type Err = CardNumberError;

    /// Reads digits with at most one space or dash between two of them.
    fn from_str(text: &str) -> Result<Self, CardNumberError> {
        if text.is_empty() {
            return Err(CardNumberError::Empty);
        }
        // Filled in place, so that the digits are wiped on the way out of an error too.
        let mut number = Self { digits: [0; Self::MAX_DIGITS], len: 0 };
        let mut count = 0;
        let mut after_digit = false;
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' => {
                    if let Some(place) = number.digits.get_mut(count) {
                        *place = byte;
                        number.len += 1;
                    }
                    count += 1;
                    after_digit = true;
                }
                b' ' | b'-' if after_digit => after_digit = false,
                _ => return Err(CardNumberError::NotDigits),
            }
        }
        if !after_digit {
            return Err(CardNumberError::NotDigits);
        }
        if !(Self::MIN_DIGITS..=Self::MAX_DIGITS).contains(&count) {
            return Err(CardNumberError::Length);
        }
        if !luhn(number.digits()) {
            return Err(CardNumberError::Luhn);
        }
        Ok(number)
    }
}

impl fmt::Debug for CardNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardNumber(..)")
    }
}

/// The last four digits of a card number.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Last4([u8; 4]);

impl Last4 {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaskedNumber {
    last4: Last4,
    digits: u8,
}

impl MaskedNumber {
    /// The mask of a stored card, of which only the end and the length are kept.
    pub fn new(last4: Last4, digits: u8) -> Result<Self, CardNumberError> {
        if (CardNumber::MIN_DIGITS..=CardNumber::MAX_DIGITS).contains(&usize::from(digits)) {
            Ok(Self { last4, digits })
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

/// Whether a text holds what would pass for a card number.
///
/// That is 13 to 19 digits whose check digit fits, made of whole groups of digits
/// with single spaces or dashes between them. Text that is stored in plain is asked
/// this, so that a number put into the wrong field is refused and not kept. One
/// text of digits in ten passes the check by chance; times in milliseconds, the
/// only such numbers that are common in fields, are told apart by their first digit.
pub fn looks_like_card_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len())
        .filter(|&start| starts_group(bytes, start))
        .any(|start| card_number_at(&bytes[start..]))
}

/// Tries every run of whole groups that begins where `text` begins.
fn card_number_at(text: &[u8]) -> bool {
    let mut digits = [0; CardNumber::MAX_DIGITS];
    let mut len = 0;
    for (at, &byte) in text.iter().enumerate() {
        let next_is_digit = text.get(at + 1).is_some_and(u8::is_ascii_digit);
        if byte.is_ascii_digit() {
            let Some(place) = digits.get_mut(len) else { break };
            *place = byte;
            len += 1;
            if !next_is_digit && passes_for_card_number(&digits[..len]) {
                digits.zeroize();
                return true;
            }
        } else if !(matches!(byte, b' ' | b'-') && next_is_digit) {
            break;
        }
    }
    digits.zeroize();
    false
}

fn starts_group(text: &[u8], at: usize) -> bool {
    text[at].is_ascii_digit() && !(at > 0 && text[at - 1].is_ascii_digit())
}

fn passes_for_card_number(digits: &[u8]) -> bool {
    // Milliseconds since 1970 have 13 digits and begin with 1 from 2001 to 2033;
    // card numbers as short as that begin with 4, 5 or 6.
    let milliseconds = digits.len() == 13 && digits[0] == b'1';
    (13..=CardNumber::MAX_DIGITS).contains(&digits.len()) && !milliseconds && luhn(digits)
}

/// The check of ISO/IEC 7812-1, annex B: every second digit from the right counts
/// double, and the sum of all digits ends in zero.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let value = u32::from(digit - b'0');
            let weighted = if place % 2 == 1 { value * 2 } else { value };
            weighted / 10 + weighted % 10
        })
        .sum();
    sum.is_multiple_of(10)
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

/// Only digits are ever stored, so the fallback is unreachable; it spares a panic.
fn ascii(digits: &[u8]) -> &str {
    str::from_utf8(digits).unwrap_or_default()
}
