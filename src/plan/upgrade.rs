//! Rules R19 to R22: the start, the images of one workload after the other, and how an upgrade ends.

use jiff::Timestamp;

use super::{
    Body, Class, ImageChange, Write,
    draft::{Draft, Ended},
    hold::Gate,
    ids,
    pass::Pass,
    prove, running,
    story::StoryEvent,
    wake::later,
};
use crate::{
    api::{
        annotations::Intent,
        reasons,
        tenant::{SlotResult, Step, Upgrade, WorkloadRef},
    },
    fleet::{ObjectKey, Refusal, Workload},
};

/// How often a start without effect is taken back within one slot before the upgrade counts as failed.
const ATTEMPTS: u32 = 3;

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
    story.message.clone_from(&upgrade.id);
    draft.tell(story);
    if let Some(upgrade) = &mut draft.status.upgrade {
        (upgrade.started_at, upgrade.step) = (Some(pass.now), Some(step));
    }
    draft.urgent(Class::StartOrResult);
}

/// The step to a workload as it stands now; none while a write to it is under way.
fn step(pass: &Pass, draft: &Draft, reference: &WorkloadRef, before: u32) -> Option<Step> {
    let key = draft.key.workload(&reference.name);
    let workload =
        pass.fleet.workloads.get(&key).filter(|_| !pass.fleet.outstanding.contains_key(&ObjectKey::Workload(key.clone())))?;
    Some(Step { workload: reference.name.clone(), generation: workload.meta.generation, before, at: pass.now })
}

/// What the world says of the workload that is being changed.
enum Progress {
    /// Nothing was changed yet: this is the change.
    ToChange(Intent, Vec<String>),
    /// It was changed and comes up.
    ComingUp,
    /// It runs the new images.
    Done,
    /// It can not be changed any more, and nothing of ours took effect.
    Stopped,
    /// It was edited between the step and the change: nothing of ours took effect.
    Edited,
    /// It failed.
    Failed(&'static str, String),
}

/// Drives an upgrade in flight by one move, read off the world: a restart goes on where it was.
pub fn progress<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Option<Write> {
    let upgrade = draft.status.upgrade.clone()?;
    upgrade.started_at?;
    let named = |step: &&Step| draft.spec.workloads.iter().find(|w| w.name == step.workload);
    let Some((step, reference)) = upgrade.step.as_ref().and_then(|step| Some((step, named(&step)?))) else {
        let message = "spec.workloads no longer names the workload that was being changed";
        fail(pass, draft, reasons::WORKLOAD_GONE, message.into());
        return None;
    };
    if pass.fleet.outstanding.contains_key(&ObjectKey::Workload(draft.key.workload(&reference.name))) {
        return None; // what was sent is a fact that is not known yet
    }
    let untouched = step.before == 0;
    match look(pass, draft, &upgrade, step, reference) {
        Progress::ToChange(..) if untouched && gone_wrong(pass, draft) => take_back(draft),
        Progress::ToChange(intent, _) if let Some(refusal) = refused(pass, draft, reference, &intent) => {
            // It would be refused again: better an end that is told than a place held until the window closes.
            let message = format!("the API server refused the images of Deployment {:?}: {}", reference.name, refusal.message);
            fail(pass, draft, reasons::CHANGE_REFUSED, message);
        }
        Progress::ToChange(intent, init) => return change(pass, draft, reference, intent, init),
        Progress::ComingUp => {}
        Progress::Done => advance(pass, draft, &upgrade, step),
        Progress::Stopped if untouched => take_back(draft),
        Progress::Edited if untouched && upgrade.attempt < ATTEMPTS => take_back(draft),
        Progress::Stopped => {
            let message = format!("release {} is gone, or has no image for Deployment {:?}", upgrade.to, reference.name);
            fail(pass, draft, reasons::RELEASE_DELETED, message);
        }
        Progress::Edited if untouched => {
            let message = format!("Deployment {:?} was edited between the start and the change of its images", reference.name);
            fail(pass, draft, reasons::OWNERSHIP_CONFLICT, message);
        }
        // Taking back would leave two versions behind: the step is written anew, as the workload stands now.
        Progress::Edited => step_to(pass, draft, reference, step.before),
        Progress::Failed(reason, message) => fail(pass, draft, reason, message),
    }
    None
}

fn look<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>, upgrade: &Upgrade, step: &Step, reference: &WorkloadRef) -> Progress {
    let Some(workload) = pass.fleet.workload(draft.key, &reference.name) else {
        return Progress::Failed(reasons::WORKLOAD_GONE, format!("Deployment {:?} is gone", reference.name));
    };
    if let Some(intent) = ours(workload, upgrade) {
        return follow(pass, workload, intent, step);
    }
    match intent(pass, upgrade, reference, workload) {
        // Nothing was changed yet, so the gates decide: the start is taken back.
        Err(_) if workload.meta.generation == step.generation => Progress::Stopped,
        Err((reason, message)) => Progress::Failed(reason, message),
        // Our annotation may be lost (GitOps tools remove what they don't know): the images say what was done.
        Ok((intent, _)) if workload.meta.generation > step.generation && runs(workload, &intent) => {
            follow(pass, workload, &intent, step)
        }
        // Somebody was faster, and higher.
        Ok(_) if let Some(version) = running::above(pass, reference, workload, &upgrade.to) => {
            let message =
                format!("Deployment {:?} runs {version} by another hand, which is above {}", reference.name, upgrade.to);
            Progress::Failed(reasons::OWNERSHIP_CONFLICT, message)
        }
        Ok((intent, init)) if workload.meta.generation == step.generation => Progress::ToChange(intent, init),
        Ok(_) => Progress::Edited,
    }
}

