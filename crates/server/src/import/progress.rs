//! How an import is going, for whoever waits for it: a bar on a terminal, a line now and then
//! elsewhere.

use std::{fmt::Write as _, io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use super::receipts::Tally;

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Shows how it goes, on standard error.
pub(super) struct Reporter {
    began: Instant,
    total: Option<u64>,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Reporter {
    pub(super) fn new(quiet: bool, total: Option<u64>) -> Self {
        let began = Instant::now();
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            Shown::Bar(bar(total))
        } else {
            Shown::Lines { last: began }
        };
        Self { began, total, shown }
    }

    /// So much of the file was read, and so many lines were answered.
    pub(super) fn update(&mut self, bytes: u64, tally: &Tally) {
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                bar.set_position(bytes);
                bar.set_message(format!("{} lines, {} refused", tally.lines, tally.refused));
            }
            Shown::Lines { last } => {
                let now = Instant::now();
                if now - *last >= EVERY {
                    *last = now;
                    eprintln!("{}", line(bytes, self.total, now - self.began, tally));
                }
            }
        }
    }

    pub(super) fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn bar(total: Option<u64>) -> ProgressBar {
    let template = match total {
        Some(_) => "{bar:30} {percent}%  {binary_bytes_per_sec}  {eta} left  {msg}",
        None => "{spinner} {binary_bytes}  {binary_bytes_per_sec}  {msg}",
    };
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    // The templates above are good; a bar of the usual style would be no misfortune either.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
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
