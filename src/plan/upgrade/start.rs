//! Rule R20: the start is one status write, made when every gate passes on what the API server holds.

use crate::{
    api::tenant::{ImagesBefore, Step, StepKind, Upgrade, WorkloadId, WorkloadRef},
    fleet::ObjectKey,
    plan::{
        output::{Class, story::StoryEvent},
        pass::Pass,
        record::draft::Draft,
        upgrade::images,
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
    let Some((step, before)) = step(pass, draft, upgrade, first, 0) else { return };
    pass.start(&slot.window);
    let mut story = draft.story(StoryEvent::UpgradeStarted);
    story.message = upgrade.id.as_ref().map(ToString::to_string);
    draft.tell(story);
    if let Some(upgrade) = &mut draft.status.upgrade {
        (upgrade.started_at, upgrade.step, upgrade.before) = (Some(pass.now), Some(step), vec![before]);
    }
    draft.urgent(Class::StartOrResult);
}

/// The step to a workload as it stands now, and what it runs before it; none while a write to it is under way.
fn step(pass: &Pass, draft: &Draft, upgrade: &Upgrade, reference: &WorkloadRef, before: u32) -> Option<(Step, ImagesBefore)> {
    let key = draft.key.workload(reference);
    let workload = pass.fleet.workloads.get(&key)?;
    if pass.fleet.outstanding.contains_key(&ObjectKey::Workload(key)) {
        return None;
    }
    let changed = images::intent(pass, upgrade, reference, workload).map(|(intent, _)| intent.images).unwrap_or_default();
    let runs = workload.containers.iter().filter(|c| changed.contains_key(&c.name));
    let images = runs.map(|c| (c.name.clone(), c.image.clone())).collect();
    let id = WorkloadId::from(reference);
    let step = Step { kind: StepKind::Images, workload: id.clone(), generation: workload.meta.generation, before, at: pass.now };
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
