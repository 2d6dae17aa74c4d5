//! What the probe for readiness says.

use super::{
    trust::Trust,
    turns::{Controller, instant},
};
use crate::{fleet::ClockAhead, lead::Role};

impl Controller {
    /// Why the probes should not say ready; none: all is well. A warm standby is as ready as the leader.
    pub(super) fn not_ready(&self) -> Option<&'static str> {
        let (trust, leadership) = (self.trust(), self.seat.leadership.borrow());
        match () {
            () if leadership.role == Role::Candidate || leadership.fails && leadership.role != Role::Leader => {
                Some("the Lease cannot be had: see the log, and the Role uplift-leader-election")
            }
            () if !self.facts.ready(leadership.term) => Some("not every kind has been listed yet"),
            () if !trust.stale.is_empty() => Some("a watch shows no life: what is known may be old"),
            () if !trust.clock => Some("the clock is not known to agree with the API server's"),
            () if self.turning.rights.withheld(instant()) => Some(
                "the API server forbids every write (403): see the ClusterRole uplift-operator, its binding, and the admission policies",
            ),
            () => None,
        }
    }

    /// What the rules can rely on now.
    pub(super) fn trust(&self) -> Trust {
        let stale = self.facts.views(self.life.views()).all_stale();
        let ahead = self.clock_ahead();
        Trust { stale, clock: ahead.is_trusted(), early: ahead.too_early_by().as_mins() }
    }

    pub(super) fn clock_ahead(&self) -> ClockAhead {
        self.life.server_clock.compare(self.clock.machine())
    }
}
