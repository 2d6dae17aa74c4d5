//! Every workload is looked at once more when the last was changed, and after the last hook and probe (I6).

use jiff::Timestamp;

use crate::{
    api::{
        reason::Reason,
        tenant::{JobPhase, Step, StepKind, Upgrade, WorkloadId, WorkloadRef},
    },
    plan::{
        output::{
            Class, Write,
            story::{Story, StoryEvent},
        },
        pass::Pass,
        record::draft::Draft,
        upgrade::{
            compare::differ,
            finish::succeed,
            follow::{last_deadline, late, taken_over, time_is_left, why},
            images::{intent, ours, runs, undone, was_set},
            not_up::not_up,
            rollback::fail,
            step::{step_to, step_to_job},
        },
    },
};

/// How the workloads stand.
enum Seen<'s> {
    /// Every one runs the new images, and is well.
    Well,
    /// Every one runs them; one is not well yet.
    ComingUp(&'s WorkloadRef),
    /// This one does not run them yet.
    Next(&'s WorkloadRef),
    /// It will not come to that.
    Failed(Reason, String),
}

fn look<'s>(pass: &Pass, draft: &Draft<'s>, upgrade: &Upgrade) -> Seen<'s> {
    let mut coming_up = None;
    for reference in &draft.spec.workloads {
        let Some(workload) = pass.fleet.workload(draft.key, reference) else {
            return Seen::Failed(Reason::WorkloadGone, format!("{reference} is gone"));
        };
        let intent = match (ours(workload, upgrade), intent(pass, upgrade, reference, workload)) {
            (Some(ours), _) => ours.clone(),
            (None, Ok((intent, _))) if runs(workload, &intent) => intent,
            (None, Ok(_)) if was_set(workload, upgrade) && !after_began(upgrade) => {
                return Seen::Failed(Reason::OwnershipConflict, undone(reference));
            }
            (None, Ok(_)) => return Seen::Next(reference),
            (None, Err((reason, message))) => return Seen::Failed(reason, message),
        };
        if let Some(message) = taken_over(workload, &intent) {
            return Seen::Failed(Reason::OwnershipConflict, format!("{reference}: {message}"));
        }
        if !workload.rolled_out() {
            coming_up = Some(reference);
        }
    }
    coming_up.map_or(Seen::Well, Seen::ComingUp)
}

/// The first workload, after the hooks before it. What was edited while they ran is seen by its step.
pub fn images<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) {
    let Some(first) = draft.spec.workloads.first() else {
        return fail(pass, draft, Reason::WorkloadGone, "spec.workloads names none any more".into());
    };
    if pass.fleet.workload(draft.key, first).is_none() {
        return fail(pass, draft, Reason::WorkloadGone, format!("{first} is gone"));
    }
    step_to(pass, draft, first, 0);
}

/// The next workload follows when the one before is done. When all were changed, every one is looked at once more; then the hooks follow.
pub fn advance<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, step: &Step) -> Option<Write> {
    match look(pass, draft, upgrade) {
        Seen::Next(reference) if after_began(upgrade) => put_back(pass, draft, upgrade, reference),
        Seen::Next(reference) => step_to(pass, draft, reference, step.before + 1),
        Seen::Failed(reason, message) => fail(pass, draft, reason, message),
        Seen::ComingUp(reference) => {
            let workload = pass.fleet.workload(draft.key, reference)?;
            let all = draft.spec.workloads.iter().filter_map(|reference| pass.fleet.workload(draft.key, reference));
            let deadline = last_deadline(draft, all, step);
            if !time_is_left(pass, deadline) {
                let why = why(&reference.into(), workload);
                let message = format!("not every workload was healthy until {deadline}{why}");
                return not_up(pass, draft, upgrade, reference, (late(workload), message));
            }
        }
        Seen::Well => match upgrade.jobs.iter().position(|job| job.result.is_none() && !job.phase.is_back()) {
            Some(nth) => step_to_job(draft, nth, pass.now),
            None => succeed(pass, draft),
        },
    }
    None
}

/// The last hook or probe succeeded. What runs is looked at once more: hooks take their time.
pub fn at_the_end<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) {
    let differs = draft.status.upgrade.as_mut().and_then(|upgrade| differ(&mut upgrade.jobs, JobPhase::ProbeAfter));
    if let Some(message) = differs {
        let story = draft.story(StoryEvent::ProbeDiffers);
        draft.tell(Story { reason: Some(Reason::ProbeDiffers.into()), message: Some(message.clone()), ..story });
        return fail(pass, draft, Reason::ProbeDiffers, message);
    }
    let Some(upgrade) = draft.status.upgrade.clone() else { return };
    match look(pass, draft, &upgrade) {
        Seen::Well => succeed(pass, draft),
        Seen::ComingUp(reference) => again(pass, draft, reference, pass.now),
        Seen::Next(reference) => put_back(pass, draft, &upgrade, reference),
        Seen::Failed(reason, message) => fail(pass, draft, reason, message),
    }
}

/// A workload that is not well after the hooks gets the time of a rollout. What it ran before the upgrade is on record already.
fn again(pass: &Pass, draft: &mut Draft, reference: &WorkloadRef, at: Timestamp) {
    let generation = pass.fleet.workload(draft.key, reference).map_or(0, |workload| workload.meta.generation);
    let workload = Some(WorkloadId::from(reference));
    let before = u32::try_from(draft.spec.workloads.len()).unwrap_or(u32::MAX);
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.step = Some(Step { kind: StepKind::Images, workload, name: None, attempt: 1, generation, before, at });
    }
    draft.urgent(Class::StartOrResult);
}

/// Whether the hooks after the images have begun: no image is changed any more.
pub fn after_began(upgrade: &Upgrade) -> bool {
    upgrade.jobs.iter().any(|job| job.phase.is_after() && job.begun())
}

/// No image is changed once the hooks after them have begun.
pub fn put_back<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, reference: &WorkloadRef) {
    let message =
        format!("{reference} does not run the images of {}: it was changed, or named, after the hooks had begun", upgrade.to);
    fail(pass, draft, Reason::OwnershipConflict, message);
}
