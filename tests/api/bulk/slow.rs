//! Callers that send piece by piece, and read or do not read meanwhile.

use std::{convert::Infallible, fmt::Write as _, time::Duration};

use bytes::Bytes;
use cardfile_tests::{
    app::App,
    client::Client,
    message::{Reply, Request},
    wired::Wired,
};
use futures::{StreamExt as _, future, stream};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    runtime::Builder,
    time::{sleep, timeout},
};

use super::upload_bytes;

/// What a body brings next.
pub(super) enum Piece {
    /// Bytes.
    Bytes(Bytes),
    /// Nothing for a second.
    Second,
    /// Nothing any more, and no end either.
    Never,
    /// Something that happens meanwhile.
    Do(Box<dyn FnOnce() + Send + Sync>),
}

/// A runtime whose clock jumps to the next timer as soon as nobody works.
pub(super) fn in_no_time(test: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(test);
}

/// Uploads pieces of NDJSON to parts that are put together in this process.
pub(super) async fn answer<I>(wired: &Wired, pieces: I) -> Reply
where
    I: IntoIterator<Item = Piece>,
    I::IntoIter: Send + Sync + 'static,
{
    answer_as(&wired.client, wired, pieces).await
}

/// The same as somebody else.
pub(super) async fn answer_as<I>(client: &Client, wired: &Wired, pieces: I) -> Reply
where
    I: IntoIterator<Item = Piece>,
    I::IntoIter: Send + Sync + 'static,
{
    let request = upload_bytes(client, "").track("t").request().clone();
    let pieces = stream::iter(pieces).filter_map(|piece| async {
        match piece {
            Piece::Bytes(bytes) => return Some(Ok::<_, Infallible>(Frame::data(bytes))),
            Piece::Second => sleep(Duration::from_secs(1)).await,
            Piece::Never => future::pending().await,
            Piece::Do(action) => action(),
        }
        None
    });
    let mut incoming = hyper::Request::builder().method("POST").uri(&request.target);
    for (name, value) in &request.headers {
        incoming = incoming.header(name, value);
    }
    let body = BodyExt::boxed(StreamBody::new(pieces));
    let incoming = incoming.body(body).unwrap();
    let (status, headers, body) = wired.router.answer(incoming).await;
    Reply { request, status, headers, body }
}

fn head(request: &Request) -> String {
    let mut head = format!("POST {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", request.target);
    for (name, value) in &request.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("Transfer-Encoding: chunked\r\n\r\n");
    head
}

fn chunk(piece: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat()
}

/// Uploads pieces over a connection and reads at the same time: what was read, and how many pieces
/// were sent before the other side closed.
pub(super) async fn send(app: &App, pieces: impl Iterator<Item = Bytes>) -> (String, usize) {
    let request = upload_bytes(&app.client, "").track("t").request().clone();
    let stream = TcpStream::connect(app.shared.server.address()).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    let write = async {
        if to.write_all(head(&request).as_bytes()).await.is_err() {
            return 0;
        }
        let mut sent = 0;
        for piece in pieces {
            if to.write_all(&chunk(&piece)).await.is_err() {
                break;
            }
            sent += 1;
        }
        sent
    };
    let read = async {
        let mut came = Vec::new();
        // A connection that is reset has said what it had to say.
        let _ = from.read_to_end(&mut came).await;
        String::from_utf8_lossy(&came).into_owned()
    };
    let (text, sent) = tokio::join!(read, write);
    (text, sent)
}

/// A caller that never reads.
pub(super) struct Deaf(TcpStream);

impl Deaf {
    pub(super) async fn begin(address: &str, request: &Request) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
        stream.write_all(head(request).as_bytes()).await.unwrap();
        Self(stream)
    }

    /// Sends a piece again and again until nobody takes it: how often somebody did.
    pub(super) async fn send(mut self, piece: &[u8], times: usize) -> usize {
        const TAKEN_WITHIN: Duration = Duration::from_secs(5);
        let piece = chunk(piece);
        for sent in 0..times {
            if !matches!(timeout(TAKEN_WITHIN, self.0.write_all(&piece)).await, Ok(Ok(()))) {
                return sent;
            }
        }
        times
    }
}
