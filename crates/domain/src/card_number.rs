//! The card number, and the parts of it that may be shown.
//!
//! A [`CardNumber`] lives from the request to the vault and nowhere else. It
//! cannot be cloned, compared, printed or serialised, and it is wiped when it is
//! dropped. Its digits are stored inline, so no buffer on the heap keeps a copy.
//! What the rest of the system may know of it is [`Last4`], [`Bin`] and
//! [`MaskedNumber`]; the mask is made here and only here.

mod lookalike;
mod shown;

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

pub use lookalike::{looks_like_card_number, looks_like_issued_number};
pub use shown::{Bin, Last4, MaskedNumber};

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

    /// The digits in plain. Only the vault calls this, to seal and to fingerprint,
    /// a gateway, to ask, and who looks whether it is one for tests.
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
        Last4::of(self.digits())
    }

    /// The issuer's part of the number: eight digits, or six of a short number.
    pub fn bin(&self) -> Bin {
        Bin::of(self.digits())
    }

    /// The number as it may be shown.
    pub fn masked(&self) -> MaskedNumber {
        MaskedNumber::of(self.last4(), self.len)
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

/// Only digits are ever stored, so the fallback is unreachable; it spares a panic.
fn ascii(digits: &[u8]) -> &str {
    str::from_utf8(digits).unwrap_or_default()
}

/// Completes a number, for tests.
#[cfg(test)]
pub(crate) fn with_check_digit(payload: &str) -> String {
    let candidates = (0..10).map(|digit| format!("{payload}{digit}"));
    candidates.into_iter().find(|number| luhn(number.as_bytes())).unwrap()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_published_test_numbers_are_read() {
        let cases = [
            ("4111111111111111", "1111", "41111111"),
            ("5555555555554444", "4444", "55555555"),
            ("378282246310005", "0005", "378282"),
            ("6011111111111117", "1117", "60111111"),
            ("3530111333300000", "0000", "35301113"),
            ("30569309025904", "5904", "305693"),
            ("4222222222222", "2222", "422222"),
        ];
        for (text, last4, bin) in cases {
            let number: CardNumber = text.parse().unwrap();
            assert_eq!(number.expose(), text);
            assert_eq!(number.len(), text.len());
            assert_eq!(number.last4().as_str(), last4);
            assert_eq!(number.bin().as_str(), bin);
        }
    }

    #[test]
    fn single_separators_between_digits_are_dropped() {
        for text in ["4111 1111 1111 1111", "4111-1111-1111-1111", "4-1 1-1111111111111"] {
            assert_eq!(text.parse::<CardNumber>().unwrap().expose(), "4111111111111111");
        }
    }

    #[test]
    fn what_is_no_card_number_is_refused() {
        let cases = [
            ("", CardNumberError::Empty),
            (" ", CardNumberError::NotDigits),
            (" 4111111111111111", CardNumberError::NotDigits),
            ("4111111111111111 ", CardNumberError::NotDigits),
            ("4111111111111111-", CardNumberError::NotDigits),
            ("4111  111111111111", CardNumberError::NotDigits),
            ("4111 -111111111111", CardNumberError::NotDigits),
            ("4111\t111111111111", CardNumberError::NotDigits),
            ("************1111", CardNumberError::NotDigits),
            ("４１１１１１１１１１１１１１１１", CardNumberError::NotDigits),
            ("4111111111111112", CardNumberError::Luhn),
            ("1", CardNumberError::Length),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<CardNumber>().unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn a_number_has_12_to_19_digits() {
        for (digits, fits) in [(11, false), (12, true), (19, true), (20, false), (300, false)] {
            let text = with_check_digit(&"6".repeat(digits - 1));
            let error = text.parse::<CardNumber>().err();
            assert_eq!(error, (!fits).then_some(CardNumberError::Length), "{digits}");
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        let number: CardNumber = "4111111111111111".parse().unwrap();
        assert_eq!(format!("{number:?} {number:#?}"), "CardNumber(..) CardNumber(..)");
    }

    #[test]
    fn a_wiped_number_holds_nothing() {
        let mut number: CardNumber = "4111111111111111".parse().unwrap();
        number.zeroize();
        assert_eq!((number.digits, number.len), ([0; 19], 0));
    }

    proptest! {
        #[test]
        fn reading_gives_back_what_was_written(
            number in "[0-9]{11,18}".prop_map(|payload| with_check_digit(&payload)),
        ) {
            let read: CardNumber = number.parse().unwrap();
            prop_assert_eq!(read.expose(), number);
        }

        #[test]
        fn every_change_of_one_digit_is_caught(
            number in "[0-9]{11,18}".prop_map(|payload| with_check_digit(&payload)),
            place in any::<prop::sample::Index>(),
            by in 1..10_u8,
        ) {
            let mut digits = number.into_bytes();
            let place = place.index(digits.len());
            digits[place] = b'0' + (digits[place] - b'0' + by) % 10;
            let changed = String::from_utf8(digits).unwrap();
            prop_assert_eq!(changed.parse::<CardNumber>().unwrap_err(), CardNumberError::Luhn);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = text.parse::<CardNumber>();
        }
    }
}
