//! What the server does by itself, beside answering.

use std::{sync::Arc, time::Duration};

use cardfile_service::Service;
use tokio::time::{MissedTickBehavior, interval};

use crate::metrics::{Metrics, UPKEEP_EVERY};

/// How often what has had its time is forgotten.
const HOUSEKEEPING_EVERY: Duration = Duration::from_secs(60 * 60);

/// Starts all of it; it ends with the runtime.
pub(crate) fn start(service: Arc<Service>, metrics: Arc<Metrics>) {
    tokio::spawn(async move {
        let mut hour = interval(HOUSEKEEPING_EVERY);
        hour.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            hour.tick().await;
            keep_house(&service).await;
        }
    });
    tokio::spawn(async move {
        let mut tick = interval(UPKEEP_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            metrics.upkeep();
        }
    });
}

/// Forgets what has had its time. What fails is tried again an hour later.
async fn keep_house(service: &Service) {
    match service.forget_receipts().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "old receipts are forgotten"),
        Err(error) => tracing::warn!(%error, "old receipts could not be forgotten"),
    }
    match service.forget_orphans().await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, "cards without an account are forgotten"),
        Err(error) => tracing::warn!(%error, "cards without an account could not be forgotten"),
    }
}
