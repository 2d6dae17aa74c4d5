//! Rule R22: a failed upgrade goes back to what ran before, in the reverse order of its workloads, each seen running it (I6).

use crate::{
    api::{
        annotations::Intent,
        reason::Reason,
        release::Rollback,
        tenant::{
            ImagesBefore, JobResult, SlotResult, Step, StepKind, Upgrade, UpgradeFailure, UpgradeJob, WorkloadId, WorkloadKind,
        },
    },
    fleet::Workload,
    plan::{
        jobs::steps,
        output::{Class, Write},
        pass::Pass,
        record::draft::{Draft, Ended},
        upgrade::{
            explained::{Explained, explained},
            finish::finish,
            follow::{ATTEMPTS, deadline, is_late, last_deadline, time_is_left, why},
            images::{change, ours, refused, runs},
            progress::Progress,
            step::next,
        },
    },
};

/// R22: an upgrade failed. Its images go back where the release allows it; else this is the result. Either way the same release waits
/// until someone asks.
pub fn fail(pass: &mut Pass, draft: &mut Draft, reason: Reason, message: String) {
    let Some(upgrade) = draft.status.upgrade.clone() else { return };
    let changed = upgrade.before.iter().any(|before| {
        let workload = pass.fleet.workloads.get(&draft.key.workload_of(&before.workload));
        workload.is_some_and(|workload| !runs(workload, &intent(&upgrade, before)))
    });
    match (upgrade.before.last(), stays(pass, &upgrade, reason)) {
        (Some(last), None) if changed => {
            // A failure counts when it is found: it stands in the write that begins the rollback.
            let failure = UpgradeFailure { reason: reason.into(), message, at: pass.now };
            step_to(pass, draft, last, 0);
            if let Some(upgrade) = &mut draft.status.upgrade {
                upgrade.failure = Some(failure);
            }
        }
        (_, Some(why)) if changed => {
            finish(pass, draft, Ended::new(SlotResult::Failed, reason, and(&message, &why)));
        }
        _ => {
            let data = data_changed(&upgrade).map(|job| {
                format!(
                    "no image was changed, but {} may have changed data: look, and restore them by hand if need be",
                    steps::named(job)
                )
            });
            let message = data.map_or(message.clone(), |data| and(&message, &data));
            finish(pass, draft, Ended::new(SlotResult::Failed, reason, message));
        }
    }
}

/// The first hook that may change data and has begun: the old version may not run on what it has done.
fn data_changed(upgrade: &Upgrade) -> Option<&UpgradeJob> {
    upgrade.jobs.iter().find(|job| job.changes_data && job.begun())
}

/// Why the images stay as they are, and what to do; none: they go back.
fn stays(pass: &Pass, upgrade: &Upgrade, reason: Reason) -> Option<String> {
    let (from, id) = (&upgrade.from, upgrade.id.clone().unwrap_or_default());
    if matches!(reason, Reason::OwnershipConflict | Reason::WorkloadGone) {
        return Some("nothing is rolled back where another hand was at work".into());
    }
    let Some(release) = pass.release(&upgrade.release, &upgrade.release_uid) else {
        return Some(format!("without the release nobody knows whether it may be rolled back; set the images of {from} by hand"));
    };
    if upgrade.jobs.iter().any(never_over) {
        return Some(format!(
            "the new images stay, since a Job that may still run must not meet the old ones; then set those of {from} by hand"
        ));
    }
    match release.spec.rollout.rollback {
        Rollback::Automatic => data_changed(upgrade).map(|job| {
            format!(
                "the new images stay, since {} may have changed the data that {from} would run on; mend what is wrong and annotate \
                 uplift.dev/retry={id}, release a newer version, or restore the data and set the images of {from} by hand",
                steps::named(job)
            )
        }),
        Rollback::Manual => Some(format!(
            "the new images stay, since the release says rollback: Manual; set those of {from} by hand, or annotate \
             uplift.dev/retry={id}"
        )),
        Rollback::Impossible => Some(format!(
            "the new images stay, since the release says rollback: Impossible; mend what is wrong and annotate \
             uplift.dev/retry={id}, or release a newer version"
        )),
    }
}

/// A Job that began and was not seen to end.
fn never_over(job: &UpgradeJob) -> bool {
    job.result == Some(JobResult::Failed) && job.job.is_some() && job.finished_at.is_none()
}

