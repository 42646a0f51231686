//! What the server does by itself, beside answering.

use std::{error::Error, sync::Arc, time::Duration};

use cardfile_http::ErrandRunner;
use cardfile_service::Service;
use tokio::{
    sync::oneshot,
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval},
};

use crate::{
    fault::chain,
    metrics::{Metrics, UPKEEP_EVERY},
};

/// How often what has had its time is forgotten.
const HOUSEKEEPING_EVERY: Duration = Duration::from_hours(1);
/// How often it is asked whether a warning is due; the cards are looked at only if one can be.
const WARN_EVERY: Duration = Duration::from_mins(1);

/// How often it is looked for questions that a gateway did not answer.
const SETTLE_EVERY: Duration = Duration::from_secs(1);

/// All of it, running; what may be cut off anywhere ends when this is dropped.
pub(crate) struct Jobs {
    upkeep: JoinSet<()>,
    errands: JoinHandle<()>,
    go_on: oneshot::Sender<()>,
}

impl Jobs {
    /// Takes no more errands, and returns when those that were begun are finished.
    pub(crate) async fn finish(self) {
        let Self { upkeep, errands, go_on } = self;
        drop((upkeep, go_on));
        // An error here is a panic, which was reported where it happened.
        drop(errands.await);
    }
}

/// Starts all of it.
pub(crate) fn start(service: Arc<Service>, metrics: Arc<Metrics>, errands: ErrandRunner) -> Jobs {
    let (go_on, gone) = oneshot::channel();
    let errands = tokio::spawn(errands.run(async move { drop(gone.await) }));
    Jobs { upkeep: keep_up(service, metrics), errands, go_on }
}

fn keep_up(service: Arc<Service>, metrics: Arc<Metrics>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let warner = Arc::clone(&service);
    jobs.spawn(async move {
        let mut minute = interval(WARN_EVERY);
        minute.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            minute.tick().await;
            tell("warnings that cards expire", "given", warner.warn_of_expiry().await);
        }
    });
    jobs.spawn(settle_all(Arc::clone(&service)));
    jobs.spawn(async move {
        let mut hour = interval(HOUSEKEEPING_EVERY);
        hour.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            hour.tick().await;
            keep_house(&service).await;
        }
    });
    jobs.spawn(async move {
        let mut tick = interval(UPKEEP_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            metrics.upkeep();
        }
    });
    jobs
}

/// Finds out what became of questions that gateways did not answer. What is cut off in the middle is
/// taken up by whoever looks next.
async fn settle_all(service: Arc<Service>) {
    let mut tick = interval(SETTLE_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = service.settle_questions().await {
            tracing::warn!(cause = chain(&error), "questions to gateways could not be looked for");
        }
    }
}

/// Forgets what has had its time. What fails is tried again an hour later.
async fn keep_house(service: &Service) {
    tell("old receipts", "forgotten", service.forget_receipts().await);
    tell("answers to asynchronous requests", "forgotten", service.forget_errands().await);
    tell("questions to gateways", "forgotten", service.forget_questions().await);
    tell("cards without an account", "forgotten", service.forget_orphans().await);
    tell("tokens that nobody used", "forgotten", service.forget_tokens().await);
    tell("sessions", "forgotten", service.forget_sessions().await);
}

fn tell(what: &str, done: &str, count: Result<u64, impl Error>) {
    match count {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "{what} are {done}"),
        Err(error) => tracing::warn!(cause = chain(&error), "{what} could not be {done}"),
    }
}

#[cfg(test)]
mod tests;
