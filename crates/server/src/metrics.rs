//! Figures for Prometheus.
//!
//! Who has something to count does so through the `metrics` facade; what is known of the process as
//! a whole is looked up when the figures are asked for.

use std::{fs, sync::Arc, time::Duration};

use cardfile_domain::ports::Clock;
use jiff::Timestamp;
use metrics::{describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::fault::Fault;

/// Bounds for everything that takes time, in seconds: from a read in memory to a gateway that gave
/// no answer.
const SECONDS: [f64; 13] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// How often figures are condensed that nobody asked for, so that they do not pile up.
pub(crate) const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// The figures of this process.
pub(crate) struct Metrics {
    handle: PrometheusHandle,
    clock: Arc<dyn Clock>,
    started: Timestamp,
    queue_depth: Box<dyn Fn() -> usize + Send + Sync>,
}

impl Metrics {
    /// Starts counting.
    pub(crate) fn install(
        clock: Arc<dyn Clock>,
        database: &'static str,
        queue_depth: Box<dyn Fn() -> usize + Send + Sync>,
    ) -> Result<Arc<Self>, Fault> {
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(|error| Fault::other(format!("Figures cannot be kept: {error}.")))?;
        describe_gauge!("process_resident_memory_bytes", "Memory that the process occupies.");
        describe_gauge!("process_open_fds", "Files and connections that the process has open.");
        describe_gauge!("process_start_time_seconds", "When the process started, since 1970.");
        describe_gauge!("cardfile_uptime_seconds", "How long the server has been up.");
        describe_gauge!("cardfile_lane_queue_depth", "Writes that wait for a lane.");
        describe_gauge!("cardfile_connections", "Connections that are open.");
        describe_counter!(
            "cardfile_gateway_questions_total",
            "Questions to a gateway, by what came of them."
        );
        describe_histogram!(
            "cardfile_gateway_question_duration_seconds",
            "How long a gateway took over a question."
        );
        describe_gauge!(
            "cardfile_gateway_breaker",
            "Whether a gateway is asked: 0 it is, 1 on trial, 2 it is left alone."
        );
        describe_gauge!("cardfile_build_info", "Always 1; the labels say what is running.");
        gauge!(
            "cardfile_build_info",
            "version" => env!("CARGO_PKG_VERSION"),
            "database" => database
        )
        .set(1.0);
        let started = clock.now();
        gauge!("process_start_time_seconds").set(seconds(started.as_millisecond()));
        Ok(Arc::new(Self { handle, clock, started, queue_depth }))
    }

    /// All figures as they are now.
    pub(crate) fn render(&self) -> String {
        if let Some(bytes) = resident_bytes() {
            gauge!("process_resident_memory_bytes").set(bytes);
        }
        if let Some(count) = open_files() {
            gauge!("process_open_fds").set(count);
        }
        let up = self.clock.now().duration_since(self.started);
        gauge!("cardfile_uptime_seconds").set(up.as_secs_f64());
        let waiting = u32::try_from((self.queue_depth)()).unwrap_or(u32::MAX);
        gauge!("cardfile_lane_queue_depth").set(f64::from(waiting));
        self.handle.render()
    }

    /// Condenses what has been counted.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

fn seconds(millis: i64) -> f64 {
    Duration::from_millis(millis.unsigned_abs()).as_secs_f64()
}

/// `None` where there is no `/proc`.
fn resident_bytes() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

fn open_files() -> Option<f64> {
    let count = fs::read_dir("/proc/self/fd").ok()?.count();
    u32::try_from(count).ok().map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_running_process_has_memory_and_open_files() {
        assert!(resident_bytes().unwrap() > 100_000.0);
        assert!(open_files().unwrap() >= 3.0);
    }
}
