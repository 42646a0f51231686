//! How an import is going.

use std::{fmt::Write as _, time::Duration};

use super::receipts::Tally;
use crate::progress;

/// Shows how it goes, by how much of the file was read.
pub(super) struct Reporter {
    total: Option<u64>,
    shown: progress::Reporter,
}

impl Reporter {
    pub(super) fn new(quiet: bool, total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {percent}%  {binary_bytes_per_sec}  {eta} left  {msg}",
            None => "{spinner} {binary_bytes}  {binary_bytes_per_sec}  {msg}",
        };
        Self { total, shown: progress::Reporter::new(quiet, template, total) }
    }

    /// So much of the file was read, and so many lines were answered.
    pub(super) fn update(&mut self, bytes: u64, tally: &Tally) {
        self.shown.update(
            bytes,
            || format!("{} lines, {} refused", tally.lines, tally.refused),
            |elapsed| line(bytes, self.total, elapsed, tally),
        );
    }

    pub(super) fn finish(&self) {
        self.shown.finish();
    }
}

/// What is said after so long.
fn line(bytes: u64, total: Option<u64>, elapsed: Duration, tally: &Tally) -> String {
    let seconds = elapsed.as_secs().max(1);
    let mut line = format!(
        "{} lines answered, {} refused, {} lines/s",
        tally.lines,
        tally.refused,
        tally.lines / seconds
    );
    if let Some(total) = total {
        let percent = bytes.saturating_mul(100) / total.max(1);
        // Writing to a string cannot fail.
        let _ = write!(line, ", {percent} % of the file");
        if let Some(left) = seconds_left(bytes, total, seconds) {
            let _ = write!(line, ", about {left} s left");
        }
    }
    line
}

/// How long the rest will take if it goes on like this.
fn seconds_left(bytes: u64, total: u64, seconds: u64) -> Option<u64> {
    let left = u128::from(total.saturating_sub(bytes)) * u128::from(seconds);
    u64::try_from(left.checked_div(bytes.into())?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_goes_by_what_was_read_so_far() {
        assert_eq!(seconds_left(250, 1000, 10), Some(30));
        assert_eq!(seconds_left(1000, 1000, 10), Some(0));
        assert_eq!(seconds_left(1100, 1000, 10), Some(0));
        assert_eq!(seconds_left(0, 1000, 10), None);
    }

    #[test]
    fn a_line_tells_rate_share_and_time_left() {
        let tally = Tally { lines: 100, refused: 3, ..Tally::default() };
        assert_eq!(
            line(250, Some(1000), Duration::from_secs(10), &tally),
            "100 lines answered, 3 refused, 10 lines/s, 25 % of the file, about 30 s left"
        );
        assert_eq!(
            line(0, None, Duration::ZERO, &tally),
            "100 lines answered, 3 refused, 100 lines/s"
        );
    }
}
