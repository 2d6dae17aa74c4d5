//! R19: what a Job of a running upgrade waits for.

use crate::{
    api::{reason::Reason, stored_reason::StoredReason},
    plan::{
        jobs::steps,
        output::{
            held::Held,
            story::{Story, StoryEvent},
        },
        record::{draft::Draft, steps as record},
        upgrade::step::run,
    },
};

/// What a Job waits for that people must mend stands in the status. A restarted operator has not been refused yet: what the last one heard
/// of the API server stands until it says otherwise. What everybody sees at once, a CronJob, does not.
pub fn note(draft: &mut Draft, nth: usize, held: Option<&Held>) {
    let Some(job) = draft.status.upgrade.as_ref().and_then(|upgrade| upgrade.jobs.get(nth)) else { return };
    let heard = [Reason::JobsNotGranted, Reason::JobRefused, Reason::JobForeign, Reason::JobsPending].map(Some);
    let Some(held) = held else {
        let stands = heard.contains(&job.reason.as_ref().and_then(StoredReason::known));
        if !stands {
            over(draft, nth);
        }
        return;
    };
    let said = (Some(held.reason.into()), Some(record::clip(&held.message, record::LONG)));
    if (&job.reason, &job.message) == (&said.0, &said.1) {
        return;
    }
    if job.reason != said.0 {
        let message = format!("{} waits: {}", steps::named(job), held.message);
        let story = draft.story(StoryEvent::Blocked);
        draft.tell(Story { reason: Some(held.reason.into()), message: Some(message), ..story });
    }
    if let Some(job) = run(draft, nth) {
        (job.reason, job.message) = said;
    }
}

/// It waits for nothing any more.
pub fn over(draft: &mut Draft, nth: usize) {
    let Some(job) = run(draft, nth).filter(|job| job.reason.is_some()) else { return };
    (job.reason, job.message) = (None, None);
    let message = format!("{} waits no longer", steps::named(job));
    let story = draft.story(StoryEvent::Unblocked);
    draft.tell(Story { message: Some(message), ..story });
}
