//! The requests about cards, made once; for each sending only digits and an id change.

use std::path::Path;

use crate::failed::Failed;

pub(crate) type CardId = [u8; ID_CHARS];

const ID_CHARS: usize = 32;
const ID_BLANK: &str = "00000000000000000000000000000000";
const STAMP_BLANK: &str = "00000000";
const FAILURES_BLANK: &str = "\"numConsecutiveFailures\":00";
/// Stamps keep their number of digits, and so does the request.
const STAMP_FIRST: u32 = 10_000_000;
const STAMPS: u32 = 90_000_000;

/// What tells one write from another in what is stored: it stands in the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u32);

impl Stamp {
    pub(crate) fn nth(n: u32) -> Self {
        Self(STAMP_FIRST + n % STAMPS)
    }

    /// The stamp in what a GET of a card answers.
    pub(crate) fn of_answer(body: &[u8]) -> Option<Self> {
        let card: serde_json::Value = serde_json::from_slice(body).ok()?;
        let line = card["accountHolderInfo"]["addressLine1"].as_str()?;
        line.split(' ').next()?.parse().ok().map(Self)
    }
}

/// A request with places to fill in.
#[derive(Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    id: usize,
    writes: Option<Places>,
}

#[derive(Clone, Copy)]
struct Places {
    stamp: usize,
    failures: usize,
}

impl Request {
    /// The fields of Zuora's sample, and an address. No security code, since the card stays the same.
    pub(crate) fn put(host: &str, token: &str) -> Self {
        let body = format!(
            "{{\"cardHolderName\":\"Leo\",\"expirationMonth\":8,\"expirationYear\":2099,\"gatewayOptions\":{{}},\
             {FAILURES_BLANK},\"addressLine1\":\"{STAMP_BLANK} Main Street\",\"city\":\"Portland\",\"state\":\"OR\",\
             \"country\":\"US\",\"zipCode\":\"97201\",\"email\":\"leo@example.com\",\"phone\":\"+1 555 0100\"}}"
        );
        let head = format!(
            "PUT /v1/payment-methods/credit-cards/{ID_BLANK} HTTP/1.1\r\n{}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            headers(host, token),
            body.len()
        );
        let place = |blank: &str| head.len() + body.find(blank).unwrap_or_default();
        let failures = place(FAILURES_BLANK) + FAILURES_BLANK.len() - 2;
        let writes = Some(Places { stamp: place(STAMP_BLANK), failures });
        Self { id: head.find(ID_BLANK).unwrap_or_default(), bytes: (head + &body).into(), writes }
    }

    pub(crate) fn get(host: &str, token: &str) -> Self {
        let head =
            format!("GET /v1/payment-methods/{ID_BLANK} HTTP/1.1\r\n{}\r\n", headers(host, token));
        Self { id: head.find(ID_BLANK).unwrap_or_default(), bytes: head.into(), writes: None }
    }

    /// The request for a card. What is written differs with the stamp, so no write is without effect.
    pub(crate) fn of(&mut self, id: &CardId, stamp: Stamp) -> &[u8] {
        self.bytes[self.id..self.id + ID_CHARS].copy_from_slice(id);
        if let Some(places) = self.writes {
            digits(&mut self.bytes[places.stamp..places.stamp + STAMP_BLANK.len()], stamp.0);
            digits(&mut self.bytes[places.failures..places.failures + 2], 10 + stamp.0 % 90);
        }
        &self.bytes
    }
}

/// From this version on a refusal has a status of its own, and is seen without reading the body.
fn headers(host: &str, token: &str) -> String {
    format!("Host: {host}\r\nAuthorization: Bearer {token}\r\nZuora-Version: 2025-08-12\r\n")
}

fn digits(places: &mut [u8], mut number: u32) {
    for place in places.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).unwrap_or_default();
        number /= 10;
    }
}

/// The ids in a file, one a line.
pub(crate) fn read_ids(path: &Path) -> Result<Vec<CardId>, Failed> {
    let ids: Option<Vec<CardId>> = std::fs::read_to_string(path)?
        .lines()
        .map(|line| line.as_bytes().try_into().ok())
        .collect();
    ids.filter(|ids| !ids.is_empty())
        .ok_or_else(|| Failed::because("the file holds no ids of cards"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_in_request_is_valid_and_keeps_its_length() {
        let mut request = Request::put("127.0.0.1:1", "token");
        let (first, second) = ([b'a'; 32], [b'b'; 32]);
        let length = request.of(&first, Stamp::nth(0)).len();
        let bytes = request.of(&second, Stamp::nth(41)).to_vec();
        assert_eq!(bytes.len(), length);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with(&format!("PUT /v1/payment-methods/credit-cards/{} ", "b".repeat(32)))
        );
        assert!(head.ends_with(&format!("Content-Length: {}", body.len())));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["addressLine1"], "10000041 Main Street");
        assert_eq!(body["numConsecutiveFailures"], 10 + 10_000_041 % 90);
    }

    #[test]
    fn a_read_names_its_card() {
        let mut request = Request::get("127.0.0.1:1", "token");
        let text = String::from_utf8(request.of(&[b'c'; 32], Stamp::nth(1)).to_vec()).unwrap();
        assert!(
            text.starts_with(&format!("GET /v1/payment-methods/{} HTTP/1.1\r\n", "c".repeat(32)))
        );
        assert!(text.ends_with("\r\n\r\n"));
    }

    #[test]
    fn a_stamp_is_found_in_what_is_stored() {
        let stored = br#"{"accountHolderInfo":{"addressLine1":"10000041 Main Street"}}"#;
        assert_eq!(Stamp::of_answer(stored), Some(Stamp::nth(41)));
        assert_eq!(Stamp::of_answer(b"{}"), None);
    }
}
