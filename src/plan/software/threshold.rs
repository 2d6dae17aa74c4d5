//! Rule R29: how long before an end it is told. Pure: what a product asks for, an end, and the time.

use jiff::Timestamp;

use crate::{api::Duration, plan::pass::wake::earlier};

/// A threshold that has passed: so long before the end; none: it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(pub Option<Duration>);

impl Threshold {
    /// The last of these that has passed; and when the next one does, the end included.
    pub fn of(ahead: &[Duration], end: Timestamp, now: Timestamp) -> (Option<Self>, Option<Timestamp>) {
        if end <= now {
            return (Some(Self(None)), None);
        }
        let at = |before: &Duration| earlier(end, before.as_secs());
        let passed = ahead.iter().copied().filter(|before| at(before) <= now).min();
        let next = ahead.iter().map(at).filter(|at| *at > now).min().unwrap_or(end);
        (passed.map(|before| Self(Some(before))), Some(next))
    }

    /// Whether who was told so long before the end, or after it, has heard that much.
    pub fn is_covered_by(self, told: Option<Duration>) -> bool {
        told.is_none_or(|told| self.0.is_some_and(|due| told <= due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3600).unwrap()
    }

    #[test]
    fn the_last_that_has_passed_counts_whatever_their_order_and_the_end_is_the_last() {
        let ahead = [24, 720, 48, 48].map(Duration::from_hours);
        let at = |now| Threshold::of(&ahead, hours(1000), hours(now));
        let before = |hours| Some(Threshold(Some(Duration::from_hours(hours))));
        assert_eq!(at(279), (None, Some(hours(280))));
        assert_eq!(at(280), (before(720), Some(hours(952))));
        assert_eq!(at(952), (before(48), Some(hours(976))));
        assert_eq!(at(999), (before(24), Some(hours(1000))));
        assert_eq!(at(1000), (Some(Threshold(None)), None));
        assert_eq!(Threshold::of(&[], hours(1000), hours(0)), (None, Some(hours(1000))));
    }

    #[test]
    fn who_heard_of_a_nearer_one_has_heard_of_a_farther_one() {
        let [far, near] = [720, 48].map(|hours| Some(Duration::from_hours(hours)));
        for (due, told, covered) in
            [(far, far, true), (far, near, true), (far, None, true), (near, far, false), (None, near, false), (None, None, true)]
        {
            assert_eq!(Threshold(due).is_covered_by(told), covered, "{due:?} {told:?}");
        }
    }
}
