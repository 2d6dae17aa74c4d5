//! How long to wait after a failure: doubling, with a limit and with jitter.

use std::time::{Duration, Instant};

/// Waits between tries: the first, doubled with each further failure up to the last.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    /// After the first failure.
    pub first: Duration,
    /// The longest.
    pub last: Duration,
}

impl Steps {
    /// The wait after so many failures in a row. `spread` in 0..1 sets it within ±20 %, so that what failed together does not
    /// come again together.
    pub fn wait(self, failures: u32, spread: f64) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        doubled.min(self.last).mul_f64(0.8 + 0.4 * spread.clamp(0.0, 1.0))
    }
}

/// Failures in a row, and until when that holds the next try back.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// How many.
    pub failures: u32,
    /// Until when.
    pub until: Instant,
}

impl Held {
    /// One more failure after `before`.
    pub fn again(before: Option<Self>, steps: Steps, now: Instant, spread: f64) -> Self {
        let failures = before.map_or(0, |held| held.failures).saturating_add(1);
        Self { failures, until: now + steps.wait(failures, spread) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_the_first_to_the_last() {
        let steps = Steps { first: Duration::from_secs(1), last: Duration::from_mins(5) };
        let waits: Vec<_> = (1..=11).map(|n| steps.wait(n, 0.5).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!(steps.wait(u32::MAX, 0.5).as_secs(), 300, "no overflow");
    }

    #[test]
    fn jitter_stays_within_a_fifth() {
        let steps = Steps { first: Duration::from_secs(10), last: Duration::from_mins(5) };
        assert_eq!((steps.wait(1, 0.0).as_secs(), steps.wait(1, 1.0).as_secs()), (8, 12));
    }
}
