//! Rule R20: the start is one status write, made when every gate passes on what the API server holds.

use crate::{
    api::tenant::{ImagesBefore, Step, Upgrade, UpgradeJob, WorkloadRef},
    plan::{
        jobs::steps,
        output::{Class, story::StoryEvent},
        pass::Pass,
        record::draft::Draft,
        upgrade::step::{job_step, step},
    },
};

/// R20: the start is one status write, made when every gate passes on what the API server holds.
pub fn start<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, held: bool) {
    // Anything else to be written comes first: the gates must have seen it committed.
    if held || draft.status.differs() || draft.in_flight() {
        return;
    }
    let Some(first) = draft.spec.workloads.first() else { return };
    let Some((upgrade, slot)) = draft.seen.upgrade.as_ref().and_then(|u| Some((u, u.slot.as_ref()?))) else { return };
    // It might halt the release. The read that it waits for brings the next pass.
    if pass.is_failing(&upgrade.release_uid) {
        return;
    }
    // What each of two runs holds the other: one of them is judged anew.
    if pass.neighbour_starts(draft.key) {
        return;
    }
    let Some(First { step, jobs, before }) = begin(pass, draft, upgrade, first) else { return };
    pass.start(draft.key, &slot.window);
    let mut story = draft.story(StoryEvent::UpgradeStarted);
    story.message = upgrade.id.as_ref().map(ToString::to_string);
    draft.tell(story);
    if let Some(upgrade) = &mut draft.status.upgrade {
        (upgrade.started_at, upgrade.step, upgrade.before) = (Some(pass.now), Some(step), before);
        upgrade.jobs = jobs;
    }
    draft.urgent(Class::StartOrResult);
}

/// What the start writes down.
struct First {
    step: Step,
    /// Hooks and probes as the manifests have them now: an edit counts for the next upgrade.
    jobs: Vec<UpgradeJob>,
    before: Vec<ImagesBefore>,
}

/// A probe or a hook comes first, or the images where there is none.
fn begin(pass: &Pass, draft: &Draft, upgrade: &Upgrade, first: &WorkloadRef) -> Option<First> {
    let jobs = steps::of(draft.spec, pass.release(&upgrade.release, &upgrade.release_uid)?.spec);
    if let Some(job) = jobs.first().filter(|job| !job.phase.is_after()) {
        return Some(First { step: job_step(job, pass.now), jobs, before: vec![] });
    }
    let (step, before) = step(pass, draft, upgrade, first, 0)?;
    Some(First { step, jobs, before: vec![before] })
}
