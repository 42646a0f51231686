//! Connections to the host. Each carries many questions at once; answers come in any order and are
//! known by their number.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Mutex as AsyncMutex, MutexGuard, oneshot},
    task::JoinHandle,
    time::{Instant, timeout_at},
};

use super::message::{Answer, Message, Response};

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Not a byte of the request left.
    NotSent,
    /// The host may have read it.
    Lost,
}

/// A pool of connections, opened when they are needed.
pub(super) struct Host {
    address: String,
    places: Vec<AsyncMutex<Option<Link>>>,
    next: AtomicUsize,
}

impl Host {
    pub(super) fn new(address: String, connections: usize) -> Self {
        let places = (0..connections.max(1)).map(|_| AsyncMutex::default()).collect();
        Self { address, places, next: AtomicUsize::new(0) }
    }

    /// Sends a request, and waits for the response to it.
    pub(super) async fn ask(
        &self,
        request: &Message,
        number: u32,
        end: Instant,
    ) -> Result<Response, Trouble> {
        let bytes = request.encode();
        let answer = {
            let connected = timeout_at(end, self.connected()).await;
            let mut place = connected.map_err(|_| Trouble::NotSent)?.ok_or(Trouble::NotSent)?;
            // The connection comes back when the whole request is on its way, and else is closed: the
            // host could not tell where the next one begins.
            let mut link = place.take().ok_or(Trouble::NotSent)?;
            let answer = link.waiting.enter((request.answer_kind(), number));
            match timeout_at(end, link.writer.write_all(&bytes)).await {
                Ok(Ok(())) => *place = Some(link),
                Ok(Err(_)) | Err(_) => return Err(Trouble::Lost),
            }
            answer
        };
        match timeout_at(end, answer).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(_)) | Err(_) => Err(Trouble::Lost),
        }
    }

    /// A place with a connection that is open; nothing if none can be opened.
    async fn connected(&self) -> Option<MutexGuard<'_, Option<Link>>> {
        let place = self.next.fetch_add(1, Ordering::Relaxed) % self.places.len();
        let mut place = self.places[place].lock().await;
        if place.as_ref().is_none_or(Link::is_down) {
            *place = Some(Link::open(&self.address).await.ok()?);
        }
        Some(place)
    }
}

/// What an answer is known by: its type and its number.
type Key = (&'static [u8], u32);

/// Who waits for which answer.
type Askers = HashMap<(Vec<u8>, u32), oneshot::Sender<Response>>;

/// Questions that wait for their answers on a connection.
#[derive(Clone, Default)]
struct Waiting(Arc<Mutex<Askers>>);

impl Waiting {
    fn enter(&self, (kind, number): Key) -> oneshot::Receiver<Response> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who gave up are forgotten here: they do not say so.
        waiting.retain(|_, sender| !sender.is_closed());
        waiting.insert((kind.to_vec(), number), sender);
        receiver
    }

    fn answer(&self, answer: Answer) {
        let key = (answer.kind, answer.number);
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        if let Some(sender) = sender {
            // Whoever asked may have given up.
            drop(sender.send(answer.response));
        }
    }

    fn give_up(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A connection.
struct Link {
    writer: OwnedWriteHalf,
    waiting: Waiting,
    reader: JoinHandle<()>,
}

impl Link {
    async fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (reader, writer) = stream.into_split();
        let waiting = Waiting::default();
        let reader = tokio::spawn(read_all(reader, waiting.clone()));
        Ok(Self { writer, waiting, reader })
    }

    /// Whether the host has closed it, or has sent what cannot be read.
    fn is_down(&self) -> bool {
        self.reader.is_finished()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.reader.abort();
        self.waiting.give_up();
    }
}

async fn read_all(mut reader: OwnedReadHalf, waiting: Waiting) {
    while let Some(answer) = read(&mut reader).await {
        waiting.answer(answer);
    }
    waiting.give_up();
}

async fn read(reader: &mut OwnedReadHalf) -> Option<Answer> {
    let length = reader.read_u16().await.ok()?;
    let mut bytes = vec![0; usize::from(length)];
    reader.read_exact(&mut bytes).await.ok()?;
    let answer = Answer::decode(&bytes);
    if answer.is_none() {
        tracing::warn!("the issuer host sent what is no answer; the connection is closed");
    }
    answer
}
