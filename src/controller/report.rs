//! What is told: to the log, and to people as Events. Nothing is skipped in silence (I10).

use std::collections::BTreeSet;

use super::turns::{Controller, instant};
use crate::{
    api::stored_reason::StoredReason,
    execute::{Event, Outcome, Settled, request},
    plan::{Change, Finding, Write},
};

fn is_question(write: &Write) -> bool {
    matches!(write.change, Change::AskJob { .. })
}

impl Controller {
    /// What became of a write. A story is told once its write is committed as it was sent.
    pub(super) fn report(&self, settled: &Settled) {
        let (object, now) = (settled.write.object(), self.clock.now());
        match &settled.outcome {
            Outcome::Committed(_) if is_question(&settled.write) => tracing::debug!(%object, "would be taken"),
            // It is no write that failed: a blocker says what holds the start, and the Event Blocked.
            Outcome::Refused(refusal) if is_question(&settled.write) => {
                tracing::warn!(%object, error = refusal.message, "the API server would refuse a Job");
            }
            Outcome::Committed(_) => tracing::debug!(%object, "written"),
            Outcome::JobRead(..) => tracing::debug!(%object, "read"),
            Outcome::PodsRead(_, Ok(_)) => tracing::debug!(%object, "read its pods"),
            Outcome::PodsRead(_, Err(why)) => tracing::warn!(%object, why = why.message, "its pods could not be read"),
            Outcome::NotYet(why) => tracing::info!(%object, why, "is not over"),
            Outcome::Conflict(_) => tracing::debug!(%object, "changed meanwhile; read again"),
            Outcome::Gone => tracing::info!(%object, "gone before it was written"),
            Outcome::NotSent(error) => tracing::warn!(%object, error, "a write was not sent"),
            Outcome::Unknown(error) => {
                tracing::warn!(%object, error, committed = settled.committed(), "the answer to a write was lost; read again");
            }
            Outcome::Refused(refusal) => {
                tracing::error!(%object, error = refusal.message, "the API server refused a write");
                self.events.tell([Event::of_refusal(&settled.write, &refusal.message, now)]);
            }
            Outcome::Altered(text) => {
                let parts = request::differences(&settled.write, text).join(", ");
                tracing::error!(%object, parts, "the API server stored something else than was written; it is written again later");
                self.events.tell([Event::of_difference(&settled.write, &parts, now)]);
            }
        }
        if settled.committed() {
            self.tell_stories(settled);
        }
    }

    fn tell_stories(&self, settled: &Settled) {
        let object = settled.write.object();
        for story in &settled.write.stories {
            let (event, reason) = (story.event.name(), story.reason.as_ref().map(StoredReason::word));
            tracing::info!(%object, event, release = story.release, slot = story.slot, subject = story.subject, reason, note = story.message, "happened");
        }
        self.events.tell(Event::of_write(&settled.write, self.clock.now()));
    }

    /// Each finding once, for as long as it stands.
    pub(super) fn tell_findings(&mut self, findings: BTreeSet<Finding>) {
        let now = self.clock.now();
        for finding in findings.difference(&self.turning.findings) {
            tracing::error!(object = %finding.object, reason = finding.reason.name(), error = finding.message, "found something wrong");
            self.events.tell([Event::of_finding(finding, now)]);
        }
        self.turning.findings = findings;
    }

    /// Objects that are written again and again wait for their bound (I9), and people hear of it.
    pub(super) fn tell_floods(&mut self) {
        let now = self.clock.now();
        for write in self.turning.queue.over_the_bound(instant()) {
            tracing::error!(object = %write.object(), "written again and again: the next write waits");
            self.events.tell([Event::of_flood(&write, now)]);
        }
    }
}
