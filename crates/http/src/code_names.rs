//! What callers call a security code, in its place or out of it.
//!
//! A code in a wrong place is not seen for what it is: a field that nobody knows may be ignored, an
//! option meant for a gateway is passed on, and a query is part of what names a request. Nothing
//! derived from it may be kept all the same, so it is told by its name.

/// Names of the code, in small letters and without punctuation.
const NAMES: [&str; 11] = [
    "securitycode",
    "creditcardsecuritycode",
    "cardsecuritycode",
    "cardverificationcode",
    "cardverificationvalue",
    "csc",
    "cvc",
    "cvc2",
    "cvn",
    "cvv",
    "cvv2",
];

/// Those that are names of something to do with the code in longer names, too.
const MOST_USUAL: [&str; 3] = ["securitycode", "cvv", "cvc"];

/// What a name says of the value under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is a security code, whatever it looks like.
    Code,
    /// It is one if it looks like one: `cardCvv` may be, `cvvResult` mostly is not.
    PerhapsCode,
    /// It is something else.
    Other,
}

impl Meaning {
    /// What is meant by a name, however it is written.
    ///
    /// In a table the name of what holds a field stands before it, with a dot; a custom field's name
    /// has a suffix.
    pub(crate) fn of(name: &str) -> Self {
        if !may_speak(name) {
            return Self::Other;
        }
        let stem = name.strip_suffix("__c").unwrap_or(name);
        let word = letters(stem);
        let is_code = |word: &str| NAMES.contains(&word);
        if is_code(&word) || stem.rsplit_once('.').is_some_and(|(_, last)| is_code(&letters(last)))
        {
            Self::Code
        } else if speaks(&word) {
            Self::PerhapsCode
        } else {
            Self::Other
        }
    }

    /// Whether this name makes this text a code.
    pub(crate) fn makes_code_of(self, text: &str) -> bool {
        match self {
            Self::Code => true,
            Self::PerhapsCode => looks_like_code(text),
            Self::Other => false,
        }
    }

    /// What is meant by a name inside of what has this one.
    pub(crate) fn with_inner(self, name: &str) -> Self {
        match Self::of(name) {
            Self::Other => self,
            meaning => meaning,
        }
    }
}

/// Whether a name has one of the code's most usual names in it.
pub(crate) fn speaks_of_security_code(name: &str) -> bool {
    speaks(&letters(name))
}

/// Whether a text is what is printed on a card: three digits, or four.
pub(crate) fn looks_like_code(text: &str) -> bool {
    let text = text.trim();
    (3..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a name has the letters that each name of the code has: a v, or a c and an s. Most have not, and
/// need no closer look: every field of every line of an upload is asked.
fn may_speak(name: &str) -> bool {
    // Small and capital letters differ in a bit above these five.
    let bit = |letter: u8| 1_u32 << (letter & 31);
    let letters = name.bytes().filter(u8::is_ascii_alphabetic);
    let letters = letters.fold(0, |letters, letter| letters | bit(letter));
    let has = |letter| letters & bit(letter) != 0;
    has(b'v') || has(b'c') && has(b's')
}

fn speaks(word: &str) -> bool {
    MOST_USUAL.iter().any(|code| word.contains(code))
}

fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_by_its_name_however_it_is_written() {
        for name in ["securityCode", "CreditCardSecurityCode", "security_code", "CVV2", "card-cvc"]
        {
            assert!(speaks_of_security_code(name), "{name}");
        }
        for name in [
            "securityCode",
            "CreditCardSecurityCode",
            "security_code",
            "CVV2",
            "C.V.C",
            "gatewayOptions.cvv2",
            "SecurityCode__c",
            "csc__c",
        ] {
            assert_eq!(Meaning::of(name), Meaning::Code, "{name}");
        }
        for name in ["cvvResult__c", "cardCvv", "cvvCode", "creditCardCvv", "a.cvc_code"] {
            assert_eq!(Meaning::of(name), Meaning::PerhapsCode, "{name}");
        }
        for name in ["", "code", "security", "accountKey", "a.b", "Code__c"] {
            assert_eq!(Meaning::of(name), Meaning::Other, "{name}");
        }
    }

    #[test]
    fn no_name_of_the_code_is_passed_over() {
        for name in NAMES.into_iter().chain(MOST_USUAL) {
            for name in [name.to_owned(), name.to_uppercase(), format!("x.{name}__c")] {
                assert!(may_speak(&name), "{name}");
            }
        }
        assert!(!may_speak("accountKey") && !may_speak("addressLine1") && !may_speak(""));
    }

    #[test]
    fn what_only_speaks_of_a_code_is_one_if_it_has_three_or_four_digits() {
        for text in ["123", "0000", " 123 "] {
            assert!(Meaning::PerhapsCode.makes_code_of(text), "{text}");
        }
        for text in ["", "12", "12345", "M", "12a", "-123"] {
            assert!(!Meaning::PerhapsCode.makes_code_of(text), "{text}");
        }
        assert!(Meaning::Code.makes_code_of("M") && !Meaning::Other.makes_code_of("123"));
    }
}
