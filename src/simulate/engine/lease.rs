//! The Lease of a run with several processes, by the operator's own rule (R25).
//!
//! A holder that runs renews it every few seconds: played one by one, months would be renewals and little else. So it is renewed by every
//! step of the clock at once, which says the same to whoever watches it.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use crate::{
    execute::Standing,
    lead::{Intent, Known, Lease, Todo, evaluate},
    plan::{Change, Write},
    simulate::world::World,
};

/// How long it is held without being renewed, as in the chart.
pub(super) const DURATION: std::time::Duration = std::time::Duration::from_secs(15);

/// The Lease, and the clock of its rule.
#[derive(Clone, Debug)]
pub(super) struct Election {
    /// What the rule's clock shows at the beginning of the run.
    epoch: Instant,
    begin: Timestamp,
    lease: Lease,
    versions: u64,
}

impl Election {
    /// Nobody holds it yet.
    pub fn new(begin: Timestamp) -> Self {
        Self { epoch: Instant::now(), begin, lease: Lease { version: "0".into(), ..Lease::default() }, versions: 0 }
    }

    /// Whether the Lease is of this process: what the admission policy asks.
    pub fn is_of(&self, identity: &str) -> bool {
        self.lease.holder.as_deref() == Some(identity)
    }

    /// A process that reaches the API server does what the rule says, until there is nothing to do.
    pub fn stand(&mut self, identity: &str, known: &mut Known, now: Timestamp) {
        let at = self.instant(now);
        loop {
            match evaluate(known, at).todo {
                Todo::Wait(_) => return,
                Todo::Read => known.read(Some(self.lease.clone()), at),
                Todo::Write(_) if known.lease() != Some(&self.lease) => known.doubt(),
                Todo::Write(intent) => known.wrote(self.write(intent, identity, now), at),
            }
        }
    }

    /// Whether it may write now.
    pub fn leads(&self, known: &Known, now: Timestamp) -> bool {
        evaluate(known, self.instant(now)).standing != Standing::Revoked
    }

    /// The clock goes on to this time, and this process reaches the API server all the while.
    pub fn goes_on(&mut self, identity: &str, known: &mut Known, now: Timestamp) {
        let at = self.instant(now);
        if self.is_of(identity) && known.lease() == Some(&self.lease) {
            known.wrote(self.write(Intent::Renew, identity, now), at);
        }
    }

    /// The watch of a process that reaches the API server shows the Lease.
    pub fn show(&self, known: &mut Known, now: Timestamp) {
        known.watched(Some(self.lease.clone()), self.instant(now));
    }

    /// It ends, with nothing under way.
    pub fn give_back(&mut self, identity: &str, now: Timestamp) {
        if self.is_of(identity) {
            self.write(Intent::GiveBack, identity, now);
        }
    }

    /// When the rule may say something else, to a process that does not renew it.
    pub fn next(&self, known: &Known, now: Timestamp) -> Option<Timestamp> {
        let verdict = evaluate(known, self.instant(now));
        let waits = match verdict.todo {
            Todo::Wait(until) => Some(until),
            Todo::Read | Todo::Write(_) => None,
        };
        [verdict.standing.until(), waits].into_iter().flatten().map(|at| self.timestamp(at)).filter(|at| *at > now).min()
    }

    fn write(&mut self, intent: Intent, identity: &str, now: Timestamp) -> Lease {
        self.versions += 1;
        let written = self.lease.written(intent, identity, DURATION, now);
        self.lease = Lease { version: self.versions.to_string(), ..written };
        self.lease.clone()
    }

    fn instant(&self, at: Timestamp) -> Instant {
        self.epoch + std::time::Duration::try_from(at.duration_since(self.begin)).unwrap_or_default()
    }

    fn timestamp(&self, at: Instant) -> Timestamp {
        self.begin + SignedDuration::try_from(at.duration_since(self.epoch)).unwrap_or_default()
    }
}

/// What the admission policy `uplift-leader` lets pass from the holder of the Lease only: starts, images and Jobs.
pub(super) fn is_the_leaders(world: &World, write: &Write) -> bool {
    match &write.change {
        Change::Images { .. } | Change::Job { .. } | Change::AskJob { .. } => true,
        Change::TenantStatus { status, .. } => {
            let started = status.upgrade.as_ref().and_then(|upgrade| upgrade.started_at);
            let before = world.get(&write.object()).and_then(|object| object.tenant()?.1.upgrade.as_ref()?.started_at);
            started.is_some() && started != before
        }
        Change::ReleaseStatus { .. }
        | Change::WindowStatus { .. }
        | Change::ProductStatus { .. }
        | Change::TrialStatus { .. }
        | Change::ReadJob { .. }
        | Change::ReadPods { .. } => false,
    }
}
