//! Bytes on a connection, for requests that no client library would send.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    contract,
    message::{Reply, Request},
};

const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// Sends a request head and a body as they are, and reads one answer.
///
/// The request says `Connection: close` by itself, so that the end of the answer is the end of the
/// stream.
pub async fn send(address: &str, head: &[u8], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let _ = stream.write_all(head).await;
    // A server that has refused already may have closed its end.
    let _ = stream.write_all(body).await;
    let mut came = Vec::new();
    let read = timeout(ANSWER_WITHIN, stream.read_to_end(&mut came)).await;
    read.expect("the server answers in time").ok();
    Answer::parse(&came)
}

/// An answer, read by hand.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer was read: {text}"));
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let name: HeaderName = name.parse().expect("a header's name");
            headers.append(name, HeaderValue::from_str(value.trim()).expect("a header's value"));
        }
        let body = Bytes::copy_from_slice(&bytes[end + 4..]);
        Self { status: status.expect("a status"), headers, body }
    }

    /// The answer beside the request that it is to, after a look into the contract.
    pub fn to(self, method: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: headers.iter().map(own).collect(),
            body: Bytes::new(),
            plain: Bytes::new(),
        };
        let reply = Reply { request, status: self.status, headers: self.headers, body: self.body };
        contract::check(&reply);
        reply
    }
}
