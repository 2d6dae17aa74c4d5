//! Rules R21 and R22: how a workload comes up, and when it does not.

use jiff::Timestamp;

use crate::{
    api::{
        Duration,
        annotations::Intent,
        reason::Reason,
        tenant::{Step, WorkloadId},
    },
    fleet::{CLOCK_SKEW, PROGRESS_DEADLINE, Workload, WorkloadKey},
    plan::{
        pass::{Pass, wake::later},
        record::draft::Draft,
        upgrade::progress::Progress,
    },
};

/// How often a start without effect is taken back within one slot, and a step is written anew, before the upgrade counts as failed.
pub const ATTEMPTS: u32 = 3;

/// Follows a workload whose images were set.
pub fn follow(pass: &mut Pass, draft: &Draft, workload: &Workload, intent: &Intent, step: &Step) -> Progress {
    if let Some(message) = taken_over(workload, intent) {
        return Progress::Failed(Reason::OwnershipConflict, message);
    }
    if workload.rolled_out() {
        return Progress::Done;
    }
    if let Some(message) = verdict(workload, step.at) {
        return Progress::NotUp(Reason::ProgressDeadlineExceeded, message.clone());
    }
    let deadline = deadline(draft, workload, step);
    if time_is_left(pass, deadline) {
        return Progress::ComingUp;
    }
    let why = step.workload.as_ref().map_or_else(String::new, |name| why(name, workload));
    Progress::NotUp(late(workload), format!("the rollout did not end until {deadline}{why}"))
}

/// What its controller says of this rollout. Until it begins it leaves that of one before it standing, beside the new generation.
pub fn verdict(workload: &Workload, since: Timestamp) -> Option<&String> {
    let rollout = &workload.rollout;
    let begun = since.saturating_sub(CLOCK_SKEW).unwrap_or(since);
    let of_this = rollout.current && rollout.failed_at.is_none_or(|at| at >= begun);
    rollout.failed.as_ref().filter(|_| of_this)
}

/// What can be seen of why a rollout did not end, to stand behind that it did not: somebody may keep the old pods while it runs, pause
/// it, or want none.
pub fn why(name: &WorkloadId, workload: &Workload) -> String {
    match workload.keeps_old {
        Some(keeps_old) => format!("; {name} {keeps_old}"),
        None if workload.paused => format!("; {name} is paused; resume it"),
        None if workload.rollout.wanted == 0 => {
            format!("; {name} has no pod to run; look at its replicas, or at the nodes that it selects")
        }
        None => String::new(),
    }
}

/// A rollout that somebody stopped says nothing of the release (R22).
pub fn late(workload: &Workload) -> Reason {
    match () {
        () if workload.paused => Reason::Paused,
        () if workload.rollout.wanted == 0 => Reason::NoReplicas,
        () => Reason::DeadlineExceeded,
    }
}

/// Whether a deadline has not come; then it is asked for again when it comes. What was awaited may have happened unseen: a workload is
/// read once more with its pods, before it has failed.
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

/// What another hand did to the images that were set.
pub fn taken_over(workload: &Workload, intent: &Intent) -> Option<String> {
    intent.images.iter().find_map(|(name, set)| match workload.containers.iter().find(|c| c.name == *name) {
        None => Some(format!("container {name:?} went while the upgrade ran")),
        Some(there) if there.image == *set => None,
        Some(there) => {
            let by = there.image_manager.as_deref().unwrap_or("unknown");
            Some(format!("container {name:?} got another image by {by:?} while the upgrade ran"))
        }
    })
}

/// How long a rollout may take where the tenant's spec says nothing else.
pub const ROLLOUT_TIMEOUT: i64 = 30 * 60;

/// Our own deadline, for a controller that reports none: twice the workload's own, and a minute.
///
/// It is capped, since who may edit a workload may write any progress deadline, and what runs holds a place that others of the
/// window wait for: by the tenant's `rolloutTimeout`, and by the length of the slot.
pub fn deadline(draft: &Draft, workload: &Workload, step: &Step) -> Timestamp {
    let cap = draft.spec.rollout_timeout.map_or(ROLLOUT_TIMEOUT, Duration::as_secs);
    let slot = draft.slot().map(|(_, slot)| slot.closes_at.duration_since(slot.opens_at).as_secs());
    // A kind without a deadline of its own takes the tenant's word, and where there is none, a Deployment's default.
    let asked = draft.spec.rollout_timeout.filter(|_| workload.progress_deadline.is_none());
    later(step.at, asked.map_or(patience(workload), Duration::as_secs).min(cap).min(slot.unwrap_or(cap)))
}

/// Twice a workload's own deadline, and a minute, in seconds.
pub fn patience(workload: &Workload) -> i64 {
    workload.progress_deadline.unwrap_or(PROGRESS_DEADLINE).saturating_mul(2).saturating_add(60)
}

/// A change that was not answered in the time of a rollout. Who was away meanwhile has it once more.
pub fn is_late(pass: &mut Pass, draft: &Draft, step: &Step, key: &WorkloadKey) -> bool {
    let deadline = pass.fleet.workloads.get(key).map(|workload| deadline(draft, workload, step));
    deadline.is_some_and(|deadline| !time_is_left(pass, deadline))
}
