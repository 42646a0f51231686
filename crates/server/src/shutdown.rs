//! Signals that end the server.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::fault::Fault;

/// The signals that ask the server to stop.
pub(crate) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on these signals no longer end the process by themselves.
    pub(crate) fn listen() -> Result<Self, Fault> {
        let listen = |kind| {
            signal(kind).map_err(|error| Fault::other(format!("Signals cannot be heard: {error}.")))
        };
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next of them.
    pub(crate) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
