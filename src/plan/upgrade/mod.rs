//! Rules R19 to R22: the start, the hooks, the images of one workload after the other, and how an upgrade ends.

mod ask;
mod compare;
mod data;
mod diagnosis;
mod explained;
mod finish;
pub mod follow;
mod hooks;
mod images;
mod not_up;
pub mod progress;
mod returned;
mod rollback;
mod start;
mod step;
mod verify;
mod waits;

pub use ask::asks;
pub use start::start;

use crate::{
    api::{
        reason::Reason,
        tenant::{Step, Upgrade, WorkloadId, WorkloadRef},
    },
    fleet::ObjectKey,
    plan::{
        output::Write,
        pass::Pass,
        record::{
            draft::Draft,
            phase::{Doing, Phase},
        },
        target::running,
        upgrade::{
            follow::{ATTEMPTS, follow, is_late},
            images::{change, intent, ours, refused, runs, undone, was_set},
            not_up::not_up,
            progress::Progress,
            rollback::fail,
            step::{gone_wrong, next, step_to, take_back, untouched},
            verify::{advance, after_began, put_back},
        },
    },
};

/// Drives an upgrade in flight by one move, read off the world: a restart goes on where it was.
pub fn progress<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>) -> Option<Write> {
    let upgrade = draft.status.upgrade.clone()?;
    let Ok(Phase::InFlight(_, step, doing)) = Phase::of(&upgrade) else { return None };
    match doing {
        // What was sent is a fact that is not known yet.
        Doing::Images(on) | Doing::Rollback(on) if is_under_way(pass, draft, on) => None,
        Doing::Images(on) => forward(pass, draft, &upgrade, (step, on)),
        Doing::Rollback(on) => rollback::progress(pass, draft, &upgrade, (step, on)),
        Doing::Job(nth) => hooks::progress(pass, draft, &upgrade, step, nth),
    }
}

fn is_under_way(pass: &Pass, draft: &Draft, on: &WorkloadId) -> bool {
    pass.fleet.outstanding.contains_key(&ObjectKey::Workload(draft.key.workload_of(on)))
}

fn forward<'a>(pass: &mut Pass<'a>, draft: &mut Draft<'a>, upgrade: &Upgrade, (step, on): (&Step, &WorkloadId)) -> Option<Write> {
    let Some(reference) = draft.spec.workloads.iter().find(|reference| on.is(reference)) else {
        let message = "spec.workloads no longer names the workload that was being changed";
        fail(pass, draft, Reason::WorkloadGone, message.into());
        return None;
    };
    let (untouched, key) = (untouched(upgrade, step), draft.key.workload(reference));
    match look(pass, draft, upgrade, step, reference) {
        Progress::ToChange(..) | Progress::Edited if after_began(upgrade) => put_back(pass, draft, upgrade, reference),
        Progress::ToChange(..) if untouched && gone_wrong(pass, draft) => take_back(draft),
        Progress::ToChange(intent, _) if let Some(refusal) = refused(pass, &key, &intent) => {
            // It would be refused again: better an end that is told than a place held until the window closes.
            let message = format!("the API server refused the images of {reference}: {}", refusal.message);
            fail(pass, draft, Reason::ChangeRefused, message);
        }
        Progress::ToChange(..) if !untouched && is_late(pass, draft, step, &key) => anew(pass, draft, step, reference),
        Progress::ToChange(intent, init) => return change(pass, draft, key, intent, init),
        Progress::ComingUp => {}
        Progress::Done => return advance(pass, draft, upgrade, step),
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
        Progress::Edited => anew(pass, draft, step, reference),
        Progress::NotUp(reason, message) => return not_up(pass, draft, upgrade, reference, (reason, message)),
        Progress::Failed(reason, message) => fail(pass, draft, reason, message),
    }
    None
}

/// The step to a workload that is not the first is written anew, but not for ever.
fn anew(pass: &mut Pass, draft: &mut Draft, step: &Step, reference: &WorkloadRef) {
    if step.attempt >= ATTEMPTS {
        let message = format!(
            "the images of {reference} could not be set: it was edited before each try, or the API server answered none; look at its \
             managers and at admission webhooks"
        );
        return fail(pass, draft, Reason::ChangeRefused, message);
    }
    step_to(pass, draft, reference, step.before);
    if let Some(next) = next(draft) {
        next.attempt = step.attempt + 1;
    }
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
        Ok((intent, _)) if (workload.meta.generation > step.generation || after_began(upgrade)) && runs(workload, &intent) => {
            follow(pass, draft, workload, &intent, step)
        }
        // Somebody was faster, and higher.
        Ok(_) if let Some(version) = running::above(pass, &draft.status, reference, workload, &upgrade.to) => {
            let message = format!("{reference} runs {version} by another hand, which is above {}", upgrade.to);
            Progress::Failed(Reason::OwnershipConflict, message)
        }
        // The gates knew every version when it started: what nobody knows came by another hand since (R23).
        Ok(_) if !untouched(upgrade, step) && running::is_unknown(pass, &draft.status, reference, workload) => {
            let message = format!("{reference} got images that no release knows while the upgrade ran");
            Progress::Failed(Reason::OwnershipConflict, message)
        }
        Ok((intent, init)) if workload.meta.generation == step.generation => Progress::ToChange(intent, init),
        Ok(_) if was_set(workload, upgrade) && !after_began(upgrade) => {
            Progress::Failed(Reason::OwnershipConflict, undone(reference))
        }
        Ok(_) => Progress::Edited,
    }
}
