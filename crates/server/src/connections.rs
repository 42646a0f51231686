//! Connections: how many, for how long, and how they end.
//!
//! hyper is driven by hand rather than through `axum::serve`, which has no place for a limit on
//! headers, a time limit for sending them, or a limit on connections.

use std::{
    convert::Infallible, future::Future, io, num::NonZeroUsize, pin::pin, sync::Arc, time::Duration,
};

use axum::response::Response;
use cardfile_domain::limits::{HEADER_BYTES_MAX, UNREAD_SECONDS};
use cardfile_http::Peer;
use hyper::{Request, body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use metrics::gauge;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_io_timeout::TimeoutWriter;

use crate::threads::{Guest, Threads};

/// How long a caller may take to send a request's headers; also how long it may keep a connection
/// without using it.
const HEADERS_WITHIN: Duration = Duration::from_secs(30);
/// What is read of a head at the most. The API's own limit is lower, and says so in its own words;
/// beyond this one a connection is ended.
const HEAD_BYTES_READ_MAX: usize = 2 * HEADER_BYTES_MAX;
/// How long a caller may take nothing of its answer.
const READ_WITHIN: Duration = Duration::from_secs(UNREAD_SECONDS);
/// A pause after the system had no file for a new connection: it may have one soon.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);
/// Files that are open besides connections: the database, logs, lookups.
const OTHER_FILES: u64 = 128;
/// Files of each thread that serves connections: those by which it waits for them, and its connections to the
/// database.
const FILES_PER_THREAD: u64 = 8;

/// Serves connections until told to stop, then hands over those that are still open.
pub(crate) async fn serve<S: Answering>(
    listener: TcpListener,
    service: S,
    max: NonZeroUsize,
    threads: &Threads,
    stop: impl Future<Output = ()>,
) -> GracefulShutdown {
    let open = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(max.get().min(Semaphore::MAX_PERMITS)));
    let mut stop = pin!(stop);
    loop {
        let next = next_connection(&listener, &places);
        let (stream, peer, place) = tokio::select! {
            biased;
            () = &mut stop => return open,
            next = next => next,
        };
        let service = TowerToHyperService::new(service.clone());
        if let Err(error) = start(stream, place, Named { service, peer }, threads, &open) {
            tracing::debug!(%error, "a connection was lost before it was served");
        }
    }
}

/// Takes a connection only when there is a place for it: the others wait in the system's queue.
async fn next_connection(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, Peer, Option<OwnedSemaphorePermit>) {
    // Nobody closes the semaphore; if it were closed, there would be no limit.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, Peer(address), place),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
            }
        }
    }
}

/// Whatever answers requests.
pub(crate) trait Answering:
    tower::Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + 'static
{
}

impl<S> Answering for S where
    S: tower::Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static
{
}

/// A service for one connection: each request learns who is at its other end.
struct Named<S> {
    service: TowerToHyperService<S>,
    peer: Peer,
}

impl<S: Answering> Service<Request<Incoming>> for Named<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = <TowerToHyperService<S> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.service.call(request)
    }
}

/// Serves a connection on the thread that has the fewest.
fn start<S: Answering>(
    stream: TcpStream,
    place: Option<OwnedSemaphorePermit>,
    service: Named<S>,
    threads: &Threads,
    open: &GracefulShutdown,
) -> io::Result<()> {
    let stream = stream.into_std()?;
    let there = threads.enter();
    let guest = there.as_ref().map(|(_, guest)| Guest::clone(guest));
    let stream = TcpStream::from_std(stream)?;
    // Answers are small and written whole: waiting to fill a packet only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays without TCP_NODELAY");
    }
    // A caller may take its time to read, but not for ever: its place is somebody else's.
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(READ_WITHIN));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_header_size(HEAD_BYTES_READ_MAX)
        .serve_connection(TokioIo::new(Box::pin(stream)), service);
    let connection = open.watch(connection);
    tokio::spawn(async move {
        gauge!("cardfile_connections").increment(1);
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection broke");
        }
        gauge!("cardfile_connections").decrement(1);
        drop((place, guest));
    });
    Ok(())
}

/// Lets the process have as many files open as connections need, as far as the system allows.
pub(crate) fn allow_files_for(connections: NonZeroUsize, threads: &Threads) {
    let others = OTHER_FILES + FILES_PER_THREAD * threads.count() as u64;
    let wanted = (connections.get() as u64).saturating_add(others);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let allowed = maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(allowed), maximum });
    if allowed < wanted || raised.is_err() {
        tracing::warn!(
            wanted,
            allowed,
            "the system allows fewer open files than connections may need; raise its limit or \
             lower --max-connections"
        );
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use futures::stream;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        time::{Instant, timeout},
    };

    use super::*;

    async fn endless() -> Body {
        Body::from_stream(stream::repeat_with(|| Ok::<_, std::io::Error>(vec![0; 64 * 1024])))
    }

    #[tokio::test]
    async fn a_caller_that_reads_nothing_loses_its_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(endless));
        let serving = async move {
            // Threads of their own would have clocks of their own.
            let threads = Threads::none();
            serve(listener, router, NonZeroUsize::MIN, &threads, std::future::pending()).await
        };
        tokio::spawn(serving);
        let mut caller = TcpStream::connect(address).await.unwrap();
        caller.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        caller.read_exact(&mut [0; 1000]).await.unwrap();
        // From here on the clock jumps when nobody can do anything.
        tokio::time::pause();
        let stopped = Instant::now();
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        // There is one place, and it is free again.
        let answer = timeout(2 * READ_WITHIN, second.read_exact(&mut [0; 10])).await;
        answer.expect("the first connection has ended").unwrap();
        assert!(stopped.elapsed() >= READ_WITHIN);
        drop(caller);
    }
}
