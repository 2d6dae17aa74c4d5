//! Rules R19 to R22: the start, the images of one workload after the other, and how an upgrade ends.

mod finish;
mod follow;
mod images;
mod progress;
mod rollback;
mod start;

pub use start::start;

use crate::{
    api::{
        reason::Reason,
        tenant::{Step, StepKind, Upgrade, WorkloadRef},
    },
    fleet::ObjectKey,
    plan::{
        output::{Class, Write, hold::Gate},
        pass::Pass,
        record::draft::Draft,
        target::running,
        upgrade::{
            finish as prove,
            follow::{deadline, follow, taken_over, time_is_left, why},
            images::{change, intent, ours, refused, runs},
            progress::Progress,
            rollback::fail,
            start::step_to,
        },
    },
};

/// How often a start without effect is taken back within one slot before the upgrade counts as failed.
const ATTEMPTS: u32 = 3;

/// Drives an upgrade in flight by one move, read off the world: a restart goes on where it was.
pub fn progress<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Option<Write> {
    let upgrade = draft.status.upgrade.clone()?;
    let step = upgrade.step.as_ref().filter(|_| upgrade.started_at.is_some())?;
    if pass.fleet.outstanding.contains_key(&ObjectKey::Workload(draft.key.workload_of(&step.workload))) {
        return None; // what was sent is a fact that is not known yet
    }
    match step.kind {
        StepKind::Images => forward(pass, draft, &upgrade, step),
        StepKind::Rollback => rollback::progress(pass, draft, &upgrade, step),
    }
}

fn forward<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, step: &Step) -> Option<Write> {
    let Some(reference) = draft.spec.workloads.iter().find(|reference| step.workload.is(reference)) else {
        let message = "spec.workloads no longer names the workload that was being changed";
        fail(pass, draft, Reason::WorkloadGone, message.into());
        return None;
    };
    let (untouched, key) = (step.before == 0, draft.key.workload(reference));
    match look(pass, draft, upgrade, step, reference) {
        Progress::ToChange(..) if untouched && gone_wrong(pass, draft) => take_back(draft),
        Progress::ToChange(intent, _) if let Some(refusal) = refused(pass, &key, &intent) => {
            // It would be refused again: better an end that is told than a place held until the window closes.
            let message = format!("the API server refused the images of {reference}: {}", refusal.message);
            fail(pass, draft, Reason::ChangeRefused, message);
        }
        Progress::ToChange(intent, init) => return change(pass, draft, key, intent, init),
        Progress::ComingUp => {}
        Progress::Done => advance(pass, draft, upgrade, step),
        Progress::Stopped if untouched => take_back(draft),
        Progress::Edited if untouched && upgrade.attempt < ATTEMPTS => take_back(draft),
        Progress::Stopped => {
            let message = format!("release {} is gone, or has no image for {reference}", upgrade.to);
            fail(pass, draft, Reason::ReleaseDeleted, message);
        }
        Progress::Edited if untouched => {
            let message = format!("{reference} was edited between the start and the change of its images");
            fail(pass, draft, Reason::OwnershipConflict, message);
        }
        // Taking back would leave two versions behind: the step is written anew, as the workload stands now.
        Progress::Edited => step_to(pass, draft, reference, step.before),
        Progress::Failed(reason, message) => fail(pass, draft, reason, message),
    }
    None
}

fn look<'a>(pass: &mut Pass<'a>, draft: &Draft<'a>, upgrade: &Upgrade, step: &Step, reference: &WorkloadRef) -> Progress {
    let Some(workload) = pass.fleet.workload(draft.key, reference) else {
        return Progress::Failed(Reason::WorkloadGone, format!("{reference} is gone"));
    };
    if let Some(intent) = ours(workload, upgrade) {
        return follow(pass, draft, workload, intent, step);
    }
    match intent(pass, upgrade, reference, workload) {
        // Nothing was changed yet, so the gates decide: the start is taken back.
        Err(_) if workload.meta.generation == step.generation => Progress::Stopped,
        Err((reason, message)) => Progress::Failed(reason, message),
        // Our annotation may be lost (GitOps tools remove what they don't know): the images say what was done.
        Ok((intent, _)) if workload.meta.generation > step.generation && runs(workload, &intent) => {
            follow(pass, draft, workload, &intent, step)
        }
        // Somebody was faster, and higher.
        Ok(_) if let Some(version) = running::above(pass, &draft.status, reference, workload, &upgrade.to) => {
            let message = format!("{reference} runs {version} by another hand, which is above {}", upgrade.to);
            Progress::Failed(Reason::OwnershipConflict, message)
        }
        // The gates knew every version when it started: what nobody knows came by another hand since (R23).
        Ok(_) if step.before > 0 && running::is_unknown(pass, &draft.status, reference, workload) => {
            let message = format!("{reference} got images that no release knows while the upgrade ran");
            Progress::Failed(Reason::OwnershipConflict, message)
        }
        Ok((intent, init)) if workload.meta.generation == step.generation => Progress::ToChange(intent, init),
        Ok(_) => Progress::Edited,
    }
}

/// Whether a gate holds that the start has passed. What the customer says after the start comes too late, and the upgrade's
/// own place among the running ones doesn't count against it.
fn gone_wrong(pass: &Pass, draft: &Draft) -> bool {
    let own = |gate| matches!(gate, Gate::Concurrency | Gate::Consent | Gate::Notice | Gate::View | Gate::Manifest);
    crate::plan::gates::of_draft(pass, draft).iter().any(|hold| !own(hold.gate))
}

/// R21: the slot and its notice stay; another try gets another id.
fn take_back(draft: &mut Draft) {
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.attempt += 1;
        (upgrade.started_at, upgrade.step, upgrade.before) = (None, None, vec![]);
        upgrade.id = upgrade.id.as_ref().map(|id| id.again(upgrade.attempt));
    }
    draft.urgent(Class::StopOrVerdict);
}

/// The next workload follows when the one before is done. When all were changed, every one is looked at once more (I6).
fn advance<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, step: &Step) {
    let mut coming_up = None;
    for reference in &draft.spec.workloads {
        let Some(workload) = pass.fleet.workload(draft.key, reference) else {
            return fail(pass, draft, Reason::WorkloadGone, format!("{reference} is gone"));
        };
        let intent = match (ours(workload, upgrade), intent(pass, upgrade, reference, workload)) {
            (Some(ours), _) => ours.clone(),
            (None, Ok((intent, _))) if runs(workload, &intent) => intent,
            (None, Ok(_)) => return step_to(pass, draft, reference, step.before + 1),
            (None, Err((reason, message))) => return fail(pass, draft, reason, message),
        };
        if let Some((name, by)) = taken_over(workload, &intent) {
            let message = format!("container {name:?} of {:?} got another image by {by:?} while the upgrade ran", reference.name);
            return fail(pass, draft, Reason::OwnershipConflict, message);
        }
        if !workload.rolled_out() {
            coming_up = Some((deadline(draft, workload, step), why(&reference.into(), workload)));
        }
    }
    match coming_up {
        None => prove::succeed(pass, draft),
        Some((deadline, _)) if time_is_left(pass, deadline) => {}
        Some((deadline, why)) => {
            fail(pass, draft, Reason::DeadlineExceeded, format!("not every workload was healthy until {deadline}{why}"));
        }
    }
}