/// What a rollback sets.
fn intent(upgrade: &Upgrade, before: &ImagesBefore) -> Intent {
    let id = upgrade.id.clone().unwrap_or_default();
    Intent { id, to: upgrade.from.clone(), images: before.images.clone(), rollback: true }
}

/// Drives a rollback by one move, read off the world like an upgrade.
pub fn progress(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, (step, on): (&Step, &WorkloadId)) -> Option<Write> {
    let Some(nth) = upgrade.before.iter().position(|before| before.workload == *on) else {
        give_up(pass, draft, upgrade, &format!("nobody knows what {on} ran before"));
        return None;
    };
    let (before, key) = (&upgrade.before[nth], draft.key.workload_of(on));
    match look(pass, draft, upgrade, step, before) {
        Progress::ToChange(intent, _) if let Some(refusal) = refused(pass, &key, &intent) => {
            let message = format!("the API server refused the images of {on}: {}", refusal.message);
            give_up(pass, draft, upgrade, &message);
        }
        Progress::ToChange(..) if is_late(pass, draft, step, &key) => anew(pass, draft, upgrade, step, before),
        Progress::ToChange(intent, init) => return change(pass, draft, key, intent, init),
        Progress::ComingUp => {}
        Progress::Done if nth > 0 => step_to(pass, draft, &upgrade.before[nth - 1], step.before + 1),
        Progress::Done => return end(pass, draft, upgrade, step),
        Progress::Edited | Progress::Stopped => anew(pass, draft, upgrade, step, before),
        Progress::NotUp(_, message) => return not_back(pass, draft, upgrade, before, message),
        Progress::Failed(_, message) => give_up(pass, draft, upgrade, &message),
    }
    None
}

/// The step is written anew, as the workload stands now, but not for ever.
fn anew(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, step: &Step, before: &ImagesBefore) {
    if step.attempt >= ATTEMPTS {
        let message = format!(
            "the old images of {} could not be set: it was edited before each try, or the API server answered none",
            before.workload
        );
        return give_up(pass, draft, upgrade, &message);
    }
    step_to(pass, draft, before, step.before);
    if let Some(next) = next(draft) {
        next.attempt = step.attempt + 1;
    }
}

fn look(pass: &mut Pass, draft: &Draft, upgrade: &Upgrade, step: &Step, before: &ImagesBefore) -> Progress {
    let name = &before.workload;
    let Some(workload) = pass.fleet.workloads.get(&draft.key.workload_of(name)) else {
        return Progress::Failed(Reason::WorkloadGone, format!("{name} is gone"));
    };
    let back = intent(upgrade, before);
    if runs(workload, &back) {
        return comes_up(pass, draft, (workload, name), step);
    }
    let sets = |intent: &Intent| intent.id == back.id && intent.rollback;
    let set_already = workload.intent.as_ref().is_some_and(|intent| intent.as_ref().is_ok_and(sets));
    if let Some(container) = other_hand(pass, upgrade, workload, before).filter(|_| !set_already) {
        let message = format!("another hand was at container {container:?} of {name} while the upgrade ran");
        return Progress::Failed(Reason::OwnershipConflict, message);
    }
    if workload.meta.generation == step.generation {
        let init = workload.containers.iter().filter(|c| c.init && back.images.contains_key(&c.name));
        let init = init.map(|c| c.name.clone()).collect();
        return Progress::ToChange(back, init);
    }
    // Only what says that the new images are ours says, too, that the old ones were not set yet (I1).
    if ours(workload, upgrade).is_some() {
        return Progress::Edited;
    }
    Progress::Failed(Reason::OwnershipConflict, format!("{name} was changed by another hand while it was rolled back"))
}

/// The workload's own verdict is no help: its controller leaves that of the failed rollout standing until the old pods get on.
fn comes_up(pass: &mut Pass, draft: &Draft, (workload, name): (&Workload, &WorkloadId), step: &Step) -> Progress {
    if workload.rolled_out() {
        return Progress::Done;
    }
    let deadline = deadline(draft, workload, step);
    if time_is_left(pass, deadline) {
        return Progress::ComingUp;
    }
    Progress::NotUp(Reason::DeadlineExceeded, format!("{name} was not healthy again until {deadline}{}", stuck(name, workload)))
}

