//! Messages: a length of two bytes, the type in ASCII, a bitmap of eight bytes, the fields in ASCII.

use std::collections::BTreeMap;

use cardfile_domain::ports::Verification;
use jiff::civil::DateTime;
use zeroize::Zeroizing;

use super::IsoSettings;

/// Private data, in which the security code travels.
const CODE_FIELD: u8 = 48;

/// A request. What is in it is wiped when it is dropped.
pub(super) struct Message {
    kind: &'static str,
    fields: BTreeMap<u8, Zeroizing<String>>,
}

impl Message {
    /// An authorisation of nothing, which asks whether the card is good.
    pub(super) fn authorisation(
        settings: &IsoSettings,
        verification: &Verification<'_>,
        number: u32,
        now: DateTime,
    ) -> Self {
        let expiry = verification.expiry;
        let mut message = Self { kind: "0100", fields: BTreeMap::new() };
        message.set(2, verification.number.expose());
        message.set(3, "000000");
        message.set(4, "000000000000");
        message.set(7, &now.strftime("%m%d%H%M%S").to_string());
        message.set(11, &format!("{number:06}"));
        message.set(14, &format!("{:02}{:02}", expiry.year.get() % 100, expiry.month.get()));
        message.set(18, "5999");
        // Entered by hand, without a PIN; a stored credential, the card not present.
        message.set(22, "010");
        message.set(25, "51");
        message.set(41, &format!("{:<8.8}", settings.terminal));
        message.set(42, &format!("{:<15.15}", settings.merchant));
        message.set(49, &settings.currency);
        message
    }

    /// Adds the security code: subelement 92 of the private data, as Mastercard has it.
    pub(super) fn set_code(&mut self, code: &str) {
        let value = Zeroizing::new(format!("92{:02}{code}", code.len()));
        self.fields.insert(CODE_FIELD, value);
    }

    /// Takes the security code out again.
    pub(super) fn forget_code(&mut self) {
        self.fields.remove(&CODE_FIELD);
    }

    /// The reversal of this request, with a number of its own.
    pub(super) fn into_reversal(mut self, number: u32, own_number: u32) -> Self {
        let sent_at = self.fields.get(&7).map(|at| at.to_string()).unwrap_or_default();
        // The original: its type, number and time, and no acquirer or forwarder that it could have.
        self.set(90, &format!("0100{number:06}{sent_at}{:022}", 0));
        self.set(11, &format!("{own_number:06}"));
        self.kind = "0400";
        self
    }

    fn set(&mut self, field: u8, value: &str) {
        self.fields.insert(field, Zeroizing::new(value.to_owned()));
    }

    /// The type that its answer has.
    pub(super) fn answer_kind(&self) -> &'static [u8] {
        if self.kind == "0400" { b"0410" } else { b"0110" }
    }

    /// The bytes to send.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Room enough for every field at once, so that nothing is moved and left behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(self.kind.as_bytes());
        let has_second = self.fields.keys().any(|field| *field > 64);
        let mut bitmap = self.fields.keys().fold(0u128, |map, field| map | bit(*field));
        if has_second {
            bitmap |= bit(1);
        }
        let bitmap = bitmap.to_be_bytes();
        bytes.extend_from_slice(if has_second { &bitmap } else { &bitmap[..8] });
        for (field, value) in &self.fields {
            match width(*field) {
                Some(Width::Prefixed(digits)) => {
                    let length = format!("{:0digits$}", value.len());
                    bytes.extend_from_slice(length.as_bytes());
                }
                Some(Width::Fixed(_)) | None => {}
            }
            bytes.extend_from_slice(value.as_bytes());
        }
        let length = u16::try_from(bytes.len() - 2).unwrap_or_default();
        bytes[..2].copy_from_slice(&length.to_be_bytes());
        bytes
    }
}

/// What matters of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    /// The response code (DE 39).
    pub(super) code: String,
    /// What the issuer says of the security code (DE 44).
    pub(super) code_result: Option<u8>,
}

/// A response and what it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) kind: Vec<u8>,
    pub(super) number: u32,
    pub(super) response: Response,
}

impl Answer {
    /// Reads a message without its length; nothing if it is none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_at_checked(4)?;
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let mut bitmap = u128::from(u64::from_be_bytes(*first)) << 64;
        let mut rest = rest;
        if bitmap & bit(1) != 0 {
            let (second, after) = rest.split_first_chunk::<8>()?;
            bitmap |= u128::from(u64::from_be_bytes(*second));
            rest = after;
        }
        let mut found: [Option<&[u8]>; 3] = [None; 3];
        // Nothing behind field 44 matters.
        for field in (2..=44).filter(|field| bitmap & bit(*field) != 0) {
            let length = match width(field)? {
                Width::Fixed(length) => length,
                Width::Prefixed(digits) => {
                    let (length, after) = rest.split_at_checked(digits)?;
                    rest = after;
                    str::from_utf8(length).ok()?.parse().ok()?
                }
            };
            let (value, after) = rest.split_at_checked(length)?;
            rest = after;
            match field {
                11 => found[0] = Some(value),
                39 => found[1] = Some(value),
                44 => found[2] = Some(value),
                _ => {}
            }
        }
        let [number, code, additional] = found;
        let code = str::from_utf8(code?).ok()?;
        Some(Self {
            kind: kind.to_vec(),
            number: str::from_utf8(number?).ok()?.parse().ok()?,
            response: Response {
                code: code.to_owned(),
                code_result: additional.and_then(|value| value.first().copied()),
            },
        })
    }
}

