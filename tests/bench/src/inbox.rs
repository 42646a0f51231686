//! Bytes that arrived, and the answers in them.

use std::ops::Range;

use bytes::{Buf as _, BytesMut};

use crate::failed::Failed;

const HEADERS_MAX: usize = 32;

/// A whole answer. Its body is in the inbox until the next one is taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    body: Range<usize>,
}

/// What came and was not taken yet, in pieces of any size.
#[derive(Default)]
pub(crate) struct Inbox {
    pub(crate) bytes: BytesMut,
    taken: usize,
}

impl Inbox {
    /// The next answer, if all of it is here. The one before is forgotten.
    pub(crate) fn take(&mut self) -> Result<Option<Answer>, Failed> {
        self.bytes.advance(std::mem::take(&mut self.taken));
        let answer = parse(&self.bytes)?;
        if let Some(answer) = &answer {
            self.taken = answer.body.end;
        }
        Ok(answer)
    }

    pub(crate) fn body(&self, answer: &Answer) -> &[u8] {
        &self.bytes[answer.body.clone()]
    }
}

/// Only answers that say their length are understood; Cardfile says it of all but streams.
fn parse(bytes: &[u8]) -> Result<Option<Answer>, Failed> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(head) = response.parse(bytes)? else { return Ok(None) };
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| std::str::from_utf8(header.value).ok()?.parse::<usize>().ok())
        .ok_or_else(|| Failed::because("an answer does not say its length"))?;
    let end = head.saturating_add(length);
    let status = response.code.unwrap_or_default();
    Ok((bytes.len() >= end).then_some(Answer { status, body: head..end }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPDATED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 16\r\n\r\n{\"success\":true}";
    const MISSING: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}";

    fn inbox(bytes: &[u8]) -> Inbox {
        Inbox { bytes: bytes.into(), taken: 0 }
    }

    #[test]
    fn an_answer_in_pieces_is_whole_with_its_last_byte() {
        let mut inbox = Inbox::default();
        for byte in &UPDATED[..UPDATED.len() - 1] {
            inbox.bytes.extend_from_slice(&[*byte]);
            assert_eq!(inbox.take().unwrap(), None);
        }
        inbox.bytes.extend_from_slice(b"}");
        let answer = inbox.take().unwrap().unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(inbox.body(&answer), b"{\"success\":true}");
    }

    #[test]
    fn what_follows_an_answer_is_the_next() {
        let mut inbox = inbox(&[UPDATED, MISSING, &UPDATED[..20]].concat());
        assert_eq!(inbox.take().unwrap().unwrap().status, 200);
        let missing = inbox.take().unwrap().unwrap();
        assert_eq!((missing.status, inbox.body(&missing)), (404, &b"{}"[..]));
        assert_eq!(inbox.take().unwrap(), None);
        inbox.bytes.extend_from_slice(&UPDATED[20..]);
        assert_eq!(inbox.take().unwrap().unwrap().status, 200);
        assert_eq!(inbox.take().unwrap(), None);
    }

    #[test]
    fn an_answer_without_a_body_is_whole_with_its_head() {
        let mut inbox = inbox(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n");
        let answer = inbox.take().unwrap().unwrap();
        assert_eq!((answer.status, inbox.body(&answer)), (503, &b""[..]));
    }

    #[test]
    fn an_answer_without_a_length_is_refused() {
        assert!(inbox(b"HTTP/1.1 200 OK\r\n\r\n{}").take().is_err());
        assert!(inbox(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n{}").take().is_err());
    }

    #[test]
    fn what_is_no_http_is_refused() {
        assert!(inbox(b"SSH-2.0-OpenSSH\r\n").take().is_err());
    }
}
