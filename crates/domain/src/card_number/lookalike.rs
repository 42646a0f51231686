//! Finds card numbers where they do not belong.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::{CardNumber, luhn};
use crate::brand::CardType;

/// Whether a text holds what would pass for a card number.
///
/// That is 13 to 19 digits whose check digit fits, made of whole groups of digits
/// with single spaces or dashes between them. Text that is stored in plain is asked
/// this, so that a number put into the wrong field is refused and not kept. One
/// text of digits in ten passes the check by chance; times in milliseconds, the
/// only such numbers that are common in fields, are told apart by their first digit.
/// One UUID in four hundred has such a row of digits, so a text that is a UUID and
/// nothing else is refused only for a number as a large scheme gives it out.
pub fn looks_like_card_number(text: &str) -> bool {
    holds(text, passes_for_card_number)
        && (Uuid::try_parse(text).is_err() || looks_like_issued_number(text))
}

/// Whether a text holds a number as a large scheme gives it out today.
///
/// This is asked where identifiers of other systems are kept, which are often nothing but digits:
/// account numbers, transaction ids, phone numbers, times in nanoseconds. One in ten of them would
/// be refused for its check digit alone; hardly any also has a scheme's first digits and its length.
pub fn looks_like_issued_number(text: &str) -> bool {
    holds(text, passes_for_issued_number)
}

fn holds(text: &str, passes: fn(&[u8]) -> bool) -> bool {
    let bytes = text.as_bytes();
    // Nearly every text has too few digits for any number, which is found out in one quick pass.
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits < CardNumber::MIN_DIGITS {
        return false;
    }
    (0..bytes.len())
        .filter(|&start| starts_group(bytes, start))
        .any(|start| number_at(&bytes[start..], passes))
}

/// Tries every run of whole groups that begins where `text` begins.
fn number_at(text: &[u8], passes: fn(&[u8]) -> bool) -> bool {
    let mut digits = Zeroizing::new([0; CardNumber::MAX_DIGITS]);
    let mut len = 0;
    for (at, &byte) in text.iter().enumerate() {
        let next_is_digit = text.get(at + 1).is_some_and(u8::is_ascii_digit);
        if byte.is_ascii_digit() {
            let Some(place) = digits.get_mut(len) else {
                break;
            };
            *place = byte;
            len += 1;
            if !next_is_digit && passes(&digits[..len]) {
                return true;
            }
        } else if !(matches!(byte, b' ' | b'-') && next_is_digit) {
            break;
        }
    }
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

/// The usual length of a number of each large scheme. Other lengths were given out once or may be
/// some day, and are those of phone numbers and times.
const ISSUED: [(CardType, usize); 7] = [
    (CardType::Visa, 16),
    (CardType::MasterCard, 16),
    (CardType::AmericanExpress, 15),
    (CardType::Discover, 16),
    (CardType::JCB, 16),
    (CardType::CUP, 16),
    (CardType::Diners, 14),
];

fn passes_for_issued_number(digits: &[u8]) -> bool {
    let number = str::from_utf8(digits).ok().and_then(|digits| digits.parse::<CardNumber>().ok());
    number.is_some_and(|number| {
        let is_of =
            |scheme: &(CardType, usize)| digits.len() == scheme.1 && scheme.0.matches(&number);
        // Not every range of these is published; those that are lie inside those of other schemes.
        let is_brazilian =
            || matches!(CardType::detect(&number), Some(CardType::Elo | CardType::Hipercard));
        ISSUED.iter().any(is_of) || is_brazilian()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_that_was_given_out_is_told_from_other_digits() {
        for text in [
            "4111111111111111",
            "5555-5555-5555-4444",
            "card 378282246310005, thanks",
            "6011 1111 1111 1117",
            "3530111333300000",
            "30569309025904",
            "6362970000457013",
            "5066 9911 1111 1118",
            "6062828888666688",
        ] {
            assert!(looks_like_issued_number(text) && looks_like_card_number(text), "{text}");
        }
        // A phone, a time in nanoseconds, a transaction id, an account number: their check digits fit.
        for text in
            ["+49 1512 3456787", "1763700000000000005", "012345678901237", "8000000000000003"]
        {
            assert!(!looks_like_issued_number(text) && looks_like_card_number(text), "{text}");
        }
    }

    #[test]
    fn a_number_in_a_wrong_field_is_seen() {
        for text in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "41-11 1111-1111 1111",
            "Amy 4111111111111111 Lawrence",
            "Amy4111111111111111Lawrence",
            "4111111111111111 12 2028 123",
            "27 4111 1111 1111 1111",
            "4222222222222",
            "é378282246310005é",
            "6304000000000000000",
        ] {
            assert!(looks_like_card_number(text), "{text}");
        }
    }

    #[test]
    fn other_digits_are_left_alone() {
        for text in [
            "",
            "-",
            "Amy Lawrence",
            "10 Downing Street, SW1A 2AA",
            "4111111111111112",
            "4111  1111  1111  1111",
            "4111.1111.1111.1111",
            "411111111111111",
            "501800000009",
            "41111111111111110000",
            "00000000000000000000",
            "1000000000009",
            "2026-09-01T12:30:00Z",
        ] {
            assert!(!looks_like_card_number(text), "{text}");
        }
    }

    #[test]
    fn a_uuid_is_refused_for_a_number_of_a_scheme_only() {
        for text in ["11111111-1111-4111-a000-00000000000b", "1111111111114111a00000000000000b"] {
            assert!(!looks_like_card_number(text), "{text}");
            assert!(looks_like_card_number(&format!("{text} of Amy")), "{text}");
        }
        for text in ["41111111-1111-4107-a000-00000000000b", "4111111111114107a00000000000000b"] {
            assert!(looks_like_card_number(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_text_can_be_asked(text in any::<String>()) {
            looks_like_card_number(&text);
        }

        #[test]
        fn a_number_is_seen_wherever_it_stands(
            before in "[^0-9]{0,8}",
            after in "[^0-9]{0,8}",
            number in "[2-9][0-9]{11,17}".prop_map(|payload| crate::card_number::with_check_digit(&payload)),
        ) {
            let text = format!("{before}{number}{after}");
            prop_assert!(looks_like_card_number(&text));
        }
    }
}