fn bit(field: u8) -> u128 {
    1 << (128 - u32::from(field))
}

/// How long a field is.
enum Width {
    /// As long as this.
    Fixed(usize),
    /// As long as these many digits before it say.
    Prefixed(usize),
}

/// The fields up to 44, and those that requests have.
fn width(field: u8) -> Option<Width> {
    Some(match field {
        2 | 32..=35 | 44 | 45 => Width::Prefixed(2),
        36 | 46..=48 => Width::Prefixed(3),
        3 | 11 | 12 | 38 => Width::Fixed(6),
        4..=6 | 37 => Width::Fixed(12),
        7 => Width::Fixed(10),
        8..=10 | 41 => Width::Fixed(8),
        13..=18 => Width::Fixed(4),
        19..=24 | 40 | 49 => Width::Fixed(3),
        25 | 26 | 39 => Width::Fixed(2),
        27 => Width::Fixed(1),
        28..=31 => Width::Fixed(9),
        42 => Width::Fixed(15),
        43 => Width::Fixed(40),
        90 => Width::Fixed(42),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use cardfile_domain::{card_number::CardNumber, expiry::Expiry, id::EntityId};
    use serde_json::Map;

    use super::*;

    fn request() -> Message {
        let settings = IsoSettings {
            address: String::new(),
            within: std::time::Duration::from_secs(1),
            connections: 1,
            terminal: "T1".to_owned(),
            merchant: "A MERCHANT WITH A LONG NAME".to_owned(),
            currency: "978".to_owned(),
        };
        let number: CardNumber = "4242424242424242".parse().unwrap();
        let verification = Verification {
            entity: EntityId::from_bytes([7; 16]),
            reference: 1,
            number: &number,
            expiry: Expiry { year: "2099".parse().unwrap(), month: "8".parse().unwrap() },
            holder_name: None,
            security_code: None,
            currency: None,
            options: &Map::new(),
        };
        let now = jiff::civil::datetime(2031, 2, 3, 4, 5, 6, 0);
        Message::authorisation(&settings, &verification, 42, now)
    }

    #[test]
    fn a_request_is_written_field_by_field() {
        let mut message = request();
        message.set_code("123");
        let bytes = message.encode();
        let (length, rest) = bytes.split_at(2);
        assert_eq!(usize::from(u16::from_be_bytes([length[0], length[1]])), rest.len());
        assert_eq!(&rest[..4], b"0100");
        let bits = [2, 3, 4, 7, 11, 14, 18, 22, 25, 41, 42, 48, 49].map(bit);
        let bitmap = bits.iter().fold(0, |map, bit| map | bit);
        assert_eq!(rest[4..12], bitmap.to_be_bytes()[..8]);
        let fields = "164242424242424242000000000000000000020304050600004299085999010\
                      51T1      A MERCHANT WITH0079203123978";
        assert_eq!(str::from_utf8(&rest[12..]).unwrap(), fields);
    }

    #[test]
    fn a_reversal_names_its_original_and_has_no_code() {
        let mut message = request();
        message.set_code("123");
        message.forget_code();
        let bytes = message.into_reversal(42, 43).encode();
        assert_eq!(&bytes[2..6], b"0400");
        // The second bitmap announces field 90, and the first the second.
        assert_eq!(bytes[6] & 0x80, 0x80);
        let text = str::from_utf8(&bytes[22..]).unwrap();
        assert!(text.ends_with(&format!("01000000420203040506{:022}", 0)), "{text}");
        assert!(!text.contains("9203123") && text.contains("000043"));
    }

    #[test]
    fn an_answer_is_found_behind_fields_of_every_kind() {
        let mut bytes = b"0110".to_vec();
        let bits = [2, 11, 37, 39, 44].map(bit);
        let bitmap = bits.iter().fold(0u128, |map, bit| map | bit);
        bytes.extend_from_slice(&bitmap.to_be_bytes()[..8]);
        bytes.extend_from_slice(b"164242424242424242000042ABCDEFGHIJKL8501M");
        let answer = Answer::decode(&bytes).unwrap();
        assert_eq!((answer.kind.as_slice(), answer.number), (&b"0110"[..], 42));
        let response = Response { code: "85".to_owned(), code_result: Some(b'M') };
        assert_eq!(answer.response, response);
        for cut in 0..bytes.len() {
            assert_eq!(Answer::decode(&bytes[..cut]), None, "{cut}");
        }
    }
}
