//! A bound on the writes of each object (I9): behind every other reason to wait stands this one, which knows no reason.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::fleet::ObjectKey;

/// So many writes of one object may come at once. The busiest upgrade, of sixteen workloads with the receipts of eight contacts, is far below.
const AT_ONCE: u32 = 60;
/// After those one comes each second: never more than 120 in a minute.
const APART: Duration = Duration::from_secs(1);
/// That an object met the bound is told at most so often.
const TOLD_EVERY: Duration = Duration::from_mins(10);

/// How much each object has used of its bound.
#[derive(Debug, Default)]
pub(super) struct Bound {
    /// When the object has all its writes again.
    full_at: BTreeMap<ObjectKey, Instant>,
    told_at: BTreeMap<ObjectKey, Instant>,
}

impl Bound {
    /// Until when the next write of the object waits; none: it may be sent.
    pub(super) fn held_until(&self, object: &ObjectKey) -> Option<Instant> {
        self.full_at.get(object)?.checked_sub(APART * (AT_ONCE - 1))
    }

    /// How many objects wait for it.
    pub(super) fn holding(&self, now: Instant) -> usize {
        self.full_at.keys().filter(|object| self.held_until(object).is_some_and(|until| until > now)).count()
    }

    /// A write of the object is sent.
    pub(super) fn spend(&mut self, object: &ObjectKey, now: Instant) {
        let full_at = self.full_at.entry(object.clone()).or_insert(now);
        *full_at = (*full_at).max(now) + APART;
    }

    /// Whether it is to be told now that the object met the bound: it is told from here on.
    pub(super) fn tell(&mut self, object: &ObjectKey, now: Instant) -> bool {
        let due = self.told_at.get(object).is_none_or(|told| now >= *told + TOLD_EVERY);
        if due {
            self.told_at.insert(object.clone(), now);
        }
        due
    }

    /// What no longer matters.
    pub(super) fn forget(&mut self, now: Instant) {
        self.full_at.retain(|_, full_at| *full_at > now);
        self.told_at.retain(|_, told| now < *told + TOLD_EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object() -> ObjectKey {
        ObjectKey::Window("w".into())
    }

    /// How many writes are sent from `from` on within this time, when another is always wanted.
    fn sent(bound: &mut Bound, from: Instant, within: Duration) -> u32 {
        let (mut now, mut sent) = (from, 0);
        while now < from + within {
            if bound.held_until(&object()).is_none_or(|until| until <= now) {
                bound.spend(&object(), now);
                sent += 1;
            } else {
                now += Duration::from_millis(50);
            }
        }
        sent
    }

    #[test]
    fn a_write_that_is_wanted_again_and_again_comes_once_a_second_in_the_end() {
        let (mut bound, now) = (Bound::default(), Instant::now());
        let minute = Duration::from_mins(1);
        assert!((AT_ONCE..=120).contains(&sent(&mut bound, now, minute)));
        assert!((59..=61).contains(&sent(&mut bound, now + minute, minute)));
    }

    #[test]
    fn an_upgrade_of_many_steps_meets_no_bound() {
        let (mut bound, now) = (Bound::default(), Instant::now());
        (0..AT_ONCE).for_each(|_| bound.spend(&object(), now));
        assert!(bound.held_until(&object()) > Some(now));
        bound.forget(now + Duration::from_mins(1));
        assert!(bound.held_until(&object()).is_none() && bound.full_at.is_empty());
    }

    #[test]
    fn it_is_told_once_in_a_while() {
        let (mut bound, now) = (Bound::default(), Instant::now());
        assert!(bound.tell(&object(), now) && !bound.tell(&object(), now + APART));
        assert!(bound.tell(&object(), now + TOLD_EVERY));
    }
}
