//! How a long command is going, for whoever waits for it: a bar on a terminal, a line now and then
//! elsewhere.

use std::{io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

/// How often a line is printed where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Shows how it goes, on standard error.
pub(crate) struct Reporter {
    began: Instant,
    shown: Shown,
}

enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines { last: Instant },
}

impl Reporter {
    /// With a bar that has this template, for as much as there is in all.
    pub(crate) fn new(quiet: bool, template: &str, total: Option<u64>) -> Self {
        let began = Instant::now();
        let shown = if quiet {
            Shown::Nothing
        } else if std::io::stderr().is_terminal() {
            Shown::Bar(bar(template, total))
        } else {
            Shown::Lines { last: began }
        };
        Self { began, shown }
    }

    /// So much is done. The bar has a message beside it, and a line tells what was done after so long.
    pub(crate) fn update(
        &mut self,
        done: u64,
        message: impl FnOnce() -> String,
        line: impl FnOnce(Duration) -> String,
    ) {
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(message());
            }
            Shown::Lines { last } => {
                if let Some(elapsed) = due(self.began, last, Instant::now()) {
                    eprintln!("{}", line(elapsed));
                }
            }
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

fn bar(template: &str, total: Option<u64>) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
    // The templates are good; a bar of the usual style would be no misfortune either.
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// After how long another line is due, if it is.
fn due(began: Instant, last: &mut Instant, now: Instant) -> Option<Duration> {
    if now - *last < EVERY {
        return None;
    }
    *last = now;
    Some(now - began)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_now_and_then() {
        let began = Instant::now();
        let mut last = began;
        let mut told = Vec::new();
        for seconds in 0..=12 {
            told.extend(due(began, &mut last, began + Duration::from_secs(seconds)));
        }
        assert_eq!(told, [5, 10].map(Duration::from_secs));
    }
}
