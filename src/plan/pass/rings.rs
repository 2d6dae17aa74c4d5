//! How far the rings of a release have proved it (R17), as far as this pass knows.

use jiff::Timestamp;

use crate::{api::release::Ring, plan::pass::wake::later};

/// A ring of a release, with what its tenants came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingFacts<'a> {
    /// The ring.
    pub ring: &'a Ring,
    /// Whether it has proved the release. Nothing follows from a proof before it is written.
    pub passed: Passed,
    /// The last of its successes.
    pub last_success: Option<Timestamp>,
    /// Whether an upgrade of it is in flight.
    pub in_flight: bool,
    /// Whether one of its tenants is to be upgraded, and may still succeed.
    pub alive: bool,
    /// The close of the last slot that it holds.
    pub closes_at: Option<Timestamp>,
    /// The last opening that is expected, too far away to be announced.
    pub expected_at: Option<Timestamp>,
}

/// Whether those behind a ring may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passed {
    /// It is proven, as the release's status says.
    Proven,
    /// People let it pass. It may be proven yet.
    ByPeople,
    /// Not yet.
    No,
}

/// What an unproven ring waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// One succeeded: the soak is over then.
    Soaks(Timestamp),
    /// Its tenants are still to be upgraded, until about then.
    Pending(Timestamp),
    /// Some may still succeed, and none has a date.
    Undated,
    /// None is left that may.
    Nobody,
}

impl<'a> RingFacts<'a> {
    /// A ring of which nothing is known yet.
    pub fn new(ring: &'a Ring, passed: Passed) -> Self {
        Self { ring, passed, last_success: None, in_flight: false, alive: false, closes_at: None, expected_at: None }
    }

    /// When its soak is over, if none is in flight that may still fail.
    pub fn soaked_at(&self) -> Option<Timestamp> {
        self.last_success.filter(|_| !self.in_flight).map(|at| self.soaked(at))
    }

    /// What it waits for.
    pub fn proof(&self) -> Proof {
        let pending = || self.closes_at.max(self.expected_at).map(|at| Proof::Pending(self.soaked(at)));
        match self.soaked_at() {
            Some(over) => Proof::Soaks(over),
            None => pending().unwrap_or(if self.alive { Proof::Undated } else { Proof::Nobody }),
        }
    }

    /// R7: the first instant at which a slot of a later ring may open: after the close of the last slot that this one holds, and the soak.
    fn opens_next(&self) -> Option<Timestamp> {
        [self.closes_at, self.expected_at, self.last_success].into_iter().max().flatten().map(|at| self.soaked(at))
    }

    fn soaked(&self, at: Timestamp) -> Timestamp {
        later(at, self.ring.soak.as_secs())
    }
}

/// R7: from when on a tenant of a later ring may have a slot.
#[derive(Clone, Copy, Debug)]
pub struct After {
    /// The first instant at which it may open.
    pub opens_at: Timestamp,
    /// The rings before have no announced date yet: nor is one announced to those behind them.
    pub tentative: bool,
}

/// Whether a ring that is to prove the release for others has not done so yet.
pub fn is_open(rings: &[RingFacts]) -> bool {
    rings.split_last().is_some_and(|(_, before)| before.iter().any(|ring| ring.passed != Passed::Proven))
}

/// The place of a tenant's ring; one that is not listed goes with the last. None: there are no rings.
pub fn place(rings: &[RingFacts], name: &str) -> Option<usize> {
    let last = rings.len().checked_sub(1)?;
    Some(rings.iter().position(|one| one.ring.name == name).unwrap_or(last))
}

/// The rings before this one that have not proved the release, the first first.
pub fn unproven_before<'r, 'a>(rings: &'r [RingFacts<'a>], name: &str) -> impl Iterator<Item = &'r RingFacts<'a>> + use<'r, 'a> {
    rings[..place(rings, name).unwrap_or_default()].iter().filter(|ring| ring.passed == Passed::No)
}

/// From when on a tenant of this ring may have a slot; none: whenever.
pub fn after(rings: &[RingFacts], name: &str) -> Option<After> {
    let opens_at = unproven_before(rings, name).filter_map(RingFacts::opens_next).max()?;
    let tentative = unproven_before(rings, name).any(|one| one.closes_at.is_none() && one.last_success.is_none());
    Some(After { opens_at, tentative })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ring() -> Ring {
        Ring { name: "canary".into(), soak: "24h".parse().unwrap() }
    }

    #[test]
    fn a_success_soaks_and_one_in_flight_may_still_fail() {
        let ring = &ring();
        let (success, close) = (Some(at("2026-12-01T19:00:00Z")), Some(at("2026-12-03T22:00:00Z")));
        let one = RingFacts { last_success: success, alive: true, closes_at: close, ..RingFacts::new(ring, Passed::No) };
        assert_eq!(one.proof(), Proof::Soaks(at("2026-12-02T19:00:00Z")), "who waits does not hold the ring");
        assert_eq!(one.opens_next(), Some(at("2026-12-04T22:00:00Z")), "but a date follows the last of its slots");
        let flying = RingFacts { in_flight: true, ..one };
        assert_eq!(flying.proof(), Proof::Pending(at("2026-12-04T22:00:00Z")));
    }

    #[test]
    fn without_a_date_only_people_help() {
        let ring = &ring();
        let nobody = RingFacts::new(ring, Passed::No);
        assert_eq!(nobody.proof(), Proof::Nobody);
        assert_eq!(RingFacts { alive: true, ..nobody }.proof(), Proof::Undated);
        let expected = RingFacts { alive: true, expected_at: Some(at("2026-12-01T18:00:00Z")), ..nobody };
        assert_eq!(expected.proof(), Proof::Pending(at("2026-12-02T18:00:00Z")));
    }
}
