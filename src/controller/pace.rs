//! When to plan: something changed, and what else the loop does had its time.

use std::time::{Duration, Instant};

/// From the end of a pass to the next one at least: a burst of changes is decided together.
const APART: Duration = Duration::from_millis(50);

/// Whether a pass of the planner is due.
#[derive(Debug, Default)]
pub(super) struct Pace {
    changed: bool,
    next: Option<Instant>,
    /// How long the last pass took.
    last: Duration,
}

impl Pace {
    /// Something changed, or might have.
    pub(super) fn change(&mut self, changed: bool) {
        self.changed |= changed;
    }
    /// A pass is due at this instant; none: nothing changed.
    pub(super) fn due_at(&self, now: Instant) -> Option<Instant> {
        self.changed.then(|| self.next.unwrap_or(now))
    }
    /// A pass is due now.
    pub(super) fn due(&self, now: Instant) -> bool {
        self.due_at(now).is_some_and(|at| at <= now)
    }
    /// A pass that knew every change so far has taken from one of these instants to the other. Sending, answers and notices have as much
    /// time until the next: however long passes take, half of the loop is free. One long pass alone, as when a window opens for thousands,
    /// keeps nobody waiting for the next one.
    pub(super) fn took(&mut self, began: Instant, ended: Instant) {
        let took = ended - began;
        *self = Self { changed: false, next: Some(ended + APART.max(took.min(self.last))), last: took };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_first_change_is_planned_at_once_and_the_next_ones_together() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(!pace.due(now));
        pace.change(true);
        assert!(pace.due(now));
        pace.took(now, now + MS);
        pace.change(true);
        pace.change(false);
        assert_eq!(pace.due_at(now), Some(now + MS + APART));
        assert!(!pace.due(now + APART) && pace.due(now + MS + APART));
    }

    #[test]
    fn half_of_the_loop_is_free_however_long_a_pass_takes() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.took(now, now + 400 * MS);
        pace.took(now + 400 * MS, now + 700 * MS);
        pace.change(true);
        assert_eq!(pace.due_at(now), Some(now + 1000 * MS));
    }

    #[test]
    fn the_pass_after_one_long_one_comes_soon() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        pace.took(now, now + MS);
        pace.took(now + MS, now + 300 * MS);
        pace.change(true);
        assert_eq!(pace.due_at(now), Some(now + 300 * MS + APART));
    }
}
