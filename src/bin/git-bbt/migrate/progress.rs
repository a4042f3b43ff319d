//! How far a long run is: a bar on a terminal, and nothing elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Sooner than this there is nothing to wait for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Counts repositories.
pub struct Progress {
    bar: ProgressBar,
    started: Instant,
    total: u64,
}

impl Progress {
    pub fn of(total: usize) -> Progress {
        Progress {
            bar: ProgressBar::hidden(),
            started: Instant::now(),
            total: total as u64,
        }
    }

    /// So many more are done; `print` writes what there is to say of them.
    ///
    /// # Errors
    /// Those of `print`.
    pub fn advance<E>(
        &mut self,
        by: usize,
        print: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        if self.bar.is_hidden() && self.started.elapsed() > PATIENCE {
            // Draws to stderr, and only where that is a terminal.
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
