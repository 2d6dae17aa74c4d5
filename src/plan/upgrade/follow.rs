//! Rules R21 and R22: how a workload comes up, and when it does not.

use jiff::Timestamp;

use crate::{
    api::{
        Duration,
        annotations::Intent,
        reason::Reason,
        tenant::{Step, WorkloadId},
    },
    fleet::Workload,
    plan::{
        pass::{Pass, wake::later},
        record::draft::Draft,
        upgrade::progress::Progress,
    },
};

/// Follows a workload whose images were set.
pub fn follow(pass: &mut Pass, draft: &Draft, workload: &Workload, intent: &Intent, step: &Step) -> Progress {
    if let Some((name, by)) = taken_over(workload, intent) {
        let message = format!("container {name:?} got another image by {by:?} while the upgrade ran");
        return Progress::Failed(Reason::OwnershipConflict, message);
    }
    if workload.rolled_out() {
        return Progress::Done;
    }
    if let Some(message) = workload.rollout.failed.as_ref().filter(|_| workload.rollout.current) {
        return Progress::NotUp(Reason::ProgressDeadlineExceeded, message.clone());
    }
    let deadline = deadline(draft, workload, step);
    if time_is_left(pass, deadline) {
        return Progress::ComingUp;
    }
    let why = step.workload.as_ref().map_or_else(String::new, |name| why(name, workload));
    Progress::NotUp(Reason::DeadlineExceeded, format!("the rollout did not end until {deadline}{why}"))
}

/// What can be seen of why a rollout did not end, to stand behind that it did not: somebody may keep the old pods while it runs.
pub fn why(name: &WorkloadId, workload: &Workload) -> String {
    workload.keeps_old.map_or_else(String::new, |keeps_old| format!("; {name} {keeps_old}"))
}

/// Whether a deadline has not come; then it is asked for again when it comes.
pub fn time_is_left(pass: &mut Pass, deadline: Timestamp) -> bool {
    let left = pass.now < deadline;
    if left {
        pass.wake.at(deadline);
    }
    left
}

/// When all of these must be well at once: whoever is done waits for the slowest.
pub fn last_deadline<'w>(draft: &Draft, workloads: impl Iterator<Item = &'w Workload>, step: &Step) -> Timestamp {
    workloads.map(|workload| deadline(draft, workload, step)).max().unwrap_or(step.at)
}

pub fn taken_over<'w>(workload: &'w Workload, intent: &'w Intent) -> Option<(&'w str, &'w str)> {
    workload.containers.iter().find_map(|c| {
        let set = intent.images.get(&c.name)?;
        (*set != c.image).then(|| (c.name.as_str(), c.image_manager.as_deref().unwrap_or("unknown")))
    })
}

/// How long a rollout may take where the tenant's spec says nothing else.
const ROLLOUT_TIMEOUT: i64 = 30 * 60;

/// Our own deadline, for a controller that reports none: twice the workload's own, and a minute.
///
/// It is capped, since who may edit a workload may write any progress deadline, and what runs holds a place that others of the
/// window wait for: by the tenant's `rolloutTimeout`, and by the length of the slot.
pub fn deadline(draft: &Draft, workload: &Workload, step: &Step) -> Timestamp {
    let cap = draft.spec.rollout_timeout.map_or(ROLLOUT_TIMEOUT, Duration::as_secs);
    let slot = draft.slot().map(|(_, slot)| slot.closes_at.duration_since(slot.opens_at).as_secs());
    let own = workload.progress_deadline.saturating_mul(2).saturating_add(60);
    later(step.at, own.min(cap).min(slot.unwrap_or(cap)))
}
