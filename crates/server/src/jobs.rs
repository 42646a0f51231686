//! What the server does by itself, beside answering.

use std::{sync::Arc, time::Duration};

use cardfile_service::Service;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use crate::{
    fault::chain,
    metrics::{Metrics, UPKEEP_EVERY},
};

/// How often what has had its time is forgotten.
const HOUSEKEEPING_EVERY: Duration = Duration::from_hours(1);

/// Starts all of it; it ends when what this returns is dropped.
pub(crate) fn start(service: Arc<Service>, metrics: Arc<Metrics>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
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

/// Forgets what has had its time. What fails is tried again an hour later.
async fn keep_house(service: &Service) {
    match service.forget_receipts().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "old receipts are forgotten"),
        Err(error) => {
            tracing::warn!(cause = chain(&error), "old receipts could not be forgotten");
        }
    }
    match service.forget_orphans().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "cards without an account are forgotten"),
        Err(error) => {
            tracing::warn!(
                cause = chain(&error),
                "cards without an account could not be forgotten"
            );
        }
    }
}

#[cfg(test)]
mod tests;
