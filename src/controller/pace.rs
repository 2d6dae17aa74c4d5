//! When to plan: something changed, but not more often than so many times a second.

use std::time::{Duration, Instant};

/// Twenty passes a second at most: a burst of changes is decided together.
const APART: Duration = Duration::from_millis(50);

/// Whether a pass of the planner is due.
#[derive(Debug, Default)]
pub(super) struct Pace {
    changed: bool,
    last: Option<Instant>,
}

impl Pace {
    /// Something changed, or might have.
    pub(super) fn change(&mut self, changed: bool) {
        self.changed |= changed;
    }
    /// A pass is due at this instant; none: nothing changed.
    pub(super) fn due_at(&self, now: Instant) -> Option<Instant> {
        self.changed.then(|| self.last.map_or(now, |last| last + APART))
    }
    /// A pass is due now.
    pub(super) fn due(&self, now: Instant) -> bool {
        self.due_at(now).is_some_and(|at| at <= now)
    }
    /// A pass begins.
    pub(super) fn begin(&mut self, now: Instant) {
        *self = Self { changed: false, last: Some(now) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_change_is_planned_at_once_and_the_next_ones_together() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(!pace.due(now));
        pace.change(true);
        assert!(pace.due(now));
        pace.begin(now);
        pace.change(true);
        pace.change(false);
        assert_eq!(pace.due_at(now), Some(now + APART));
        assert!(!pace.due(now) && pace.due(now + APART));
    }
}
