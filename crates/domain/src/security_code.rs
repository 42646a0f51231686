//! The security code (CVV), which exists only on its way to a gateway.
//!
//! No stored type has a field for it. It cannot be cloned, compared, printed or
//! serialised, and it is wiped when it is dropped, so the only way to use it is to
//! hand it on. The buffer the request was read into still holds the digits until
//! the server frees it; this type does not pretend otherwise.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::brand::CardType;

/// Why a security code was refused. Never holds a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecurityCodeError {
    /// The text is something else than 3 or 4 ASCII digits.
    #[error("must be 3 or 4 digits")]
    NotThreeOrFourDigits,
}

/// A security code of 3 or 4 digits.
///
/// It cannot be copied:
/// ```compile_fail,E0599
/// let code: cardfile_domain::security_code::SecurityCode = "123".parse().unwrap();
/// let _ = code.clone();
/// ```
/// nor printed:
/// ```compile_fail,E0277
/// let code: cardfile_domain::security_code::SecurityCode = "123".parse().unwrap();
/// let _ = format!("{code}");
/// ```
/// nor serialised:
/// ```compile_fail,E0277
/// let code: cardfile_domain::security_code::SecurityCode = "123".parse().unwrap();
/// let _ = serde_json::to_string(&code);
/// ```
/// nor compared:
/// ```compile_fail,E0369
/// let code: cardfile_domain::security_code::SecurityCode = "123".parse().unwrap();
/// let _ = code == code;
/// ```
/// The same lines with what is allowed do compile:
/// ```
/// let code: cardfile_domain::security_code::SecurityCode = "123".parse().unwrap();
/// assert_eq!(format!("{code:?}"), "SecurityCode(..)");
/// ```
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct SecurityCode {
    digits: [u8; Self::MAX_DIGITS],
    len: u8,
}

impl SecurityCode {
    /// American Express prints four digits; every other brand three.
    pub const MAX_DIGITS: usize = 4;

    /// The digits in plain. Only gateways call this, to send them on.
    pub fn expose(&self) -> &str {
        // Only digits are ever stored, so the fallback is unreachable; it spares a panic.
        str::from_utf8(&self.digits[..usize::from(self.len)]).unwrap_or_default()
    }

    /// Whether a card of this type can have a code of this length.
    pub fn fits(&self, card_type: CardType) -> bool {
        self.len == 3 || matches!(card_type, CardType::AmericanExpress)
    }
}

impl FromStr for SecurityCode {
    type Err = SecurityCodeError;

    fn from_str(text: &str) -> Result<Self, SecurityCodeError> {
        let len = match text.len() {
            3 => 3,
            4 => 4,
            _ => return Err(SecurityCodeError::NotThreeOrFourDigits),
        };
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SecurityCodeError::NotThreeOrFourDigits);
        }
        let mut code = Self { digits: [0; Self::MAX_DIGITS], len };
        code.digits[..text.len()].copy_from_slice(text.as_bytes());
        Ok(code)
    }
}

impl fmt::Debug for SecurityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecurityCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_or_four_digits_are_read() {
        for text in ["000", "123", "0000", "1234"] {
            assert_eq!(text.parse::<SecurityCode>().unwrap().expose(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "1", "12", "12345", "12a", " 123", "-12", "+123", "1é", "１２３", "12\n"]
        {
            let error = text.parse::<SecurityCode>().unwrap_err();
            assert_eq!(error.to_string(), "must be 3 or 4 digits", "{text}");
        }
    }

    #[test]
    fn only_american_express_has_four_digits() {
        let (three, four): (SecurityCode, SecurityCode) =
            ("123".parse().unwrap(), "1234".parse().unwrap());
        for card_type in CardType::ALL {
            assert!(three.fits(card_type), "{card_type:?}");
            let american_express = card_type == CardType::AmericanExpress;
            assert_eq!(four.fits(card_type), american_express, "{card_type:?}");
        }
    }

    #[test]
    fn a_wiped_code_holds_nothing() {
        let mut code: SecurityCode = "123".parse().unwrap();
        code.zeroize();
        assert_eq!((code.digits, code.len), ([0; 4], 0));
    }

    proptest! {
        #[test]
        fn debug_and_errors_show_no_digit(text in "[0-9]{0,6}") {
            let shown = format!("{:?}", text.parse::<SecurityCode>());
            prop_assert!(!shown.contains(|c: char| c.is_ascii_digit()), "{}", shown);
        }
    }
}
