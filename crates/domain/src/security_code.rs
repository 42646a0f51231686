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
