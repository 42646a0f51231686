//! Bounded text: every free-text field of a card as a type of its own.
//!
//! A value of one of these types has passed its rule, so nothing behind the edge
//! checks lengths again. Text is kept as it was sent: nothing is trimmed or
//! folded, because the caller reads back what it wrote. Control characters are
//! refused: they have no place in a name or an address, they forge log lines,
//! and not every database can store NUL.

use crate::card_number::{looks_like_card_number, looks_like_issued_number};

/// Why a text was refused. Never holds the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// There is nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// There are more Unicode scalar values than the field holds.
    #[error("must be {max} characters or fewer")]
    TooLong {
        /// The most characters the field holds.
        max: usize,
    },
    /// There is a control character, such as a line break.
    #[error("must not contain control characters")]
    Control,
    /// A card number stands where it would be kept in plain text.
    #[error("must not contain a card number")]
    CardNumber,
    /// The text is not of the form of an ISO 4217 code.
    #[error("must be a currency code of three upper-case letters")]
    Currency,
    /// The text begins with the sign that marks names of our own.
    #[error("must not begin with ~")]
    Reserved,
}

/// Declares newtypes over `String`: `Name: most characters, own rule;`.
///
/// The own rule runs before the length, so that its more telling error wins.
macro_rules! bounded_text {
    ($($(#[$doc:meta])* $name:ident: $max:literal, $rule:ident;)+) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(try_from = "String")]
        pub struct $name(String);

        impl $name {
            /// The most characters (Unicode scalar values) a value may have.
            pub const MAX_CHARS: usize = $max;

            /// The text as it was sent.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Gives up the text without copying it.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::try_from(text.to_owned())
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                not_empty(&text)?;
                $rule(&text)?;
                bounded(&text, Self::MAX_CHARS)?;
                Ok(Self(text))
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

bounded_text! {
    /// `cardHolderName`: 50 characters or fewer.
    CardHolderName: 50, no_card_number;
    /// `addressLine1`, `addressLine2`: 255 characters or fewer.
    AddressLine: 255, no_card_number;
    /// `city`: 40 characters or fewer.
    City: 40, no_card_number;
    /// `email`: 80 characters or fewer; the form is not looked at.
    Email: 80, no_card_number;
    /// `phone`: 40 characters or fewer; the form is not looked at.
    Phone: 40, no_issued_number;
    /// `state`: 50 characters or fewer; [`Region`](crate::region::Region) knows the names.
    StateName: 50, no_card_number;
    /// `zipCode`: 20 characters or fewer.
    ZipCode: 20, no_card_number;
    /// `ipAddress`: 45 characters or fewer, which fits every written IPv6 address.
    IpAddress: 45, no_issued_number;
    /// `identityNumber`: 256 characters or fewer.
    IdentityNumber: 256, no_issued_number;
    /// `authGateway`: the id or name of a gateway, 64 characters or fewer.
    GatewayName: 64, no_issued_number;
    /// `paymentGatewayNumber`: 40 characters or fewer.
    GatewayNumber: 40, no_issued_number;
    /// `paymentMethodNumber`: 32 characters or fewer.
    PaymentMethodNumber: 32, no_issued_number;
    /// `mandateInfo.mandateId`: 36 characters or fewer.
    MandateId: 36, no_issued_number;
    /// `mandateInfo.mandateReason`: 64 characters or fewer.
    MandateReason: 64, no_issued_number;
    /// `mandateInfo.mandateStatus`: 64 characters or fewer.
    MandateStatus: 64, no_issued_number;
    /// `mitConsentAgreementRef`: 128 characters or fewer.
    ConsentRef: 128, no_issued_number;
    /// `cryptogram`: 50 characters or fewer; passed to a gateway and never kept.
    Cryptogram: 50, any_text;
    /// `mitNetworkTransactionId`: 128 characters or fewer.
    NetworkTransactionId: 128, no_issued_number;
    /// `deviceSessionId`: 255 characters or fewer.
    DeviceSessionId: 255, no_issued_number;
    /// What a payment is called where it was made: 255 characters or fewer.
    PaymentId: 255, no_issued_number;
    /// A gateway's code for why a payment failed: 64 characters or fewer.
    GatewayCode: 64, no_issued_number;
    /// What another system calls a card: 255 characters or fewer.
    CardName: 255, no_issued_number;
    /// `currencyCode`: three upper-case ASCII letters, as in ISO 4217.
    CurrencyCode: 3, currency;
    /// The number by which a billing system calls an account: 70 characters or fewer, of which the
    /// first is no `~`.
    AccountNumber: 70, account_number;
}

fn not_empty(text: &str) -> Result<(), TextError> {
    if text.chars().all(char::is_whitespace) { Err(TextError::Empty) } else { Ok(()) }
}

fn bounded(text: &str, max: usize) -> Result<(), TextError> {
    // A text has at least as many bytes as characters, so most need no counting.
    if text.len() > max && text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    if text.chars().any(char::is_control) {
        return Err(TextError::Control);
    }
    Ok(())
}

#[expect(clippy::unnecessary_wraps, reason = "every rule in the table has this shape")]
fn any_text(_: &str) -> Result<(), TextError> {
    Ok(())
}

fn no_card_number(text: &str) -> Result<(), TextError> {
    if looks_like_card_number(text) { Err(TextError::CardNumber) } else { Ok(()) }
}

/// For identifiers of other systems, which may well be long rows of digits.
fn no_issued_number(text: &str) -> Result<(), TextError> {
    if looks_like_issued_number(text) { Err(TextError::CardNumber) } else { Ok(()) }
}

fn account_number(text: &str) -> Result<(), TextError> {
    if text.starts_with('~') { Err(TextError::Reserved) } else { no_issued_number(text) }
}

fn currency(text: &str) -> Result<(), TextError> {
    let valid = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if valid { Ok(()) } else { Err(TextError::Currency) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Runs one check for every type that takes any characters.
    macro_rules! for_each_text {
        ($check:ident) => {
            for_each_text!($check: CardHolderName 50, AddressLine 255, City 40, Email 80, Phone 40,
                StateName 50, ZipCode 20, IpAddress 45, IdentityNumber 256, GatewayName 64,
                GatewayNumber 40, PaymentMethodNumber 32, MandateId 36, MandateReason 64,
                MandateStatus 64, ConsentRef 128, NetworkTransactionId 128, DeviceSessionId 255,
                PaymentId 255, GatewayCode 64, CardName 255, AccountNumber 70)
        };
        ($check:ident: $($name:ident $max:literal),+) => {
            $($check!($name, $max);)+
        };
    }

    macro_rules! keeps_its_bounds {
        ($name:ident, $max:literal) => {
            assert_eq!($name::MAX_CHARS, $max);
            for letter in ["a", "é", "漢", "🂡"] {
                assert_eq!("x".parse::<$name>().unwrap().as_str(), "x");
                let longest = letter.repeat($max);
                assert_eq!(longest.parse::<$name>().unwrap().as_str(), longest);
                let error = letter.repeat($max + 1).parse::<$name>().unwrap_err();
                assert_eq!(error, TextError::TooLong { max: $max }, stringify!($name));
            }
            for blank in ["", " ", "\t\n", "\u{a0}\u{3000}"] {
                assert_eq!(blank.parse::<$name>(), Err(TextError::Empty), stringify!($name));
            }
            for control in ["a\0", "a\n", "\ta", "a\u{7f}b", "a\u{85}b"] {
                assert_eq!(control.parse::<$name>(), Err(TextError::Control), stringify!($name));
            }
        };
    }

    #[test]
    fn every_text_keeps_its_bounds() {
        for_each_text!(keeps_its_bounds);
    }

    #[test]
    fn text_is_not_trimmed() {
        assert_eq!(" Amy ".parse::<CardHolderName>().unwrap().into_string(), " Amy ");
    }

    #[test]
    fn names_and_addresses_take_no_card_number() {
        let text = "Amy 4111-1111-1111-1111";
        assert_eq!(text.parse::<CardHolderName>(), Err(TextError::CardNumber));
        assert_eq!(text.parse::<AddressLine>(), Err(TextError::CardNumber));
        assert!("27 Allée 1234567890".parse::<AddressLine>().is_ok());
    }

    #[test]
    fn an_account_number_is_none_of_our_own_names() {
        assert_eq!("~1".parse::<AccountNumber>(), Err(TextError::Reserved));
        assert!("1~".parse::<AccountNumber>().is_ok());
    }

    #[test]
    fn a_currency_is_three_upper_case_letters() {
        assert_eq!("EUR".parse::<CurrencyCode>().unwrap().as_str(), "EUR");
        assert_eq!("".parse::<CurrencyCode>(), Err(TextError::Empty));
        for text in ["eur", "EU", "EURO", "EU1", "E R", "ÉU", "EU\n", "漢"] {
            assert_eq!(text.parse::<CurrencyCode>(), Err(TextError::Currency), "{text}");
        }
    }

    #[test]
    fn errors_read_well_after_a_field_name() {
        let cases = [
            (TextError::Empty, "must not be empty"),
            (TextError::TooLong { max: 50 }, "must be 50 characters or fewer"),
            (TextError::Control, "must not contain control characters"),
            (TextError::CardNumber, "must not contain a card number"),
            (TextError::Currency, "must be a currency code of three upper-case letters"),
            (TextError::Reserved, "must not begin with ~"),
        ];
        for (error, text) in cases {
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn json_is_a_string_and_is_checked() {
        let city: City = "Zürich".parse().unwrap();
        assert_eq!(serde_json::to_string(&city).unwrap(), "\"Zürich\"");
        assert_eq!(serde_json::from_str::<City>("\"Zürich\"").unwrap(), city);
        assert!(serde_json::from_str::<City>("\"\"").is_err());
        assert!(serde_json::from_str::<City>(&format!("\"{}\"", "a".repeat(41))).is_err());
    }

    macro_rules! round_trip {
        ($text:ident: $($name:ident),+) => {$(
            if let Ok(value) = $text.parse::<$name>() {
                prop_assert_eq!(value.as_str(), $text.as_str());
                prop_assert_eq!(value.as_ref().parse::<$name>(), Ok(value));
                prop_assert!(!$text.trim().is_empty());
                prop_assert!($text.chars().count() <= $name::MAX_CHARS);
            }
        )+};
    }

    proptest! {
        #[test]
        fn what_is_read_reads_again(text in "\\PC{0,300}|[A-Z]{3}") {
            round_trip!(text: CardHolderName, AddressLine, City, Email, Phone, StateName, ZipCode,
                IpAddress, IdentityNumber, GatewayName, GatewayNumber, PaymentMethodNumber,
                MandateId, MandateReason, MandateStatus, ConsentRef, NetworkTransactionId,
                DeviceSessionId, PaymentId, GatewayCode, CardName,
                CurrencyCode, AccountNumber);
        }
    }
}
