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

/// Whether this is a name of the code, however it is written.
pub(crate) fn is_security_code(name: &str) -> bool {
    NAMES.contains(&letters(name).as_str())
}

/// Whether a name has one of the code's most usual names in it.
pub(crate) fn speaks_of_security_code(name: &str) -> bool {
    let name = letters(name);
    ["securitycode", "cvv", "cvc"].iter().any(|word| name.contains(word))
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
        for name in ["securityCode", "CreditCardSecurityCode", "security_code", "CVV2", "C.V.C"] {
            assert!(is_security_code(name), "{name}");
        }
        for name in ["", "cvvResult__c", "code", "security", "accountKey"] {
            assert!(!is_security_code(name), "{name}");
        }
    }
}
