//! The releases of a pass, each with what holds it back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{
    api::{
        DashboardReleaseSpec, Version, VersionReq,
        reason::Reason,
        release::{AcceptedIssue, Decision, Halt},
    },
    fleet::Ranges,
    plan::{
        output::held::Held,
        pass::rings::{self, RingFacts},
    },
};

/// A release whose manifest makes sense, with what holds it back.
#[derive(Debug)]
pub struct Qualified<'a> {
    /// The name of the object.
    pub name: &'a str,
    /// Its UID.
    pub uid: &'a str,
    /// When it was created.
    pub created_at: Timestamp,
    /// Who created it, where admission stamped that.
    pub created_by: Option<&'a str>,
    /// Its spec.
    pub spec: &'a DashboardReleaseSpec,
    /// Its version.
    pub version: &'a Version,
    /// The versions that may go straight to it; none: any lower one.
    pub upgrades_from: Option<&'a VersionReq>,
    /// What it requires, and what is a risk, parsed.
    pub ranges: &'a Ranges,
    /// The issues that are accepted at this time (R31).
    pub accepted_issues: Vec<&'a AcceptedIssue>,
    /// Acceptance (R1).
    pub accepted: Result<(), Held>,
    /// Approval (R2).
    pub approved: Result<(), Held>,
    /// Whether its change window is not over (R33). One that is over takes nobody's date, and sends nobody to an older release.
    pub change: Result<(), Held>,
    /// What people, the channel or failures hold against it: suspended, withdrawn, a duplicate of its version, halted.
    pub brake: Result<(), Held>,
    /// Its last halt, as it is to be written.
    pub halt: Option<Halt>,
    /// How long upgrades to it usually take (R32), in whole minutes: the 95th percentile of five tenants or more.
    pub usual_minutes: Option<u32>,
    /// Its rings, in their order; none: nothing has to be proved.
    pub rings: Vec<RingFacts<'a>>,
}

impl Qualified<'_> {
    /// The first thing that holds it back; none: it may go to tenants.
    pub fn held(&self) -> Option<&Held> {
        [&self.brake, &self.approved, &self.accepted].into_iter().find_map(|r| r.as_ref().err())
    }
    /// Whether it may be accepted and approved yet: nobody took it back, rejected it, or made another of its version.
    pub fn may_come(&self) -> bool {
        let rejected = self.spec.approval.as_ref().is_some_and(|approval| approval.decision == Decision::Rejected);
        let twice = self.brake.as_ref().is_err_and(|held| held.reason == Reason::DuplicateVersion);
        self.spec.withdrawn.is_none() && !rejected && !twice
    }
    /// Whether nothing but a halt holds it back: who waits for it is not sent to an older one (R4).
    pub fn only_halted(&self) -> bool {
        self.is_halted() && self.approved.is_ok() && self.accepted.is_ok()
    }
    /// Whether it asks for four eyes, and nobody can say whether it got them.
    pub fn eyes_uncounted(&self) -> bool {
        self.spec.acceptance.four_eyes && self.created_by.is_none()
    }
    /// Whether somebody accepted this issue, for this time (R31).
    pub fn accepts(&self, issue: &str) -> bool {
        self.accepted_issues.iter().any(|accepted| accepted.issue == issue)
    }
    /// Whether failures hold it back, first of all.
    pub fn is_halted(&self) -> bool {
        self.brake.as_ref().is_err_and(|held| held.reason == Reason::Halted)
    }
    /// The place of a tenant's ring; none: the release has no rings.
    pub fn ring_of(&self, ring: &str) -> Option<usize> {
        rings::place(&self.rings, ring)
    }
    /// Whether a tenant at this version may go straight to it.
    pub fn reachable_from(&self, version: &Version) -> bool {
        version < self.version && self.upgrades_from.is_none_or(|range| range.matches(version))
    }
}

/// The releases that make sense, by channel, the oldest first.
pub type Channels<'a> = BTreeMap<&'a str, Vec<Qualified<'a>>>;
