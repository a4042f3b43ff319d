//! The progress of a long run: a bar on a terminal, nothing elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// A shorter run shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts repositories.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    total: u64,
}

impl Progress {
    pub fn new(total: usize) -> Progress {
        Progress {
            bar: ProgressBar::hidden(),
            started: Instant::now(),
            total: total as u64,
        }
    }

    /// Counts repositories that are done; `print` prints their reports, below which the bar goes on.
    ///
    /// # Errors
    /// Those of `print`.
    pub fn advance<E>(
        &mut self,
        by: usize,
        print: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        if self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            // Draws to stderr, and only if that is a terminal.
            self.bar = ProgressBar::new(self.total).with_position(self.bar.position());
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} repositories") {
                self.bar.set_style(style);
            }
        }
        let printed = self.bar.suspend(print);
        self.bar.inc(by as u64);
        printed
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
