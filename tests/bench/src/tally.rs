//! What was counted while a load ran.

use std::{collections::BTreeMap, time::Duration};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::failed::Failed;

/// A minute; whoever waits longer has met a server that hangs.
const LATENCY_MICROS_MAX: u64 = 60_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

pub(crate) struct Tally {
    latencies: Histogram<u64>,
    statuses: BTreeMap<u16, u64>,
}

impl Tally {
    pub(crate) fn new() -> Result<Self, Failed> {
        let latencies = Histogram::new_with_bounds(1, LATENCY_MICROS_MAX, SIGNIFICANT_DIGITS)
            .map_err(|error| Failed::because(error.to_string()))?;
        Ok(Self { latencies, statuses: BTreeMap::new() })
    }

    pub(crate) fn add(&mut self, status: u16, latency: Duration) -> Result<(), Failed> {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.latencies.record(micros)?;
        *self.statuses.entry(status).or_default() += 1;
        Ok(())
    }

    /// The report, unless something else than `expected` was answered, or nothing at all.
    pub(crate) fn report(&self, expected: u16, elapsed: Duration) -> Result<Value, Failed> {
        if self.statuses.keys().ne([&expected]) {
            let statuses = &self.statuses;
            return Err(Failed::because(format!("answers other than {expected}: {statuses:?}")));
        }
        let requests = self.latencies.len();
        let seconds = elapsed.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^52 requests")]
        let rate = requests as f64 / seconds;
        Ok(json!({
            "requests": requests,
            "seconds": seconds,
            "rate": rate,
            "p50_us": self.latencies.value_at_quantile(0.50),
            "p95_us": self.latencies.value_at_quantile(0.95),
            "p99_us": self.latencies.value_at_quantile(0.99),
            "max_us": self.latencies.max(),
            "statuses": self.statuses,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(statuses: &[u16]) -> Tally {
        let mut tally = Tally::new().unwrap();
        for (status, millis) in statuses.iter().zip(1..) {
            tally.add(*status, Duration::from_millis(millis)).unwrap();
        }
        tally
    }

    #[test]
    fn a_report_has_the_rate_and_the_latencies() {
        let report = tally(&[200; 100]).report(200, Duration::from_secs(2)).unwrap();
        assert_eq!(report["requests"], 100);
        assert_eq!(report["rate"], 50.0);
        let p99 = report["p99_us"].as_u64().unwrap();
        assert!((98_900..=99_100).contains(&p99), "{p99}");
        assert_eq!(report["statuses"], json!({"200": 100}));
    }

    #[test]
    fn one_answer_of_another_status_spoils_the_report() {
        assert!(tally(&[200, 200, 429]).report(200, Duration::from_secs(1)).is_err());
    }

    #[test]
    fn no_answers_are_no_report() {
        assert!(tally(&[]).report(200, Duration::from_secs(1)).is_err());
    }
}