/// Why old images do not come up, and what to do. The operator deletes nobody's pods.
fn stuck(name: &WorkloadId, workload: &Workload) -> String {
    match name.kind {
        WorkloadKind::StatefulSet if workload.keeps_old.is_none() => {
            let told = "; unless its podManagementPolicy is Parallel, a StatefulSet waits for a pod of the new images that never came \
                        up: delete that pod";
            told.into()
        }
        _ => why(name, workload),
    }
}

/// A container that runs neither what it ran before, nor what this upgrade set: to set the old image would destroy it.
fn other_hand<'b>(pass: &Pass, upgrade: &Upgrade, workload: &Workload, before: &'b ImagesBefore) -> Option<&'b str> {
    let release = pass.release(&upgrade.release, &upgrade.release_uid);
    let set = |name: &str, image: &str| {
        let by_intent = ours(workload, upgrade).is_some_and(|intent| intent.images.get(name).is_some_and(|set| set == image));
        by_intent || release.is_some_and(|release| release.spec.images.values().any(|set| set == image))
    };
    let known =
        |name: &str, old: &str| workload.containers.iter().any(|c| c.name == name && (c.image == old || set(name, &c.image)));
    before.images.iter().find(|(name, old)| !known(name, old)).map(|(name, _)| name.as_str())
}

/// The step to a workload as it stands now. One that is gone ends the rollback when it is looked at.
fn step_to(pass: &Pass, draft: &mut Draft, before: &ImagesBefore, done: u32) {
    let workload = pass.fleet.workloads.get(&draft.key.workload_of(&before.workload));
    let generation = workload.map_or(0, |workload| workload.meta.generation);
    let workload = Some(before.workload.clone());
    let step = Step { kind: StepKind::Rollback, workload, name: None, attempt: 1, generation, before: done, at: pass.now };
    if let Some(upgrade) = &mut draft.status.upgrade {
        upgrade.step = Some(step);
    }
    draft.urgent(Class::StartOrResult);
}

/// Every workload is looked at once more when the first is done.
fn end(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, step: &Step) -> Option<Write> {
    let mut behind = None;
    for before in &upgrade.before {
        match pass.fleet.workloads.get(&draft.key.workload_of(&before.workload)) {
            Some(workload) if !runs(workload, &intent(upgrade, before)) => {
                give_up(pass, draft, upgrade, &format!("{} does not run its old images any more", before.workload));
                return None;
            }
            Some(workload) if workload.rolled_out() => {}
            Some(workload) => behind = behind.or(Some((before, workload))),
            None => {
                give_up(pass, draft, upgrade, &format!("{} is gone", before.workload));
                return None;
            }
        }
    }
    let Some((before, workload)) = behind else {
        finish_as(pass, draft, SlotResult::RolledBack, &format!("rolled back: {} runs again", upgrade.from));
        return None;
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

/// Old images that did not come up in time are the end, once their pods were read.
fn not_back(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, before: &ImagesBefore, message: String) -> Option<Write> {
    match explained(pass, upgrade, &draft.key.workload_of(&before.workload), &before.images, message) {
        Explained::Unread(read) => Some(*read),
        Explained::Said(message) => {
            give_up(pass, draft, upgrade, &message);
            None
        }
    }
}

/// Nothing more is tried.
fn give_up(pass: &mut Pass, draft: &mut Draft, upgrade: &Upgrade, message: &str) {
    let then = format!("the rollback failed: {message}; bring the workloads to {} by hand", upgrade.from);
    finish_as(pass, draft, SlotResult::RollbackFailed, &then);
}

fn finish_as(pass: &mut Pass, draft: &mut Draft, result: SlotResult, then: &str) {
    let failure = draft.status.upgrade.as_ref().and_then(|upgrade| upgrade.failure.clone());
    let reason = failure.as_ref().and_then(|failure| failure.reason.known()).unwrap_or(Reason::Failed);
    let message = failure.map_or_else(|| then.to_owned(), |failure| and(&failure.message, then));
    finish(pass, draft, Ended::new(result, reason, message));
}

fn and(message: &str, then: &str) -> String {
    format!("{}; {then}", message.trim_end_matches('.'))
}
