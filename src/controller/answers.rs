//! What the API server answered to a write, as the facts take it. Nothing is decided here.

use crate::{
    clock::Clock,
    execute::{Denial, Outcome, Seen, Settled},
    fleet::{
        ObjectKey, PodsRead, RefusedBy, Unread,
        fold::{Answer, Facts, Observation, Shown},
    },
    observe::{self, parse},
    plan::Change,
};

/// A write is not under way any more.
pub(super) fn settle(facts: &mut Facts, settled: &Settled, clock: &dyn Clock) {
    let (object, uid) = (&settled.write.object(), &settled.write.uid);
    // Whoever is about to fail for its deadline was read for it, and may be well by now: a watch that was away brings that later.
    if let Outcome::PodsRead(Some(workload), _) = &settled.outcome
        && let Ok(seen) = parse::answer(object, workload, clock, clock.now())
    {
        facts.reread(seen);
    }
    facts.settle(object, uid, answer(&settled.outcome), shown(settled, clock));
}

fn answer(outcome: &Outcome) -> Answer {
    match outcome {
        Outcome::Committed(_) | Outcome::JobRead(..) | Outcome::PodsRead(..) => Answer::Stored,
        Outcome::Altered(_) => Answer::Altered,
        Outcome::Gone => Answer::Gone,
        Outcome::Refused(denial) => Answer::Refused(denial.by, denial.message.clone()),
        Outcome::NotSent(_) => Answer::NotSent,
        Outcome::NotYet(_) => Answer::NotYet,
        Outcome::Conflict(_) | Outcome::Unknown(_) => Answer::Open,
    }
}

fn shown(settled: &Settled, clock: &dyn Clock) -> Shown {
    match (&settled.outcome, &settled.read) {
        (Outcome::JobRead(job, pods), _) => job_read(&settled.write.object(), job.as_deref(), pods, clock),
        (Outcome::PodsRead(workload, pods), _) => pods_read(&settled.write.change, workload.as_deref(), pods),
        (Outcome::Committed(text) | Outcome::Altered(text), _) | (_, Some(Seen::Present(text))) => {
            read(&settled.write.object(), text, clock)
        }
        (_, Some(Seen::Absent)) => Shown::Absent,
        (_, None) => Shown::Nothing,
    }
}

fn read(key: &ObjectKey, text: &str, clock: &dyn Clock) -> Shown {
    match parse::answer(key, text, clock, clock.now()) {
        Ok(seen) => Shown::Object(seen),
        Err(error) => {
            tracing::error!(object = %key, %error, "the answer to a write does not parse; its place is kept until the object is seen");
            Shown::Unreadable(version_in(text))
        }
    }
}

fn job_read(object: &ObjectKey, job: Option<&str>, pods: &str, clock: &dyn Clock) -> Shown {
    let ObjectKey::Job(key) = object else { return Shown::Nothing };
    match observe::job_read(job, pods, clock) {
        Ok(read) => Shown::Object(Observation::JobRead(key.clone(), Box::new(read))),
        Err(error) => {
            tracing::error!(%object, %error, "the Job that was read does not parse");
            Shown::Nothing
        }
    }
}

fn pods_read(change: &Change, text: Option<&str>, pods: &Result<String, Denial>) -> Shown {
    let Change::ReadPods { workload, read_for } = change else { return Shown::Nothing };
    let found = match pods {
        Ok(pods) => observe::pods_read(text.unwrap_or_default(), pods).map_err(Unread::Failed),
        Err(denial) if denial.by == RefusedBy::Rights => Err(Unread::Forbidden),
        Err(denial) => Err(Unread::Failed(denial.message.clone())),
    };
    let read = PodsRead { read_for: read_for.clone(), found };
    Shown::Object(Observation::PodsRead(workload.clone(), Box::new(read)))
}

fn version_in(text: &str) -> Option<String> {
    let object: serde_json::Value = serde_json::from_str(text).ok()?;
    object["metadata"]["resourceVersion"].as_str().map(Into::into)
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
