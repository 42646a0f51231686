//! A network that loses things on command.

use std::sync::{
    Arc,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    task::AbortHandle,
};

/// What is lost.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Lost {
    /// A statement on its way to the server.
    Question = 1,
    /// The server's answer to a statement.
    Answer = 2,
    /// The connection, at once after a statement has gone to the server.
    Patience = 3,
}

/// Passes on what clients and server say to each other, until told to lose something.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    listening: AbortHandle,
}

#[derive(Default)]
struct Shared {
    /// What to lose; 0 for nothing.
    lost: AtomicU32,
    /// How many statements to leave alone before.
    spared: AtomicU64,
}

impl Proxy {
    /// Starts a proxy in front of a server.
    pub(crate) async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::<Shared>::default();
        let of_all = Arc::clone(&shared);
        let listening = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, shared) = (server.clone(), Arc::clone(&shared));
                tokio::spawn(async move { pass_on(client, &server, &shared).await });
            }
        });
        Self { port, shared: of_all, listening: listening.abort_handle() }
    }

    /// Lets nobody in any more.
    pub(crate) fn close(&self) {
        self.listening.abort();
    }

    /// Loses something about the statement after so many others, and hangs up.
    pub(crate) fn lose(&self, lost: Lost, spared: u64) {
        self.shared.spared.store(spared, Ordering::SeqCst);
        self.shared.lost.store(lost as u32, Ordering::SeqCst);
    }

    /// Whether what was to be lost is lost.
    pub(crate) fn has_lost(&self) -> bool {
        self.shared.lost.load(Ordering::SeqCst) == 0
    }
}

impl Shared {
    /// Whether this is the statement about which this is to be lost. The first of a connection is
    /// its greeting, and both directions look at each statement, so only the loser counts.
    fn loses(&self, what: Lost) -> bool {
        if self.lost.load(Ordering::SeqCst) != what as u32 {
            return false;
        }
        let spare = |left: u64| left.checked_sub(1);
        if self.spared.fetch_update(Ordering::SeqCst, Ordering::SeqCst, spare).is_ok() {
            return false;
        }
        self.lost.store(0, Ordering::SeqCst);
        true
    }
}

async fn pass_on(client: TcpStream, server: &str, shared: &Shared) {
    let server = TcpStream::connect(server).await.unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // Whichever ends first takes the other with it, and both sockets are closed.
    tokio::select! {
        () = questions(from_client, to_server, shared) => {}
        () = answers(from_server, to_client, shared) => {}
    }
}

async fn questions(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared) {
    while let Some(bytes) = read(&mut from).await {
        if shared.loses(Lost::Question) {
            return;
        }
        let hangs_up = shared.loses(Lost::Patience);
        if to.write_all(&bytes).await.is_err() || hangs_up {
            // The server has to see the statement before it sees that nobody waits for it.
            to.flush().await.unwrap();
            return;
        }
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: &Shared) {
    while let Some(bytes) = read(&mut from).await {
        // `ReadyForQuery`, outside a transaction: the statement is done and committed.
        if bytes.ends_with(b"Z\0\0\0\x05I") && shared.loses(Lost::Answer) {
            return;
        }
        if to.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

async fn read(from: &mut OwnedReadHalf) -> Option<Vec<u8>> {
    let mut bytes = vec![0; 65_536];
    let length = from.read(&mut bytes).await.ok().filter(|length| *length > 0)?;
    bytes.truncate(length);
    Some(bytes)
}
