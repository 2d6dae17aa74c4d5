//! Rules R22 and R39: how a way back ends: every workload runs its old images and is well, and restored data measure what they measured before.

use crate::{
    api::{
        reason::Reason,
        tenant::{ImagesBefore, JobPhase, SlotResult, Step, StepKind, Upgrade, WorkloadId, WorkloadKind},
    },
    fleet::Workload,
    plan::{
        output::{
            Write,
            story::{Story, StoryEvent},
        },
        pass::Pass,
        record::draft::{Draft, Ended},
        upgrade::{
            compare::differ,
            data,
            explained::{Explained, explained},
            finish::finish,
            follow::{last_deadline, time_is_left, why},
            images::{back, runs},
            step::{step_back_to, step_to_job},
        },
    },
};

/// What follows a Job of the way back that succeeded. The images go back before anything is measured: the new version must not write into
/// data that were just restored for longer than it must.
pub fn follows(pass: &mut Pass, draft: &mut Draft, nth: usize) {
    let Some(upgrade) = draft.status.upgrade.clone() else { return };
    if upgrade.jobs[nth].phase == JobPhase::Restore {
        let message = format!("the data were restored{}", data::from_backup(&upgrade));
        let story = draft.story(StoryEvent::DataRestored);
        draft.tell(Story { message: Some(message), ..story });
    }
    let next = upgrade.jobs.get(nth + 1).filter(|next| next.phase == upgrade.jobs[nth].phase);
    match (next, upgrade.before.last()) {
        (Some(_), _) => step_to_job(draft, nth + 1, pass.now),
        _ if upgrade.jobs[nth].phase == JobPhase::ProbeBack => measured(pass, draft, &upgrade),
        (None, Some(last)) => step_back_to(pass, draft, last, 0),
        (None, None) => give_up(pass, draft, &upgrade, "spec.workloads names none any more"),
    }
}

/// Every probe was measured again. What runs is looked at once more: probes take their time.
fn measured(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade) {
    let differs = draft.status.upgrade.as_mut().and_then(|upgrade| differ(&mut upgrade.jobs, JobPhase::ProbeBack));
    if let Some(message) = differs {
        let story = draft.story(StoryEvent::ProbeDiffers);
        draft.tell(Story { reason: Some(Reason::ProbeDiffers.into()), message: Some(message.clone()), ..story });
        return give_up(pass, draft, upgrade, &message);
    }
    match standing(pass, draft, upgrade) {
        Err(message) => give_up(pass, draft, upgrade, &message),
        // It gets the time of a rollout.
        Ok(Some((before, _))) => step_back_to(pass, draft, before, 0),
        Ok(None) => is_back(pass, draft, upgrade),
    }
}

/// The first workload that is not well; none: all are. What is wrong, where one does not run its old images.
fn standing<'u, 'a>(
    pass: &Pass<'a>,
    draft: &Draft,
    upgrade: &'u Upgrade,
) -> Result<Option<(&'u ImagesBefore, &'a Workload)>, String> {
    let mut behind = None;
    for before in &upgrade.before {
        let name = &before.workload;
        match pass.fleet.workloads.get(&draft.key.workload_of(name)) {
            None => return Err(format!("{name} is gone")),
            Some(workload) if !runs(workload, &back(upgrade, before)) => {
                return Err(format!("{name} does not run its old images any more"));
            }
            Some(workload) if workload.rolled_out() => {}
            Some(workload) => behind = behind.or(Some((before, workload))),
        }
    }
    Ok(behind)
}

/// Every workload is looked at once more when the first is done; then the probes follow, where data were restored.
pub fn end(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, step: &Step) -> Option<Write> {
    let (before, workload) = match standing(pass, draft, upgrade) {
        Err(message) => {
            give_up(pass, draft, upgrade, &message);
            return None;
        }
        Ok(None) => {
            match data::to_measure(upgrade) {
                Some(nth) => step_to_job(draft, nth, pass.now),
                None => is_back(pass, draft, upgrade),
            }
            return None;
        }
        Ok(Some(behind)) => behind,
    };
    let all = upgrade.before.iter().filter_map(|before| pass.fleet.workloads.get(&draft.key.workload_of(&before.workload)));
    let deadline = last_deadline(draft, all, step);
    if time_is_left(pass, deadline) {
        return None;
    }
    let name = &before.workload;
    let message =
        format!("{name} was not healthy at {deadline}, when the time of the rollback was over{}", stuck(name, workload));
    not_back(pass, draft, upgrade, before, message)
}

/// All is as it was.
fn is_back(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade) {
    let from = &upgrade.from;
    let then = match data::restored(upgrade) {
        Some(true) => format!("rolled back: the data were restored{}, and {from} runs again", data::from_backup(upgrade)),
        _ => format!("rolled back: {from} runs again"),
    };
    finish_as(pass, draft, SlotResult::RolledBack, &then);
}

/// Old images that did not come up in time are the end, once their pods were read.
pub fn not_back(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, before: &ImagesBefore, message: String) -> Option<Write> {
    match explained(pass, upgrade, &draft.key.workload_of(&before.workload), &before.images, message) {
        Explained::Unread(read) => Some(*read),
        Explained::Said(message) => {
            give_up(pass, draft, upgrade, &message);
            None
        }
    }
}

/// Nothing more is tried.
pub fn give_up(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, message: &str) {
    let (backup, from) = (data::from_backup(upgrade), &upgrade.from);
    let measures = upgrade.step.as_ref().is_some_and(|step| step.kind == StepKind::Probe);
    let what_to_do = match data::restored(upgrade) {
        None => format!("bring the workloads to {from} by hand"),
        Some(true) if measures && standing(pass, draft, upgrade).is_ok() => {
            format!("{from} runs again; look at the data, which were restored{backup}")
        }
        Some(true) => format!("look at the data, which were restored{backup}, and bring the workloads to {from} by hand"),
        Some(false) => format!("restore the data{backup} and bring the workloads to {from} by hand"),
    };
    let then = format!("the rollback failed: {message}; {what_to_do}");
    finish_as(pass, draft, SlotResult::RollbackFailed, &then);
}

fn finish_as(pass: &mut Pass, draft: &mut Draft, result: SlotResult, then: &str) {
    let failure = draft.status.upgrade.as_ref().and_then(|upgrade| upgrade.failure.clone());
    let reason = failure.as_ref().and_then(|failure| failure.reason.known()).unwrap_or(Reason::Failed);
    let message = failure.map_or_else(|| then.to_owned(), |failure| and(&failure.message, then));
    finish(pass, draft, Ended::new(result, reason, message));
}

/// What is said further.
pub fn and(message: &str, then: &str) -> String {
    format!("{}; {then}", message.trim_end_matches('.'))
}

/// Why old images do not come up, and what to do. The operator deletes nobody's pods.
pub fn stuck(name: &WorkloadId, workload: &Workload) -> String {
    match name.kind {
        WorkloadKind::StatefulSet if workload.keeps_old.is_none() => {
            let told = "; unless its podManagementPolicy is Parallel, a StatefulSet waits for a pod of the new images that never came \
                        up: delete that pod";
            told.into()
        }
        _ => why(name, workload),
    }
}
