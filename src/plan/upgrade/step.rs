//! Rules R19 to R21: the step that stands in the status, how the next one is written, and how a start is taken back.

use jiff::Timestamp;

use crate::{
    api::tenant::{ImagesBefore, Step, StepKind, Upgrade, UpgradeJob, WorkloadId, WorkloadRef},
    fleet::ObjectKey,
    plan::{
        gates,
        output::{Class, hold::Gate},
        pass::Pass,
        record::{draft::Draft, phase::kind},
        upgrade::images,
    },
};

/// Whether nothing of the upgrade has had an effect: no image was changed, and no Job was seen.
pub fn untouched(upgrade: &Upgrade, step: &Step) -> bool {
    step.before == 0 && upgrade.jobs.iter().all(|job| !job.begun() && job.result.is_none())
}

/// Whether a gate holds that the start has passed. What the customer says after the start comes too late, the upgrade's own place among
/// the running ones doesn't count against it, and enough time was left.
pub fn gone_wrong(pass: &mut Pass, draft: &Draft) -> bool {
    if let Some((_, slot)) = draft.slot() {
        pass.wake.at(slot.closes_at);
    }
    let passed = [Gate::Manifest, Gate::Notice, Gate::Consent, Gate::TimeLeft, Gate::Concurrency, Gate::View];
    gates::of_draft(pass, draft).iter().any(|hold| !passed.contains(&hold.gate))
}

/// R21: the slot and its notice stay; another try gets another id.
pub fn take_back(draft: &mut Draft) {
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.attempt += 1;
        (upgrade.started_at, upgrade.step, upgrade.before, upgrade.jobs) = (None, None, vec![], vec![]);
        upgrade.id = upgrade.id.as_ref().map(|id| id.again(upgrade.attempt));
    }
    draft.urgent(Class::StopOrVerdict);
}

/// The step to a workload as it stands now, and what it runs before it; none while a write to it is under way.
pub fn step(pass: &Pass, draft: &Draft, upgrade: &Upgrade, reference: &WorkloadRef, before: u32) -> Option<(Step, ImagesBefore)> {
    let key = draft.key.workload(reference);
    let workload = pass.fleet.workloads.get(&key)?;
    if pass.fleet.outstanding.contains_key(&ObjectKey::Workload(key)) {
        return None;
    }
    let changed = images::intent(pass, upgrade, reference, workload).map(|(intent, _)| intent.images).unwrap_or_default();
    let runs = workload.containers.iter().filter(|c| changed.contains_key(&c.name));
    let images = runs.map(|c| (c.name.clone(), c.image.clone())).collect();
    let id = WorkloadId::from(reference);
    let (workload, generation) = (Some(id.clone()), workload.meta.generation);
    let step = Step { kind: StepKind::Images, workload, name: None, attempt: 1, generation, before, at: pass.now };
    Some((step, ImagesBefore { workload: id, images }))
}

/// The step to the next workload, or to the same one anew.
pub fn step_to(pass: &Pass, draft: &mut Draft, reference: &WorkloadRef, before: u32) {
    let Some(upgrade) = &draft.status.upgrade else { return };
    let Some((next, runs)) = step(pass, draft, upgrade, reference, before) else { return };
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.before.retain(|known| known.workload != runs.workload);
        upgrade.before.push(runs);
        upgrade.step = Some(next);
        draft.urgent(Class::StartOrResult);
    }
}

/// The step to a workload as it stands now. One that is gone ends the rollback when it is looked at.
pub fn step_back_to(pass: &Pass, draft: &mut Draft, before: &ImagesBefore, done: u32) {
    let workload = pass.fleet.workloads.get(&draft.key.workload_of(&before.workload));
    let generation = workload.map_or(0, |workload| workload.meta.generation);
    let workload = Some(before.workload.clone());
    let step = Step { kind: StepKind::Rollback, workload, name: None, attempt: 1, generation, before: done, at: pass.now };
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.step = Some(step);
    }
    draft.urgent(Class::StartOrResult);
}

/// The step to a Job.
pub fn job_step(job: &UpgradeJob, at: Timestamp) -> Step {
    Step { kind: kind(job.phase), workload: None, name: Some(job.step()), attempt: job.attempt, generation: 0, before: 0, at }
}

/// The Job of this number is next, or is tried again.
pub fn step_to_job(draft: &mut Draft, nth: usize, now: Timestamp) {
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.step = upgrade.jobs.get(nth).map(|job| job_step(job, now));
    }
    draft.urgent(Class::StartOrResult);
}

/// The step that is to be written.
pub fn next<'d>(draft: &'d mut Draft) -> Option<&'d mut Step> {
    draft.status.upgrade.as_mut()?.step.as_mut()
}

/// The Job of a step.
pub fn run<'d>(draft: &'d mut Draft, nth: usize) -> Option<&'d mut UpgradeJob> {
    draft.status.upgrade.as_mut()?.jobs.get_mut(nth)
}