/// The images that the release has for this workload.
fn intent(
    pass: &Pass,
    upgrade: &Upgrade,
    reference: &WorkloadRef,
    workload: &Workload,
) -> Result<(Intent, Vec<String>), (&'static str, String)> {
    let Some(release) = pass.release(&upgrade.release, &upgrade.release_uid) else {
        return Err((reasons::RELEASE_DELETED, format!("DashboardRelease {:?} is gone or does not parse", upgrade.release)));
    };
    let images = &release.spec.images;
    let mapped = running::mapped(reference, workload, |component| images.contains_key(component));
    if let Some((_, component)) = mapped.iter().find(|(_, component)| !images.contains_key(*component)) {
        return Err((reasons::UNKNOWN_COMPONENT, format!("release {} has no component {component:?}", upgrade.to)));
    }
    if mapped.is_empty() {
        return Err((
            reasons::NO_COMPONENT,
            format!("no container of Deployment {:?} runs a component of release {}", reference.name, upgrade.to),
        ));
    }
    let init = mapped.iter().filter(|(c, _)| c.init).map(|(c, _)| c.name.clone()).collect();
    let images = mapped.iter().map(|(c, component)| (c.name.clone(), images[*component].clone())).collect();
    Ok((Intent { id: upgrade.id.clone().unwrap_or_default(), to: upgrade.to.clone(), images }, init))
}

fn runs(workload: &Workload, intent: &Intent) -> bool {
    let has = |name: &str, image: &str| workload.containers.iter().any(|c| c.name == name && c.image == image);
    intent.images.iter().all(|(name, image)| has(name, image))
}

/// Follows a workload whose images were set.
fn follow(pass: &mut Pass, workload: &Workload, intent: &Intent, step: &Step) -> Progress {
    if let Some((name, by)) = taken_over(workload, intent) {
        let message = format!("container {name:?} got another image by {by:?} while the upgrade ran");
        return Progress::Failed(reasons::OWNERSHIP_CONFLICT, message);
    }
    if workload.rolled_out() {
        return Progress::Done;
    }
    if let Some(message) = workload.deadline_exceeded.as_ref().filter(|_| workload.settled()) {
        return Progress::Failed(reasons::PROGRESS_DEADLINE_EXCEEDED, message.clone());
    }
    let deadline = deadline(workload, step);
    if pass.now >= deadline {
        let message = format!("the rollout did not end until {deadline}");
        return Progress::Failed(reasons::DEADLINE_EXCEEDED, message);
    }
    pass.wake.at(deadline);
    Progress::ComingUp
}

fn taken_over<'w>(workload: &'w Workload, intent: &'w Intent) -> Option<(&'w str, &'w str)> {
    workload.containers.iter().find_map(|c| {
        let set = intent.images.get(&c.name)?;
        (*set != c.image).then(|| (c.name.as_str(), c.image_manager.as_deref().unwrap_or("unknown")))
    })
}

