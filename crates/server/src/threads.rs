//! The threads that serve connections.
//!
//! There is one for each processor, and what began on it stays on it: connections, and on PostgreSQL a lane
//! and a reader of cards. Where any thread takes whatever is next, a request wakes several on its way to the
//! database and back, and data moves between processors. What is long is not done on these threads.

use std::{sync::Arc, thread};

use tokio::{
    runtime::{Builder, EnterGuard, Handle},
    sync::oneshot::{self, Sender},
};

use crate::fault::Fault;

/// Where connections are served.
pub(crate) struct Threads(Vec<Place>);

/// A runtime for connections.
struct Place {
    runtime: Handle,
    /// Every connection holds one, so that they can be counted.
    guest: Guest,
    /// Dropping it ends the thread.
    _end: Sender<()>,
}

/// A connection's share of a place; held as long as the connection is open.
pub(crate) type Guest = Arc<()>;

impl Threads {
    /// Starts one for each processor.
    pub(crate) fn start() -> Result<Self, Fault> {
        Self::own(thread::available_parallelism().map_or(1, usize::from))
    }

    /// Starts none: connections are served where they are taken, by the clock of that runtime.
    #[cfg(test)]
    pub(crate) const fn none() -> Self {
        Self(Vec::new())
    }

    fn own(count: usize) -> Result<Self, Fault> {
        (0..count).map(Place::own).collect::<Result<_, _>>().map(Self)
    }

    /// The runtimes, for the store to be beside its callers.
    pub(crate) fn runtimes(&self) -> Vec<Handle> {
        self.0.iter().map(|place| place.runtime.clone()).collect()
    }

    /// How many there are.
    pub(crate) const fn count(&self) -> usize {
        self.0.len()
    }

    /// Goes where the fewest connections are: what is made or spawned while the guard lives is there.
    /// Stays where it is if there are no threads.
    pub(crate) fn enter(&self) -> Option<(EnterGuard<'_>, Guest)> {
        let place = self.0.iter().min_by_key(|place| Arc::strong_count(&place.guest))?;
        Some((place.runtime.enter(), Arc::clone(&place.guest)))
    }
}

impl Place {
    /// A runtime that has one thread and shares nothing.
    fn own(number: usize) -> Result<Self, Fault> {
        let failed = |error| Fault::other(format!("No threads can be started: {error}."));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (end, ended) = oneshot::channel();
        let place = Self { runtime: runtime.handle().clone(), guest: Guest::default(), _end: end };
        let work = move || {
            // Nothing is ever sent: it is over when the other side is dropped.
            drop(runtime.block_on(ended));
            runtime.shutdown_background();
        };
        thread::Builder::new().name(format!("serve-{number}")).spawn(work).map_err(failed)?;
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_guest_goes_where_the_fewest_are() {
        let threads = Threads::own(2).unwrap();
        let come = || {
            let (_there, guest) = threads.enter().unwrap();
            (Handle::current().id(), guest)
        };
        let guests: Vec<_> = std::iter::repeat_with(come).take(6).collect();
        let (mut first, second): (Vec<_>, Vec<_>) =
            guests.into_iter().partition(|(place, _)| *place == threads.runtimes()[0].id());
        assert_eq!((first.len(), second.len()), (3, 3));
        first.clear();
        let (place, _guest) = come();
        assert_eq!(place, threads.runtimes()[0].id());
    }

    #[tokio::test]
    async fn threads_end_with_what_was_left_on_them() {
        let threads = Threads::own(1).unwrap();
        let (work, ended) = oneshot::channel::<()>();
        let runtime = threads.runtimes().remove(0);
        let begun = runtime.spawn(async { std::thread::current().name().map(str::to_owned) });
        assert_eq!(begun.await.unwrap().as_deref(), Some("serve-0"));
        runtime.spawn(async move {
            std::future::pending::<()>().await;
            drop(work);
        });
        drop(threads);
        let ended = timeout(Duration::from_mins(1), ended).await;
        ended.expect("the thread ends").unwrap_err();
    }
}
