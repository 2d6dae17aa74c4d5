//! How long an attempt may take and how long a notice rests after a failure, in real time.

use std::time::Duration;

use rand::Rng;

/// The times of the notifier. They run on the monotonic clock, whatever the operator's clock does.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// The longest attempt, from the name's resolution to the end of the reply.
    pub attempt: Duration,
    /// The longest rest after the first failure; it doubles with each further one.
    pub first_rest: Duration,
    /// The longest rest of all, unless the receiver asks for more.
    pub longest_rest: Duration,
    /// The longest rest that a receiver gets by asking (`Retry-After`).
    pub longest_retry_after: Duration,
    /// What is due within this time keeps [`Notifier::idle`](super::Notifier::idle) false.
    pub quiet: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            attempt: Duration::from_secs(10),
            first_rest: Duration::from_secs(1),
            longest_rest: Duration::from_mins(5),
            longest_retry_after: Duration::from_hours(1),
            quiet: Duration::from_secs(5),
        }
    }
}

impl Timing {
    /// The rest after so many failed attempts: exponential with full jitter, and at least what the receiver asked for.
    pub(super) fn rest(&self, attempts: u32, asked: Option<Duration>) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        let longest = self.first_rest.saturating_mul(1 << doublings).min(self.longest_rest);
        let jittered = longest.mul_f64(rand::rng().random());
        jittered.max(asked.unwrap_or_default().min(self.longest_retry_after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_double_with_full_jitter_up_to_the_longest() {
        let timing = Timing::default();
        for (attempts, longest) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (u32::MAX, 300)] {
            let rests: Vec<_> = (0..200).map(|_| timing.rest(attempts, None)).collect();
            let longest = Duration::from_secs(longest);
            assert!(rests.iter().all(|rest| *rest <= longest), "{attempts}");
            assert!(rests.iter().any(|rest| *rest > longest / 2) && rests.iter().any(|rest| *rest < longest / 2), "{attempts}");
        }
    }

    #[test]
    fn a_receiver_gets_the_rest_that_it_asks_for_up_to_an_hour() {
        let timing = Timing::default();
        assert_eq!(timing.rest(1, Some(Duration::from_mins(2))), Duration::from_mins(2));
        assert_eq!(timing.rest(1, Some(Duration::MAX)), Duration::from_hours(1));
    }
}
