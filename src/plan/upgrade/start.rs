//! Rule R20: the start is one status write, made when every gate passes on what the API server holds.

use crate::{
    api::tenant::{Step, WorkloadRef},
    fleet::ObjectKey,
    plan::{
        output::{Class, story::StoryEvent},
        pass::Pass,
        record::draft::Draft,
    },
};

/// R20: the start is one status write, made when every gate passes on what the API server holds.
pub fn start<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, held: bool) {
    // Anything else to be written comes first: the gates must have seen it committed.
    if held || draft.status.differs() || draft.in_flight() {
        return;
    }
    let Some(first) = draft.spec.workloads.first() else { return };
    let Some(step) = step(pass, draft, first, 0) else { return };
    let Some((upgrade, slot)) = draft.seen.upgrade.as_ref().and_then(|u| Some((u, u.slot.as_ref()?))) else { return };
    pass.start(&slot.window);
    let mut story = draft.story(StoryEvent::UpgradeStarted);
    story.message = upgrade.id.as_ref().map(ToString::to_string);
    draft.tell(story);
    if let Some(upgrade) = &mut draft.status.upgrade {
        (upgrade.started_at, upgrade.step) = (Some(pass.now), Some(step));
    }
    draft.urgent(Class::StartOrResult);
}

/// The step to a workload as it stands now; none while a write to it is under way.
pub fn step(pass: &Pass, draft: &Draft, reference: &WorkloadRef, before: u32) -> Option<Step> {
    let key = draft.key.workload(reference);
    let workload =
        pass.fleet.workloads.get(&key).filter(|_| !pass.fleet.outstanding.contains_key(&ObjectKey::Workload(key.clone())))?;
    Some(Step { workload: reference.name.clone(), generation: workload.meta.generation, before, at: pass.now })
}

pub fn step_to(pass: &Pass, draft: &mut Draft, reference: &WorkloadRef, before: u32) {
    let Some(next) = step(pass, draft, reference, before) else { return };
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.step = Some(next);
        draft.urgent(Class::StartOrResult);
    }
}