/// Our own deadline, for a controller that reports none: twice the Deployment's own, and a minute.
fn deadline(workload: &Workload, step: &Step) -> Timestamp {
    later(step.at, 2 * workload.progress_deadline + 60)
}

/// What the API server said to the change of this very upgrade.
fn refused<'p>(pass: &'p Pass, draft: &Draft, reference: &WorkloadRef, intent: &Intent) -> Option<&'p Refusal> {
    let key = ObjectKey::Workload(draft.key.workload(&reference.name));
    pass.fleet.refused.get(&key).filter(|refusal| refusal.upgrade.as_ref() == Some(&intent.id))
}

/// The one PATCH.
fn change(pass: &Pass, draft: &Draft, reference: &WorkloadRef, intent: Intent, init: Vec<String>) -> Option<Write> {
    // The step must have been committed: a status that is about to change is not.
    if draft.status.differs() {
        return None;
    }
    let key = draft.key.workload(&reference.name);
    let meta = &pass.fleet.workloads.get(&key)?.meta;
    let (uid, resource_version) = (meta.uid.clone(), meta.resource_version.clone());
    let (object, body) = (ObjectKey::Workload(key), Body::Images(ImageChange { intent, init }));
    Some(Write { object, uid, resource_version, class: Class::StartOrResult, body, stories: vec![] })
}

/// Whether a gate holds that the start has passed. What the customer says after the start comes too late, and the upgrade's
/// own place among the running ones doesn't count against it.
fn gone_wrong(pass: &Pass, draft: &Draft) -> bool {
    let own = |gate| matches!(gate, Gate::Concurrency | Gate::Consent | Gate::Notice | Gate::View | Gate::Manifest);
    super::gates::of_draft(pass, draft).iter().any(|hold| !own(hold.gate))
}

/// R21: the slot and its notice stay; another try gets another id.
fn take_back(draft: &mut Draft) {
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.attempt += 1;
        (upgrade.started_at, upgrade.step) = (None, None);
        upgrade.id = upgrade.id.as_deref().map(|id| ids::upgrade(ids::stem_of(id), upgrade.attempt));
    }
    draft.urgent(Class::StopOrVerdict);
}

/// The next workload follows when the one before is done. When all were changed, every one is looked at once more (I6).
fn advance<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, step: &Step) {
    let mut coming_up = None;
    for reference in &draft.spec.workloads {
        let Some(workload) = pass.fleet.workload(draft.key, &reference.name) else {
            return fail(pass, draft, reasons::WORKLOAD_GONE, format!("Deployment {:?} is gone", reference.name));
        };
        let intent = match (ours(workload, upgrade), intent(pass, upgrade, reference, workload)) {
            (Some(ours), _) => ours.clone(),
            (None, Ok((intent, _))) if runs(workload, &intent) => intent,
            (None, Ok(_)) => return step_to(pass, draft, reference, step.before + 1),
            (None, Err((reason, message))) => return fail(pass, draft, reason, message),
        };
        if let Some((name, by)) = taken_over(workload, &intent) {
            let message = format!("container {name:?} of {:?} got another image by {by:?} while the upgrade ran", reference.name);
            return fail(pass, draft, reasons::OWNERSHIP_CONFLICT, message);
        }
        if !workload.rolled_out() {
            coming_up = Some(deadline(workload, step));
        }
    }
    match coming_up {
        None => prove::succeed(pass, draft),
        Some(deadline) if pass.now >= deadline => {
            fail(pass, draft, reasons::DEADLINE_EXCEEDED, format!("not every Deployment was healthy until {deadline}"));
        }
        Some(deadline) => pass.wake.at(deadline),
    }
}

fn step_to(pass: &Pass, draft: &mut Draft, reference: &WorkloadRef, before: u32) {
    let Some(next) = step(pass, draft, reference, before) else { return };
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.step = Some(next);
        draft.urgent(Class::StartOrResult);
    }
}

/// Our intent of this very upgrade.
fn ours<'w>(workload: &'w Workload, upgrade: &Upgrade) -> Option<&'w Intent> {
    workload.intent.as_ref()?.as_ref().ok().filter(|intent| Some(&intent.id) == upgrade.id.as_ref())
}

/// R22: a failure is the result; it is told, and the same release waits until someone asks.
fn fail(pass: &mut Pass, draft: &mut Draft, reason: &str, message: String) {
    prove::finish(pass, draft, Ended::new(SlotResult::Failed, reason, message));
}
